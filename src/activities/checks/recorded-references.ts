/**
 * Do the restored rows refer to the addresses that were recorded with the point, and to no others? Every one of them is
 * held against the inventory, in constant memory; nothing of a blob is read.
 */
import type { EstateBlobStore } from '../../contracts/estate.ts';
import type { ContentAddress } from '../../policy/content-address.ts';
import { failureFrom } from '../../policy/failure.ts';
import type { DatabaseSession } from '../../ports/database.ts';
import { readInventory, type InventoryEntry } from '../inventory.ts';
import { readReferences } from '../references.ts';
import type { BlobTally } from './blob-tally.ts';
import type { CheckContext, Recorded } from './check.ts';

/** Compares a store's references; returns how many distinct addresses the restored rows refer to. */
export async function compareReferences(
  { deps, recorded, database }: CheckContext,
  session: DatabaseSession,
  store: EstateBlobStore,
  tally: BlobTally,
): Promise<number> {
  const restored = addresses(session, store, database.id, tally);
  const compared =
    recorded === undefined
      ? restored
      : held(
          restored,
          inventoryOf(deps.vault, recorded.fingerprint.stores, store, database.id, tally),
          store,
          tally,
        );
  let total = 0;
  for await (const _address of compared) total += 1;
  return total;
}

async function* addresses(
  session: DatabaseSession,
  store: EstateBlobStore,
  database: string,
  tally: BlobTally,
): AsyncGenerator<ContentAddress> {
  for await (const found of readReferences(session, store, database)) {
    if ('address' in found) yield found.address;
    else
      tally.find(
        `store ${store.id}: a row refers to "${found.noAddress}", which is no ${store.algorithm} address`,
      );
  }
}

/** The inventory recorded with the point; a damaged one is a finding, and then only the restored rows are held against the store. */
async function* inventoryOf(
  vault: CheckContext['deps']['vault'],
  stores: Recorded['fingerprint']['stores'],
  store: EstateBlobStore,
  database: string,
  tally: BlobTally,
): AsyncGenerator<InventoryEntry | undefined> {
  const own = stores.find((one) => one.store === store.id && one.database === database);
  if (own === undefined) {
    tally.find(`store ${store.id}: the point has no inventory of it`);
    return yield undefined;
  }
  try {
    yield* readInventory(vault, own.inventory.path, store.algorithm, own.inventory);
  } catch (thrown) {
    tally.find(`store ${store.id}: ${failureFrom(thrown).message}`);
    yield undefined;
  }
}

/** Passes the restored addresses on while holding them against the inventory; both are sorted. */
async function* held(
  restored: AsyncGenerator<ContentAddress>,
  inventory: AsyncGenerator<InventoryEntry | undefined>,
  store: EstateBlobStore,
  tally: BlobTally,
): AsyncGenerator<ContentAddress> {
  let entry = await inventory.next();
  const unreadable = (): boolean => !entry.done && entry.value === undefined;
  const report = (): void => {
    if (entry.value?.held === 'both')
      tally.find(
        `store ${store.id}: no restored row refers to ${entry.value.address}, which was recorded with the point`,
      );
  };
  for await (const address of restored) {
    while (entry.value !== undefined && entry.value.address < address) {
      report();
      entry = await inventory.next();
    }
    if (entry.value?.address === address) entry = await inventory.next();
    else if (!unreadable())
      tally.find(
        `store ${store.id}: a restored row refers to ${address}, which was not recorded with the point`,
      );
    yield address;
  }
  for (; entry.value !== undefined; entry = await inventory.next()) report();
}
