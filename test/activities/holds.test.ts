/** Legal holds from being set to being released: once, recorded, and whole after whatever kill. */
import { beforeEach, describe, expect, test } from 'vitest';
import { listHolds, releaseHold, setHold } from '../../src/activities/holds.ts';
import type { HoldDocument } from '../../src/contracts/holds.ts';
import { isoOf } from '../../src/contracts/values.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { Failure } from '../../src/policy/failure.ts';
import { takeSnapshot } from '../support/drill-steps.ts';
import { auditedHolds, everything, hold, holdPaths } from '../support/hold-steps.ts';
import { changePoint } from '../support/prune-steps.ts';
import { scope } from '../support/sample-estate.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { makeWorld, type World } from '../support/world.ts';

let clock: VirtualWallClock;
let world: World;
const first = 'hold-20260301T013000Z';
const pathOf = (id = first): string => vaultPaths.hold(scope, id);
const noRecord = new Failure('cannot-record', 'the log is full', 'Look at the vault.');
const release = (id = first, reason = 'the case is closed'): ReturnType<typeof releaseHold> =>
  releaseHold(world.deps, scope, id, { by: 'counsel', reason });

beforeEach(() => {
  clock = new VirtualWallClock();
  world = makeWorld(clock);
});

describe('a hold that is set', () => {
  test('is a document of its own, with its audit line before it and its outcome after it', async () => {
    const set = await hold(world, { until: '2026-04-01T00:00:00Z' });
    expect(world.vault.json<HoldDocument>(pathOf())).toEqual({
      ...{ schema: 'lifeboat/hold/v1', id: first, ...scope, what: everything, reason: 'case 12' },
      ...{ by: 'counsel', setAt: '2026-03-01T01:30:00.000Z', until: '2026-04-01T00:00:00.000Z' },
    });
    expect(set).toMatchObject({ isNew: true, hold: { id: first, state: 'active' } });
    expect(world.vault.faults.calls.filter((call) => /^(append|create)/.test(call))).toEqual([
      `append ${vaultPaths.auditSegments(scope)}000000000001.jsonl`,
      `create ${pathOf()}`,
      `append ${vaultPaths.auditSegments(scope)}000000000001.jsonl`,
    ]);
    expect(auditedHolds(world)).toEqual([
      `set-hold intent ${first} by counsel`,
      `set-hold outcome ${first} by counsel`,
    ]);
  });

  test('says which recovery points it finds, and which it came too late for', async () => {
    const points: string[] = [];
    for (let n = 0; n < 4; n += 1) {
      points.push(await takeSnapshot(world));
      clock.advance(3600);
    }
    const [gone, going, standing, later] = points as [string, string, string, string];
    const at = isoOf(clock.now());
    changePoint(world, gone, { tombstone: { at, reason: 'old', confirmedAbsentAt: at } });
    changePoint(world, going, { tombstone: { at, reason: 'old' } });
    expect((await hold(world)).points).toEqual({
      standing: [later, standing],
      givenUp: [going],
      gone: [gone],
    });
    const what = { from: '2026-03-01T00:00:00Z', to: '2026-03-01T04:00:00Z' };
    expect((await hold(world, { what })).points.standing).toEqual([standing]);
    expect((await hold(world, { what: { point: going } })).points).toEqual({
      ...{ standing: [], givenUp: [going], gone: [] },
    });
  });

  test.each([
    ['a point that is not there', { what: { point: 'on-demand-20260301T013000Z' } }, 'not-found'],
    ['an end that has come', { until: '2026-03-01T01:30:00Z' }, 'bad-input'],
  ])('is refused for %s, and nothing is written', async (_what, order, code) => {
    await expect(hold(world, order)).rejects.toMatchObject({ code });
    expect(world.vault.paths()).toEqual([]);
  });

  test('is refused for a point that is gone for good, and not for one that is only damaged', async () => {
    const point = await takeSnapshot(world);
    const at = isoOf(clock.now());
    changePoint(world, point, { tombstone: { at, reason: 'old', confirmedAbsentAt: at } });
    await expect(hold(world, { what: { point } })).rejects.toMatchObject({ code: 'conflict' });
    world.vault.put(vaultPaths.point(scope, point), '{ cut');
    expect((await hold(world, { what: { point } })).hold.what).toEqual({ point });
  });

  test('in another region, or of an unknown system, is refused before anything is looked at', async () => {
    const order = { what: everything, reason: 'case 12', by: 'counsel' };
    await expect(setHold(world.deps, { ...scope, region: 'eastus' }, order)).rejects.toMatchObject({
      code: 'wrong-region',
    });
    await expect(setHold(world.deps, { ...scope, system: 'other' }, order)).rejects.toMatchObject({
      code: 'not-found',
    });
    expect(world.vault.faults.calls).toEqual([]);
  });
});

describe('an order that comes twice', () => {
  test.each([{ key: 'case-12.1' }, {}])('with %j in one second sets one hold', async (key) => {
    expect((await hold(world, key)).isNew).toBe(true);
    expect(await hold(world, key)).toMatchObject({ isNew: false, hold: { id: first } });
    expect(holdPaths(world)).toEqual([pathOf()]);
  });

  test('at the same time sets one hold', async () => {
    const sets = await Promise.all(Array.from({ length: 8 }, () => hold(world)));
    expect(sets.filter(({ isNew }) => isNew)).toHaveLength(1);
    expect(holdPaths(world)).toEqual([pathOf()]);
  });

  test('with a key sets one hold whenever it comes', async () => {
    await hold(world, { key: 'k', until: '2026-04-01T00:00:00Z' });
    clock.advance(86_400);
    const again = await hold(world, { key: 'k', until: '2026-04-01T00:00:00.000Z' });
    expect(again).toMatchObject({ isNew: false, hold: { id: first } });
    expect(holdPaths(world)).toHaveLength(1);
  });

  test('with a key of something else, or of a hold that was released, is a conflict', async () => {
    await hold(world, { key: 'k' });
    await expect(hold(world, { key: 'k', reason: 'case 13' })).rejects.toMatchObject({ code: 'conflict' });
    await release();
    await expect(hold(world, { key: 'k' })).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('released') as string,
    });
    expect(holdPaths(world)).toHaveLength(1);
  });

  test('in another second, or saying something else, sets another', async () => {
    await hold(world);
    await hold(world, { reason: 'case 13' });
    await hold(world, { reason: 'case 14' });
    clock.advance(1);
    await hold(world);
    expect(holdPaths(world)).toEqual([
      ...[pathOf(`${first}-2`), pathOf(`${first}-3`), pathOf(), pathOf('hold-20260301T013001Z')],
    ]);
  });

  test('after it was released in that second sets another', async () => {
    await hold(world);
    await release();
    expect(await hold(world)).toMatchObject({ isNew: true, hold: { id: `${first}-2` } });
  });

  test('for which no id comes free is a failure that may pass, and not a wait without end', async () => {
    world.vault.create = () => Promise.resolve(false);
    await expect(hold(world)).rejects.toMatchObject({ code: 'cannot-record', retryable: true });
  });

  test('beside a damaged document of its name takes the next', async () => {
    world.vault.put(pathOf(), '{ cut');
    expect((await hold(world)).hold.id).toBe(`${first}-2`);
    expect(world.vault.text(pathOf())).toBe('{ cut');
  });
});

describe('a kill', () => {
  const audit = `append ${vaultPaths.auditSegments(scope)}`;

  test('before the audit line leaves nothing, and without it nothing is done', async () => {
    world.vault.faults.on(audit, 'before', { error: noRecord });
    await expect(hold(world)).rejects.toMatchObject({ code: 'cannot-record' });
    expect(holdPaths(world)).toEqual([]);
    expect(auditedHolds(world)).toEqual([]);
  });

  test.each(['after', 'before'] as const)(
    'between audit and write (%s) leaves a line, and the order comes again',
    async (when) => {
      world.vault.faults.on(when === 'after' ? audit : 'create ', when, { error: new Error('killed') });
      await expect(hold(world, { key: 'k' })).rejects.toThrow('killed');
      expect(holdPaths(world)).toEqual([]);
      expect(auditedHolds(world)[0]).toBe(`set-hold intent ${first} by counsel`);
      clock.advance(60);
      expect(await hold(world, { key: 'k' })).toMatchObject({ isNew: true });
      expect(holdPaths(world)).toHaveLength(1);
    },
  );

  test('after the write leaves a hold that the order finds again', async () => {
    world.vault.faults.on('create ', 'after', { error: new Error('killed') });
    await expect(hold(world, { key: 'k' })).rejects.toThrow('killed');
    clock.advance(60);
    expect(await hold(world, { key: 'k' })).toMatchObject({ isNew: false, hold: { id: first } });
  });

  test('before the outcome is said as what it is: the hold stands', async () => {
    world.vault.faults.on(audit, 'before', { error: noRecord, skip: 1 });
    await expect(hold(world)).rejects.toMatchObject({
      code: 'cannot-record',
      message: expect.stringContaining(`set-hold of ${first} is done, but the audit log`) as string,
      retryable: false,
    });
    expect(holdPaths(world)).toEqual([pathOf()]);
  });

  test('before the audit line of a release leaves the hold as it was', async () => {
    await hold(world);
    const before = world.vault.text(pathOf());
    world.vault.faults.on(audit, 'before', { error: noRecord });
    await expect(release()).rejects.toMatchObject({ code: 'cannot-record' });
    expect(world.vault.text(pathOf())).toBe(before);
    world.vault.faults.on('replace ', 'before', { error: new Error('killed') });
    await expect(release()).rejects.toThrow('killed');
    expect(world.vault.text(pathOf())).toBe(before);
    expect(await release()).toMatchObject({ state: 'released' });
  });
});

describe('a release', () => {
  test('says when, by whom and why, and changes nothing else', async () => {
    await hold(world);
    const before = world.vault.json<HoldDocument>(pathOf());
    clock.advance(3600);
    await release();
    expect(world.vault.json<HoldDocument>(pathOf())).toEqual({
      ...before,
      released: { at: '2026-03-01T02:30:00.000Z', by: 'counsel', reason: 'the case is closed' },
    });
    expect(auditedHolds(world).slice(2)).toEqual([
      `release-hold intent ${first} by counsel`,
      `release-hold outcome ${first} by counsel`,
    ]);
  });

  test('comes once: the second one is told of the first', async () => {
    await hold(world);
    await release();
    const after = world.vault.text(pathOf());
    await expect(release(first, 'again')).rejects.toMatchObject({
      code: 'conflict',
      message: `${first} was released before, at 2026-03-01T01:30:00.000Z by counsel: the case is closed`,
    });
    expect(world.vault.text(pathOf())).toBe(after);
    expect(auditedHolds(world)).toHaveLength(4);
  });

  test('at the same time as another comes once', async () => {
    await hold(world);
    const released = await Promise.allSettled(['a', 'b', 'c'].map((reason) => release(first, reason)));
    expect(released.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected', 'rejected']);
    expect(holdPaths(world)).toHaveLength(1);
  });

  test('of a hold that there is not is told so', async () => {
    await expect(release()).rejects.toMatchObject({ code: 'not-found' });
    expect(world.vault.paths()).toEqual([]);
  });

  test.each([
    ['cut', '{ cut'],
    ['of another schema', '{"schema":"lifeboat/hold/v2"}'],
  ])('of a document that is %s is refused', async (_what, text) => {
    world.vault.put(pathOf(), text);
    await expect(release()).rejects.toMatchObject({ code: 'bad-document' });
    expect(world.vault.text(pathOf())).toBe(text);
  });
});

describe('the list', () => {
  test('shows every hold with how it stands, and what is wrong with the damaged ones', async () => {
    await hold(world, { reason: 'a', until: '2026-03-01T01:31:00Z' });
    await hold(world, { reason: 'b' });
    await hold(world, { reason: 'c' });
    await release(`${first}-2`);
    const damaged = pathOf('hold-20260201T000000Z');
    world.vault.put(damaged, '{ cut');
    const moved = pathOf('hold-20260202T000000Z');
    world.vault.put(moved, world.vault.text(pathOf()));
    clock.advance(60);
    const { holds, damaged: found } = await listHolds(world.deps, scope);
    expect(holds.map(({ reason, state }) => `${reason} ${state}`).toSorted()).toEqual([
      ...['a over', 'b released', 'c active'],
    ]);
    expect(found).toEqual([
      { path: damaged, problem: `${damaged} in the vault is no JSON` },
      { path: moved, problem: `${moved} in the vault is the document of another hold` },
    ]);
  });

  test.each(['list ', 'read '])(
    'is a failure, and not empty, if the vault does not answer to %s',
    async (call) => {
      await hold(world);
      world.vault.faults.on(call, 'before');
      await expect(listHolds(world.deps, scope)).rejects.toMatchObject({ code: 'unavailable' });
    },
  );
});
