/**
 * The protected blob stores, read only. What an implementation must guarantee: a stream ends normally only if every
 * byte of the declared length came from one version of the blob; anything else is an error of the stream. A name is
 * data: it is sent encoded and never used as a path.
 */
import type { Readable } from 'node:stream';

/** Which container of which account. */
export interface StoreAddress {
  readonly account: string;
  readonly container: string;
}

/** A blob's bytes and what the store says of them. */
export interface BlobContent {
  readonly size: number;
  readonly stream: Readable;
}

export interface ContentStores {
  /** The blob; undefined only if the store says that there is none. */
  open(store: StoreAddress, name: string): Promise<BlobContent | undefined>;
}
