/** The protected blob stores over @azure/storage-blob: read, listed, and by the guarded deleter rid of what is to go. */
import type { BlobItem } from '@azure/storage-blob';
import { DateTime } from 'luxon';
import type { TokenCredential } from '@azure/identity';
import type { Readable } from 'node:stream';
import type {
  BlobContent,
  BlobSnapshot,
  BlobVersion,
  ContentDeleter,
  ContentStores,
  JudgedBlob,
  ListedBlob,
  ListedPage,
  ListingPlace,
  SnapshotName,
  DeletionOutcome,
  StoreAddress,
  VersionName,
} from '../ports/content-store.ts';
import { BlobAccounts } from './blob-accounts.ts';
import { azureFailure, saysAbsent, serviceCode } from './errors.ts';
import { deleteBlobs } from './blob-deletion.ts';
import { deleteCopies } from './copy-deletion.ts';

/** How often the library resumes a download that was cut, at the version it began with. */
const resumeAttempts = 3;
const pageSize = 1_000;
/** What a service answers to a parameter that it does not know: it came with the version 2026-02-06. */
const cannotBegin = new Set([
  'UnsupportedQueryParameter',
  'InvalidQueryParameterValue',
  'InvalidHeaderValue',
  'FeatureVersionMismatch',
]);

export class AzureContentStores implements ContentStores, ContentDeleter {
  readonly #accounts: BlobAccounts;

  constructor(credential: TokenCredential) {
    this.#accounts = new BlobAccounts(credential);
  }

  async open(store: StoreAddress, name: string, version?: string): Promise<BlobContent | undefined> {
    try {
      const answer = await this.#accounts.blob(store, name).download(0, undefined, {
        maxRetryRequests: resumeAttempts,
        ...(version === undefined ? {} : { conditions: { ifMatch: version } }),
      });
      return { size: answer.contentLength ?? 0, stream: answer.readableStreamBody as Readable };
    } catch (thrown) {
      if (saysAbsent(thrown)) return undefined;
      throw azureFailure(`blob store ${store.container}`, thrown);
    }
  }

  async listPage(store: StoreAddress, prefix: string, token: string | undefined): Promise<ListedPage> {
    const pages = this.#accounts
      .container(store)
      .listBlobsFlat({ prefix })
      .byPage({ maxPageSize: pageSize, ...(token === undefined ? {} : { continuationToken: token }) });
    try {
      const { value, done } = await pages.next();
      if (done === true || value === undefined) return { blobs: [], next: undefined };
      const next = value.continuationToken === '' ? undefined : value.continuationToken;
      return { blobs: value.segment.blobItems.map(listedBlob), next };
    } catch (thrown) {
      throw azureFailure(`blob store ${store.container}`, thrown);
    }
  }

  async listFrom(store: StoreAddress, { from, token, most }: ListingPlace): Promise<ListedPage | undefined> {
    const pages = this.#accounts
      .container(store)
      .listBlobsFlat(from === '' ? {} : { startFrom: from })
      .byPage({ maxPageSize: most, ...(token === undefined ? {} : { continuationToken: token }) });
    try {
      const { value } = await pages.next();
      const blobs = (value?.segment.blobItems ?? []).map(listedBlob);
      // A service that does not know the parameter passes over it.
      if (blobs.some((blob: ListedBlob) => blob.name < from)) return undefined;
      const next = value?.continuationToken;
      return { blobs, next: next === '' ? undefined : next };
    } catch (thrown) {
      if (from !== '' && cannotBegin.has(serviceCode(thrown) ?? '')) return undefined;
      throw azureFailure(`blob store ${store.container}`, thrown);
    }
  }

  async *listSnapshots(store: StoreAddress, prefix = ''): AsyncIterable<BlobSnapshot> {
    const wanted = { includeSnapshots: true, ...(prefix === '' ? {} : { prefix }) };
    try {
      for await (const blob of this.#accounts.container(store).listBlobsFlat(wanted)) {
        if (blob.snapshot === undefined || blob.snapshot === '') continue;
        yield {
          name: blob.name,
          snapshot: blob.snapshot,
          at: DateTime.fromISO(blob.snapshot, { zone: 'utc' }),
        };
      }
    } catch (thrown) {
      throw azureFailure(`blob store ${store.container}`, thrown);
    }
  }

  async *listVersions(store: StoreAddress, prefix = ''): AsyncIterable<BlobVersion> {
    const wanted = { includeVersions: true, ...(prefix === '' ? {} : { prefix }) };
    try {
      for await (const blob of this.#accounts.container(store).listBlobsFlat(wanted)) {
        const { name, versionId: version } = blob;
        if (version === undefined || version === '') continue; // The account keeps none.
        const at = DateTime.fromISO(version, { zone: 'utc' });
        yield { name, version, at, isCurrent: blob.isCurrentVersion === true };
      }
    } catch (thrown) {
      throw azureFailure(`blob store ${store.container}`, thrown);
    }
  }

  deleteSnapshots(store: StoreAddress, snapshots: readonly SnapshotName[]): Promise<DeletionOutcome[]> {
    const copies = snapshots.map(({ name, snapshot }) => ({ name, by: 'snapshot' as const, id: snapshot }));
    return deleteCopies(this.#accounts, store, copies);
  }

  deleteVersions(store: StoreAddress, versions: readonly VersionName[]): Promise<DeletionOutcome[]> {
    const copies = versions.map(({ name, version }) => ({ name, by: 'versionid' as const, id: version }));
    return deleteCopies(this.#accounts, store, copies);
  }

  deleteBlobs(store: StoreAddress, blobs: readonly JudgedBlob[]): Promise<DeletionOutcome[]> {
    return deleteBlobs(this.#accounts, store, blobs);
  }
}

function listedBlob(blob: BlobItem): ListedBlob {
  const { contentLength, etag, createdOn, lastModified } = blob.properties;
  return {
    name: blob.name,
    size: contentLength ?? 0,
    version: etag.startsWith('"') ? etag : `"${etag}"`, // Listings leave out the quotes that a condition needs.
    createdAt: DateTime.fromJSDate(createdOn ?? lastModified, { zone: 'utc' }),
  };
}
