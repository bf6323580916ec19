/** The activities of every run, as they are run twice. */
import { vaultPaths } from '../../../src/contracts/vault-paths.ts';
import { scope, sourceServer } from '../sample-estate.ts';
import { accepted, documents, nothing, slot, type Entries } from './entry.ts';

export const runs: Entries = {
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
};
