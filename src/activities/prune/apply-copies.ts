/** Snapshots and versions of blobs go unless their blob was found damaged since the plan: it may be repaired from them. */
import type { PruneItem } from '../../contracts/prune.ts';
import { deleteSnapshots, deleteVersions } from '../deleter/content.ts';
import type { Dependencies } from '../dependencies.ts';
import { damagedBlobs } from '../scan/findings.ts';
import type { Scoped } from '../scope.ts';
import { partition, placeOf, storeOf, type Applier } from './applier.ts';

export const snapshotApplier: Applier = {
  words: 'blob snapshot',
  carryOut: (deps, here, items, plan) =>
    unlessNeeded(deps, here, items, (free) =>
      deleteSnapshots(
        deps,
        here.scope,
        free.map((item) => {
          const { store, name, snapshot } = placeOf(item, item.snapshot);
          return { store: storeOf(here, store), name, snapshot, reason: item.sentence, plan };
        }),
      ),
    ),
};

export const versionApplier: Applier = {
  words: 'blob version',
  carryOut: (deps, here, items, plan) =>
    unlessNeeded(deps, here, items, (free) =>
      deleteVersions(
        deps,
        here.scope,
        free.map((item) => {
          const { store, name, version } = placeOf(item, item.version);
          return { store: storeOf(here, store), name, version, reason: item.sentence, plan };
        }),
      ),
    ),
};

/** Lets those be deleted whose blob is not known to be damaged now; what was refused or failed. */
async function unlessNeeded(
  deps: Dependencies,
  here: Scoped,
  items: readonly PruneItem[],
  remove: (free: readonly PruneItem[]) => Promise<string[]>,
): Promise<string[]> {
  const damaged = await damagedBlobs(deps, here.scope);
  const [needed, free] = partition(items, ({ snapshot, version }) => {
    const of = snapshot ?? version;
    return damaged.has(`${of?.store}/${of?.name}`);
  });
  return [
    ...needed.map(({ id }) => `${id}: its blob was found damaged since, and may be repaired from it`),
    ...(await remove(free)),
  ];
}
