/**
 * Merges the inventories of recovery points, each sorted, into one sorted list that says of every digest what the points
 * say together. Holds one run of each inventory; throws `bad-document` if one is not in order. Can be put down between
 * two ranges and taken up again from the places at which the inventories stood.
 */
import { expectationBytes, expectations, noPoint, putExpectation } from '../policy/digest-sets.ts';
import { Failure } from '../policy/failure.ts';
import { compareAt } from '../policy/scrub-records.ts';
import { helds, type Held, type InventoryPlace, type InventoryRun } from './inventory-reader.ts';
import type { InventoryRuns } from './inventory.ts';

/** The runs of an inventory, and which point it is of. */
export interface InventorySource {
  readonly path: string;
  readonly point: number;
  /** Left out: it was read to its end before. */
  readonly runs?: Pick<InventoryRuns, 'next' | 'place' | 'close'>;
}

const itemsAtFirst = 4096;

/** What one snapshot or both say of an address, as indexes into `expectations`, by the index of its `Held`. */
const strengths = helds.map((held) =>
  expectations.indexOf(({ both: 'must', before: 'given-up', after: 'added' } as const)[held satisfies Held]),
);
const must = expectations.indexOf('must');

/** Where each inventory stands; undefined for one that was read to its end. */
export type MergePlaces = readonly (InventoryPlace | undefined)[];

/** Sorted inventories as one list that is walked once, range by range. */
export class InventoryMerge {
  readonly #heads: readonly Head[];
  readonly #digestBytes: number;
  readonly #list: ExpectedList;

  private constructor(heads: readonly Head[], digestBytes: number) {
    this.#heads = heads;
    this.#digestBytes = digestBytes;
    this.#list = new ExpectedList(digestBytes);
  }

  static async open(sources: readonly InventorySource[], digestBytes: number): Promise<InventoryMerge> {
    return new InventoryMerge(
      await Promise.all(sources.map((source) => Head.open(source, digestBytes))),
      digestBytes,
    );
  }

  /** Passes over everything below a bound (undefined: everything); false if the time was over before it got there. */
  async skip(bound: string | undefined, isOver: () => boolean): Promise<boolean> {
    const end = digestOfBound(bound, this.#digestBytes);
    for (const head of this.#heads)
      while (!head.isEnded && !head.isFrom(end)) {
        if (head.step()) continue;
        await head.refill();
        if (isOver()) return false;
      }
    return true;
  }

  /**
   * Every digest below a bound, once, in order, with what they say of it together: packed expected digests, in a buffer
   * that the next call writes over.
   */
  async take(bound: string | undefined): Promise<Uint8Array> {
    const end = digestOfBound(bound, this.#digestBytes);
    this.#list.length = 0;
    for (let least = this.#least(); least !== undefined && !least.isFrom(end); least = this.#least()) {
      const { bytes, at } = least;
      let word = 0;
      for (const head of this.#heads)
        while (head.isAt(bytes, at)) {
          word = Math.max(word, head.word);
          if (!head.step()) await head.refill();
        }
      this.#list.add(bytes, at, word);
    }
    return this.#list.bytes();
  }

  /** Where a merge of the same sources goes on; what was passed over or taken before comes once more there. */
  places(): MergePlaces {
    return this.#heads.map((head) => head.place());
  }

  async close(): Promise<void> {
    await Promise.all(this.#heads.map((head) => head.close()));
  }

  #least(): Head | undefined {
    let least: Head | undefined;
    for (const head of this.#heads)
      if (!head.isEnded && (least === undefined || head.isBefore(least))) least = head;
    return least;
  }
}

/** The first digest that is not below a bound; undefined where there is no bound. */
function digestOfBound(bound: string | undefined, digestBytes: number): Uint8Array | undefined {
  if (bound === undefined) return undefined;
  const digest = new Uint8Array(digestBytes);
  digest.set(Buffer.from(bound, 'hex').subarray(0, digestBytes));
  return digest;
}

/**
 * What a point says of an address as one number, the greatest of which counts: one that says `must` before one that does
 * not; then the newest point's word; then the later snapshot's.
 */
function wordOf(strength: number, point: number): number {
  return (strength === must ? 0x4_0000 : 0) + (noPoint - point) * expectations.length + strength;
}

/** Where an inventory stands. */
class Head {
  readonly #source: InventorySource;
  readonly #digestBytes: number;
  #run: InventoryRun = { digests: new Uint8Array(0), held: new Uint8Array(0), length: 0 };
  #index = 0;
  isEnded = false;

  private constructor(source: InventorySource, digestBytes: number) {
    this.#source = source;
    this.#digestBytes = digestBytes;
  }

  static async open(source: InventorySource, digestBytes: number): Promise<Head> {
    const head = new Head(source, digestBytes);
    await head.refill();
    return head;
  }

  /** The digest that it stands at. */
  get bytes(): Uint8Array {
    return this.#run.digests;
  }

  get at(): number {
    return this.#index * this.#digestBytes;
  }

  /** What it says of that digest. */
  get word(): number {
    return wordOf(strengths[this.#run.held[this.#index] ?? 0] ?? must, this.#source.point);
  }

  isAt(bytes: Uint8Array, at: number): boolean {
    return !this.isEnded && compareAt(this.bytes, this.at, bytes, at, this.#digestBytes) === 0;
  }

  /** Whether it stands at a digest or behind it; never behind the end, which is undefined. */
  isFrom(digest: Uint8Array | undefined): boolean {
    return digest !== undefined && compareAt(this.bytes, this.at, digest, 0, this.#digestBytes) >= 0;
  }

  isBefore(other: Head): boolean {
    return compareAt(this.bytes, this.at, other.bytes, other.at, this.#digestBytes) < 0;
  }

  /** Goes on to the next address of the run; `false` if there is none, and the next run has to be fetched. */
  step(): boolean {
    const { bytes, at } = this;
    this.#index += 1;
    if (this.#index >= this.#run.length) return false;
    this.#assertBehind(bytes, at);
    return true;
  }

  async refill(): Promise<void> {
    const before = this.#run;
    const next = await this.#source.runs?.next();
    this.isEnded = next === undefined;
    if (next === undefined) return;
    this.#run = next;
    this.#index = 0;
    if (before.length > 0) this.#assertBehind(before.digests, (before.length - 1) * this.#digestBytes);
  }

  place(): InventoryPlace | undefined {
    return this.isEnded ? undefined : this.#source.runs?.place();
  }

  async close(): Promise<void> {
    await this.#source.runs?.close();
  }

  #assertBehind(bytes: Uint8Array, at: number): void {
    if (compareAt(bytes, at, this.bytes, this.at, this.#digestBytes) <= 0) return;
    throw new Failure(
      'bad-document',
      `the inventory ${this.#source.path} is not in the order of its addresses`,
      'It cannot be compared with the store. Take a new snapshot, and report this.',
    );
  }
}

/** Packs what is expected of addresses, into a buffer that is used again and again. */
class ExpectedList {
  readonly #digestBytes: number;
  readonly #itemBytes: number;
  #bytes: Uint8Array;
  length = 0;

  constructor(digestBytes: number) {
    this.#digestBytes = digestBytes;
    this.#itemBytes = digestBytes + expectationBytes;
    this.#bytes = new Uint8Array(itemsAtFirst * this.#itemBytes);
  }

  add(bytes: Uint8Array, at: number, word: number): void {
    const to = this.length * this.#itemBytes;
    if (to === this.#bytes.length) this.#grow();
    for (let index = 0; index < this.#digestBytes; index += 1)
      this.#bytes[to + index] = bytes[at + index] ?? 0;
    const rest = word & 0x3_ffff;
    const strength = rest % expectations.length;
    const point = noPoint - (rest - strength) / expectations.length;
    putExpectation(this.#bytes, to + this.#digestBytes, expectations[strength] ?? 'must', point);
    this.length += 1;
  }

  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.length * this.#itemBytes);
  }

  #grow(): void {
    const wider = new Uint8Array(2 * this.#bytes.length);
    wider.set(this.#bytes);
    this.#bytes = wider;
  }
}
