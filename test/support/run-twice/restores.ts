/** The activities of a restore for people, as they are run twice. */
import { isoOf } from '../../../src/contracts/values.ts';
import { vaultPaths } from '../../../src/contracts/vault-paths.ts';
import { carryOut, takeSnapshot } from '../drill-steps.ts';
import { scope } from '../sample-estate.ts';
import type { World } from '../world.ts';
import { accepted, documents, nothing, slot, type Entries } from './entry.ts';

const restoreOrder = (world: World, to: string): object => ({
  ...{ ...scope, slot, to, name: 'shop-again', reason: 'rows are gone', requestedBy: 'Jane' },
  declaredAt: isoOf(world.clock.now()),
});
const plannedRestore = async (world: World): Promise<{ plan: string }> =>
  world.value('planRestore', restoreOrder(world, await takeSnapshot(world)));

export const restores: Entries = {
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
};
