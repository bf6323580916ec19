import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RunningHost, type InstanceStatus } from './host-process.ts';
import { buildSampleApp, type BuiltApp } from './sample-app.ts';

let app: BuiltApp;
let stateDir: string;
let host: RunningHost;

beforeAll(async () => {
  app = await buildSampleApp();
  stateDir = fs.mkdtempSync(path.join(os.tmpdir(), 'functions-host-state-'));
  host = await RunningHost.start({ appDir: app.dir, stateDir });
}, 60_000);

afterAll(async () => {
  await host.end('SIGTERM');
  app.remove();
  fs.rmSync(stateDir, { recursive: true, force: true });
});

const outputOf = async (name: string, input?: unknown): Promise<unknown> => {
  const status = await host.run(name, input);
  expect(status).toMatchObject({ runtimeStatus: 'Completed' });
  return status.output;
};

describe('activities', () => {
  test('run in sequence', async () => {
    expect(await outputOf('chain', { n: 5 })).toBe(10);
  });

  test('run side by side', async () => {
    expect(await outputOf('fanOut', { n: 200 })).toBe(19_900);
  });

  test('get their input as it was passed and know their instance', async () => {
    const id = await host.start('inputs', { x: 1 });
    const output = (await host.until(id)).output as {
      input: unknown;
      seen: { input: unknown; instanceId: string }[];
    };
    expect(output.input).toEqual({ x: 1 });
    expect(output.seen.map((each) => each.input)).toEqual([
      'hello',
      '123',
      5,
      true,
      null,
      null,
      { a: 1 },
      [1, 2],
    ]);
    expect(output.seen.map((each) => each.instanceId)).toEqual(Array(8).fill(id));
  });

  test('are retried, and the last failure reaches the orchestrator', async () => {
    const output = await outputOf('retry');
    expect(output).toMatchObject({
      good: 'ok after 3',
      last: 'after',
      error: expect.stringContaining('failure 2'),
    });
  });

  test('are retried side by side', async () => {
    expect(await outputOf('retryInParallel')).toEqual(['ok after 1', 'ok after 2', 'ok after 3', 'x']);
  });

  test('that fail can be caught', async () => {
    expect(await outputOf('catches')).toContain("Activity function 'explode' failed: activity boom");
  });

  test('that fail uncaught fail the instance', async () => {
    const status = await host.run('fails');
    expect(status).toMatchObject({
      runtimeStatus: 'Failed',
      output: expect.stringContaining('activity boom'),
    });
  });
});

describe('orchestrators', () => {
  test('that throw fail the instance and keep its custom status', async () => {
    const status = await host.run('throws');
    expect(status).toMatchObject({
      runtimeStatus: 'Failed',
      customStatus: { at: 'before' },
      output: "Orchestrator function 'throws' failed: orchestrator exploded",
    });
  });

  test('sleep with timers', async () => {
    const output = (await outputOf('timer', { ms: 200 })) as { elapsed: number };
    expect(output.elapsed).toBeGreaterThanOrEqual(200);
  });

  test('call children, learn of their failures and of children that do not exist', async () => {
    const id = await host.start('parent');
    const { output } = await host.until(id);
    expect(output).toMatchObject({
      first: { tenfold: 10, parent: id },
      second: { id: `${id}-kid`, tenfold: 20, parent: id },
      error: expect.stringContaining('activity boom'),
      missing: expect.stringContaining("'nobody' doesn't exist"),
    });
  });

  test('continue as new with a fresh history', async () => {
    const status = await host.run('eternal', { n: 0, limit: 5 });
    expect(status.output).toBe(4);
    const { history } = await host.rawHistory(status.instanceId);
    expect(history.filter((event) => event.Name === 'echo')).toHaveLength(1);
  });

  test('get the same identifiers and times in every replay', async () => {
    const output = (await outputOf('identity')) as Record<'now' | 'seenByActivity', { guid: string }[]>;
    expect(output.seenByActivity).toEqual(output.now);
    expect(new Set(output.now.map((each) => each.guid)).size).toBe(2);
  });

  test('may yield a task again', async () => {
    expect(await outputOf('yieldAgain')).toEqual(['a', 'z']);
  });

  test('that wrap a scheduled task again fail with an explanation', async () => {
    const status = await host.run('rewrap');
    expect(status).toMatchObject({
      runtimeStatus: 'Failed',
      output: expect.stringContaining('durable-js#574'),
    });
  });

  test('that change their mind fail as non-deterministic', async () => {
    const status = await host.run('changesItsMind');
    expect(status.runtimeStatus).toBe('Failed');
    expect(status.output).toContain(
      "Non-deterministic workflow detected: the history has activity 'echo' as task 0, but the code now schedules a timer there.",
    );
  });

  test('of random shape complete through the bundled app too, every task with its own result', async () => {
    const ids = await Promise.all(
      Array.from({ length: 30 }, (_, seed) => host.start('fuzz', { seed: seed * 104_729 })),
    );
    const statuses = await Promise.all(ids.map((id) => host.until(id)));
    expect(
      statuses.filter((status) => status.runtimeStatus !== 'Completed').map((status) => status.output),
    ).toEqual([]);
  });

  test('call, signal and lock entities', async () => {
    expect(await outputOf('entities', { key: 'orchestrated' })).toEqual({ value: 12, last: 'after' });
    const ids = await Promise.all([1, 2, 3, 4, 5].map(() => host.start('locks', { key: 'shared' })));
    const seen = await Promise.all(ids.map(async (id) => (await host.until(id)).output));
    expect(new Set(seen)).toEqual(new Set([0, 1, 2, 3, 4]));
  });
});

describe('the client', () => {
  test('raises events that end a wait', async () => {
    const id = await host.start('approval', { ms: 60_000 });
    await host.until(id, (status) => status.customStatus === 'waiting');
    await host.client('event', id, '?name=Approval', { by: 'Ann' });
    expect((await host.until(id)).output).toEqual({ approved: { by: 'Ann' }, last: 'approved' });
  });

  test('need not come: the timer wins', async () => {
    expect(await outputOf('approval', { ms: 100 })).toBe('timeout');
  });

  test('may raise events before they are awaited', async () => {
    const id = await host.start('twoEvents');
    await host.client('event', id, '?name=E', 1);
    await host.client('event', id, '?name=E', 2);
    expect((await host.until(id)).output).toEqual([1, 2]);
  });

  test('terminates, once', async () => {
    const id = await host.start('approval', { ms: 60_000 });
    await host.until(id, (status) => status.customStatus === 'waiting');
    await host.client('terminate', id);
    expect(await host.until(id)).toMatchObject({ runtimeStatus: 'Terminated', output: 'because' });
    await host.client('terminate', id);
    await expect(host.client('event', id, '?name=Approval', 1)).resolves.toBeNull();
    await expect(host.client('terminate', 'nobody')).rejects.toThrow('No instance');
  });

  test('suspends and resumes without losing events', async () => {
    const id = await host.start('twoEvents');
    await host.client('suspend', id);
    await host.until(id, (status) => status.runtimeStatus === 'Suspended');
    await host.client('event', id, '?name=E', 1);
    await host.client('event', id, '?name=E', 2);
    expect((await host.status(id)).runtimeStatus).toBe('Suspended');
    await host.client('resume', id);
    expect((await host.until(id)).output).toEqual([1, 2]);
  });

  test('reads status with history, lists by status, and purges one and many', async () => {
    const id = await host.start('chain', { n: 1 }, 'chosen-id');
    await host.until(id);
    const status = await host.client('status', id);
    expect(status).toMatchObject({ name: 'chain', instanceId: 'chosen-id', input: { n: 1 }, output: 0 });
    expect((await host.status(id)).historyEvents).toContainEqual(
      expect.objectContaining({ EventType: 'TaskCompleted', FunctionName: 'echo', Result: 0 }),
    );
    await host.run('fails');
    const failed = (await host.client('failed', 'x')) as InstanceStatus[];
    expect(new Set(failed.map((each) => each.runtimeStatus))).toEqual(new Set(['Failed']));
    const all = (await host.client('all', 'x')) as InstanceStatus[];
    expect(all.length).toBeGreaterThan(failed.length);
    expect(await host.client('purge', id)).toEqual({ instancesDeleted: 1 });
    expect(await host.client('purge', id)).toEqual({ instancesDeleted: 0 });
    expect(await host.client('purgeFailed', 'x')).toEqual({ instancesDeleted: failed.length });
    expect(await host.client('failed', 'x')).toEqual([]);
  });

  test('waits for completion or answers with links that work', async () => {
    const done = await host.post('/api/start/chain?wait=20000', { n: 2 });
    expect([done.status, await done.json()]).toEqual([200, 1]);
    const pending = await host.post('/api/start/approval?wait=50', { ms: 60_000 });
    expect(pending.status).toBe(202);
    const links = (await pending.json()) as {
      id: string;
      statusQueryGetUri: string;
      terminatePostUri: string;
    };
    expect((await fetch(links.statusQueryGetUri)).status).toBe(202);
    expect((await fetch(links.terminatePostUri, { method: 'POST' })).status).toBe(202);
    expect((await host.until(links.id)).runtimeStatus).toBe('Terminated');
    expect((await fetch(links.statusQueryGetUri)).status).toBe(200);
  });

  test('signals entities and reads their state', async () => {
    await host.client('signal', 'by-the-client', '?op=add', 5);
    await host.client('signal', 'by-the-client', '?op=add', 6);
    await expect
      .poll(() => host.client('entity', 'by-the-client'), { timeout: 10_000 })
      .toEqual({ entityExists: true, entityState: 11 });
    expect(await host.client('entity', 'nobody')).toMatchObject({ entityExists: false });
  });
});

describe('the management API', () => {
  const json = async (response: Response): Promise<unknown> => response.json();

  test('pages through instances with a continuation token', async () => {
    for (const index of [1, 2, 3]) await host.until(await host.start('chain', { n: 0 }, `page-${index}`));
    const ids: string[] = [];
    let token: string | null = null;
    do {
      const headers: Record<string, string> = token === null ? {} : { 'x-ms-continuation-token': token };
      const response = await host.manage('instances/?instanceIdPrefix=page-&top=2', { headers });
      ids.push(...((await json(response)) as InstanceStatus[]).map((each) => each.instanceId));
      token = response.headers.get('x-ms-continuation-token');
    } while (token !== null);
    expect(ids).toEqual(['page-1', 'page-2', 'page-3']);
  });

  test('refuses a second instance of a running id, bad ids and unknown orchestrators', async () => {
    const id = await host.start('approval', { ms: 60_000 }, 'only-once');
    expect((await host.manage('orchestrators/approval/only-once', { method: 'POST' })).status).toBe(409);
    expect((await host.manage('orchestrators/nobody', { method: 'POST' })).status).toBe(400);
    expect((await host.manage('orchestrators/chain/%40bad', { method: 'POST' })).status).toBe(400);
    expect((await host.manage('orchestrators/chain', { method: 'POST', body: '{' })).status).toBe(400);
    await host.client('terminate', id);
    await host.until(id);
  });

  test('can wait for a new instance to complete', async () => {
    const response = await host.manage('orchestrators/chain?timeout=20', { method: 'POST', body: '{"n":3}' });
    expect([response.status, await json(response)]).toEqual([200, 3]);
  });

  test('answers 404 for unknown instances and 410 for messages to ended ones', async () => {
    const id = await host.start('chain', { n: 0 });
    await host.until(id);
    expect((await host.manage('instances/nobody')).status).toBe(404);
    expect((await host.manage('instances/nobody/raiseEvent/E', { method: 'POST', body: '1' })).status).toBe(
      404,
    );
    expect((await host.manage(`instances/${id}/raiseEvent/E`, { method: 'POST', body: '1' })).status).toBe(
      410,
    );
    expect((await host.manage(`instances/${id}/terminate`, { method: 'POST' })).status).toBe(410);
  });

  test('purges nothing without a lower bound of time', async () => {
    expect((await host.manage('instances/', { method: 'DELETE' })).status).toBe(400);
  });
});
