/**
 * The platform may run any activity twice, one after the other or at the same time. Each must then have one effect
 * outside. The table names, for every activity, what it is given and what its one effect is; an activity without an
 * entry fails.
 */
import { describe, expect, test } from 'vitest';
import { allActivities } from '../../src/activities/all.ts';
import type { ActivityOutcome } from '../../src/contracts/activity.ts';
import { isoOf } from '../../src/contracts/values.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { carryOut, planDrill, restoreServer, takeSnapshot, type Planned } from '../support/drill-steps.ts';
import { drillFactsOf } from '../support/drill-facts.ts';
import { scope, sourceServer } from '../support/sample-estate.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { makeWorld, type World } from '../support/world.ts';

const slot = '20260301T013000Z';

interface Entry {
  /** Brings the world to where the activity is run; its input. */
  prepare(world: World): Promise<unknown>;
  /** What the activity does outside, as a list that must not grow when it is run again. */
  effects(world: World): unknown[];
}

const documents =
  (prefix: string) =>
  (world: World): unknown[] =>
    world.vault.paths(prefix);
const accepted =
  (label: string) =>
  (world: World): unknown[] =>
    world.servers.effects.filter((effect) => effect.startsWith(label));
const withDrill =
  (start: (world: World) => Promise<Planned>, more: object = {}) =>
  async (world: World): Promise<unknown> => {
    await takeSnapshot(world);
    return { ...(await start(world)).on, ...more };
  };
const nothing = (): unknown[] => [];

/** A backup that must give way, and what covers its day. */
async function backupToGiveUp(world: World): Promise<unknown> {
  const point = await takeSnapshot(world);
  const completedAt = world.clock.now();
  world.servers.putBackup(sourceServer, { name: 'auto', kind: 'automatic', completedAt });
  return {
    ...scope,
    server: sourceServer,
    backup: point.replace('on-demand', 'lifeboat'),
    coveredBy: 'auto',
  };
}

/** A plan that expires one backup and one snapshot of a blob. */
async function pruned(world: World): Promise<{ plan: string; prune: string; backups: string[] }> {
  const clock = world.clock as VirtualWallClock;
  await takeSnapshot(world);
  world.contents.putSnapshot([...world.contents.blobs.keys()][0]!, world.clock.now());
  clock.advance(9 * 86_400);
  await takeSnapshot(world);
  const proven = await restoreServer(world);
  await world.value('finalizeReport', await drillFactsOf(world, proven));
  return world.value('planPrune', { ...scope, slot, dryRun: false });
}

async function scanned(world: World): Promise<{ scan: string; stores: string[]; points: string[] }> {
  await takeSnapshot(world);
  return world.value('planScan', { ...scope, slot });
}

const table: Readonly<Record<string, Entry>> = {
  pollOperation: {
    prepare: async (world) => ({
      operation: (
        await world.value<{ operation: unknown }>('beginBackup', {
          ...scope,
          server: sourceServer,
          backup: 'b',
        })
      ).operation,
    }),
    effects: accepted('backup'),
  },
  raiseAlert: {
    prepare: async () => ({ ...scope, key: 'k', severity: 'warning', title: 't', detail: 'd', runbook: 'r' }),
    effects: documents(vaultPaths.alerts(scope)),
  },
  finishSlot: {
    prepare: async () => ({ ...scope, kind: 'drill', slot, outcome: 'PASS' }),
    effects: documents(vaultPaths.slots(scope, 'drill')),
  },
  recordHeartbeat: { prepare: async () => scope, effects: (world) => [...world.source.heartbeats.keys()] },
  planSnapshot: { prepare: async () => ({ ...scope, slot }), effects: accepted('') },
  giveUpBackup: {
    prepare: backupToGiveUp,
    effects: (world) => [...new Set(accepted('delete-backup')(world))],
  },
  beginBackup: {
    prepare: async () => ({ ...scope, server: sourceServer, backup: `lifeboat-${slot}` }),
    effects: accepted('backup'),
  },
  readBackup: {
    prepare: async (world) => {
      const point = await takeSnapshot(world);
      return { server: sourceServer, backup: point.replace('on-demand', 'lifeboat') };
    },
    effects: nothing,
  },
  takeFingerprint: {
    prepare: async () => ({ ...scope, point: `on-demand-${slot}`, database: 'main' }),
    effects: (world) => world.vault.paths().filter((path) => path.endsWith('.fingerprint.json')),
  },
  recordPoint: {
    prepare: async (world) => {
      const point = await takeSnapshot(world);
      const { databases, stores } = world.vault.json<{ databases: object[]; stores: object[] }>(
        vaultPaths.point(scope, point),
      );
      world.vault.remove(vaultPaths.point(scope, point));
      return { ...scope, point, slot, databases, stores };
    },
    effects: documents(vaultPaths.points(scope)),
  },
  planDrill: {
    prepare: async (world) => {
      await takeSnapshot(world);
      const declaredAt = isoOf(world.clock.now());
      return { ...scope, slot, trigger: 'schedule', point: 'latest', declaredAt, cleanUpDelaySeconds: 0 };
    },
    effects: (world) => world.vault.paths().filter((path) => path.includes('/plans/')),
  },
  beginRestore: { prepare: withDrill(planDrill), effects: accepted('restore') },
  openServer: {
    prepare: withDrill(async (world) => {
      const planned = await planDrill(world);
      await carryOut(world, 'beginRestore', planned.on);
      return planned;
    }),
    // The same rule put twice is one rule.
    effects: (world) => [...new Set(accepted('firewall-rule')(world))],
  },
  readIsolation: { prepare: withDrill(restoreServer), effects: nothing },
  runCheck: {
    prepare: withDrill(restoreServer, { check: 'fingerprint' }),
    effects: (world) => world.vault.paths().filter((path) => path.includes('/evidence/')),
  },
  // Deleting what is being deleted is one deletion to the provider.
  beginRemoval: {
    prepare: withDrill(restoreServer),
    effects: (world) => [...new Set(accepted('delete-server')(world))],
  },
  planScan: { prepare: async (world) => (await takeSnapshot(world), { ...scope, slot }), effects: nothing },
  scanPart: {
    prepare: async (world) => {
      const { scan, stores, points } = await scanned(world);
      return { ...scope, scan, store: stores[0], shard: 'stray', points, position: { part: 0 } };
    },
    effects: (world) => world.vault.paths().filter((path) => path.includes('/scan-parts/')),
  },
  finalizeScan: {
    prepare: async (world) => {
      const { scan, points } = await scanned(world);
      const at = isoOf(world.clock.now());
      return { ...scope, slot, scan, startedAt: at, endedAt: at, points, shards: [] };
    },
    effects: documents(vaultPaths.scans(scope)),
  },
  planPrune: {
    prepare: async () => ({ ...scope, slot, dryRun: false }),
    effects: (world) => world.vault.paths().filter((path) => path.includes('/plans/')),
  },
  pruneBackup: {
    prepare: async (world) => {
      const { plan, backups } = await pruned(world);
      expect(backups).toHaveLength(1);
      return { ...scope, plan, item: backups[0] };
    },
    effects: (world) => [...new Set(accepted('delete-backup')(world))],
  },
  pruneSnapshots: {
    prepare: async (world) => ({ ...scope, plan: (await pruned(world)).plan, from: 0 }),
    effects: (world) => (world.contents.snapshots.size === 0 ? ['deleted'] : []),
  },
  finalizePrune: {
    prepare: async (world) => {
      const { plan } = await pruned(world);
      const at = isoOf(world.clock.now());
      return {
        ...scope,
        slot,
        plan,
        dryRun: true,
        startedAt: at,
        endedAt: at,
        backups: [],
        snapshotsDeleted: 0,
        snapshotFailures: [],
      };
    },
    effects: documents(vaultPaths.prunes(scope)),
  },
  finalizeReport: {
    prepare: async (world) => {
      await takeSnapshot(world);
      return drillFactsOf(world, await restoreServer(world));
    },
    effects: (world) => world.vault.paths().filter((path) => /report\.(json|md)$/.test(path)),
  },
};

const names = allActivities(makeWorld(new VirtualWallClock()).deps).map((activity) => activity.name);
/** Planning a snapshot leaves nothing behind. */
const isSilent = (name: string): boolean => table[name]?.effects === nothing || name === 'planSnapshot';

test('every activity of the product stands in the table, and none else', () => {
  expect(Object.keys(table).toSorted()).toEqual(names.toSorted());
});

/** Done, or told to come again because the first run's work is still going on. */
function expectAccepted(outcome: ActivityOutcome): void {
  const isAccepted =
    outcome.outcome === 'done' || outcome.failure.retryable || outcome.failure.code === 'conflict';
  expect({ isAccepted, outcome }).toEqual({ isAccepted: true, outcome });
}

describe.each(names)('%s', (name) => {
  const entry = table[name]!;

  test('run a second time changes nothing outside', async () => {
    const world = makeWorld(new VirtualWallClock());
    const input = await entry.prepare(world);
    expect(await world.run(name, input)).toMatchObject({ outcome: 'done' });
    const once = entry.effects(world);
    expect(once.length > 0).toBe(!isSilent(name));
    expectAccepted(await world.run(name, input));
    expect(entry.effects(world)).toEqual(once);
  });

  test('run twice at the same time has one effect', async () => {
    const [alone, both] = [makeWorld(new VirtualWallClock()), makeWorld(new VirtualWallClock())];
    await alone.run(name, await entry.prepare(alone));
    const input = await entry.prepare(both);
    const outcomes = await Promise.all([both.run(name, input), both.run(name, input)]);
    expect(outcomes.filter((one) => one.outcome === 'done').length).toBeGreaterThan(0);
    outcomes.forEach(expectAccepted);
    expect(entry.effects(both)).toHaveLength(entry.effects(alone).length);
  });
});
