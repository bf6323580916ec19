/**
 * Merges the inventories of recovery points, each sorted, into one sorted list that says of every digest what the points
 * say together. Holds one run of each inventory; throws `bad-document` if one is not in order.
 */
import {
  compareAt,
  expectationBytes,
  expectations,
  ExpectedDigests,
  noPoint,
  putExpectation,
} from '../policy/digest-sets.ts';
import { Failure } from '../policy/failure.ts';
import { helds, type Held, type InventoryRun } from './inventory-reader.ts';

/** The runs of an inventory, and which point it is of. */
export interface InventorySource {
  readonly path: string;
  readonly point: number;
  readonly runs: AsyncIterable<InventoryRun>;
}

const expectedItems = 4096;

/** What one snapshot or both say of an address, as indexes into `expectations`, by the index of its `Held`. */
const strengths = helds.map((held) =>
  expectations.indexOf(({ both: 'must', before: 'given-up', after: 'added' } as const)[held satisfies Held]),
);
const must = expectations.indexOf('must');

/** Merges sorted inventories: every digest once, in order, with what they say of it together, a few thousand at a time. */
export async function* mergeInventories(
  sources: readonly InventorySource[],
  digestBytes: number,
): AsyncGenerator<ExpectedDigests> {
  const heads = await Promise.all(sources.map((source) => Head.open(source, digestBytes)));
  let out = new ExpectedList(digestBytes);
  for (let least = leastOf(heads); least !== undefined; least = leastOf(heads)) {
    const { bytes, at } = least;
    let word = 0;
    for (const head of heads)
      while (head.isAt(bytes, at)) {
        word = Math.max(word, head.word);
        if (!head.step()) await head.refill();
      }
    out.add(bytes, at, word);
    if (out.length < expectedItems) continue;
    yield out.list();
    out = new ExpectedList(digestBytes);
  }
  if (out.length > 0) yield out.list();
}

/**
 * What a point says of an address as one number, the greatest of which counts: one that says `must` before one that does
 * not; then the newest point's word; then the later snapshot's.
 */
function wordOf(strength: number, point: number): number {
  return (strength === must ? 0x4_0000 : 0) + (noPoint - point) * expectations.length + strength;
}

interface Place {
  readonly bytes: Uint8Array;
  readonly at: number;
}

function leastOf(heads: readonly Head[]): Place | undefined {
  let least: Head | undefined;
  for (const head of heads) if (!head.isEnded && (least === undefined || head.isBefore(least))) least = head;
  return least && { bytes: least.bytes, at: least.at };
}

/** Where an inventory stands. */
class Head {
  readonly #source: InventorySource;
  readonly #runs: AsyncIterator<InventoryRun>;
  readonly #digestBytes: number;
  #run: InventoryRun = { digests: new Uint8Array(0), held: new Uint8Array(0), length: 0 };
  #index = 0;
  isEnded = false;

  private constructor(source: InventorySource, digestBytes: number) {
    this.#source = source;
    this.#runs = source.runs[Symbol.asyncIterator]();
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
    const next = await this.#runs.next();
    this.isEnded = next.done === true;
    if (next.done === true) return;
    this.#run = next.value;
    this.#index = 0;
    if (before.length > 0) this.#assertBehind(before.digests, (before.length - 1) * this.#digestBytes);
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

/** Packs what is expected of a few thousand addresses. */
class ExpectedList {
  readonly #digestBytes: number;
  readonly #itemBytes: number;
  readonly #bytes: Uint8Array;
  length = 0;

  constructor(digestBytes: number) {
    this.#digestBytes = digestBytes;
    this.#itemBytes = digestBytes + expectationBytes;
    this.#bytes = new Uint8Array(expectedItems * this.#itemBytes);
  }

  add(bytes: Uint8Array, at: number, word: number): void {
    const to = this.length * this.#itemBytes;
    for (let index = 0; index < this.#digestBytes; index += 1)
      this.#bytes[to + index] = bytes[at + index] ?? 0;
    const rest = word & 0x3_ffff;
    const strength = rest % expectations.length;
    const point = noPoint - (rest - strength) / expectations.length;
    putExpectation(this.#bytes, to + this.#digestBytes, expectations[strength] ?? 'must', point);
    this.length += 1;
  }

  list(): ExpectedDigests {
    return new ExpectedDigests(this.#bytes.subarray(0, this.length * this.#itemBytes), this.#digestBytes);
  }
}
