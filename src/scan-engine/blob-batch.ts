/**
 * Blobs that one thread gives another to read, and what became of them. A thread that has more listed than it can read
 * keeps the listing, its order and its records to itself; what another one does for it is read.
 */
import type { AddressLayout } from '../policy/content-address.ts';
import type { StoreAddress } from '../ports/content-store.ts';
import type { Tally } from './lane.ts';

/** A blob as it was listed. */
export interface ListedBlob {
  readonly name: string;
  readonly version: string;
  readonly size: number;
}

export interface BlobBatch {
  readonly store: StoreAddress;
  readonly layout: AddressLayout;
  readonly blobs: readonly ListedBlob[];
  /** Blobs read at once, at most. */
  readonly concurrency: number;
  /** The wall clock in seconds since 1970. */
  readonly nowSeconds: number;
}

export interface ReadBatch {
  /** When the reading of each blob began that was found right, in seconds since 1970; 0: it was not. */
  readonly verifiedAt: Uint32Array;
  readonly tally: Tally;
}

/** Another thread, as the one that it reads for sees it. */
export interface BatchReader {
  /** Reads a batch, one at a time; throws the Failure for which it cannot. */
  read(batch: BlobBatch): Promise<ReadBatch>;
  /** Lets it go; a batch under way is given up. */
  close(): void;
}

/** Where threads come from. */
export interface BatchReaders {
  /** Another thread, if one has nothing to do; `isWorthStart`: one that would have to be started is wanted as well. */
  lend(isWorthStart: boolean): Promise<BatchReader | undefined>;
}
