/**
 * Can the blobs that a recovery point refers to be rebuilt from what the provider keeps of them elsewhere? Each is read from
 * the secondary, written into a container of Lifeboat's own through a gate that lets only the right content be committed,
 * and hashed there. All of them up to the bound of the estate, a random sample of each store beyond it; how long that took
 * is what the whole store is reckoned from. Store by store, in portions.
 */
import { pMapIterable } from 'p-map';
import { rebuildState, type RebuildState } from '../../contracts/check-states.ts';
import type { DrillPlan } from '../../contracts/documents.ts';
import type { EstateBlobStore } from '../../contracts/estate.ts';
import { blobNameFor, layoutOf, type ContentAddress } from '../../policy/content-address.ts';
import { Failure } from '../../policy/failure.ts';
import { coverageMeasured, coverageSentence, isDrawn, type SampleOrder } from '../../policy/sampling.ts';
import { fullSeconds, rebuiltSentence } from '../../policy/store-loss.ts';
import { ContentGate } from '../hash-content.ts';
import { readInventory } from '../inventory.ts';
import { absentFromSecondary } from '../not-replicated.ts';
import { openScratch, readerOf } from '../scratch.ts';
import { storesOf } from '../scope.ts';
import { verifyBlob } from '../verify-blob.ts';
import { BlobTally, noBlobs, type VerifiedReference } from './blob-tally.ts';
import {
  answerByFindings,
  checkInPortions,
  recordedIn,
  type CheckAnswer,
  type CheckContext,
} from './check.ts';

const concurrency = 16;
const nowhere: RebuildState['at'] = { seen: 0, drawn: 0, blobs: 0, bytes: 0, milliseconds: 0 };

export const rebuildCheck = checkInPortions<RebuildState>({
  id: 'rebuild',
  title: 'Blobs can be rebuilt from their replica, each as its address says',
  state: rebuildState,
  begin: () => Promise.resolve({ rebuilt: [], at: nowhere, tally: noBlobs }),
  async run(context, from) {
    const container = await openScratch(context.deps, context.here.scope, planOf(context));
    const stores = storesOf(context.here.region, context.database.id);
    const rebuilt = [...from.rebuilt];
    const tally = new BlobTally(from.tally);
    let at = { ...from.at };
    for (const store of stores.slice(rebuilt.length)) {
      const isOver = await rebuildOn(context, { store, container }, at, tally);
      if (!isOver) return { next: { rebuilt, at, tally: tally.state } };
      const { blobs, bytes, milliseconds } = at;
      rebuilt.push({
        store: store.id,
        blobs,
        bytes,
        milliseconds,
        ofBlobs: inventoryOf(context, store).addresses,
      });
      at = { ...nowhere };
    }
    return answerOf(context, stores, rebuilt, tally.state);
  },
});

function planOf({ plan }: CheckContext): DrillPlan {
  if ('drill' in plan) return plan;
  throw new Failure('refused', 'a restore rebuilds no blobs', 'The plan was made by another version.');
}

/** What the recovery point recorded of a store. */
function inventoryOf(
  context: CheckContext,
  store: EstateBlobStore,
): { readonly path: string; readonly digest: string; readonly addresses: number } {
  const { fingerprint } = recordedIn(context);
  const own = fingerprint.stores.find((one) => one.store === store.id);
  if (own !== undefined) return own.inventory;
  throw new Failure(
    'not-found',
    `the point has no inventory of ${store.id}`,
    'Take a snapshot, then drill again.',
  );
}

const orderOf = (context: CheckContext, store: EstateBlobStore): SampleOrder => ({
  total: inventoryOf(context, store).addresses,
  atMost: context.here.region.drill.rebuild.atMost,
  seed: `${context.seed}/${store.id}`,
});

interface Place {
  readonly store: EstateBlobStore;
  readonly container: string;
}

/** Rebuilds on from `at`, which moves with it; whether the store is through. */
async function rebuildOn(
  context: CheckContext,
  place: Place,
  at: RebuildState['at'],
  tally: BlobTally,
): Promise<boolean> {
  const { deps, timeIsUp } = context;
  const { store } = place;
  const layout = layoutOf(store);
  const order = orderOf(context, store);
  const startedAt = deps.clock.monotonicMilliseconds();
  const before = { ...at };
  let isOver = true;
  async function* drawn(): AsyncGenerator<ContentAddress> {
    let index = 0;
    const inventory = inventoryOf(context, store);
    for await (const { address, held } of readInventory(
      deps.vault,
      inventory.path,
      store.algorithm,
      inventory,
    )) {
      index += 1;
      if (index <= before.seen) continue;
      const isOne = isDrawn(order, at.seen, at.drawn);
      at.seen = index;
      if (!isOne) continue;
      at.drawn += 1;
      // What came or went while the point was taken need not be there.
      if (held === 'both') yield address;
      if (!timeIsUp()) continue;
      isOver = false;
      return;
    }
  }
  const done = pMapIterable(
    drawn(),
    async (address) => {
      const name = blobNameFor(layout, address);
      return { name, ...(await rebuildBlob(context, place, name, address)) };
    },
    { concurrency },
  );
  for await (const one of done) {
    tally.count(store, one.name, one);
    at.blobs += 1;
    at.bytes += one.bytes;
  }
  at.milliseconds += deps.clock.monotonicMilliseconds() - startedAt;
  return isOver;
}

/** Reads, writes and hashes one blob; what is judged is what came to lie in the container. */
async function rebuildBlob(
  context: CheckContext,
  { store, container }: Place,
  name: string,
  address: ContentAddress,
): Promise<VerifiedReference> {
  const { deps } = context;
  const replica = { account: store.account, container: store.container, side: 'secondary' } as const;
  const own = `${store.id}/${name}`;
  const copied = await copy(context, { replica, container, name, own, address }).catch(
    () => 'failed' as const,
  );
  if (copied === 'absent') return absentFromSecondary(deps, planOf(context).replicas ?? [], store, name);
  // Why it did not come over tells a second reading of the replica.
  if (copied === 'failed') {
    const found = await verifyBlob(deps.contents, replica, name, address);
    if (found.verdict !== 'ok' && found.verdict !== 'transient') return found;
    await copy(context, { replica, container, name, own, address }).catch(() => undefined);
  }
  return verifyBlob(readerOf(deps, container), replica, own, address);
}

async function copy(
  { deps }: CheckContext,
  what: {
    readonly replica: Parameters<CheckContext['deps']['contents']['open']>[0];
    readonly container: string;
    readonly name: string;
    readonly own: string;
    readonly address: ContentAddress;
  },
): Promise<'written' | 'absent'> {
  const content = await deps.contents.open(what.replica, what.name);
  if (content === undefined) return 'absent';
  const gate = await ContentGate.for(what.address);
  content.stream.once('error', (error) => gate.destroy(error));
  // A write that is given up before it read anything hears of no error: the blob is then verified as it lies there.
  gate.on('error', () => undefined);
  await deps.scratch.put(what.container, what.own, 'absent', content.stream.pipe(gate));
  return 'written';
}

function answerOf(
  context: CheckContext,
  stores: readonly EstateBlobStore[],
  rebuilt: RebuildState['rebuilt'],
  { counts, wrong, findings }: RebuildState['tally'],
): CheckAnswer {
  const coverage = stores.map(
    (store) => `${store.id}: ${coverageSentence('blobs', orderOf(context, store))}`,
  );
  const sum = (of: (one: RebuildState['rebuilt'][number]) => number): number =>
    rebuilt.reduce((all, one) => all + of(one), 0);
  const seconds = sum(({ milliseconds }) => milliseconds) / 1000;
  const bytes = sum((one) => one.bytes);
  const answer = answerByFindings(
    `blobs that the recovery point refers to, rebuilt and hashed: ${coverage.join('; ')}`,
    rebuilt.map(rebuiltSentence).join('; '),
    findings,
    {
      ...{ blobs: sum((one) => one.blobs), ofBlobs: sum((one) => one.ofBlobs), bytes, ...counts, seconds },
      ...(seconds > 0 ? { bytesPerSecond: Math.round(bytes / seconds) } : {}),
      fullSeconds: sum((one) => fullSeconds(one) ?? 0),
    },
    Object.fromEntries(stores.map((store) => [store.id, coverageMeasured(orderOf(context, store))])),
  );
  const isUnread = counts.unreadable + counts.unstable > 0 || counts.ok + counts.transient === 0;
  return isUnread && wrong === 0 ? { ...answer, status: 'inconclusive' } : answer;
}
