/** The plan of a prune: everything that was looked at, what is to go, what is kept or held back, and why. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { AuditEntry } from '../../src/contracts/audit.ts';
import type { RecoveryPoint } from '../../src/contracts/documents.ts';
import { isoOf } from '../../src/contracts/values.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import type { ClockOffset } from '../../src/policy/clock-trust.ts';
import { digestOf } from '../../src/policy/canonical-json.ts';
import { Failure } from '../../src/policy/failure.ts';
import { stampOf } from '../../src/policy/identifiers.ts';
import {
  changePoint,
  deletionsOf,
  countOf,
  itemsOf,
  off,
  oldAndNew,
  planOf,
  planPrune,
  proven,
  reasonsOf,
} from '../support/prune-steps.ts';
import { sampleEstate, scope, serverId, sourceServer } from '../support/sample-estate.ts';
import { scanAll } from '../support/scan-steps.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { makeWorld, type World } from '../support/world.ts';

const day = 86_400;
let clock: VirtualWallClock;
let world: World;
let offsets: ClockOffset[];

beforeEach(() => {
  clock = new VirtualWallClock('2026-03-01T01:30:00.000Z');
  offsets = [{ source: 'storage', seconds: 0 }];
  world = makeWorld(clock, { referenceClocks: { offsets: async () => offsets } });
});

describe('the plan', () => {
  test('names everything that was looked at with a decision and its reason, and stands before anything is deleted', async () => {
    const { old, older, fresh, blob } = await oldAndNew(world, clock);
    const planned = await planPrune(world);
    expect(planned).toMatchObject({
      backups: [older, old].map((item) => ({ item, server: sourceServer })),
      portions: [{ kind: 'blob-snapshot', count: 2 }],
    });
    expect(planned).not.toHaveProperty('held');
    const document = planOf(world, planned);
    expect(digestOf(document)).toBe(planned.plan);
    expect(document).toMatchObject({
      policy: { windowHours: 168, minimumProven: 1 },
      doubts: { listing: [], provider: [] },
      clock: offsets,
    });
    expect(document.items.map((item) => [item.id, item.decision])).toEqual([
      [fresh, 'keep'],
      [old, 'expire'],
      [older, 'expire'],
      [expect.stringContaining(`files/${blob}@2026-03-01T`) as string, 'expire'],
      [expect.stringContaining(`files/${blob}@2026-03-02T`) as string, 'expire'],
    ]);
    expect(document.items.every((item) => item.sentence.length > 20)).toBe(true);
    expect(world.vault.entries<AuditEntry>(vaultPaths.auditSegments(scope)).at(-1)).toMatchObject({
      action: 'prune',
      stage: 'intent',
      detail: { plan: planned.plan },
    });
    expect(deletionsOf(world)).toBe(0);
    expect(world.contents.snapshots.size).toBe(2);
    expect(world.vault.paths(vaultPaths.ledgerSegments(scope))).toEqual([]);
  });

  test('leaves automatic backups and a person’s own alone', async () => {
    await oldAndNew(world, clock);
    const completedAt = clock.now().minus({ days: 90 });
    world.servers.putBackup(sourceServer, { name: 'auto-1', kind: 'automatic', completedAt });
    world.servers.putBackup(sourceServer, { name: 'before-upgrade', kind: 'on-demand', completedAt });
    expect(reasonsOf(world, await planPrune(world))).toMatchObject({
      'shop-westeurope/auto-1': 'providers-own',
      'shop-westeurope/before-upgrade': 'persons-own',
    });
  });

  test('with a backup of ours that the catalogue does not know expires it all the same', async () => {
    await oldAndNew(world, clock);
    const completedAt = clock.now().minus({ days: 90 });
    world.servers.putBackup(sourceServer, {
      name: 'lifeboat-20251201T013000Z',
      kind: 'on-demand',
      completedAt,
    });
    expect((await planPrune(world)).backups[0]?.item).toBe('shop-westeurope/lifeboat-20251201T013000Z');
  });

  test('while nothing newer succeeds blocks every backup as the last cover', async () => {
    const { old, older, fresh } = await oldAndNew(world, clock);
    clock.advance(30 * day);
    const planned = await planPrune(world);
    expect(planned.backups).toEqual([]);
    expect(reasonsOf(world, planned)).toMatchObject({
      [older]: 'last-cover',
      [old]: 'last-cover',
      [fresh]: 'newest-proven',
    });
  });

  test('counts a point as proven whose drill passed every check and missed an objective, and not one that a later drill refuted', async () => {
    const { old, older, fresh } = await oldAndNew(world, clock);
    const at = isoOf(clock.now());
    const drill = proven.proven.drill;
    changePoint(world, fresh, { proven: undefined, lastDrill: { at, drill: 'drill-2', result: 'FAIL' } });
    changePoint(world, old, { ...proven, lastDrill: { at: proven.proven.at, drill, result: 'FAIL' } });
    clock.advance(1);
    expect(reasonsOf(world, await planPrune(world))).toMatchObject({
      [old]: 'newest-proven',
      [older]: 'last-cover',
    });
  });

  test('does not count an automatic backup as cover: nobody knows which blobs belong to it', async () => {
    const { old, older } = await oldAndNew(world, clock);
    clock.advance(30 * day);
    const completedAt = clock.now().minus({ hours: 1 });
    world.servers.putBackup(sourceServer, { name: 'auto-1', kind: 'automatic', completedAt });
    const planned = await planPrune(world);
    expect(planned.backups).toEqual([]);
    expect(reasonsOf(world, planned)).toMatchObject({ [old]: 'last-cover', [older]: 'last-cover' });
  });

  test('does not count as cover what was marked for deletion or is not recorded', async () => {
    const { fresh } = await oldAndNew(world, clock);
    changePoint(world, fresh, { tombstone: { at: isoOf(clock.now()), reason: 'slot' } });
    const planned = await planPrune(world);
    expect(planned.backups).toEqual([]);
    expect(countOf(world, planned, 'blocked')).toBe(2);
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
    await oldAndNew(world, clock);
    change();
    const planned = await planPrune(world);
    expect(planned).toMatchObject({ backups: [], portions: [] });
    const blocked = itemsOf(world, planned).filter((item) => item.decision === 'blocked');
    expect(blocked.length).toBeGreaterThan(0);
    expect(new Set(blocked.map((item) => item.reasons[0]?.reason))).toEqual(new Set([reason]));
    expect(planOf(world, planned).counted).toMatchObject([
      { kind: 'blob-snapshot', decision: 'blocked', reason },
    ]);
    expect(planOf(world, planned).doubts[reason as 'clock' | 'listing']?.length).toBeGreaterThan(0);
  });

  test.each(['listBackups', 'get /'])('is not made if "%s" fails', async (method) => {
    await oldAndNew(world, clock);
    world.servers.faults.on(method, 'before');
    const before = world.vault.paths();
    expect(await world.run('planPrune', { ...scope, slot: '20260310T013000Z', dryRun: false })).toMatchObject(
      {
        failure: { code: 'unavailable' },
      },
    );
    expect(world.vault.paths()).toEqual(before);
  });

  test.each([
    ['4 min 59 s ahead', 299, true],
    ['4 min 59 s behind', -299, true],
    ['5 min 1 s ahead', 301, false],
    ['5 min 1 s behind', -301, false],
    ['30 days ahead', 30 * 86_400, false],
    ['30 days behind', -30 * 86_400, false],
  ])('with a clock that is %s expires what it should, or nothing', async (_how, seconds, isTrusted) => {
    await oldAndNew(world, clock);
    offsets = [{ source: 'storage', seconds }];
    const planned = await planPrune(world);
    expect(planned.backups.length > 0).toBe(isTrusted);
    expect(planned.portions.length > 0).toBe(isTrusted);
  });

  test('keeps the snapshots of a blob that the last scan found damaged', async () => {
    const { blob } = await oldAndNew(world, clock);
    world.contents.damage(blob, 'flip');
    await scanAll(world);
    const planned = await planPrune(world);
    expect(planned.portions).toEqual([]);
    expect(planOf(world, planned).counted).toMatchObject([{ reason: 'repair-source', count: 2 }]);
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
    const idOf = (age: number): string => `on-demand-${stampOf(clock.now().minus({ days: age }))}`;
    expect(reasonsOf(world, await planPrune(world))).toEqual({
      [idOf(1)]: 'inside-window',
      // Of both servers at once: the second one has no other cover.
      [idOf(8)]: 'last-cover',
      [idOf(9)]: 'newest-proven',
    });
  });
});
