/**
 * What is known of each blob of a shard, packed: one record of fixed length for each address, so that a million of them
 * are one buffer and no garbage. A record is digest · size (6 bytes) · created at (4 bytes, seconds since 1970) ·
 * verified at (4 bytes, likewise, 0 for never) · marks (1 byte), all numbers big-endian. Records stand in the order of
 * their digests, each digest once.
 */

/** Bytes of a record beside its digest. */
const tailBytes = 15;

/** What the last reading of a blob came to, as it is packed into the low four bits of a record's marks. */
export const scrubStates = ['unread', 'ok', 'bad', 'missing'] as const;
export type ScrubState = (typeof scrubStates)[number];

/** One record, unpacked; times are in seconds since 1970, `verifiedAt` 0 for never. */
export interface ScrubRecord {
  readonly digest: Uint8Array;
  readonly size: number;
  readonly createdAt: number;
  readonly verifiedAt: number;
  readonly state: ScrubState;
}

/** Bytes of one record of a store whose digests are that long. */
export const recordBytes = (digestBytes: number): number => digestBytes + tailBytes;

/**
 * Gives memory back at once, where waiting for the garbage collector would let much of it pile up and make it run often.
 * What shares memory with others' bytes, as small buffers do, is left to the garbage collector.
 */
export function releaseBytes({ buffer }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength > Buffer.poolSize) buffer.transfer(0);
}

/** Packed records, read in place. */
export class ScrubRecords {
  readonly digestBytes: number;
  readonly length: number;
  readonly bytes: Uint8Array;
  readonly #view: DataView;

  /** Throws a RangeError unless `bytes` is a whole number of records. */
  constructor(bytes: Uint8Array, digestBytes: number) {
    const length = bytes.length / recordBytes(digestBytes);
    if (!Number.isInteger(length))
      throw new RangeError(`${bytes.length} bytes are no whole number of records`);
    this.bytes = bytes;
    this.digestBytes = digestBytes;
    this.length = length;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** The digest of a record, as a view that is not to be kept or changed. */
  digestAt(index: number): Uint8Array {
    const from = this.#at(index);
    return this.bytes.subarray(from, from + this.digestBytes);
  }

  sizeAt(index: number): number {
    const from = this.#at(index) + this.digestBytes;
    return this.#view.getUint16(from) * 0x1_0000_0000 + this.#view.getUint32(from + 2);
  }

  createdAt(index: number): number {
    return this.#view.getUint32(this.#at(index) + this.digestBytes + 6);
  }

  verifiedAt(index: number): number {
    return this.#view.getUint32(this.#at(index) + this.digestBytes + 10);
  }

  stateAt(index: number): ScrubState {
    return scrubStates[this.#view.getUint8(this.#at(index) + this.digestBytes + 14) & 0x0f] ?? 'bad';
  }

  /** Changes in place what a record says of its blob. */
  mark(index: number, state: ScrubState, verifiedAt: number): void {
    const tail = this.#at(index) + this.digestBytes;
    this.#view.setUint32(tail + 10, verifiedAt);
    this.#view.setUint8(tail + 14, scrubStates.indexOf(state));
  }

  /** Gives the memory back at once; the end of use. */
  release(): void {
    releaseBytes(this.bytes);
  }

  recordAt(index: number): ScrubRecord {
    return {
      digest: this.digestAt(index),
      size: this.sizeAt(index),
      createdAt: this.createdAt(index),
      verifiedAt: this.verifiedAt(index),
      state: this.stateAt(index),
    };
  }

  /** The index of a digest's record, or -1. */
  find(digest: Uint8Array): number {
    let [low, high] = [0, this.length - 1];
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const order = compareDigests(this.digestAt(middle), digest);
      if (order === 0) return middle;
      if (order < 0) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }

  #at(index: number): number {
    return index * recordBytes(this.digestBytes);
  }
}

/** Packs records one after the other into a buffer that grows. */
export class ScrubRecordWriter {
  readonly digestBytes: number;
  #bytes: Uint8Array;
  #view: DataView;
  #used = 0;
  #isOrdered = true;

  constructor(digestBytes: number, expectedRecords = 1024) {
    this.digestBytes = digestBytes;
    this.#bytes = new Uint8Array(Math.max(1, expectedRecords) * recordBytes(digestBytes));
    this.#view = new DataView(this.#bytes.buffer);
  }

  get length(): number {
    return this.#used / recordBytes(this.digestBytes);
  }

  /** Whether each digest is greater than the one before it, so far. */
  get isOrdered(): boolean {
    return this.#isOrdered;
  }

  /** Appends a record; the caller keeps the order of digests, or sorts at the end. */
  add({ digest, ...rest }: ScrubRecord): void {
    this.addAt(digest, 0, rest);
  }

  /** As `add`, of the digest that stands at `from`: a view of it for each record would be garbage. */
  addAt(digests: Uint8Array, from: number, rest: Omit<ScrubRecord, 'digest'>): void {
    const room = recordBytes(this.digestBytes);
    const at = this.#used;
    if (at + room > this.#bytes.length) this.#grow();
    const bytes = this.#bytes;
    for (let index = 0; index < this.digestBytes; index += 1) bytes[at + index] = digests[from + index] ?? 0;
    const tail = at + this.digestBytes;
    this.#view.setUint16(tail, Math.floor(rest.size / 0x1_0000_0000));
    this.#view.setUint32(tail + 2, rest.size % 0x1_0000_0000);
    this.#view.setUint32(tail + 6, rest.createdAt);
    this.#view.setUint32(tail + 10, rest.verifiedAt);
    this.#view.setUint8(tail + 14, scrubStates.indexOf(rest.state));
    this.#isOrdered &&= at === 0 || compareAt(bytes, at - room, bytes, at, this.digestBytes) < 0;
    this.#used += room;
  }

  /** The records so far; the buffer is shared with what is added later until it grows. */
  records(): ScrubRecords {
    return new ScrubRecords(this.#bytes.subarray(0, this.#used), this.digestBytes);
  }

  #grow(): void {
    const bytes = new Uint8Array(this.#bytes.length * 2);
    bytes.set(this.#bytes);
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }
}

/** The order of two digests of one length, byte by byte. */
export const compareDigests = (a: Uint8Array, b: Uint8Array): number => compareAt(a, 0, b, 0, a.length);

/** The order of two digests that lie somewhere in two buffers. */
export function compareAt(
  a: Uint8Array,
  aAt: number,
  b: Uint8Array,
  bAt: number,
  digestBytes: number,
): number {
  for (let index = 0; index < digestBytes; index += 1) {
    const difference = (a[aAt + index] ?? 0) - (b[bAt + index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
