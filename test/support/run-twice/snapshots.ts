/** The activities of a snapshot, as they are run twice. */
import { vaultPaths } from '../../../src/contracts/vault-paths.ts';
import { takeSnapshot } from '../drill-steps.ts';
import { fillSlots } from '../prune-steps.ts';
import { scope, sourceServer } from '../sample-estate.ts';
import type { World } from '../world.ts';
import { accepted, documents, nothing, slot, type Entries } from './entry.ts';

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

export const snapshots: Entries = {
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
  recordConfiguration: {
    prepare: async (world) => ({ ...scope, point: await takeSnapshot(world), server: sourceServer }),
    effects: (world) => world.vault.paths().filter((path) => path.endsWith('.configuration.json')),
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
};
