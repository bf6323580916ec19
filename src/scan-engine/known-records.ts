/**
 * Looks up what is known of one address after the other. Listings come in the order of digests nearly always, so a
 * place is kept and moved on; when an address comes out of order the place is found again.
 */
import { compareDigests, recordBytes, type ScrubRecords } from '../policy/scrub-records.ts';

export class KnownRecords {
  readonly #records: ScrubRecords;
  readonly #last: Uint8Array;
  #at = 0;

  constructor(records: ScrubRecords) {
    this.#records = records;
    this.#last = new Uint8Array(records.digestBytes);
  }

  /** The index of a digest's record, or -1. */
  find(digest: Uint8Array): number {
    const { length } = this.#records;
    if (length === 0) return -1;
    if (compareDigests(digest, this.#last) < 0) this.#at = this.#lowerBound(digest);
    this.#last.set(digest);
    while (this.#at < length && this.#order(this.#at, digest) < 0) this.#at += 1;
    return this.#at < length && this.#order(this.#at, digest) === 0 ? this.#at : -1;
  }

  #lowerBound(digest: Uint8Array): number {
    let [low, high] = [0, this.#records.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#order(middle, digest) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The order of a record's digest and another one, without a view for each comparison. */
  #order(index: number, digest: Uint8Array): number {
    const { bytes, digestBytes } = this.#records;
    const from = index * recordBytes(digestBytes);
    for (let at = 0; at < digestBytes; at += 1) {
      const difference = (bytes[from + at] ?? 0) - (digest[at] ?? 0);
      if (difference !== 0) return difference;
    }
    return 0;
  }
}
