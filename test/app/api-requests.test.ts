/** Requests that name themselves, answers that are known already, and lists page by page. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { ApiHub } from '../../src/app/api/handlers.ts';
import { pointsResponse } from '../../src/contracts/api/retention.ts';
import { startedResponse } from '../../src/contracts/api/runs.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { Failure } from '../../src/policy/failure.ts';
import type { InstanceView } from '../../src/ports/task-hub.ts';
import { TestApi, type Answer } from '../support/api.ts';
import { takeSnapshot } from '../support/drill-steps.ts';
import { scope } from '../support/sample-estate.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { makeWorld, type World } from '../support/world.ts';

let clock: VirtualWallClock;
let world: World;
let api: TestApi;
let started: string[];
let states: Map<string, InstanceView['state']>;
/** Lets the app die in the middle: before a run is begun, or after it. */
let dies: 'never' | 'before' | 'after';

const hub: ApiHub = {
  async start(_workflow, id) {
    if (dies === 'before') throw new Failure('unavailable', 'the app died', 'Try again.');
    started.push(id);
    states.set(id, 'running');
    if (dies === 'after') throw new Failure('unavailable', 'the app died', 'Try again.');
  },
  async find(id) {
    const state = states.get(id);
    const at = clock.now();
    return state && { id, state, startedAt: at, updatedAt: at, customStatus: undefined, output: undefined };
  },
  waiting: async () => [],
  suspended: async () => [],
};

beforeEach(async () => {
  clock = new VirtualWallClock('2026-03-01T02:00:00.000Z');
  world = makeWorld(clock);
  api = await TestApi.over(world, { hub });
  [started, states, dies] = [[], new Map(), 'never'];
});

const ask = (path: string, body: unknown, key: string): Promise<Answer> =>
  api.as('operator', {
    ...{ method: 'POST', path, body: JSON.stringify(body) },
    headers: { 'idempotency-key': key },
  });
const startScan = (key: string, mode = 'full'): Promise<Answer> =>
  ask('scans', { system: 'shop', mode }, key);
const later = (seconds: number): void => {
  clock.advance(seconds);
  for (const id of states.keys()) states.set(id, 'succeeded');
};

describe('a request with an Idempotency-Key', () => {
  test('that is sent again gives the same answer and starts nothing more', async () => {
    const first = await startScan('k');
    expect(first.status).toBe(202);
    expect(first.headers['location']).toBe(`/api/v1/operations/${started[0]}`);
    later(60);
    const again = await startScan('k');
    expect(again).toEqual(first);
    expect(started).toHaveLength(1);
    expect(startedResponse.parse((await startScan('other')).json).operations).toHaveLength(1);
    expect(started).toHaveLength(2);
  });

  test('that is sent twice at once starts one run', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => startScan('k')));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(new Set(started).size).toBe(1);
  });

  test('of another body, or of another route, is refused', async () => {
    await startScan('k');
    for (const other of [await startScan('k', 'new'), await ask('snapshots', { system: 'shop' }, 'k')])
      expect(other).toMatchObject({ status: 409, json: { code: 'conflict' } });
    expect(started).toHaveLength(1);
  });

  test('of somebody else is another one', async () => {
    await startScan('k');
    const held = await api.as('approver', {
      ...{ method: 'POST', path: 'holds', headers: { 'idempotency-key': 'k' } },
      body: JSON.stringify({ system: 'shop', what: { everything: true }, reason: 'case 12' }),
    });
    expect(held.status).toBe(201);
  });

  test.each(['before', 'after'] as const)(
    'that is sent again after the app died %s it began the run goes on with that run',
    async (moment) => {
      dies = moment;
      expect((await startScan('k')).status).toBe(503);
      dies = 'never';
      clock.advance(60);
      const again = await startScan('k');
      expect(again.status).toBe(202);
      expect(started).toEqual(['scan.shop.westeurope.20260301T020000Z']);
      expect((await startScan('k')).text).toBe(again.text);
      expect(world.vault.paths(vaultPaths.slots(scope, 'scan'))).toHaveLength(1);
    },
  );

  test('that failed can be sent again', async () => {
    await ask('snapshots', { system: 'shop' }, 'a');
    expect((await ask('snapshots', { system: 'shop' }, 'b')).status).toBe(409);
    later(60);
    for (const path of world.vault.paths(vaultPaths.slots(scope, 'snapshot')))
      world.vault.put(path, JSON.stringify({ ...finished, ...world.vault.json<object>(path) }));
    expect((await ask('snapshots', { system: 'shop' }, 'b')).status).toBe(202);
  });

  test('for a hold sets one, however often and late it comes', async () => {
    const order = { system: 'shop', what: { everything: true }, reason: 'case 12' };
    expect((await ask('holds', order, 'h')).status).toBe(201);
    later(3_600);
    expect((await ask('holds', order, 'h')).status).toBe(201);
    const { holds } = (await api.get('holds')).json as { holds: unknown[] };
    expect(holds).toHaveLength(1);
  });

  test.each(['', 'a b', 'ä', 'x'.repeat(201)])('that is none ("%s") is refused', async (key) => {
    expect(await startScan(key)).toMatchObject({
      status: 400,
      json: { errors: [{ at: 'header.Idempotency-Key' }] },
    });
    expect(started).toEqual([]);
  });

  test('for a system that there is not leaves nothing behind', async () => {
    expect((await ask('snapshots', { system: 'other' }, 'k')).status).toBe(404);
    expect(world.vault.paths()).toEqual([]);
  });
});

const finished = { finished: { at: '2026-03-01T02:00:30.000Z', outcome: 'done' } };

describe('what is shown', () => {
  test('has an ETag; whoever names it gets 304 until it is another', async () => {
    await takeSnapshot(world);
    const first = await api.get('points/shop');
    const etag = first.headers['etag'] ?? '';
    const named = (tag: string): Promise<Answer> =>
      api.as('reader', { method: 'GET', path: 'points/shop', headers: { 'if-none-match': tag } });
    for (const tag of [etag, `W/${etag}`, `"x", ${etag}`, '*'])
      expect(await named(tag)).toMatchObject({ status: 304, text: '', headers: { etag } });
    expect((await named('"x"')).status).toBe(200);
    clock.advance(60);
    await takeSnapshot(world);
    expect((await named(etag)).status).toBe(200);
  });

  test('is no answer to somebody who may not see it, whatever ETag they name', async () => {
    const asked = { method: 'GET', path: 'points/shop', headers: { 'if-none-match': '*' } };
    expect((await api.ask(asked)).status).toBe(401);
  });
});

describe('a list', () => {
  test('comes page by page, each one once, and says where the next one begins', async () => {
    for (let taken = 0; taken < 5; taken += 1) {
      await takeSnapshot(world);
      clock.advance(60);
    }
    const whole = pointsResponse.parse((await api.get('points/shop')).json).points.map(({ id }) => id);
    const seen: string[] = [];
    for (let at: string | undefined = ''; at !== undefined;) {
      const page = pointsResponse.parse((await api.get(`points/shop?limit=2${at}`)).json);
      seen.push(...page.points.map(({ id }) => id));
      at = page.continuation === undefined ? undefined : `&continuation=${page.continuation}`;
    }
    expect(seen).toEqual(whole);
    expect(seen).toHaveLength(5);
  });

  test.each(['limit=0', 'limit=1001', 'limit=x', 'continuation=', 'continuation=!', 'continuation=eA'])(
    'asked for with %s is refused',
    async (query) => {
      await takeSnapshot(world);
      for (const list of ['points/shop', 'reports/shop', 'restores/shop', 'holds'])
        expect((await api.get(`${list}?${query}`)).status).toBe(400);
    },
  );
});
