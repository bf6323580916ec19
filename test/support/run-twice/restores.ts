/** The activities of a restore for people, as they are run twice. */
import { isoOf } from '../../../src/contracts/values.ts';
import { vaultPaths } from '../../../src/contracts/vault-paths.ts';
import { carryOut, takeSnapshot } from '../drill-steps.ts';
import { approvedRestore, type AskedFor } from '../restore-steps.ts';
import { scope } from '../sample-estate.ts';
import type { World } from '../world.ts';
import { accepted, documents, nothing, slot, type Entries } from './entry.ts';

const approved = async (world: World): Promise<AskedFor> => approvedRestore(world, await takeSnapshot(world));
const ofRestore = async (world: World): Promise<{ restore: string; plan: string }> => {
  const { restore, digest: plan } = await approved(world);
  return { ...scope, restore, plan };
};

export const restores: Entries = {
  openRestore: { prepare: ofRestore, effects: documents(vaultPaths.points(scope)) },
  readGo: { prepare: ofRestore, effects: nothing },
  permitRestore: { prepare: ofRestore, effects: documents(vaultPaths.restores(scope)) },
  applyErasures: {
    prepare: async (world) => {
      const { plan } = await ofRestore(world);
      return { ...scope, plan, database: 'main' };
    },
    effects: nothing,
  },
  readCancel: {
    prepare: () => Promise.resolve({ ...scope, restore: `restore-${slot}` }),
    effects: nothing,
  },
  removeRestored: {
    prepare: async (world) => {
      const { plan, restore } = await ofRestore(world);
      await world.value('permitRestore', { ...scope, restore, plan });
      await carryOut(world, 'beginRestore', { ...scope, plan, database: 'main' });
      return { ...scope, plan, database: 'main' };
    },
    effects: (world) => [...new Set(accepted('delete-server')(world))],
  },
  finalizeRestore: {
    prepare: async (world) => {
      const { plan, restore } = await ofRestore(world);
      return {
        ...{ ...scope, restore, plan, endedAt: isoOf(world.clock.now()) },
        ...{ servers: [], checks: [], heartbeats: [], timeline: [], failure: 'nothing was restored' },
        secondsByPart: { decide: 0, restore: 0, reconfigure: 0, validate: 0 },
      };
    },
    effects: documents(vaultPaths.restores(scope)),
  },
};
