/**
 * Deletes snapshots of blobs, never a blob: many in one Blob Batch request, several requests at once. Of a batch only
 * the word "deleted" is taken. Whatever else it says of a snapshot, and whatever an account says that refuses batches,
 * that snapshot is deleted once more in a request of its own, whose answer is told: a deletion that is said twice does
 * no harm, and an absence that is not so would be written into the ledger.
 */
import { RestError } from '@azure/core-rest-pipeline';
import type { BlobBatch } from '@azure/storage-blob';
import pMap from 'p-map';
import { Failure } from '../policy/failure.ts';
import type { SnapshotName, DeletionOutcome, StoreAddress } from '../ports/content-store.ts';
import type { BlobAccounts } from './blob-accounts.ts';
import { azureFailure, saysAbsent } from './errors.ts';

/** What the service takes in one request. */
const snapshotsPerBatch = 256;
const batchesAtOnce = 4;
const singlesAtOnce = 16;
const deleted = 202;

/** One outcome for each snapshot, in their order; throws `refused` before anything is sent if one is not named. */
export async function deleteSnapshots(
  accounts: BlobAccounts,
  store: StoreAddress,
  snapshots: readonly SnapshotName[],
): Promise<DeletionOutcome[]> {
  for (const { name, snapshot } of snapshots) mustBeNamed(name, snapshot);
  const decided = new Map<SnapshotName, DeletionOutcome>();
  const addressed = snapshots.filter((one) => {
    const failure = addressFailure(accounts, store, one);
    if (failure !== undefined) decided.set(one, { failure });
    return failure === undefined;
  });
  await inBatches(accounts, store, addressed, decided);
  const left = addressed.filter((one) => !decided.has(one));
  await pMap(left, async (one) => void decided.set(one, await deleteOne(accounts, store, one)), {
    concurrency: singlesAtOnce,
  });
  return snapshots.map((one) => decided.get(one) as DeletionOutcome);
}

function mustBeNamed(name: string, snapshot: string): void {
  if (snapshot !== '') return;
  throw new Failure(
    'refused',
    `no snapshot of ${name} was named: the blob itself is never deleted here`,
    'This is a defect of the plan.',
  );
}

/** Why no request can name this snapshot. */
function addressFailure(accounts: BlobAccounts, store: StoreAddress, one: SnapshotName): Failure | undefined {
  try {
    snapshotUrl(accounts, store, one);
    return undefined;
  } catch (thrown) {
    return azureFailure(`blob store ${store.container}`, thrown);
  }
}

/**
 * The URL of a snapshot. Its instant's colons are written as they are: a service that does not decode the query of a
 * batch's part would look for another snapshot.
 */
function snapshotUrl(accounts: BlobAccounts, store: StoreAddress, { name, snapshot }: SnapshotName): string {
  const instant = encodeURIComponent(snapshot).replaceAll('%3A', ':');
  const url = `${accounts.blob(store, name).url}?snapshot=${instant}`;
  if (new URL(url).searchParams.get('snapshot') === snapshot) return url;
  throw new Failure(
    'refused',
    `blob store ${store.container}: no URL stands for the snapshot ${JSON.stringify(snapshot)} of ${name}`,
    'Nothing was deleted; remove it with the tool that made it.',
  );
}

/** Decides what batches can decide; from the first refusal of a batch on, no further one is begun. */
async function inBatches(
  accounts: BlobAccounts,
  store: StoreAddress,
  snapshots: readonly SnapshotName[],
  decided: Map<SnapshotName, DeletionOutcome>,
): Promise<void> {
  let isRefused = false;
  const portions: SnapshotName[][] = [];
  for (let from = 0; from < snapshots.length; from += snapshotsPerBatch)
    portions.push(snapshots.slice(from, from + snapshotsPerBatch));
  await pMap(
    portions,
    async (portion) => {
      if (isRefused) return;
      const end = await deleteBatch(accounts, store, portion);
      if (end === 'refused') isRefused = true;
      else if (end instanceof Failure) for (const one of portion) decided.set(one, { failure: end });
      else for (const one of end) decided.set(one, 'deleted');
    },
    { concurrency: batchesAtOnce },
  );
}

/** Which snapshots one batch deleted; `refused` if no batch is taken here; a failure if the service does not answer. */
async function deleteBatch(
  accounts: BlobAccounts,
  store: StoreAddress,
  portion: readonly SnapshotName[],
): Promise<readonly SnapshotName[] | 'refused' | Failure> {
  const container = accounts.container(store);
  const client = container.getBlobBatchClient();
  let batch: BlobBatch;
  try {
    batch = client.createBatch();
    for (const one of portion)
      await batch.deleteBlob(snapshotUrl(accounts, store, one), container.credential);
  } catch (thrown) {
    return azureFailure(`blob store ${store.container}`, thrown); // No token: single requests would get none either.
  }
  try {
    const { subResponses } = await client.submitBatch(batch);
    // A list with holes: the service need not have answered every part.
    const answers = Array.from(subResponses, (answer) => answer?.status);
    if (answers.every((status) => status === undefined)) return 'refused';
    return portion.filter((_, index) => answers[index] === deleted);
  } catch (thrown) {
    return isOutage(thrown) ? azureFailure(`blob store ${store.container}`, thrown) : 'refused';
  }
}

/** Whether the service did not answer or was overloaded, after the library's own retries; else it refused. */
function isOutage(thrown: unknown): boolean {
  if (!(thrown instanceof RestError)) return false; // An answer that is no batch's answer.
  const { statusCode } = thrown;
  if (statusCode === undefined || statusCode === 408 || statusCode === 429) return true;
  return statusCode >= 500 && statusCode !== 501;
}

async function deleteOne(
  accounts: BlobAccounts,
  store: StoreAddress,
  { name, snapshot }: SnapshotName,
): Promise<DeletionOutcome> {
  try {
    await accounts.blob(store, name).withSnapshot(snapshot).delete();
    return 'deleted';
  } catch (thrown) {
    return saysAbsent(thrown) ? 'absent' : { failure: azureFailure(`blob store ${store.container}`, thrown) };
  }
}
