/**
 * Deletes snapshots and earlier versions of blobs, never a blob: many in one Blob Batch request, several requests at
 * once. Of a batch only the word "deleted" is taken. Whatever else it says of a copy, and whatever an account says that
 * refuses batches, that copy is deleted once more in a request of its own, whose answer is told: a deletion that is said
 * twice does no harm, and an absence that is not so would be written into the ledger.
 */
import { RestError } from '@azure/core-rest-pipeline';
import type { BlobBatch } from '@azure/storage-blob';
import pMap from 'p-map';
import { Failure } from '../policy/failure.ts';
import type { DeletionOutcome, StoreAddress } from '../ports/content-store.ts';
import type { BlobAccounts } from './blob-accounts.ts';
import { azureFailure, saysAbsent } from './errors.ts';

/** What the service takes in one request. */
const copiesPerBatch = 256;
const batchesAtOnce = 4;
const singlesAtOnce = 16;
const deleted = 202;

/** What names a copy of a blob beside the blob's own name. */
export interface CopyName {
  readonly name: string;
  readonly by: 'snapshot' | 'versionid';
  readonly id: string;
}

/** What people call them. */
const words = { snapshot: 'snapshot', versionid: 'version' } as const;

/** One outcome for each copy, in their order; throws `refused` before anything is sent if one is not named. */
export async function deleteCopies(
  accounts: BlobAccounts,
  store: StoreAddress,
  copies: readonly CopyName[],
): Promise<DeletionOutcome[]> {
  for (const copy of copies) mustBeNamed(copy);
  const decided = new Map<CopyName, DeletionOutcome>();
  const addressed = copies.filter((one) => {
    const failure = addressFailure(accounts, store, one);
    if (failure !== undefined) decided.set(one, { failure });
    return failure === undefined;
  });
  await inBatches(accounts, store, addressed, decided);
  const left = addressed.filter((one) => !decided.has(one));
  await pMap(left, async (one) => void decided.set(one, await deleteOne(accounts, store, one)), {
    concurrency: singlesAtOnce,
  });
  return copies.map((one) => decided.get(one) as DeletionOutcome);
}

function mustBeNamed({ name, by, id }: CopyName): void {
  if (id !== '') return;
  throw new Failure(
    'refused',
    `no ${words[by]} of ${name} was named: the blob itself is never deleted here`,
    'This is a defect of the plan.',
  );
}

/** Why no request can name this copy. */
function addressFailure(accounts: BlobAccounts, store: StoreAddress, one: CopyName): Failure | undefined {
  try {
    copyUrl(accounts, store, one);
    return undefined;
  } catch (thrown) {
    return azureFailure(`blob store ${store.container}`, thrown);
  }
}

/**
 * The URL of a copy. Its instant's colons are written as they are: a service that does not decode the query of a
 * batch's part would look for another copy.
 */
function copyUrl(accounts: BlobAccounts, store: StoreAddress, { name, by, id }: CopyName): string {
  const instant = encodeURIComponent(id).replaceAll('%3A', ':');
  const url = `${accounts.blob(store, name).url}?${by}=${instant}`;
  if (new URL(url).searchParams.get(by) === id) return url;
  throw new Failure(
    'refused',
    `blob store ${store.container}: no URL stands for the ${words[by]} ${JSON.stringify(id)} of ${name}`,
    'Nothing was deleted; remove it with the tool that made it.',
  );
}

/** Decides what batches can decide; from the first refusal of a batch on, no further one is begun. */
async function inBatches(
  accounts: BlobAccounts,
  store: StoreAddress,
  copies: readonly CopyName[],
  decided: Map<CopyName, DeletionOutcome>,
): Promise<void> {
  let isRefused = false;
  const portions: CopyName[][] = [];
  for (let from = 0; from < copies.length; from += copiesPerBatch)
    portions.push(copies.slice(from, from + copiesPerBatch));
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

/** Which copies one batch deleted; `refused` if no batch is taken here; a failure if the service does not answer. */
async function deleteBatch(
  accounts: BlobAccounts,
  store: StoreAddress,
  portion: readonly CopyName[],
): Promise<readonly CopyName[] | 'refused' | Failure> {
  const container = accounts.container(store);
  const client = container.getBlobBatchClient();
  let batch: BlobBatch;
  try {
    batch = client.createBatch();
    for (const one of portion) await batch.deleteBlob(copyUrl(accounts, store, one), container.credential);
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
  { name, by, id }: CopyName,
): Promise<DeletionOutcome> {
  const blob = accounts.blob(store, name);
  try {
    await (by === 'snapshot' ? blob.withSnapshot(id) : blob.withVersion(id)).delete();
    return 'deleted';
  } catch (thrown) {
    return saysAbsent(thrown) ? 'absent' : { failure: azureFailure(`blob store ${store.container}`, thrown) };
  }
}
