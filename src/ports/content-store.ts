/**
 * The protected blob stores, read only. What an implementation must guarantee: a stream ends normally only if every
 * byte of the declared length came from one version of the blob; anything else is an error of the stream. A name is
 * data: it is sent encoded and never used as a path.
 */
import type { DateTime } from 'luxon';
import type { Readable } from 'node:stream';
import type { Failure } from '../policy/failure.ts';

/** Which container of which account. */
export interface StoreAddress {
  readonly account: string;
  readonly container: string;
  /** Its geo secondary, which can only be read; left out: the store itself. */
  readonly side?: 'secondary';
}

/** A blob's bytes and what the store says of them. */
export interface BlobContent {
  readonly size: number;
  readonly stream: Readable;
}

/** A blob as a listing shows it. */
export interface ListedBlob {
  readonly name: string;
  readonly size: number;
  /** The version (ETag) that was listed. */
  readonly version: string;
  readonly createdAt: DateTime;
}

/** One page of a listing, in the order of names; a page may be empty and yet have a next one. */
export interface ListedPage {
  readonly blobs: readonly ListedBlob[];
  readonly next: string | undefined;
}

/** A snapshot of a blob: the store's own copy of an earlier state. */
export interface BlobSnapshot {
  readonly name: string;
  readonly snapshot: string;
  readonly at: DateTime;
}

/** Where a page of a listing of everything begins, and how many names it has at most. */
export interface ListingPlace {
  readonly from: string;
  readonly token: string | undefined;
  readonly most: number;
}

/** A version of a blob, as the account that keeps versions has it: the current one, or an earlier one. */
export interface BlobVersion {
  readonly name: string;
  /** The version's id, not an ETag. */
  readonly version: string;
  /** When it was written. */
  readonly at: DateTime;
  readonly isCurrent: boolean;
}

export interface ContentStores {
  /**
   * The blob, in the version given or the current one; undefined only if the store says that there is none. Throws
   * `conflict` if it is of another version by now.
   */
  open(store: StoreAddress, name: string, version?: string): Promise<BlobContent | undefined>;
  /** One page of the blobs under a prefix, from a token of an earlier page on. */
  listPage(store: StoreAddress, prefix: string, token: string | undefined): Promise<ListedPage>;
  /**
   * One page of all blobs from a name on (inclusive), or from a token of an earlier such page on; undefined if the store
   * cannot begin a listing at a name.
   */
  listFrom(store: StoreAddress, at: ListingPlace): Promise<ListedPage | undefined>;
  /** Every snapshot of every blob whose name begins so, every page followed. */
  listSnapshots(store: StoreAddress, prefix?: string): AsyncIterable<BlobSnapshot>;
  /**
   * Every version of every blob whose name begins so, every page followed; those of one blob follow each other. Of a blob
   * that was deleted none is current. Nothing where the account keeps no versions.
   */
  listVersions(store: StoreAddress, prefix?: string): AsyncIterable<BlobVersion>;
}

/** What names a snapshot in its store. */
export type SnapshotName = Pick<BlobSnapshot, 'name' | 'snapshot'>;

/** What names a version in its store. */
export type VersionName = Pick<BlobVersion, 'name' | 'version'>;

/** A blob in the version (ETag) in which it was judged. */
export interface JudgedBlob {
  readonly name: string;
  readonly etag: string;
}

/** What became of a thing that was to be deleted: deleted, gone already by the store's word, or to be taken as still there. */
export type DeletionOutcome = 'deleted' | 'absent' | { readonly failure: Failure };

/** What only the guarded deleter may hold. */
export interface ContentDeleter {
  /**
   * Deletes these snapshots and nothing else: one outcome for each, in their order; one that fails does not keep the
   * others from being deleted. Throws `refused` before anything is sent if one names no snapshot: it would be the blob.
   */
  deleteSnapshots(store: StoreAddress, snapshots: readonly SnapshotName[]): Promise<DeletionOutcome[]>;
  /** The same of earlier versions. One that is current is not deleted: the store itself refuses that. */
  deleteVersions(store: StoreAddress, versions: readonly VersionName[]): Promise<DeletionOutcome[]>;
  /**
   * Deletes blobs that are still as they were judged, decided by the store; one that has snapshots stays. Throws
   * `refused` before anything is sent if one names no version.
   */
  deleteBlobs(store: StoreAddress, blobs: readonly JudgedBlob[]): Promise<DeletionOutcome[]>;
}
