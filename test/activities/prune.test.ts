import { beforeEach, describe, expect, test } from 'vitest';
import type { AlertDocument, AuditEntry, LedgerEntry, RecoveryPoint } from '../../src/contracts/documents.ts';
import type { PruneDocument, PruneItem, PrunePlan, TombstoneDocument } from '../../src/contracts/prune.ts';
import { isoOf } from '../../src/contracts/values.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import type { ClockOffset } from '../../src/policy/clock-trust.ts';
import { digestOf } from '../../src/policy/canonical-json.ts';
import { Failure } from '../../src/policy/failure.ts';
import { stampOf } from '../../src/policy/identifiers.ts';
import { carryOut, takeSnapshot } from '../support/drill-steps.ts';
import { sampleEstate, scope, serverId, sourceServer } from '../support/sample-estate.ts';
import { scanAll } from '../support/scan-steps.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { makeWorld, type World } from '../support/world.ts';

interface Planned {
  readonly plan: string;
  readonly prune: string;
  readonly backups: readonly string[];
  readonly snapshots: number;
  readonly kept: number;
  readonly blocked: number;
}

const day = 86_400;
let clock: VirtualWallClock;
let world: World;
let offsets: ClockOffset[];

beforeEach(() => {
  clock = new VirtualWallClock('2026-03-01T01:30:00.000Z');
  offsets = [{ source: 'storage', seconds: 0 }];
  world = makeWorld(clock, { referenceClocks: { offsets: async () => offsets } });
});

const plan = (): Promise<Planned> =>
  world.value<Planned>('planPrune', { ...scope, slot: stampOf(clock.now()), dryRun: false });
const planOf = (planned: Planned): PrunePlan => world.vault.json(vaultPaths.plan(scope, planned.plan));
const itemsOf = (planned: Planned): PruneItem[] => planOf(planned).items;
const ledger = (): LedgerEntry[] => world.vault.entries(vaultPaths.ledgerSegments(scope));
const stages = (): string[] => ledger().map((entry) => entry.stage);
const deletions = (): number => world.servers.faults.count('beginDelete');
const changePoint = (id: string, changes: Partial<RecoveryPoint>): void => {
  const path = vaultPaths.point(scope, id);
  world.vault.put(path, JSON.stringify({ ...world.vault.json<object>(path), ...changes }));
};
const proven = { proven: { at: '2026-03-09T04:00:00.000Z', drill: 'drill-20260309T040000Z' } };
const off: ClockOffset[] = [{ source: 'storage', seconds: 3600 }];

/** Two old points and a new one, which is proven, and two old snapshots of a blob. */
async function oldAndNew(): Promise<{ old: string; older: string; fresh: string; blob: string }> {
  const older = await takeSnapshot(world);
  const blob = [...world.contents.blobs.keys()][0]!;
  world.contents.putSnapshot(blob, clock.now());
  clock.advance(day);
  const old = await takeSnapshot(world);
  world.contents.putSnapshot(blob, clock.now());
  clock.advance(8 * day);
  const fresh = await takeSnapshot(world);
  changePoint(fresh, proven);
  world.servers.effects.length = 0;
  world.servers.faults.calls.length = 0;
  world.vault.faults.calls.length = 0;
  return { old, older, fresh, blob };
}
const backupOf = (point: string): string => point.replace('on-demand', 'lifeboat');
const itemOf = (point: string): string => `shop-westeurope/${backupOf(point)}`;

describe('the plan', () => {
  test('names everything that was looked at with a decision and its reason, and stands before anything is deleted', async () => {
    const { old, older, fresh, blob } = await oldAndNew();
    const planned = await plan();
    expect(planned).toMatchObject({
      backups: [itemOf(older), itemOf(old)],
      snapshots: 2,
      kept: 1,
      blocked: 0,
    });
    const document = planOf(planned);
    expect(digestOf(document)).toBe(planned.plan);
    expect(document).toMatchObject({ windowHours: 168, minimumProven: 1, doubts: {}, clock: offsets });
    expect(document.items.map((item) => [item.id, item.decision])).toEqual([
      [itemOf(older), 'expire'],
      [itemOf(old), 'expire'],
      [itemOf(fresh), 'keep'],
      [expect.stringContaining(`files/${blob}@2026-03-01T`) as string, 'expire'],
      [expect.stringContaining(`files/${blob}@2026-03-02T`) as string, 'expire'],
    ]);
    expect(document.items.every((item) => item.sentence.length > 20)).toBe(true);
    expect(world.vault.entries<AuditEntry>(vaultPaths.auditSegments(scope)).at(-1)).toMatchObject({
      action: 'prune',
      stage: 'intent',
      detail: { plan: planned.plan },
    });
    expect(deletions()).toBe(0);
    expect(world.contents.snapshots.size).toBe(2);
    expect(world.vault.paths(vaultPaths.ledgerSegments(scope))).toEqual([]);
  });

  test('leaves automatic backups out and a person’s own alone', async () => {
    await oldAndNew();
    const completedAt = clock.now().minus({ days: 90 });
    world.servers.putBackup(sourceServer, { name: 'auto-1', kind: 'automatic', completedAt });
    world.servers.putBackup(sourceServer, { name: 'before-upgrade', kind: 'on-demand', completedAt });
    const items = itemsOf(await plan());
    expect(items.some((item) => item.id.includes('auto-1'))).toBe(false);
    expect(items.find((item) => item.id.includes('before-upgrade'))).toMatchObject({ reason: 'not-ours' });
  });

  test('with a backup of ours that the catalogue does not know expires it all the same', async () => {
    await oldAndNew();
    const completedAt = clock.now().minus({ days: 90 });
    world.servers.putBackup(sourceServer, {
      name: 'lifeboat-20251201T013000Z',
      kind: 'on-demand',
      completedAt,
    });
    expect((await plan()).backups[0]).toBe('shop-westeurope/lifeboat-20251201T013000Z');
  });

  test('while nothing newer succeeds blocks every backup as the last cover', async () => {
    const { old, older, fresh } = await oldAndNew();
    clock.advance(30 * day);
    const planned = await plan();
    expect(planned).toMatchObject({ backups: [], blocked: 2 });
    const reasons = Object.fromEntries(itemsOf(planned).map((item) => [item.id, item.reason]));
    expect(reasons).toMatchObject({
      [itemOf(older)]: 'last-cover',
      [itemOf(old)]: 'last-cover',
      [itemOf(fresh)]: 'newest-proven',
    });
  });

  test('does not count as cover what was marked for deletion or is not recorded', async () => {
    const { fresh } = await oldAndNew();
    changePoint(fresh, { tombstone: { at: isoOf(clock.now()), reason: 'slot' } });
    expect(await plan()).toMatchObject({ backups: [], blocked: 2 });
  });

  test.each<[string, () => void, string]>([
    ['the clock is off', () => (offsets = off), 'clock'],
    [
      'a service does not say the time',
      () => (offsets = [{ source: 'storage', seconds: undefined }]),
      'clock',
    ],
    ['nobody can be asked the time', () => (offsets = []), 'clock'],
    [
      'the snapshots cannot be listed to their end',
      () => {
        const listSnapshots = world.contents.listSnapshots.bind(world.contents);
        world.contents.listSnapshots = async function* (store) {
          for await (const one of listSnapshots(store)) {
            yield one;
            throw new Failure('unavailable', 'page 2 did not come', 'It passes.');
          }
        };
      },
      'listing',
    ],
    [
      'a recovery point cannot be read',
      () => world.vault.put(`${vaultPaths.points(scope)}on-demand-20260301T013000Z.json`, '{ cut'),
      'listing',
    ],
  ])('expires nothing when %s', async (_why, change, reason) => {
    await oldAndNew();
    change();
    const planned = await plan();
    expect(planned).toMatchObject({ backups: [], snapshots: 0 });
    const blocked = itemsOf(planned).filter((item) => item.decision === 'blocked');
    expect(blocked.length).toBeGreaterThan(2);
    expect(new Set(blocked.map((item) => item.reason))).toEqual(new Set([reason]));
    expect(planOf(planned).doubts).toHaveProperty(reason);
  });

  test.each(['listBackups', 'get /'])('is not made if "%s" fails', async (method) => {
    await oldAndNew();
    world.servers.faults.on(method, 'before');
    const before = world.vault.paths();
    expect(await world.run('planPrune', { ...scope, slot: '20260310T013000Z', dryRun: false })).toMatchObject(
      {
        failure: { code: 'unavailable' },
      },
    );
    expect(world.vault.paths()).toEqual(before);
  });

  test('keeps the snapshots of a blob that the last scan found damaged', async () => {
    const { blob } = await oldAndNew();
    world.contents.damage(blob, 'flip');
    await scanAll(world);
    const planned = await plan();
    expect(planned.snapshots).toBe(0);
    expect(itemsOf(planned).filter((item) => item.reason === 'repair-source')).toHaveLength(2);
  });

  test('looks at each server by itself: the newest proven and the cover of one say nothing of another', async () => {
    const estate = structuredClone(sampleEstate());
    const shop = estate.systems[0]!.regions[0]!;
    const second = serverId('rg-shop-westeurope', 'shop-second');
    shop.databases.push({ ...shop.databases[0]!, id: 'second', server: second });
    world = makeWorld(clock, { estate, referenceClocks: { offsets: async () => offsets } });
    world.servers.put({ id: second });
    clock.advance(9 * day);
    const put = (age: number, of: readonly string[], changes: Partial<RecoveryPoint>): void => {
      const at = clock.now().minus({ days: age });
      const [stamp, instant] = [stampOf(at), isoOf(at)];
      const databases = of.map((server) => {
        world.servers.putBackup(server, { name: `lifeboat-${stamp}`, kind: 'on-demand', completedAt: at });
        const fingerprint = {
          path: 'f',
          digest: `sha256-${'0'.repeat(64)}`,
          mode: 'exact',
          tables: 0,
          rows: 0,
        };
        const backup = `lifeboat-${stamp}`;
        return { database: 'main', server, name: 'shop', backup, completedAt: instant, instant, fingerprint };
      });
      const point = {
        schema: 'lifeboat/recovery-point/v1',
        id: `on-demand-${stamp}`,
        ...scope,
        kind: 'on-demand',
      };
      const rest = { slot: stamp, createdAt: instant, instant, databases, stores: [], ...changes };
      world.vault.put(vaultPaths.point(scope, `on-demand-${stamp}`), JSON.stringify({ ...point, ...rest }));
    };
    put(9, [sourceServer, second], proven);
    put(8, [sourceServer, second], {});
    put(1, [sourceServer], {});
    const reasons = itemsOf(await plan()).map((item) => `${item.id.split('/')[0]} ${item.reason}`);
    expect(reasons).toEqual([
      'shop-westeurope newest-proven',
      'shop-westeurope past-window',
      'shop-westeurope inside-window',
      'shop-second newest-proven',
      'shop-second last-cover',
    ]);
  });
});

describe('a backup of the plan', () => {
  let points: Awaited<ReturnType<typeof oldAndNew>>;
  let planned: Planned;
  beforeEach(async () => {
    points = await oldAndNew();
    planned = await plan();
    world.vault.faults.calls.length = 0;
  });
  const order = (point: string): object => ({ ...scope, plan: planned.plan, item: itemOf(point) });

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
    expect(stages()).toEqual(['intent', 'confirmed-absent']);
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
      () => changePoint(points.old, { pins: [{ by: 'x', at: isoOf(clock.now()), reason: 'legal hold' }] }),
      /pinned: legal hold/,
    ],
    [
      'a drill proved it and the newer one lost its proof',
      () => {
        changePoint(points.fresh, { proven: undefined });
        changePoint(points.old, proven);
      },
      /newest proven/,
    ],
    ['the clock went off', () => (offsets = off), /clock that is not to be trusted: storage is 3600 s ahead/],
    [
      'what covered it was marked for deletion',
      () => changePoint(points.fresh, { tombstone: { at: isoOf(clock.now()), reason: 'slot' } }),
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
    expect(ledger()).toMatchObject([{ stage: 'refused', reason: expect.stringMatching(reason) as string }]);
    expect(deletions()).toBe(0);
    expect(world.vault.json(vaultPaths.point(scope, points.old))).not.toHaveProperty('tombstone');
  });

  test('is not deleted if the plan keeps it, does not know it, or there is no such plan', async () => {
    for (const item of [itemOf(points.fresh), 'shop-westeurope/lifeboat-20200101T000000Z'])
      expect(await world.run('pruneBackup', { ...order(points.old), item })).toMatchObject({
        failure: { code: 'refused', retryable: false },
      });
    const plan_ = `sha256-${'0'.repeat(64)}`;
    expect(await world.run('pruneBackup', { ...order(points.old), plan: plan_ })).toMatchObject({
      failure: { code: 'not-found' },
    });
    expect(deletions()).toBe(0);
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
      expect(deletions()).toBe(0);
    },
  );
});

describe('the blob snapshots of the plan', () => {
  const count = 1_203;
  let planned: Planned;
  beforeEach(async () => {
    const { blob } = await oldAndNew();
    world.contents.snapshots.clear();
    for (let n = 0; n < count; n += 1)
      world.contents.putSnapshot(blob, clock.now().minus({ days: 20 }).plus({ seconds: n }));
    world.contents.putSnapshot(blob, clock.now().minus({ hours: 1 }));
    planned = await plan();
  });
  const portion = (from: number): Promise<{ deleted: number; refused: string[]; next?: number }> =>
    world.value('pruneSnapshots', { ...scope, plan: planned.plan, from });

  test('go in portions; the blobs and what is inside the window stay', async () => {
    const blobs = new Map(world.contents.blobs);
    expect(planned.snapshots).toBe(count);
    expect(await portion(0)).toEqual({ deleted: 500, refused: [], next: 500 });
    expect(await portion(500)).toEqual({ deleted: 500, refused: [], next: 1000 });
    expect(await portion(1000)).toEqual({ deleted: 203, refused: [] });
    expect([...world.contents.snapshots.values()].map((one) => isoOf(one.at))).toEqual([
      isoOf(clock.now().minus({ hours: 1 })),
    ]);
    expect(world.contents.blobs).toEqual(blobs);
    for (const stage of ['intent', 'confirmed-absent'])
      expect(stages().filter((one) => one === stage)).toHaveLength(count);
  });

  test('are in the ledger before the first of a portion goes', async () => {
    let entered = 0;
    const deleteSnapshot = world.contents.deleteSnapshot.bind(world.contents);
    world.contents.deleteSnapshot = (...given) => {
      entered = Math.max(entered, 1);
      expect(stages()).toEqual(Array.from({ length: 203 }, () => 'intent'));
      return deleteSnapshot(...given);
    };
    await portion(1000);
    expect(entered).toBe(1);
  });

  test('of a portion that is run again are gone once and counted the same', async () => {
    expect(await portion(1000)).toEqual(await portion(1000));
    expect(world.contents.snapshots.size).toBe(1_001);
  });

  test('that cannot be deleted are reported, and the others go', async () => {
    const deleteSnapshot = world.contents.deleteSnapshot.bind(world.contents);
    let calls = 0;
    world.contents.deleteSnapshot = (...given) => {
      calls += 1;
      if (calls % 4 === 1) return Promise.reject(new Failure('access-denied', 'a legal hold', 'Ask.'));
      return deleteSnapshot(...given);
    };
    const { deleted, refused } = await portion(1000);
    expect(deleted).toBe(203 - 51);
    expect(refused).toHaveLength(20);
    expect(refused[0]).toMatch(/^files\/.+@.+: a legal hold$/);
    expect(stages().filter((stage) => stage === 'failed')).toHaveLength(51);
    expect(stages().filter((stage) => stage === 'confirmed-absent')).toHaveLength(203 - 51);
  });

  test('all stay if the clock went off since the plan', async () => {
    offsets = off;
    expect(await portion(0)).toEqual({
      deleted: 0,
      refused: ['no snapshot is deleted: storage is 3600 s ahead of this host, more than 300 s'],
    });
    expect(world.contents.snapshots.size).toBe(count + 1);
  });

  test('stay if the ledger cannot be written', async () => {
    world.vault.faults.on('append', 'before', { error: new Failure('cannot-record', 'full', 'Make room.') });
    expect(await world.run('pruneSnapshots', { ...scope, plan: planned.plan, from: 0 })).toMatchObject({
      failure: { code: 'cannot-record' },
    });
    expect(world.contents.snapshots.size).toBe(count + 1);
  });
});

describe('the result', () => {
  const effect = (outcome: 'deleted' | 'refused' | 'failed'): PruneDocument['effects'][number] => ({
    ...{ item: 'shop-westeurope/lifeboat-1', outcome, detail: `it was ${outcome}` },
  });
  const finish = async (
    changes: Partial<{ dryRun: boolean; backups: PruneDocument['effects']; snapshotFailures: string[] }> = {},
  ): Promise<PruneDocument> => {
    clock.advance(1);
    const planned = await plan();
    const at = isoOf(clock.now());
    await world.value('finalizePrune', {
      ...{ ...scope, slot: stampOf(clock.now()), plan: planned.plan, startedAt: at, endedAt: at },
      ...{ dryRun: false, backups: [], snapshotsDeleted: 2, snapshotFailures: [], ...changes },
    });
    return world.vault.json(vaultPaths.prune(scope, planned.prune));
  };
  const alert = (key: string): AlertDocument | undefined => {
    const path = vaultPaths.alert(scope, key);
    return world.vault.paths(path).length === 0 ? undefined : world.vault.json<AlertDocument>(path);
  };

  test('says what went and what was kept, by reason with an example', async () => {
    const { fresh } = await oldAndNew();
    expect(await finish({ backups: [effect('deleted')] })).toMatchObject({
      outcome: 'done',
      detail: '1 backup(s) and 2 blob snapshot(s) deleted',
      deleted: { backups: 1, snapshots: 2 },
      kept: [
        {
          ...{ reason: 'inside-window', decision: 'keep', count: 1 },
          example: `${itemOf(fresh)} kept: it is 0.0 hours old, inside the window of 168 hours`,
        },
      ],
    });
  });

  test('of a dry run says what would go, and touches no alert', async () => {
    await oldAndNew();
    await finish({ backups: [effect('failed')] });
    expect(await finish({ dryRun: true })).toMatchObject({
      outcome: 'done',
      detail: expect.stringMatching(/^4 would be deleted \(dry run\)/) as string,
    });
    expect(alert('prune-failed')).toMatchObject({ count: 1 });
    expect(alert('prune-failed')).not.toHaveProperty('resolvedAt');
    offsets = off;
    expect(await finish({ dryRun: true })).toMatchObject({ outcome: 'blocked' });
    expect(alert('prune-blocked')).toBeUndefined();
  });

  test.each([
    ['refused', { backups: [effect('refused')] }, 'shop-westeurope/lifeboat-1: it was refused'],
    [
      'failed',
      { backups: [effect('deleted'), effect('failed')] },
      'shop-westeurope/lifeboat-1: it was failed',
    ],
    ['failed for a snapshot', { snapshotFailures: ['files/x@1: a legal hold'] }, 'files/x@1: a legal hold'],
  ])(
    'of a deletion that was %s has failed, is an alert, and is resolved by the next good one',
    async (_how, facts, why) => {
      await oldAndNew();
      const failed = await finish(facts);
      expect(failed.outcome).toBe('failed');
      expect(failed.detail).toContain(why);
      expect(alert('prune-failed')).toMatchObject({
        severity: 'warning',
        runbook: 'runbooks/prune-blocked.md',
      });
      await finish();
      expect(alert('prune-failed')).toHaveProperty('resolvedAt');
    },
  );

  test('of a prune that a guard kept from deleting is blocked, with the sentence of the guard', async () => {
    await oldAndNew();
    offsets = off;
    const document = await finish();
    expect(document).toMatchObject({
      outcome: 'blocked',
      detail: expect.stringContaining('by a clock that is not to be trusted') as string,
    });
    expect(document.kept.find((one) => one.reason === 'clock')).toMatchObject({
      decision: 'blocked',
      count: 4,
    });
    expect(alert('prune-blocked')).toMatchObject({ count: 1, detail: document.detail });
    offsets = [{ source: 'storage', seconds: 0 }];
    await finish();
    expect(alert('prune-blocked')).toHaveProperty('resolvedAt');
  });
});
