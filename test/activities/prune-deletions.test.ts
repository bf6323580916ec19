/** What a prune deletes from its plan, in which order, and what it looks at once more before it does. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { RecoveryPoint } from '../../src/contracts/documents.ts';
import type { TombstoneDocument } from '../../src/contracts/prune.ts';
import { isoOf } from '../../src/contracts/values.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import type { ClockOffset } from '../../src/policy/clock-trust.ts';
import { Failure } from '../../src/policy/failure.ts';
import { carryOut } from '../support/drill-steps.ts';
import {
  backupOf,
  changePoint,
  deletionsOf,
  ledgerOf,
  off,
  oldAndNew,
  planPrune,
  proven,
  prunePortion,
  stagesOf,
  type OldAndNew,
  type Planned,
  type Portion,
} from '../support/prune-steps.ts';
import { scope, sourceServer } from '../support/sample-estate.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { makeWorld, type World } from '../support/world.ts';

let clock: VirtualWallClock;
let world: World;
let offsets: ClockOffset[];

beforeEach(() => {
  clock = new VirtualWallClock('2026-03-01T01:30:00.000Z');
  offsets = [{ source: 'storage', seconds: 0 }];
  world = makeWorld(clock, { referenceClocks: { offsets: async () => offsets } });
});

describe('a backup of the plan', () => {
  let points: OldAndNew;
  let planned: Planned;
  beforeEach(async () => {
    points = await oldAndNew(world, clock);
    planned = await planPrune(world);
    world.vault.faults.calls.length = 0;
  });
  const order = (point: string): object => ({
    ...scope,
    plan: planned.plan,
    item: point,
    server: sourceServer,
  });

  test('is in the ledger, in the audit log and marked twice before it is deleted, and confirmed after', async () => {
    const seen: string[] = [];
    const beginDeleteBackup = world.servers.beginDeleteBackup.bind(world.servers);
    world.servers.beginDeleteBackup = (...given) => {
      seen.push(...world.vault.faults.calls.filter((call) => /^(append|replace|create)/.test(call)));
      return beginDeleteBackup(...given);
    };
    expect(await carryOut(world, 'pruneBackup', order(points.old))).toMatchObject({ state: 'done' });
    const kinds = seen.map((call) => call.replace(/.*\/(ledger|audit|points|tombstones)\/.*/, '$1'));
    expect(kinds).toEqual(['ledger', 'audit', 'points', 'tombstones']);
    expect(stagesOf(world)).toEqual(['intent', 'confirmed-absent']);
    const [stone] = world.vault.paths('v1/shop/westeurope/tombstones/');
    expect(world.vault.json<TombstoneDocument>(stone!)).toMatchObject({
      item: `${sourceServer}/backups/${backupOf(points.old)}`,
      plan: planned.plan,
      reason: expect.stringContaining('past the window of 168 hours') as string,
      confirmedAbsentAt: expect.any(String) as string,
    });
    const { tombstone } = world.vault.json<RecoveryPoint>(vaultPaths.point(scope, points.old));
    expect(tombstone).toHaveProperty('confirmedAbsentAt');
    expect(world.servers.effects).toEqual([`delete-backup ${backupOf(points.old)}`]);
  });

  test('is deleted once, however often it is asked for', async () => {
    for (let n = 0; n < 3; n += 1) await carryOut(world, 'pruneBackup', order(points.old));
    expect(world.servers.effects).toEqual([`delete-backup ${backupOf(points.old)}`]);
  });

  test('that is gone already is confirmed absent and marked', async () => {
    await carryOut(world, 'pruneBackup', order(points.old));
    world.vault.faults.calls.length = 0;
    expect(await world.value('pruneBackup', order(points.old))).toMatchObject({
      state: 'done',
      detail: expect.stringContaining('no longer listed') as string,
    });
  });

  test.each<[string, () => void, RegExp]>([
    [
      'it was pinned',
      () =>
        changePoint(world, points.old, { pins: [{ by: 'x', at: isoOf(clock.now()), reason: 'legal hold' }] }),
      /pinned: legal hold/,
    ],
    [
      'a drill proved it and the newer one lost its proof',
      () => {
        changePoint(world, points.fresh, { proven: undefined });
        changePoint(world, points.old, proven);
      },
      /newest proven/,
    ],
    ['the clock went off', () => (offsets = off), /clock that is not to be trusted: storage is 3600 s ahead/],
    [
      'what covered it was marked for deletion',
      () => changePoint(world, points.fresh, { tombstone: { at: isoOf(clock.now()), reason: 'slot' } }),
      /may be the last cover/,
    ],
    [
      'the host’s clock was set back',
      () => clock.stepTo('2026-03-03T00:00:00.000Z'),
      /inside the window|future/,
    ],
  ])('stays, with the reason in the ledger, if since the plan %s', async (_what, change, reason) => {
    change();
    expect(await world.value('pruneBackup', order(points.old))).toMatchObject({
      state: 'failed',
      code: 'DeletionRefused',
      message: expect.stringMatching(reason) as string,
    });
    expect(ledgerOf(world)).toMatchObject([
      { stage: 'refused', reason: expect.stringMatching(reason) as string },
    ]);
    expect(deletionsOf(world)).toBe(0);
    expect(world.vault.json(vaultPaths.point(scope, points.old))).not.toHaveProperty('tombstone');
  });

  test('is not deleted if the plan keeps it, does not know it, or there is no such plan', async () => {
    for (const item of [points.fresh, 'shop-westeurope/lifeboat-20200101T000000Z'])
      expect(await world.run('pruneBackup', { ...order(points.old), item })).toMatchObject({
        failure: { code: 'refused', retryable: false },
      });
    const plan_ = `sha256-${'0'.repeat(64)}`;
    expect(await world.run('pruneBackup', { ...order(points.old), plan: plan_ })).toMatchObject({
      failure: { code: 'not-found' },
    });
    expect(deletionsOf(world)).toBe(0);
  });

  test.each(['ledger', 'audit', 'points', 'tombstones'])(
    'stays if its %s cannot be written',
    async (what) => {
      const error = new Failure('cannot-record', 'the vault is full', 'Make room.');
      for (const method of ['append', 'replace', 'create'])
        world.vault.faults.on(`${method} v1/shop/westeurope/${what}`, 'before', { error });
      expect(await world.run('pruneBackup', order(points.old))).toMatchObject({
        failure: { code: 'cannot-record' },
      });
      expect(deletionsOf(world)).toBe(0);
    },
  );
});

describe('the blob snapshots of the plan', () => {
  const count = 1_203;
  let planned: Planned;
  beforeEach(async () => {
    const { blob } = await oldAndNew(world, clock);
    world.contents.snapshots.clear();
    for (let n = 0; n < count; n += 1)
      world.contents.putSnapshot(blob, clock.now().minus({ days: 20 }).plus({ seconds: n }));
    world.contents.putSnapshot(blob, clock.now().minus({ hours: 1 }));
    planned = await planPrune(world);
  });
  const portion = (from: number): Promise<Portion> => prunePortion(world, planned, 'blob-snapshot', from);

  /** Lets every deletion at the store take so long. */
  const slowStore = (seconds: number): number[] => {
    const sizes: number[] = [];
    const deleteSnapshots = world.contents.deleteSnapshots.bind(world.contents);
    world.contents.deleteSnapshots = (store, snapshots) => {
      sizes.push(snapshots.length);
      clock.advance(seconds);
      return deleteSnapshots(store, snapshots);
    };
    return sizes;
  };

  test('go in one activity while its time lasts; the blobs and what is inside the window stay', async () => {
    const sizes = slowStore(39);
    const blobs = new Map(world.contents.blobs);
    const young = isoOf(clock.now().minus({ hours: 1 }));
    expect(planned.portions).toEqual([{ kind: 'blob-snapshot', count }]);
    expect(await portion(0)).toEqual({ deleted: count, refused: [] });
    expect(sizes).toEqual([1_000, 203]);
    expect([...world.contents.snapshots.values()].map((one) => isoOf(one.at))).toEqual([young]);
    expect(world.contents.blobs).toEqual(blobs);
    for (const stage of ['intent', 'confirmed-absent'])
      expect(stagesOf(world).filter((one) => one === stage)).toHaveLength(count);
  });

  test('go in portions where the store is slow, each with at least one step', async () => {
    slowStore(40);
    expect(await portion(0)).toEqual({ deleted: 1_000, refused: [], next: 1_000 });
    expect(world.contents.snapshots.size).toBe(204);
    expect(await portion(1_000)).toEqual({ deleted: 203, refused: [] });
    expect(world.contents.snapshots.size).toBe(1);
  });

  test('are in the ledger before the first of a step goes', async () => {
    let asked = 0;
    const deleteSnapshots = world.contents.deleteSnapshots.bind(world.contents);
    world.contents.deleteSnapshots = (...given) => {
      asked += 1;
      expect(stagesOf(world)).toEqual(Array.from({ length: 203 }, () => 'intent'));
      return deleteSnapshots(...given);
    };
    await portion(1_000);
    expect(asked).toBe(1);
  });

  test('of a portion that is run again are gone once and counted the same', async () => {
    expect(await portion(1_000)).toEqual(await portion(1_000));
    expect(world.contents.snapshots.size).toBe(1_001);
  });

  test('whose deletion was never told go on from the intent: what is gone is confirmed, what stands is deleted', async () => {
    const deleteSnapshots = world.contents.deleteSnapshots.bind(world.contents);
    world.contents.deleteSnapshots = async (store, snapshots) => {
      await deleteSnapshots(store, snapshots.slice(0, 100));
      return new Promise(() => undefined); // The process dies here.
    };
    void portion(1_000);
    await expect.poll(() => world.contents.snapshots.size).toBe(count + 1 - 100);
    expect(stagesOf(world)).toEqual(Array.from({ length: 203 }, () => 'intent'));
    world.contents.deleteSnapshots = deleteSnapshots;
    expect(await portion(1_000)).toEqual({ deleted: 203, refused: [] });
    expect(world.contents.snapshots.size).toBe(1_001);
    const ended = ledgerOf(world).filter(({ stage }) => stage === 'confirmed-absent');
    expect(new Set(ended.map(({ item }) => item)).size).toBe(203);
  });

  test('that cannot be deleted are reported, and the others go', async () => {
    const held = [...world.contents.snapshots.keys()].slice(1_000, 1_051);
    for (const one of held)
      world.contents.refusals.set(one, new Failure('access-denied', 'a legal hold', 'Ask.'));
    const { deleted, refused } = await portion(1_000);
    expect(deleted).toBe(203 - 51);
    expect(refused).toHaveLength(20);
    expect(refused[0]).toMatch(/^files\/.+@.+: a legal hold$/);
    expect(stagesOf(world).filter((stage) => stage === 'failed')).toHaveLength(51);
    expect(stagesOf(world).filter((stage) => stage === 'confirmed-absent')).toHaveLength(203 - 51);
  });

  test.each<[string, () => Promise<never> | Promise<[]>]>([
    ['does not answer', () => Promise.reject(new Failure('unavailable', 'no answer', 'It passes.'))],
    ['answers of none', () => Promise.resolve([])],
  ])('are none of them confirmed where their store %s', async (_what, answer) => {
    world.contents.deleteSnapshots = answer;
    expect(await portion(1_000)).toMatchObject({ deleted: 0 });
    expect(new Set(stagesOf(world))).toEqual(new Set(['intent', 'failed']));
  });

  test('all stay if the clock went off since the plan', async () => {
    offsets = off;
    expect(await portion(0)).toEqual({
      deleted: 0,
      refused: ['no blob snapshot is deleted: storage is 3600 s ahead of this host, more than 300 s'],
    });
    expect(world.contents.snapshots.size).toBe(count + 1);
  });

  test('stay from the step on at which the clock goes off, and what went before is counted', async () => {
    const deleteSnapshots = world.contents.deleteSnapshots.bind(world.contents);
    world.contents.deleteSnapshots = (...given) => {
      offsets = off;
      return deleteSnapshots(...given);
    };
    const { deleted, refused, next } = await portion(0);
    expect([deleted, next]).toEqual([1_000, undefined]);
    expect(refused).toEqual([
      expect.stringContaining('no blob snapshot is deleted: storage is 3600 s ahead'),
    ]);
    expect(world.contents.snapshots.size).toBe(204);
  });

  test('stay if the ledger cannot be written', async () => {
    world.vault.faults.on('append', 'before', { error: new Failure('cannot-record', 'full', 'Make room.') });
    expect(
      await world.run('pruneItems', { ...scope, plan: planned.plan, kind: 'blob-snapshot', from: 0 }),
    ).toMatchObject({
      failure: { code: 'cannot-record' },
    });
    expect(world.contents.snapshots.size).toBe(count + 1);
  });
});
