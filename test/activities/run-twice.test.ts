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
import { planRepair, type PlannedRepair } from '../support/repair-steps.ts';
import {
  damageCurrent,
  good,
  makeRepairWorld,
  nameOfGood,
  scan as repairScan,
  slot as repairSlot,
  type RepairWorld,
} from '../support/repair-world.ts';
import { fillSlots } from '../support/prune-steps.ts';
import { scope, sourceServer } from '../support/sample-estate.ts';
import { about, planScan, planShards, readShard, scanAll, type PlannedScan } from '../support/scan-steps.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { makeWorld, type World } from '../support/world.ts';

const slot = '20260301T013000Z';

interface Entry {
  /** Brings the world to where the activity is run; its input. */
  prepare(world: World): Promise<unknown>;
  /** The world that it is run in, where not every world will do. */
  make?(): World;
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
  fillSlots(world);
  return {
    ...scope,
    server: sourceServer,
    backup: point.replace('on-demand', 'lifeboat'),
    coveredBy: 'auto',
  };
}

const restoreOrder = (world: World, to: string): object => ({
  ...{ ...scope, slot, to, name: 'shop-again', reason: 'rows are gone', requestedBy: 'Jane' },
  declaredAt: isoOf(world.clock.now()),
});
const plannedRestore = async (world: World): Promise<{ plan: string }> =>
  world.value('planRestore', restoreOrder(world, await takeSnapshot(world)));

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

async function scanned(world: World): Promise<PlannedScan> {
  await takeSnapshot(world);
  return planScan(world);
}

/** A store with a damaged blob, of which the account keeps an earlier version, and a scan that found it. */
function damagedWorld(): RepairWorld {
  const world = makeRepairWorld(new VirtualWallClock());
  world.store.upload(nameOfGood, good); // Now there is an earlier version of it.
  damageCurrent(world.store, 'a flipped bit');
  world.find([nameOfGood, 'digest-mismatch']);
  return world;
}
const withRepair = (
  work: (world: RepairWorld) => Promise<unknown>,
  effects: (world: RepairWorld) => unknown[],
): Entry => ({
  make: damagedWorld,
  prepare: (world) => work(world as RepairWorld),
  effects: effects === nothing ? nothing : (world) => effects(world as RepairWorld),
});
const approved = async (world: RepairWorld): Promise<PlannedRepair> => {
  const planned = await planRepair(world);
  world.decide(planned.plan);
  return planned;
};

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
  readSlotEnd: {
    prepare: async () => ({ ...scope, kind: 'drill', slot }),
    effects: nothing,
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
      const { databases, stores, servers } = world.vault.json<
        Record<'databases' | 'stores' | 'servers', object[]>
      >(vaultPaths.point(scope, point));
      world.vault.remove(vaultPaths.point(scope, point));
      return { ...scope, point, slot, databases, stores, servers };
    },
    effects: documents(vaultPaths.points(scope)),
  },
  chooseScenario: { prepare: async () => ({ ...scope, slot }), effects: nothing },
  writeExercise: {
    prepare: async () => ({ ...scope, slot }),
    effects: (world) => world.source.exercise,
  },
  strikeExercise: {
    prepare: async (world) => {
      await world.value('writeExercise', { ...scope, slot });
      return { ...scope, slot, harm: 'deleted' };
    },
    effects: (world) => [
      ...documents(vaultPaths.reports(scope))(world),
      ...world.source.exercise.filter(({ item, content }) => item === 0 || content === undefined),
    ],
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
  recordConfiguration: {
    prepare: async (world) => ({ ...scope, point: await takeSnapshot(world), server: sourceServer }),
    effects: (world) => world.vault.paths().filter((path) => path.endsWith('.configuration.json')),
  },
  missingParameters: { prepare: withDrill(restoreServer), effects: nothing },
  setParameter: {
    prepare: async (world) => {
      world.servers.putParameter(sourceServer, 'work_mem', '8192');
      await takeSnapshot(world);
      return { ...(await restoreServer(world)).on, name: 'work_mem' };
    },
    // The same value set twice is one value.
    effects: (world) => [...new Set(accepted('parameter')(world))],
  },
  restartServer: { prepare: withDrill(restoreServer), effects: nothing },
  probeIsolation: { prepare: withDrill(restoreServer), effects: nothing },
  readIsolation: { prepare: withDrill(restoreServer), effects: nothing },
  runCheck: {
    prepare: withDrill(restoreServer, { check: 'fingerprint', portion: 0 }),
    effects: (world) => world.vault.paths().filter((path) => path.includes('/evidence/')),
  },
  // Deleting what is being deleted is one deletion to the provider.
  beginRemoval: {
    prepare: withDrill(restoreServer),
    effects: (world) => [...new Set(accepted('delete-server')(world))],
  },
  planScan: { prepare: async (world) => (await takeSnapshot(world), { ...scope, slot }), effects: nothing },
  planStore: {
    prepare: async (world) => {
      const planned = await scanned(world);
      return { ...about(planned, 'files'), points: planned.points, portion: 0 };
    },
    effects: documents('v1/shop/westeurope/scan-plans/'),
  },
  nextShards: {
    prepare: async (world) => {
      const planned = await scanned(world);
      await planShards(world, planned, 'files');
      return { ...about(planned, 'files'), from: 0 };
    },
    effects: nothing,
  },
  scanPart: {
    prepare: async (world) => {
      const planned = await scanned(world);
      const [shard] = await planShards(world, planned, 'files');
      return { ...about(planned, 'files'), shard, position: { part: 0 } };
    },
    effects: (world) => world.vault.paths().filter((path) => /\/scan-(?:parts|records)\//.test(path)),
  },
  // The store of this estate has no signed change records; scan-changes.test.ts has one that does.
  verifyChanges: {
    prepare: async (world) => {
      const planned = await scanned(world);
      await planShards(world, planned, 'files');
      return { ...about(planned, 'files'), portion: 0 };
    },
    effects: nothing,
  },
  finishShard: {
    prepare: async (world) => {
      const planned = await scanned(world);
      const [shard] = await planShards(world, planned, 'files');
      await readShard(world, planned, 'files', shard!);
      return { ...about(planned, 'files'), shard };
    },
    effects: (world) => [
      ...world.vault.paths('v1/shop/westeurope/scan-parts/'),
      ...world.vault.paths('v1/shop/westeurope/scrub/').map((path) => world.vault.text(path)),
    ],
  },
  sumUpStore: {
    prepare: async (world) => {
      const planned = await scanned(world);
      await planShards(world, planned, 'files');
      return { ...about(planned, 'files'), portion: 0 };
    },
    effects: (world) => world.vault.paths().filter((path) => path.includes('.summary.')),
  },
  finalizeScan: {
    prepare: async (world) => {
      const { scan, points } = await scanned(world);
      const at = isoOf(world.clock.now());
      return { ...scope, slot, scan, mode: 'cycle', startedAt: at, endedAt: at, points, stores: [] };
    },
    effects: documents(vaultPaths.scans(scope)),
  },
  removeScanDocuments: {
    prepare: async (world) => {
      await scanAll(world);
      return scope;
    },
    effects: (world) => world.vault.paths().filter((path) => /\/(?:expected|scan-[a-z]+)\//.test(path)),
  },
  examineRepair: withRepair(
    async () => ({ ...scope, slot: repairSlot, scan: repairScan, position: { part: 0, from: 0 } }),
    documents('v1/shop/westeurope/repair-parts/'),
  ),
  sealRepair: withRepair(
    async (world) => {
      await planRepair(world);
      return { ...scope, slot: repairSlot, scan: repairScan, dryRun: false, isByPolicyOnly: false };
    },
    (world) => world.vault.paths().filter((path) => path.includes('/plans/')),
  ),
  readApproval: withRepair(async (world) => ({ ...scope, plan: (await approved(world)).plan }), nothing),
  applyRepair: withRepair(
    async (world) => ({ ...scope, plan: (await approved(world)).plan, mode: 'manual', from: 0 }),
    (world) => [...world.store.writes],
  ),
  finalizeRepair: withRepair(async (world) => {
    const { plan } = await approved(world);
    await world.value('applyRepair', { ...scope, plan, mode: 'manual', from: 0 });
    const at = isoOf(world.clock.now());
    const approval = { state: 'approved', sentence: 'Head of Shop approved it' };
    const facts = { slot: repairSlot, startedAt: at, endedAt: at, dryRun: false, failures: [], approval };
    return { ...scope, plan, ...facts };
  }, documents('v1/shop/westeurope/repairs/')),
  planPrune: {
    prepare: async () => ({ ...scope, slot, dryRun: false }),
    effects: (world) => world.vault.paths().filter((path) => path.includes('/plans/')),
  },
  pruneBackup: {
    prepare: async (world) => {
      const { plan, backups } = await pruned(world);
      expect(backups).toHaveLength(1);
      return { ...scope, plan, ...(backups[0] as unknown as object) };
    },
    effects: (world) => [...new Set(accepted('delete-backup')(world))],
  },
  pruneItems: {
    prepare: async (world) => ({
      ...scope,
      plan: (await pruned(world)).plan,
      kind: 'blob-snapshot',
      from: 0,
    }),
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
        portions: [],
      };
    },
    effects: documents(vaultPaths.prunes(scope)),
  },
  planRestore: {
    prepare: async (world) => restoreOrder(world, await takeSnapshot(world)),
    effects: documents('v1/shop/westeurope/plans/'),
  },
  readCancel: {
    prepare: () => Promise.resolve({ ...scope, restore: `restore-${slot}` }),
    effects: nothing,
  },
  removeRestored: {
    prepare: async (world) => {
      const { plan } = await plannedRestore(world);
      await carryOut(world, 'beginRestore', { ...scope, plan, database: 'main' });
      return { ...scope, plan, database: 'main' };
    },
    effects: (world) => [...new Set(accepted('delete-server')(world))],
  },
  finalizeRestore: {
    prepare: async (world) => {
      const { plan } = await plannedRestore(world);
      return {
        ...{ ...scope, restore: `restore-${slot}`, plan, endedAt: isoOf(world.clock.now()) },
        ...{ servers: [], checks: [], heartbeats: [], timeline: [], failure: 'nothing was restored' },
        secondsByPart: { decide: 0, restore: 0, reconfigure: 0, validate: 0 },
      };
    },
    effects: documents(vaultPaths.restores(scope)),
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

const worldOf = (entry: Entry): World => entry.make?.() ?? makeWorld(new VirtualWallClock());

/** Done, or told to come again because the first run's work is still going on. */
function expectAccepted(outcome: ActivityOutcome): void {
  const isAccepted =
    outcome.outcome === 'done' || outcome.failure.retryable || outcome.failure.code === 'conflict';
  expect({ isAccepted, outcome }).toEqual({ isAccepted: true, outcome });
}

describe.each(names)('%s', (name) => {
  const entry = table[name]!;

  test('run a second time changes nothing outside', async () => {
    const world = worldOf(entry);
    const input = await entry.prepare(world);
    expect(await world.run(name, input)).toMatchObject({ outcome: 'done' });
    const once = entry.effects(world);
    expect(once.length > 0).toBe(!isSilent(name));
    expectAccepted(await world.run(name, input));
    expect(entry.effects(world)).toEqual(once);
  });

  test('run twice at the same time has one effect', async () => {
    const [alone, both] = [worldOf(entry), worldOf(entry)];
    await alone.run(name, await entry.prepare(alone));
    const input = await entry.prepare(both);
    const outcomes = await Promise.all([both.run(name, input), both.run(name, input)]);
    expect(outcomes.filter((one) => one.outcome === 'done').length).toBeGreaterThan(0);
    outcomes.forEach(expectAccepted);
    expect(entry.effects(both)).toHaveLength(entry.effects(alone).length);
  });
});
