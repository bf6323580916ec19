/** Snapshots of blobs, every one of every store. */
import { storeHere } from '../scope.ts';
import { prefixIn, type Around, type Found } from './gather.ts';

export async function* gatherSnapshots(around: Around): AsyncGenerator<Found> {
  const { deps, here, pins, near } = around;
  for (const store of here.region.blobStores) {
    const prefix = prefixIn(near, store.id);
    if (prefix === undefined) continue;
    const damaged = await around.damaged();
    await storeHere(deps, store);
    for await (const { name, snapshot, at } of deps.contents.listSnapshots(store, prefix))
      yield {
        item: {
          ...{ kind: 'blob-snapshot', id: `${store.id}/${name}@${snapshot}`, completedAt: at, pins },
          ...{ store: store.id, blob: name, isCurrent: false },
          blobIsDamaged: damaged.has(`${store.id}/${name}`),
        },
        place: { snapshot: { store: store.id, name, snapshot } },
      };
  }
}
