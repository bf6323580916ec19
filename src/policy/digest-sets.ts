/**
 * Sets of digests, packed: items of one fixed length in the order of their digests, each digest once, in one buffer and
 * read in place. An item is a digest and what is said of it: nothing, a time, or which recovery point refers to it.
 */
import type { DigestRange } from './digest-ranges.ts';
import { compareAt, compareDigests, recordBytes, releaseBytes, type ScrubRecords } from './scrub-records.ts';

/** Packed items that begin with a digest. */
export class PackedDigests {
  readonly bytes: Uint8Array;
  readonly digestBytes: number;
  readonly itemBytes: number;
  readonly length: number;

  /** Throws a RangeError unless `bytes` is a whole number of items. */
  constructor(bytes: Uint8Array, digestBytes: number, itemBytes: number) {
    const length = bytes.length / itemBytes;
    if (!Number.isInteger(length)) throw new RangeError(`${bytes.length} bytes are no whole number of items`);
    this.bytes = bytes;
    this.digestBytes = digestBytes;
    this.itemBytes = itemBytes;
    this.length = length;
  }

  /** The digest of an item, as a view that is not to be kept or changed. */
  digestAt(index: number): Uint8Array {
    const from = index * this.itemBytes;
    return this.bytes.subarray(from, from + this.digestBytes);
  }

  /** The index of a digest, or -1. */
  indexOf(digest: Uint8Array): number {
    const index = this.#firstNotBelow(digest);
    return index < this.length && compareDigests(this.digestAt(index), digest) === 0 ? index : -1;
  }

  has(digest: Uint8Array): boolean {
    return this.indexOf(digest) >= 0;
  }

  /** The digests in order, as views that are not to be kept or changed. */
  *[Symbol.iterator](): Generator<Uint8Array> {
    for (let index = 0; index < this.length; index += 1) yield this.digestAt(index);
  }

  /** The bytes of the items in a range, as a view. */
  bytesIn(range: DigestRange): Uint8Array {
    const from = this.#firstNotBelow(this.#digestOf(range.from));
    const to = range.to === undefined ? this.length : this.#firstNotBelow(this.#digestOf(range.to));
    return this.bytes.subarray(from * this.itemBytes, to * this.itemBytes);
  }

  /** Gives the memory back at once; the end of use. */
  release(): void {
    releaseBytes(this.bytes);
  }

  /** Whether every digest is greater than the one before it. */
  isOrdered(): boolean {
    for (let at = this.itemBytes; at < this.bytes.length; at += this.itemBytes)
      if (compareAt(this.bytes, at - this.itemBytes, this.bytes, at, this.digestBytes) >= 0) return false;
    return true;
  }

  #digestOf(bound: string): Uint8Array {
    const digest = new Uint8Array(this.digestBytes);
    digest.set(Buffer.from(bound, 'hex').subarray(0, this.digestBytes));
    return digest;
  }

  #firstNotBelow(digest: Uint8Array): number {
    let [low, high] = [0, this.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareAt(this.bytes, middle * this.itemBytes, digest, 0, this.digestBytes) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** The digests of scrub records, without copying them. */
export function digestsOfRecords(records: ScrubRecords): PackedDigests {
  return new PackedDigests(records.bytes, records.digestBytes, recordBytes(records.digestBytes));
}

/** Digests and nothing else. */
export class DigestSet extends PackedDigests {
  constructor(bytes: Uint8Array, digestBytes: number) {
    super(bytes, digestBytes, digestBytes);
  }

  /** The set of digests given in any order, any of them more than once. */
  static of(digestBytes: number, digests: Iterable<Uint8Array>): DigestSet {
    return new DigestSet(packSorted([...digests], digestBytes), digestBytes);
  }
}

const timeBytes = 4;

/** A digest and a time, in seconds since 1970. */
export interface DatedDigest {
  readonly digest: Uint8Array;
  readonly at: number;
}

/** Digests with a time each: digest · time (4 bytes, seconds since 1970, big-endian). */
export class DatedDigests extends PackedDigests {
  constructor(bytes: Uint8Array, digestBytes: number) {
    super(bytes, digestBytes, digestBytes + timeBytes);
  }

  /** The set of digests given in any order; the latest time of each counts. */
  static of(digestBytes: number, dated: Iterable<DatedDigest>): DatedDigests {
    const items = Array.from(dated, ({ digest, at }) => {
      const item = new Uint8Array(digestBytes + timeBytes);
      item.set(digest);
      new DataView(item.buffer).setUint32(digestBytes, at);
      return item;
    });
    return new DatedDigests(packSorted(items, digestBytes), digestBytes);
  }

  /** The time of a digest in seconds since 1970; undefined if it is not in the set. */
  timeOf(digest: Uint8Array): number | undefined {
    const index = this.indexOf(digest);
    if (index < 0) return undefined;
    const at = this.bytes.byteOffset + index * this.itemBytes + this.digestBytes;
    return new DataView(this.bytes.buffer, at, timeBytes).getUint32(0);
  }
}

/** Items in order, each digest once: of equal digests the greatest item. */
function packSorted(items: readonly Uint8Array[], digestBytes: number): Uint8Array {
  const sorted = items.toSorted((a, b) => Buffer.compare(a, b));
  const once = sorted.filter((item, index) => {
    const next = sorted[index + 1];
    return next === undefined || compareAt(item, 0, next, 0, digestBytes) !== 0;
  });
  return Buffer.concat(once);
}

/**
 * What the recovery points that refer to an address say of it: it `must` be there; or only one of a point's two
 * snapshots had it, the later (`added`) or the earlier (`given-up`), so that it need not be there.
 */
export const expectations = ['given-up', 'added', 'must'] as const;
export type Expectation = (typeof expectations)[number];

/** Bytes of an expected address beside its digest. */
export const expectationBytes = 3;

/** Points whose index fits, the last number being kept for no point. */
export const expectedPointsAtMost = 0xffff;

/** Expected addresses: digest · expectation (1 byte, index into `expectations`) · index of a point (2 bytes). */
export class ExpectedDigests extends PackedDigests {
  constructor(bytes: Uint8Array, digestBytes: number) {
    super(bytes, digestBytes, digestBytes + expectationBytes);
  }

  expectationAt(index: number): Expectation {
    return expectations[this.bytes[this.#tailOf(index)] ?? -1] ?? 'must';
  }

  /** The newest point that says so, as an index into the points of the document, which are newest first. */
  pointAt(index: number): number {
    const at = this.#tailOf(index) + 1;
    return (this.bytes[at] ?? 0) * 0x100 + (this.bytes[at + 1] ?? 0);
  }

  #tailOf(index: number): number {
    return index * this.itemBytes + this.digestBytes;
  }
}

/** The index of no point: something else says that the address must be there. */
export const noPoint = 0xffff;

/** Expected addresses and others that must be there too, whatever says so. */
export function withRequired(expected: ExpectedDigests, required: DigestSet): ExpectedDigests {
  const { digestBytes } = expected;
  const added = [...required].filter((digest) => {
    const index = expected.indexOf(digest);
    return index < 0 || expected.expectationAt(index) !== 'must';
  });
  if (added.length === 0) return expected;
  const items: Uint8Array[] = added.map((digest) => {
    const item = new Uint8Array(digestBytes + expectationBytes);
    item.set(digest);
    putExpectation(item, digestBytes, 'must', noPoint);
    return item;
  });
  for (let index = 0; index < expected.length; index += 1)
    items.push(expected.bytes.subarray(index * expected.itemBytes, (index + 1) * expected.itemBytes));
  return new ExpectedDigests(packSorted(items, digestBytes), digestBytes);
}

/** Writes the part of an expected address that stands behind its digest. */
export function putExpectation(into: Uint8Array, at: number, expectation: Expectation, point: number): void {
  into[at] = expectations.indexOf(expectation);
  into[at + 1] = point >>> 8;
  into[at + 2] = point & 0xff;
}
