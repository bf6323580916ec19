/**
 * Which blobs must be in a shard of a store: the union of what the inventories of the retained recovery points name.
 * Held in memory for one shard at a time.
 */
import type { DateTime } from 'luxon';
import { recoveryPoint } from '../contracts/documents.ts';
import type { EstateBlobStore } from '../contracts/estate.ts';
import { instantOf } from '../contracts/values.ts';
import { vaultPaths, type Scope } from '../contracts/vault-paths.ts';
import { blobNameFor } from '../policy/content-address.ts';
import type { Dependencies } from './dependencies.ts';
import { readInventory } from './inventory.ts';
import { readDocument } from './vault-documents.ts';

/** What is known of one name: which point refers to it, and whether it must be there or only may be. */
export interface ExpectedBlob {
  readonly point: string;
  readonly must: boolean;
}

/** Every blob name that a retained point refers to; `newestInstant` is the newest point's. */
export interface Expected {
  readonly names: ReadonlyMap<string, ExpectedBlob>;
  readonly newestInstant: DateTime | undefined;
}

/** Reads what is expected under a name prefix; nothing is expected under no address (`isStray`). */
export async function expectedNames(
  deps: Dependencies,
  scope: Scope,
  store: EstateBlobStore,
  points: readonly string[],
  prefix: string,
  isStray: boolean,
): Promise<Expected> {
  const names = new Map<string, ExpectedBlob>();
  let newestInstant: DateTime | undefined;
  if (isStray) return { names, newestInstant };
  const layout = { template: store.layout, algorithm: store.algorithm };
  for (const id of points) {
    const point = await readDocument(deps.vault, vaultPaths.point(scope, id), recoveryPoint);
    if (point === undefined || point.tombstone !== undefined) continue; // Given up since the scan was planned.
    const at = instantOf(point.instant);
    if (newestInstant === undefined || at > newestInstant) newestInstant = at;
    for (const { inventory } of point.stores.filter((one) => one.store === store.id)) {
      for await (const { address, held } of readInventory(
        deps.vault,
        inventory.path,
        store.algorithm,
        inventory,
      )) {
        const name = blobNameFor(layout, address);
        if (!name.startsWith(prefix)) continue;
        // An address of one snapshot only may have been given up in that moment: it need not be there.
        if (held === 'both' || !names.has(name)) names.set(name, { point: id, must: held === 'both' });
      }
    }
  }
  return { names, newestInstant };
}
