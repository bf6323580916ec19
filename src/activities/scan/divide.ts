/**
 * Looks at a store to divide it: the first page of names of a node of the tree of leading characters tells how much it
 * seems to hold. The decision is `planShards`'; here the pages are fetched.
 */
import pMap from 'p-map';
import { Failure } from '../../policy/failure.ts';
import {
  leadingTree,
  planShards,
  shareListed,
  type NodePage,
  type PlanFacts,
  type PlanLimits,
  type PlannedShard,
} from '../../policy/scrub-plan.ts';
import { ScrubRecords } from '../../policy/scrub-records.ts';
import type { CompiledLayout } from '../../policy/address-layout.ts';
import type { ScanRule } from '../../ports/blob-scanner.ts';
import type { Dependencies } from '../dependencies.ts';
import type { ScannedStore } from './stores.ts';

const probesAtOnce = 16;
const looksBetweenClocks = 64;
/** Enough to tell how full a node is within a few percent, and few enough to be had for next to nothing. */
const namesOnPage = 1_000;
/** Pages without a single address that are followed in one node. */
const emptyPages = 1_000;

/** How far the division of a store came. */
export interface Division {
  /** Undefined while there are more pages to be looked at. */
  readonly shards: readonly PlannedShard[] | undefined;
  /** The pages that were looked at now. */
  readonly looked: readonly NodePage[];
}

/** How finely a store is divided. */
export interface DivisionLimits extends PlanLimits {
  /** Into so many shards at least, if it holds enough: that many parts of it are scanned each by itself. */
  readonly parts: number;
}

/** The shards of a store, in the order of their ranges; `seen` are the pages that were looked at before, in their order. */
export async function divideStore(
  deps: Dependencies,
  scanned: ScannedStore,
  facts: Omit<PlanFacts, 'tree'>,
  { parts, ...limits }: DivisionLimits,
  { seen, isOver }: { readonly seen: readonly NodePage[]; readonly isOver: () => boolean },
): Promise<Division> {
  const pages = new Pages(deps, scanned, seen, isOver);
  const plan = (bounds: PlanLimits): Promise<PlannedShard[] | undefined> =>
    planBy(planShards({ ...facts, tree: leadingTree(scanned.compiled) }, bounds), pages);
  let shards = await plan(limits);
  if (shards !== undefined && shards.length < parts) {
    const blobs = shards.reduce((sum, shard) => sum + shard.blobs, 0);
    shards = await plan({ ...limits, maxBlobsPerShard: Math.max(1, Math.floor(blobs / parts)) });
  }
  return { shards, looked: pages.looked };
}

/** What a planning comes to; undefined if the time was over before. */
async function planBy(
  planning: ReturnType<typeof planShards>,
  pages: Pages,
): Promise<PlannedShard[] | undefined> {
  let step = planning.next([]);
  while (step.done !== true) {
    const found = await pages.of(step.value);
    if (found === undefined) return undefined;
    step = planning.next(found);
  }
  return step.value;
}

/** First pages of nodes: those that were looked at before, and more as long as the time is not over. */
class Pages {
  /** The pages that were looked at now. */
  readonly looked: NodePage[] = [];
  readonly #deps: Dependencies;
  readonly #scanned: ScannedStore;
  readonly #seen: readonly NodePage[];
  readonly #isOver: () => boolean;
  readonly #found = new Map<string, NodePage>();

  constructor(deps: Dependencies, scanned: ScannedStore, seen: readonly NodePage[], isOver: () => boolean) {
    this.#deps = deps;
    this.#scanned = scanned;
    this.#seen = seen;
    this.#isOver = isOver;
  }

  /** The pages of these nodes; undefined if the time was over before all of them were looked at. */
  async of(leadings: readonly string[]): Promise<NodePage[] | undefined> {
    const missing = leadings.filter((leading) => !this.#found.has(leading));
    const before = this.#seen.slice(this.#found.size, this.#found.size + missing.length);
    this.#keep(missing, before);
    for (let from = before.length; from < missing.length; from += looksBetweenClocks) {
      if (this.looked.length > 0 && this.#isOver()) return undefined;
      const some = missing.slice(from, from + looksBetweenClocks);
      const pages = await pMap(some, (leading) => firstPage(this.#deps, this.#scanned, leading), {
        concurrency: probesAtOnce,
      });
      this.#keep(some, pages);
      this.looked.push(...pages);
    }
    return leadings.map((leading) => this.#found.get(leading) as NodePage);
  }

  #keep(leadings: readonly string[], pages: readonly NodePage[]): void {
    for (const [index, page] of pages.entries()) this.#found.set(leadings[index] as string, page);
  }
}

/** Nothing is hashed: the listing alone is looked at. */
const listingOnly: ScanRule = { unknown: false, bad: false, verifiedBefore: 0 };

/** The first page of a node with an address on it; pages before it that have none are passed over. */
async function firstPage(
  deps: Dependencies,
  { store, layout, compiled }: ScannedStore,
  leading: string,
): Promise<NodePage> {
  const prefix = compiled.prefixOf(leading);
  const known = new ScrubRecords(new Uint8Array(0), compiled.digestBytes);
  let token: string | undefined;
  for (let page = 0; page < emptyPages; page += 1) {
    const { records, next } = await deps.scanner.scan({
      ...{ store, layout, prefix, token, known, rule: listingOnly },
      // Whatever comes, it ends after one page.
      ...{ milliseconds: 0, pageSize: namesOnPage, concurrency: 1 },
    });
    const names = records.length;
    if (next === undefined) return { names, more: false, covered: 1 };
    if (names > 0) {
      const covered = shareListed(leading, lastLeading(records, compiled), compiled.alphabet);
      return { names, more: true, covered };
    }
    token = next;
  }
  throw new Failure(
    'unavailable',
    `blob store ${store.id}: its listing under "${prefix}" goes on and on without an address`,
    'Compare the layout in the estate file with the names in the store: lifeboat estate check --sample.',
  );
}

/** The leading characters of the address that a listing names last: names stand in the order of their characters. */
function lastLeading(records: ScrubRecords, { leadingOf }: CompiledLayout): string {
  let last = '';
  for (let index = 0; index < records.length; index += 1) {
    const leading = leadingOf(records.digestAt(index));
    if (leading > last) last = leading;
  }
  return last;
}
