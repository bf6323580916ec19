/**
 * Deletes blobs that are still as they were judged. Each in a request of its own, with the condition that the service
 * decides; snapshots are not deleted along: a blob that has some stays.
 */
import pMap from 'p-map';
import { Failure } from '../policy/failure.ts';
import type { DeletionOutcome, JudgedBlob, StoreAddress } from '../ports/content-store.ts';
import type { BlobAccounts } from './blob-accounts.ts';
import { azureFailure, saysAbsent, serviceCode } from './errors.ts';

const atOnce = 16;

/** One outcome for each blob, in their order; throws `refused` before anything is sent if one names no version. */
export async function deleteBlobs(
  accounts: BlobAccounts,
  store: StoreAddress,
  blobs: readonly JudgedBlob[],
): Promise<DeletionOutcome[]> {
  const unnamed = blobs.find(({ etag }) => etag === '' || etag === '*');
  if (unnamed !== undefined)
    throw new Failure(
      'refused',
      `it is not said in which version ${unnamed.name} was judged: it is not deleted`,
      'This is a defect of the plan.',
    );
  return pMap(blobs, (blob) => deleteOne(accounts, store, blob), { concurrency: atOnce });
}

async function deleteOne(
  accounts: BlobAccounts,
  store: StoreAddress,
  { name, etag }: JudgedBlob,
): Promise<DeletionOutcome> {
  try {
    const blob = accounts.blob(store, name);
    try {
      await blob.delete({ conditions: { ifMatch: etag } });
      return 'deleted';
    } catch (thrown) {
      if (saysAbsent(thrown)) return 'absent';
      // A condition on what is not there need not be told apart from one that does not hold.
      if (serviceCode(thrown) === 'ConditionNotMet' && !(await blob.exists())) return 'absent';
      throw thrown;
    }
  } catch (thrown) {
    return { failure: azureFailure(`blob store ${store.container}`, thrown) };
  }
}
