/** The activities of an integrity scan, as they are run twice. */
import { isoOf } from '../../../src/contracts/values.ts';
import { vaultPaths } from '../../../src/contracts/vault-paths.ts';
import { takeSnapshot } from '../drill-steps.ts';
import { scope } from '../sample-estate.ts';
import { about, planScan, planShards, readShard, scanAll, type PlannedScan } from '../scan-steps.ts';
import type { World } from '../world.ts';
import { documents, nothing, slot, type Entries } from './entry.ts';

async function scanned(world: World): Promise<PlannedScan> {
  await takeSnapshot(world);
  return planScan(world);
}

export const scans: Entries = {
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
};
