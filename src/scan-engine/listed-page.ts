/**
 * One page of a listing, packed: versions, in quotes, as bytes in one buffer, digests in another, numbers in arrays. A name that
 * follows the layout is not kept, because its digest says it; others stand before their versions. Pages are filled again
 * and again, so that a listing of any length takes the memory of a few of them.
 */
import type { CompiledLayout } from '../policy/address-layout.ts';
import { decoded, isBareEtag, versionOf } from './xml-text.ts';

const entriesAtFirst = 5_000;
const bytesAtFirst = entriesAtFirst * 32;
const quote = 0x22;

/** Where an entry's name and ETag stand in a listing, and what else it says. */
export interface PlacedEntry {
  readonly nameAt: number;
  readonly nameEnd: number;
  readonly etagAt: number;
  readonly etagEnd: number;
  readonly size: number;
  /** Seconds since 1970. */
  readonly createdAt: number;
}

export class ListedPage {
  length = 0;
  /** Where the next page begins; undefined on the last one. */
  next: string | undefined;
  #layout: CompiledLayout;
  /** Whether names that follow the layout stand in a listing as they are: ASCII, and nothing that XML escapes. */
  #isPlain = false;
  #bytes = Buffer.allocUnsafeSlow(bytesAtFirst);
  #used = 0;
  /** Where each entry's name ends, and its version, after which the next entry's name begins. */
  #nameEnds = new Uint32Array(entriesAtFirst);
  #ends = new Uint32Array(entriesAtFirst);
  #sizes = new Float64Array(entriesAtFirst);
  #created = new Uint32Array(entriesAtFirst);
  /** 1 for an entry whose name claims an address. */
  #isAddressed = new Uint8Array(entriesAtFirst);
  #digests: Uint8Array;

  constructor(layout: CompiledLayout) {
    this.#layout = layout;
    this.#digests = new Uint8Array(entriesAtFirst * layout.digestBytes);
    this.follow(layout);
  }

  /** Empties the page for names of a layout. */
  follow(layout: CompiledLayout): void {
    this.#layout = layout;
    this.#isPlain = layout.isAscii && !/[&<>]/.test(layout.nameOf(new Uint8Array(layout.digestBytes)));
    const digestBytes = this.#sizes.length * layout.digestBytes;
    if (this.#digests.length < digestBytes) this.#digests = new Uint8Array(digestBytes);
    this.clear();
  }

  /** Forgets what the page held. */
  clear(): void {
    this.length = 0;
    this.next = undefined;
    this.#used = 0;
  }

  /** Appends an entry; name and ETag are bytes as latin1, the ETag as in the listing; `createdAt` in seconds since 1970. */
  add(name: string, etag: string, size: number, createdAt: number): void {
    this.addVersion(name, versionOf(etag), size, createdAt);
  }

  /** As `add`, with the version as a condition needs it. */
  addVersion(name: string, version: string, size: number, createdAt: number): void {
    const index = this.#next(name.length + version.length);
    const at = index * this.#layout.digestBytes;
    const isAddressed = this.#layout.parse(decoded(name), this.#digests, at);
    if (!isAddressed) this.#used += this.#bytes.write(name, this.#used, 'latin1');
    this.#nameEnds[index] = this.#used;
    this.#used += this.#bytes.write(version, this.#used, 'latin1');
    this.#complete(index, isAddressed, size, createdAt);
  }

  /**
   * Appends an entry whose name and ETag stand in these places of a listing, if the name can be seen there to follow the
   * layout, and the ETag to be one without quotes. `false`: they cannot, and nothing was appended.
   */
  addAddressed(bytes: Buffer, { nameAt, nameEnd, etagAt, etagEnd, size, createdAt }: PlacedEntry): boolean {
    if (!this.#isPlain) return false;
    if (!isBareEtag(bytes, etagAt, etagEnd)) return false;
    const index = this.#next(etagEnd - etagAt + 2);
    const at = index * this.#layout.digestBytes;
    if (!this.#layout.parseBytes(bytes, nameAt, nameEnd, this.#digests, at)) return false;
    this.#nameEnds[index] = this.#used;
    const kept = this.#bytes;
    let used = this.#used;
    kept[used++] = quote;
    for (let place = etagAt; place < etagEnd; place += 1) kept[used++] = bytes[place] ?? 0;
    kept[used++] = quote;
    this.#used = used;
    this.#complete(index, true, size, createdAt);
    return true;
  }

  name(index: number): string {
    return this.isAddressed(index)
      ? this.#layout.nameOf(this.digest(index))
      : decoded(this.#bytes.toString('latin1', this.#start(index), this.#nameEnds[index]));
  }

  /** The ETag as a condition needs it, in quotes; empty if the listing gave none that can be one. */
  version(index: number): string {
    return this.#bytes.toString('latin1', this.#nameEnds[index], this.#ends[index]);
  }

  /** Bytes of that. */
  versionLength(index: number): number {
    return (this.#ends[index] ?? 0) - (this.#nameEnds[index] ?? 0);
  }

  /** Writes it into `into`, from `at` on. */
  writeVersion(index: number, into: Buffer, at: number): void {
    const from = this.#nameEnds[index] ?? 0;
    const [length, kept] = [this.versionLength(index), this.#bytes];
    for (let place = 0; place < length; place += 1) into[at + place] = kept[from + place] ?? 0;
  }

  /** The layout that addressed entries follow. */
  get layout(): CompiledLayout {
    return this.#layout;
  }

  /** Writes the name of an addressed entry, of a layout that `isAscii`, into `into` from `at` on. */
  writeName(index: number, into: Buffer, at: number): void {
    this.#layout.writeName(this.#digests, index * this.#layout.digestBytes, into, at);
  }

  size(index: number): number {
    return this.#sizes[index] ?? 0;
  }

  createdAt(index: number): number {
    return this.#created[index] ?? 0;
  }

  /** Whether the entry's name claims an address. */
  isAddressed(index: number): boolean {
    return this.#isAddressed[index] === 1;
  }

  /** The digest in an addressed entry's name; a view. */
  digest(index: number): Uint8Array {
    const { digestBytes } = this.#layout;
    return this.#digests.subarray(index * digestBytes, (index + 1) * digestBytes);
  }

  /** The digests of all entries, each at its index, not to be kept; what is not addressed has none. */
  get digests(): Uint8Array {
    return this.#digests;
  }

  /** Whether an entry's digest is this one, given as latin1. */
  isDigest(index: number, latin1: string): boolean {
    const { digestBytes } = this.#layout;
    if (latin1.length !== digestBytes) return false;
    const from = index * digestBytes;
    for (let at = 0; at < digestBytes; at += 1)
      if (latin1.charCodeAt(at) !== this.#digests[from + at]) return false;
    return true;
  }

  /** The next entry's index, after room was made for it and for so many bytes. */
  #next(bytes: number): number {
    if (this.length === this.#sizes.length) this.#growEntries();
    if (this.#used + bytes > this.#bytes.length) this.#growBytes(bytes);
    return this.length;
  }

  #complete(index: number, isAddressed: boolean, size: number, createdAt: number): void {
    this.#ends[index] = this.#used;
    this.#sizes[index] = size;
    this.#created[index] = createdAt;
    this.#isAddressed[index] = isAddressed ? 1 : 0;
    this.length = index + 1;
  }

  #start(index: number): number {
    return index === 0 ? 0 : (this.#ends[index - 1] ?? 0);
  }

  #growBytes(more: number): void {
    const bytes = Buffer.allocUnsafeSlow(2 * this.#bytes.length + more);
    this.#bytes.copy(bytes, 0, 0, this.#used);
    this.#bytes = bytes;
  }

  #growEntries(): void {
    const entries = 2 * this.length;
    const grown = <T extends Uint8Array | Uint32Array | Float64Array>(larger: T, old: T): T => {
      larger.set(old);
      return larger;
    };
    this.#nameEnds = grown(new Uint32Array(entries), this.#nameEnds);
    this.#ends = grown(new Uint32Array(entries), this.#ends);
    this.#sizes = grown(new Float64Array(entries), this.#sizes);
    this.#created = grown(new Uint32Array(entries), this.#created);
    this.#isAddressed = grown(new Uint8Array(entries), this.#isAddressed);
    this.#digests = grown(new Uint8Array(entries * this.#layout.digestBytes), this.#digests);
  }
}
