/**
 * Lists and re-hashes a store at the speed of the hash. What an implementation must guarantee: a record says `ok` with
 * a new time only if every byte of one version of the blob, as many as the listing said, hashed to the address in its
 * name. Whatever went otherwise (a status, a length, a digest, a changed version) is handed back as doubtful, never
 * judged here: one careful reading by another way decides.
 */
import type { AddressLayout } from '../policy/content-address.ts';
import type { ScrubRecords } from '../policy/scrub-records.ts';
import type { StoreAddress } from './content-store.ts';

/** Where a portion begins: the listing's token; `undefined` at the beginning. */
export type ListingToken = string | undefined;

/** Which of the listed blobs are hashed, by what is known of them. */
export interface ScanRule {
  /** Blobs that no record knows yet. */
  readonly unknown: boolean;
  /** Blobs that were bad or unread. */
  readonly bad: boolean;
  /** Blobs that were right, last before this time (seconds since 1970); 0 for none. */
  readonly verifiedBefore: number;
}

/** A part of a store that is listed and hashed in one go. */
export interface ScanPortion {
  readonly store: StoreAddress;
  readonly layout: AddressLayout;
  /** Names that begin so are listed. */
  readonly prefix: string;
  readonly token: ListingToken;
  readonly rule: ScanRule;
  /** What is known of this part from before; packed, in the order of digests. */
  readonly known: ScrubRecords;
  /** The portion ends at the first page's end after so many milliseconds. */
  readonly milliseconds: number;
  /** It also ends at the first page's end after so many listed blobs, which bounds what it hands back. */
  readonly blobs?: number;
  /** Names of one page of the listing, 1 to 5,000: a portion ends only at the end of a page. */
  readonly pageSize?: number;
  /** Blob content is read no faster than this; undefined: as fast as it comes. */
  readonly bytesPerSecond?: number;
  /** Blobs read at once. */
  readonly concurrency: number;
}

/** A blob that has to be read again with care, and why. */
export interface DoubtfulBlob {
  readonly name: string;
  readonly size: number;
  readonly version: string;
  readonly why: string;
  /** Whether its content came and was wrong; otherwise it did not come as it should. */
  readonly isWrong: boolean;
}

/** What a portion came to. */
export interface ScannedPortion {
  /** Every listed blob that stands under an address, sorted by digest; those not hashed keep what was known. */
  readonly records: ScrubRecords;
  readonly listed: { readonly blobs: number; readonly bytes: number };
  readonly hashed: { readonly blobs: number; readonly bytes: number };
  readonly doubtful: readonly DoubtfulBlob[];
  /** Listed names that follow no address of the layout, with their sizes. */
  readonly strays: readonly { readonly name: string; readonly size: number }[];
  /** The last name listed; undefined if nothing was. */
  readonly last: string | undefined;
  /** Where the next portion begins; undefined at the end of the prefix. */
  readonly next: ListingToken;
}

/** Running totals of a portion, a few times a second at most. */
export interface ScanProgress {
  readonly blobs: number;
  readonly bytes: number;
}

export interface BlobScanner {
  /** Throws a Failure if the store cannot be listed; a token was not used up then and the portion can be repeated. */
  scan(portion: ScanPortion, onProgress?: (progress: ScanProgress) => void): Promise<ScannedPortion>;
}
