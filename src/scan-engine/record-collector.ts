/**
 * The records of a portion: they are collected in the order of the listing and handed out in the order of digests, each
 * digest once. Names usually come in that order already, which is noticed, and nothing is sorted then.
 */
import {
  compareDigests,
  ScrubRecordWriter,
  ScrubRecords,
  recordBytes,
  type ScrubRecord,
} from '../policy/scrub-records.ts';

/** Room for the records of a page, and one that a page's end may lie behind; where more are expected, for those. */
const onePage = 5_120;
/** Memory that is never written to costs nothing, but there is a limit to asking for it. */
const mostAtFirst = 1_000_000;

export class RecordCollector {
  readonly #writer: ScrubRecordWriter;

  /** `expected`: about how many records come at most, if that is known. */
  constructor(digestBytes: number, expected = 0) {
    this.#writer = new ScrubRecordWriter(digestBytes, Math.min(expected, mostAtFirst) + onePage);
  }

  /** Adds what is known of the digest that stands at `from`. */
  add(digests: Uint8Array, from: number, rest: Omit<ScrubRecord, 'digest'>): void {
    this.#writer.addAt(digests, from, rest);
  }

  /** All of them, sorted. */
  records(): ScrubRecords {
    const collected = this.#writer.records();
    return this.#writer.isOrdered ? collected : sortedOnce(collected);
  }
}

/** Sorted by digest; of records with one digest the one verified longest ago stays. */
function sortedOnce(records: ScrubRecords): ScrubRecords {
  const order = new Uint32Array(records.length).map((_, index) => index);
  order.sort(
    (a, b) =>
      compareDigests(records.digestAt(a), records.digestAt(b)) ||
      records.verifiedAt(a) - records.verifiedAt(b),
  );
  const size = recordBytes(records.digestBytes);
  const sorted = new Uint8Array(records.bytes.length);
  let used = 0;
  let before: Uint8Array | undefined;
  for (const index of order) {
    const digest = records.digestAt(index);
    if (before !== undefined && compareDigests(before, digest) === 0) continue;
    sorted.set(records.bytes.subarray(index * size, (index + 1) * size), used);
    used += size;
    before = digest;
  }
  return new ScrubRecords(sorted.subarray(0, used), records.digestBytes);
}
