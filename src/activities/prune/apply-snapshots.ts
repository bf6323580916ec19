/** Snapshots of blobs go unless their blob was found damaged since the plan: it may be repaired from them. */
import type { PruneItem } from '../../contracts/prune.ts';
import { Failure } from '../../policy/failure.ts';
import { deleteSnapshots, type SnapshotDeletion } from '../deleter/content.ts';
import { damagedBlobs } from '../scan/findings.ts';
import type { Scoped } from '../scope.ts';
import { partition, storeOf, type Applier } from './applier.ts';

export const snapshotApplier: Applier = {
  words: 'blob snapshot',
  async carryOut(deps, here, items, plan) {
    const damaged = await damagedBlobs(deps, here.scope);
    const [needed, free] = partition(items, ({ snapshot }) =>
      damaged.has(`${snapshot?.store}/${snapshot?.name}`),
    );
    return [
      ...needed.map(({ id }) => `${id}: its blob was found damaged since, and may be repaired from it`),
      ...(await deleteSnapshots(
        deps,
        here.scope,
        free.map((item) => orderOf(here, item, plan)),
      )),
    ];
  },
};

function orderOf(here: Scoped, item: PruneItem, plan: string): SnapshotDeletion {
  if (item.snapshot === undefined)
    throw new Failure(
      'refused',
      `the plan does not say where ${item.id} is`,
      'This is a defect of the plan.',
    );
  const { store, name, snapshot } = item.snapshot;
  return { store: storeOf(here, store), name, snapshot, reason: item.sentence, plan };
}
