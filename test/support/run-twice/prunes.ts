/** The activities of a prune, as they are run twice. */
import { expect } from 'vitest';
import { isoOf } from '../../../src/contracts/values.ts';
import { vaultPaths } from '../../../src/contracts/vault-paths.ts';
import { restoreServer, takeSnapshot } from '../drill-steps.ts';
import { drillFactsOf } from '../drill-facts.ts';
import { scope } from '../sample-estate.ts';
import { VirtualWallClock } from '../wall-clock.ts';
import type { World } from '../world.ts';
import { accepted, documents, slot, type Entries } from './entry.ts';

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

export const prunes: Entries = {
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
};
