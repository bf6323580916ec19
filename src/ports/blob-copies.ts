/**
 * What a store still has of a blob besides its current content, and the few writes that put it right. What an
 * implementation must guarantee:
 * - looking never writes: `current`, `list` and `open` change nothing, wherever the copy lies;
 * - `list` follows every continuation token or throws, and never names the current content as a copy of itself;
 * - a write happens only if the blob is still in the state that the caller saw, decided by the store and not by a
 *   reading before it; a stream that fails is not committed.
 * Every method throws a `Failure` (`unavailable`, `access-denied`, `refused`) where it cannot keep that.
 */
import type { DateTime } from 'luxon';
import type { BlobContent, StoreAddress } from './content-store.ts';

/** A blob as it is right now. */
export interface BlobState {
  /** The version (ETag) that a condition compares. */
  readonly version: string;
  readonly size: number;
  /** When a blob of this name was first made; an undeletion does not change it. */
  readonly createdAt: DateTime | undefined;
  /** When its content was written last. */
  readonly modifiedAt: DateTime | undefined;
}

/** Where the store itself may have a copy. */
export type StoreCopyKind = 'version' | 'secondary' | 'soft-deleted';

/** One copy, named so that it is found again: `id` is the version id; empty where the kind alone names it. */
export interface StoreCopy {
  readonly kind: StoreCopyKind;
  readonly id: string;
  readonly size: number;
  /** When this content was made; for `secondary` the Last Sync Time, if the service tells. */
  readonly at: DateTime | undefined;
}

/** What stands beside the bytes and is kept when they are written again. */
export interface BlobProperties {
  readonly contentType?: string;
  readonly contentEncoding?: string;
  readonly contentLanguage?: string;
  readonly contentDisposition?: string;
  readonly cacheControl?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** A copy's bytes and what stands beside them. */
export interface CopyContent extends BlobContent {
  readonly properties: BlobProperties;
}

export interface BlobCopies {
  /** The blob as it is now; undefined only if the store says that there is none. */
  current(store: StoreAddress, name: string): Promise<BlobState | undefined>;
  /** Every copy that the store has: earlier versions, the geo secondary's, a soft-deleted one. In no order. */
  list(store: StoreAddress, name: string): Promise<StoreCopy[]>;
  /** A copy's content; undefined if it is gone. A soft-deleted copy cannot be read: `refused`. */
  open(store: StoreAddress, name: string, copy: StoreCopy): Promise<CopyContent | undefined>;
  /** Until when the geo secondary has everything that was written; undefined if the service does not tell. */
  lastSync(store: StoreAddress): Promise<DateTime | undefined>;
}

/** The state in which a blob must still be for a write to happen. */
export type Expected = { readonly version: string } | 'absent';

/** What only the guarded restorer may hold. */
export interface BlobWriter {
  /** Writes the blob if it is still as expected; the new version, or undefined if it is not and nothing was written. */
  put(
    store: StoreAddress,
    name: string,
    expected: Expected,
    content: CopyContent,
  ): Promise<string | undefined>;
  /** Brings a soft-deleted blob back; `false` if there is none to bring back. A blob that stands is left as it is. */
  undelete(store: StoreAddress, name: string): Promise<boolean>;
  /** Takes an undeletion back, if the blob is still of that version; `false` if it is not. */
  deleteAgain(store: StoreAddress, name: string, version: string): Promise<boolean>;
}
