import type { DurableClient, DurableOrchestrationStatus } from 'durable-functions';
import { DateTime } from 'luxon';
import { describe, expect, test } from 'vitest';
import { taskHubOver } from '../../src/azure/task-hub.ts';
import type { TaskHub, TaskHubBacklog, TaskHubHistories } from '../../src/ports/task-hub.ts';

type Hub = TaskHub & TaskHubHistories & TaskHubBacklog;

interface Call {
  readonly method: string;
  readonly given: readonly unknown[];
}

/** A client that answers what a test says to whatever it is asked. */
function scripted(answer: unknown): { hub: Hub; calls: Call[] } {
  const calls: Call[] = [];
  const say =
    (method: string) =>
    async (...given: unknown[]): Promise<unknown> => {
      calls.push({ method, given });
      if (answer instanceof Error) throw answer;
      return answer;
    };
  const methods = ['startNew', 'getStatus', 'getStatusBy', 'purgeInstanceHistory'];
  const client = Object.fromEntries(methods.map((method) => [method, say(method)]));
  return { hub: taskHubOver(client as unknown as DurableClient), calls };
}

const id = 'cycle.shop.westeurope.20260301T013000Z';
const statusOf = (runtimeStatus: string, more: object = {}): DurableOrchestrationStatus =>
  ({
    ...{ name: 'cycle', instanceId: id, runtimeStatus },
    ...{ createdTime: '2026-03-01T01:30:00Z', lastUpdatedTime: '2026-03-01T01:31:00+00:00', ...more },
  }) as unknown as DurableOrchestrationStatus;

describe('an orchestration', () => {
  test('is started under its id with its input', async () => {
    const { hub, calls } = scripted(id);
    await hub.start('cycle', id, { system: 'shop' });
    expect(calls).toEqual([
      { method: 'startNew', given: ['cycle', { instanceId: id, input: { system: 'shop' } }] },
    ]);
  });

  test('that is at work already is left alone when it is started again', async () => {
    const said =
      'The operation failed with an unexpected status code: 409. Details: "An Orchestration instance already exists."';
    await expect(scripted(new Error(said)).hub.start('cycle', id, {})).resolves.toBeUndefined();
  });

  test.each([
    ['Pending', 'waiting'],
    ['Suspended', 'suspended'],
    ['Running', 'running'],
    ['ContinuedAsNew', 'running'],
    ['Completed', 'succeeded'],
    ['Failed', 'failed'],
    ['Canceled', 'terminated'],
    ['Terminated', 'terminated'],
    ['SomethingNew', 'running'],
  ])('that the platform calls %s is %s', async (runtimeStatus, state) => {
    const more = { customStatus: { step: 'scan' }, output: { result: 'PASS' } };
    const { hub, calls } = scripted(statusOf(runtimeStatus, more));
    const found = await hub.find(id);
    expect(found).toMatchObject({ id, state, ...more });
    expect(found?.startedAt.toISO()).toBe('2026-03-01T01:30:00.000Z');
    expect(found?.updatedAt.toISO()).toBe('2026-03-01T01:31:00.000Z');
    // The input may be large, and nobody looks at it.
    expect(calls).toEqual([{ method: 'getStatus', given: [id, { showInput: false }] }]);
  });

  test('that the platform does not know is not found', async () => {
    const error = new Error(
      'DurableClient error: Durable Functions extension replied with HTTP 404 response.',
    );
    expect(await scripted(error).hub.find(id)).toBeUndefined();
  });
});

describe('what has ended', () => {
  test('is listed by when it began, with its end, and never what is still at work', async () => {
    const { hub, calls } = scripted([statusOf('Completed')]);
    const before = DateTime.fromISO('2026-02-22T00:00:00Z', { zone: 'utc' });
    const listed = await hub.endedBefore(before, 2);
    // Asked for once in each span of time, and told once.
    expect(listed.map((one) => [one.id, one.endedAt.toISO()])).toEqual([[id, '2026-03-01T01:31:00.000Z']]);
    expect(new Set(calls.map(({ method }) => method))).toEqual(new Set(['getStatusBy']));
    const asked = calls.map(({ given }) => given[0] as Record<'createdTimeFrom' | 'createdTimeTo', Date>);
    expect(asked[0]).toEqual({
      createdTimeFrom: before.minus({ days: 1 }).toJSDate(),
      createdTimeTo: before.toJSDate(),
      runtimeStatus: ['Completed', 'Failed', 'Terminated'],
    });
    // The spans follow on each other, back to the beginning.
    expect(asked.slice(1).map(({ createdTimeTo }) => createdTimeTo)).toEqual(
      asked.slice(0, -1).map(({ createdTimeFrom }) => createdTimeFrom),
    );
    expect(asked.at(-1)?.createdTimeFrom).toEqual(new Date(0));
  });

  test('is not listed further back once there is as much as is asked for', async () => {
    const { hub, calls } = scripted([statusOf('Completed')]);
    expect(await hub.endedBefore(DateTime.utc(), 1)).toHaveLength(1);
    expect(calls).toHaveLength(1);
  });

  test('is forgotten by its id', async () => {
    const { hub, calls } = scripted({ instancesDeleted: 1 });
    await hub.forget(id);
    expect(calls).toEqual([{ method: 'purgeInstanceHistory', given: [id] }]);
  });
});

describe.each([
  ['starting', (hub: Hub) => hub.start('cycle', id, {})],
  ['looking', (hub: Hub) => hub.find(id)],
  ['listing', (hub: Hub) => hub.endedBefore(DateTime.utc(), 1)],
  ['forgetting', (hub: Hub) => hub.forget(id)],
])('a hub that fails while %s', (_what, use) => {
  test.each(['HTTP 500 response', 'connect ECONNREFUSED 127.0.0.1:17071'])(
    'with "%s" is unavailable, which is not an absence',
    async (said) => {
      await expect(use(scripted(new Error(said)).hub)).rejects.toMatchObject({
        code: 'unavailable',
        retryable: true,
        message: `the task hub: ${said}`,
        hint: expect.stringContaining('storage') as string,
      });
    },
  );
});

test('what was started and has not begun is listed with its start', async () => {
  const { hub, calls } = scripted([statusOf('Pending')]);
  expect(await hub.waiting()).toEqual([
    { id, since: DateTime.fromISO('2026-03-01T01:30:00Z', { zone: 'utc' }) },
  ]);
  expect(calls).toMatchObject([{ method: 'getStatusBy', given: [{ runtimeStatus: ['Pending'] }] }]);
});

test('what was halted by its own API is listed with its last move, and is neither at work nor over', async () => {
  const { hub, calls } = scripted([statusOf('Suspended')]);
  expect(await hub.suspended()).toMatchObject([{ id, since: expect.any(DateTime) as DateTime }]);
  expect(calls).toMatchObject([{ method: 'getStatusBy', given: [{ runtimeStatus: ['Suspended'] }] }]);
  expect((await scripted(statusOf('Suspended')).hub.find(id))?.state).toBe('suspended');
});
