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
import type { Dependencies } from '../dependencies.ts';
import type { ScannedStore } from './stores.ts';

const probesAtOnce = 16;
/** Pages without a single address that are followed in one node. */
const emptyPages = 1_000;

/** The shards of a store, in the order of their ranges. */
export async function divideStore(
  deps: Dependencies,
  scanned: ScannedStore,
  facts: Omit<PlanFacts, 'tree'>,
  limits: PlanLimits,
): Promise<PlannedShard[]> {
  const planning = planShards({ ...facts, tree: leadingTree(scanned.compiled) }, limits);
  let step = planning.next([]);
  while (step.done !== true) {
    const pages = await pMap(step.value, (leading) => firstPage(deps, scanned, leading), {
      concurrency: probesAtOnce,
    });
    step = planning.next(pages);
  }
  return step.value;
}

/** The first page of a node with an address on it; pages before it that have none are passed over. */
async function firstPage(
  deps: Dependencies,
  { store, compiled }: ScannedStore,
  leading: string,
): Promise<NodePage> {
  const prefix = compiled.prefixOf(leading);
  const digest = new Uint8Array(compiled.digestBytes);
  let token: string | undefined;
  for (let page = 0; page < emptyPages; page += 1) {
    const { blobs, next } = await deps.contents.listPage(store, prefix, token);
    const addressed = blobs.filter(({ name }) => compiled.parse(name, digest, 0));
    if (next === undefined) return { names: addressed.length, more: false, covered: 1 };
    if (next === token) break;
    // The digest that was read last is the page's last address.
    if (addressed.length > 0) {
      const covered = shareListed(leading, compiled.leadingOf(digest), compiled.alphabet);
      return { names: addressed.length, more: true, covered };
    }
    token = next;
  }
  throw new Failure(
    'unavailable',
    `blob store ${store.id}: its listing under "${prefix}" goes on and on without an address`,
    'Compare the layout in the estate file with the names in the store: lifeboat estate check --sample.',
  );
}
