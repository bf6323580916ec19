/** The routes of legal holds: what they take, what they answer, and what the status says of them. */
import { beforeEach, describe, expect, test } from 'vitest';
import { viewHoldsOf } from '../../src/app/holds.ts';
import { problemDocument } from '../../src/contracts/api/problem.ts';
import { pointsResponse } from '../../src/contracts/api/retention.ts';
import { statusResponse } from '../../src/contracts/api/status.ts';
import {
  holdReleasedResponse,
  holdSetResponse,
  holdsResponse,
  type HoldView,
} from '../../src/contracts/holds.ts';
import { viewPoints, viewStatus } from '../../src/app/views.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { TestApi, type Answer } from '../support/api.ts';
import { takeSnapshot } from '../support/drill-steps.ts';
import { holdPaths } from '../support/hold-steps.ts';
import { sampleEstate, scope } from '../support/sample-estate.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { makeWorld, type World } from '../support/world.ts';

let clock: VirtualWallClock;
let world: World;
let api: TestApi;
const id = 'hold-20260301T013000Z';
const order = { system: 'shop', what: { everything: true }, reason: 'case 12' };

beforeEach(async () => {
  clock = new VirtualWallClock();
  const estate = structuredClone(sampleEstate());
  estate.systems.push({ ...structuredClone(estate.systems[0]!), id: 'second', name: 'Second' });
  world = makeWorld(clock, { estate });
  api = await TestApi.over(world);
});

const set = (body: unknown = order): Promise<Answer> => api.post('holds', body);
const release = (body: unknown, hold = id): Promise<Answer> =>
  api.post(`holds/${encodeURIComponent(hold)}/release`, body, 'approver');
const ask = (query: Record<string, string>): Promise<Answer> =>
  api.get(`holds?${new URLSearchParams(query).toString()}`);
const list = async (query: Record<string, string> = {}): Promise<ReturnType<typeof holdsResponse.parse>> =>
  holdsResponse.parse((await ask(query)).json);
const problemOf = ({ json }: Answer): ReturnType<typeof problemDocument.parse> => problemDocument.parse(json);
const idsOf = (holds: readonly HoldView[]): string[] =>
  holds.map((hold) => `${hold.system} ${hold.id} ${hold.state}`);

describe('setting a hold', () => {
  test('answers 201 with it and what it finds, and 200 the second time', async () => {
    const point = await takeSnapshot(world);
    const { status, json } = await set();
    expect(status).toBe(201);
    expect(holdSetResponse.parse(json)).toMatchObject({
      hold: { id, by: expect.stringMatching(/@/) as string, what: { everything: true }, state: 'active' },
      points: { standing: [point], givenUp: [], gone: [] },
    });
    expect((await set()).status).toBe(200);
    expect(holdPaths(world)).toHaveLength(1);
  });

  test.each([
    ['no system', { ...order, system: undefined }],
    ['no reason', { ...order, reason: undefined }],
    ['a blank reason', { ...order, reason: ' \n' }],
    ['a reason that is too long', { ...order, reason: 'x'.repeat(501) }],
    ['nothing to hold', { ...order, what: {} }],
    ['everything denied', { ...order, what: { everything: false } }],
    ['a point and a time', { ...order, what: { everything: true, point: 'on-demand-20260301T013000Z' } }],
    ['a point that climbs', { ...order, what: { point: '../x' } }],
    ['a time without an end', { ...order, what: { from: '2026-03-01T00:00:00Z' } }],
    [
      'a time that ends before it begins',
      { ...order, what: { from: '2026-03-02T00:00:00Z', to: '2026-03-01T00:00:00Z' } },
    ],
    ['an end that is no instant', { ...order, until: 'tomorrow' }],
    ['an end that has come', { ...order, until: '2026-03-01T01:30:00Z' }],
    ['a key that is none', { ...order, key: '../x' }],
    ['somebody else as the one who asks', { ...order, by: 'Head of Shop' }],
    ['members that nobody knows', { ...order, sql: 'x' }],
  ])('with %s is refused, and nothing is written', async (_what, body) => {
    const answered = await set(body);
    expect(answered.status).toBe(400);
    expect(problemOf(answered)).toMatchObject({ code: 'bad-input' });
    expect(world.vault.paths()).toEqual([]);
  });

  test.each([
    ['a point that is not there', { ...order, what: { point: 'on-demand-20260301T013000Z' } }, 404],
    ['a system that is not there', { ...order, system: 'other' }, 404],
  ])('on %s is not found', async (_what, body, status) => {
    expect((await set(body)).status).toBe(status);
    expect(world.vault.paths()).toEqual([]);
  });

  test('with a key of another order is a conflict', async () => {
    await set({ ...order, key: 'k' });
    expect((await set({ ...order, key: 'k', reason: 'case 13' })).status).toBe(409);
  });
});

describe('listing holds', () => {
  beforeEach(async () => {
    await set();
    await set({ ...order, reason: 'over', until: '2026-03-01T01:31:00Z' });
    await set({ ...order, system: 'second' });
    await release({ reason: 'closed', system: 'second' });
    clock.advance(60);
  });

  test('shows the active ones of every system, or of one', async () => {
    expect(idsOf((await list()).holds)).toEqual([`shop ${id} active`]);
    expect(idsOf((await list({ system: 'second' })).holds)).toEqual([]);
  });

  test('shows them all where that is asked for', async () => {
    expect(idsOf((await list({ all: 'true' })).holds)).toEqual([
      ...[`shop ${id}-2 over`, `shop ${id} active`, `second ${id} released`],
    ]);
    expect(idsOf((await list({ all: 'true', system: 'second' })).holds)).toEqual([`second ${id} released`]);
  });

  test('names a damaged one even where only active ones are asked for', async () => {
    const path = vaultPaths.hold(scope, id);
    world.vault.put(path, '{ cut');
    expect((await list()).damaged).toEqual([{ ...scope, path, problem: `${path} in the vault is no JSON` }]);
  });

  test.each<[Record<string, string>, number]>([
    [{ all: 'perhaps' }, 400],
    [{ system: '../x' }, 400],
    [{ system: 'other' }, 404],
  ])('with %j is refused', async (query, status) => {
    expect((await ask(query)).status).toBe(status);
  });
});

describe('releasing a hold', () => {
  test('answers with it, and the second time with a conflict that names the first', async () => {
    await set();
    const { json } = await release({ reason: 'closed' });
    expect(holdReleasedResponse.parse(json).hold).toMatchObject({
      ...{ id, state: 'released', released: { by: expect.stringMatching(/@/) as string, reason: 'closed' } },
    });
    const again = await release({ reason: 'closed' });
    expect(again.status).toBe(409);
    expect(problemOf(again).detail).toContain('was released before, at 2026-03-01T01:30:00.000Z');
  });

  test.each([
    [id, { reason: 'closed' }, 404],
    [id, { reason: 'closed', system: 'shop' }, 404],
    [id, { reason: 'closed', system: 'other' }, 404],
    [id, {}, 400],
    [id, { reason: ' ' }, 400],
    ['hold-1', { reason: 'closed' }, 400],
    ['...', { reason: 'closed' }, 400],
  ])('%s with %j is refused', async (hold, body, status) => {
    expect((await release(body, hold)).status).toBe(status);
    expect(world.vault.paths()).toEqual([]);
  });

  test('needs the name of its system only where several have a hold of that name', async () => {
    await set();
    await set({ ...order, system: 'second' });
    const unclear = await release({ reason: 'closed' });
    expect(unclear.status).toBe(400);
    expect(problemOf(unclear).detail).toBe(`several systems have a hold ${id}: shop, second`);
    expect((await release({ reason: 'closed', system: 'second' })).status).toBe(200);
    expect(idsOf((await list({ all: 'true' })).holds)).toEqual([
      `shop ${id} active`,
      `second ${id} released`,
    ]);
  });

  test('that is damaged says so, and it stays', async () => {
    const path = vaultPaths.hold(scope, id);
    world.vault.put(path, '{ cut');
    const refused = await release({ reason: 'closed' });
    expect(refused.status).toBe(500);
    expect(problemOf(refused)).toMatchObject({
      code: 'bad-document',
      detail: `${path} in the vault is no JSON`,
    });
    expect(world.vault.text(path)).toBe('{ cut');
  });
});

test('the points of a system name those that are held', async () => {
  const [first, second] = [await takeSnapshot(world), (clock.advance(3600), await takeSnapshot(world))];
  expect(await viewPoints(world.deps, 'shop')).not.toHaveProperty('held');
  await set({ ...order, what: { point: first } });
  expect(pointsResponse.parse(await viewPoints(world.deps, 'shop')).held).toEqual([first]);
  world.vault.put(vaultPaths.hold(scope, id), '{ cut');
  expect((await viewPoints(world.deps, 'shop')).held).toEqual([second, first]);
});

describe('the status', () => {
  test('says nothing of a system without holds, or whose holds are over', async () => {
    await set({ ...order, until: '2026-03-01T01:31:00Z' });
    clock.advance(60);
    expect(await viewHoldsOf(world.deps, scope)).toEqual({});
  });

  test('names how many there are, since when, and what is damaged', async () => {
    await set();
    clock.advance(60);
    await set({ ...order, reason: 'case 13' });
    const path = vaultPaths.hold(scope, 'hold-20260101T000000Z');
    world.vault.put(path, '{ cut');
    const hub = {
      start: () => Promise.reject(new Error('a view starts nothing')),
      find: () => Promise.resolve(undefined),
    };
    const { systems } = statusResponse.parse(await viewStatus(world.deps, hub, 'https://vault.example'));
    expect(systems.map(({ holds }) => holds)).toEqual([
      { active: 2, oldestSetAt: '2026-03-01T01:30:00.000Z', damaged: [`${path} in the vault is no JSON`] },
      undefined,
    ]);
  });
});
