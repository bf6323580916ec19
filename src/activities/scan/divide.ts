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

/** The shards of a store, in the order of their ranges; `seen` are the pages that were looked at before, in their order. */
export async function divideStore(
  deps: Dependencies,
  scanned: ScannedStore,
  facts: Omit<PlanFacts, 'tree'>,
  limits: PlanLimits,
  { seen, isOver }: { readonly seen: readonly NodePage[]; readonly isOver: () => boolean },
): Promise<Division> {
  const planning = planShards({ ...facts, tree: leadingTree(scanned.compiled) }, limits);
  const looked: NodePage[] = [];
  let [step, at] = [planning.next([]), 0];
  while (step.done !== true) {
    const asked = step.value;
    const pages = seen.slice(at, at + asked.length);
    at += pages.length;
    while (pages.length < asked.length) {
      if (looked.length > 0 && isOver()) return { shards: undefined, looked };
      const some = asked.slice(pages.length, pages.length + looksBetweenClocks);
      const found = await pMap(some, (leading) => firstPage(deps, scanned, leading), {
        concurrency: probesAtOnce,
      });
      pages.push(...found);
      looked.push(...found);
    }
    step = planning.next(pages);
  }
  return { shards: step.value, looked };
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
