/**
 * Merges the inventories of recovery points, each sorted, into one sorted stream that says of every address what the
 * points say together. Holds one entry of each inventory; throws `bad-document` if one is not in order.
 */
import type { ContentAddress } from '../policy/content-address.ts';
import { expectations, type Expectation } from '../policy/digest-sets.ts';
import { Failure } from '../policy/failure.ts';
import type { Held, InventoryEntry } from './inventory.ts';

/** One address and what the points say of it. */
export interface ExpectedEntry {
  readonly address: ContentAddress;
  readonly expectation: Expectation;
  readonly point: number;
}

/** A sorted stream of addresses, and which point it is of. */
export interface InventorySource {
  readonly path: string;
  readonly point: number;
  readonly entries: AsyncIterable<InventoryEntry>;
}

const expectationOf: Record<Held, Expectation> = { both: 'must', before: 'given-up', after: 'added' };

/** Merges sorted inventories: every address once, in order, with what they say of it together. */
export async function* mergeInventories(sources: readonly InventorySource[]): AsyncGenerator<ExpectedEntry> {
  const heads: Head[] = [];
  for (const source of sources) heads.push(await Head.open(source));
  for (;;) {
    let least: ContentAddress | undefined;
    for (const { entry } of heads)
      if (entry !== undefined && (least === undefined || entry.address < least)) least = entry.address;
    if (least === undefined) return;
    let said: ExpectedEntry | undefined;
    for (const head of heads) {
      while (head.entry?.address === least) {
        said = stronger(said, head.entry, head.point);
        await head.advance();
      }
    }
    if (said !== undefined) yield said;
  }
}

/** One that says `must` before one that does not; then the newest point's word; then the later snapshot's. */
function stronger(
  said: ExpectedEntry | undefined,
  { address, held }: InventoryEntry,
  point: number,
): ExpectedEntry {
  const other: ExpectedEntry = { address, expectation: expectationOf[held], point };
  if (said === undefined) return other;
  const [must, otherMust] = [said.expectation === 'must', other.expectation === 'must'];
  if (must !== otherMust) return must ? said : other;
  if (said.point !== point) return said.point < point ? said : other;
  return expectations.indexOf(other.expectation) > expectations.indexOf(said.expectation) ? other : said;
}

/** The entry that an inventory's stream stands at. */
class Head {
  readonly point: number;
  readonly #path: string;
  readonly #entries: AsyncIterator<InventoryEntry>;
  entry: InventoryEntry | undefined;

  private constructor(source: InventorySource) {
    this.point = source.point;
    this.#path = source.path;
    this.#entries = source.entries[Symbol.asyncIterator]();
  }

  static async open(source: InventorySource): Promise<Head> {
    const head = new Head(source);
    await head.advance();
    return head;
  }

  async advance(): Promise<void> {
    const next = await this.#entries.next();
    const entry = next.done === true ? undefined : next.value;
    if (entry !== undefined && this.entry !== undefined && entry.address < this.entry.address)
      throw new Failure(
        'bad-document',
        `the inventory ${this.#path} is not in the order of its addresses`,
        'It cannot be compared with the store. Take a new snapshot, and report this.',
      );
    this.entry = entry;
  }
}
