/**
 * Does every blob that the restored rows refer to exist, with the content that its address says? And are those the
 * addresses that were recorded with the point? Every address is held against the record; blobs are read and re-hashed,
 * all of them up to the bound of the estate, a random sample of each store beyond it. Store by store, in portions.
 */
import { pMapIterable } from 'p-map';
import { referencesState, type BlobTallyState, type ReferencesState } from '../../contracts/check-states.ts';
import type { EstateBlobStore } from '../../contracts/estate.ts';
import { blobNameFor, hexOf, layoutOf, type ContentAddress } from '../../policy/content-address.ts';
import { coverageMeasured, coverageSentence, isDrawn, type SampleOrder } from '../../policy/sampling.ts';
import type { DatabaseSession } from '../../ports/database.ts';
import { absentFromSecondary } from '../not-replicated.ts';
import { readReferences } from '../references.ts';
import { storesOf } from '../scope.ts';
import { verifyBlob } from '../verify-blob.ts';
import { BlobTally, noBlobs, type VerifiedReference } from './blob-tally.ts';
import { answerByFindings, checkInPortions, type CheckAnswer, type CheckContext } from './check.ts';
import { compareReferences } from './recorded-references.ts';

const concurrency = 16;

export const referencesCheck = checkInPortions<ReferencesState>({
  id: 'references',
  title: 'Every referenced blob is present and matches its address',
  state: referencesState,
  begin: () => Promise.resolve({ totals: [], at: undefined, tally: noBlobs }),
  async run(context, from) {
    const stores = storesOf(context.here.region, context.database.id);
    const reached: ReferencesState = { ...from, totals: [...from.totals] };
    const tally = new BlobTally(from.tally);
    for (const [index, store] of stores.entries()) {
      if (index < reached.totals.length - (reached.at === undefined ? 0 : 1)) continue;
      const isOver = await inSession(context, async (session) => {
        const total = reached.totals[index] ?? (await compareReferences(context, session, store, tally));
        reached.totals[index] = total;
        reached.at ??= { seen: 0, drawn: 0 };
        return hashOn(context, session, store, orderOf(context, store, total), reached.at, tally);
      });
      if (!isOver) return { next: { ...reached, tally: tally.state } };
      reached.at = undefined;
    }
    return answerOf(context, stores, reached.totals, tally.state);
  },
});

function inSession<T>(
  { deps, at }: CheckContext,
  work: (session: DatabaseSession) => Promise<T>,
): Promise<T> {
  return deps.databases.withSession(at, async (session) => {
    await session.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const result = await work(session);
    await session.query('COMMIT');
    return result;
  });
}

/** What was not looked for is not measured. */
const measuredOf = ({
  'not-replicated': late,
  ...counts
}: BlobTallyState['counts']): Record<string, number> =>
  late === 0 ? counts : { ...counts, 'not-replicated': late };

/** What had not reached the secondary yet, in words. */
const late = (counts: BlobTallyState['counts']): string =>
  counts['not-replicated'] === 0
    ? ''
    : `; ${counts['not-replicated']} were written after what the secondary has and are lost with the region`;

const orderOf = ({ here, seed }: CheckContext, store: EstateBlobStore, total: number): SampleOrder => ({
  total,
  atMost: here.region.drill.references.atMost,
  seed: `${seed}/${store.id}`,
});

/** Reads and hashes on from `at`, which moves with it; whether the store is through. */
async function hashOn(
  context: CheckContext,
  session: DatabaseSession,
  store: EstateBlobStore,
  order: SampleOrder,
  at: NonNullable<ReferencesState['at']>,
  tally: BlobTally,
): Promise<boolean> {
  const { database, timeIsUp } = context;
  const layout = layoutOf(store);
  let isOver = true;
  async function* drawn(): AsyncGenerator<ContentAddress> {
    for await (const found of readReferences(session, store, database.id, at.after)) {
      if (!('address' in found)) continue; // Told when it was compared.
      const isOne = isDrawn(order, at.seen, at.drawn);
      at.after = hexOf(found.address);
      at.seen += 1;
      if (!isOne) continue;
      at.drawn += 1;
      yield found.address;
      if (!timeIsUp()) continue;
      isOver = false;
      return;
    }
  }
  const verified = pMapIterable(
    drawn(),
    async (address) => {
      const name = blobNameFor(layout, address);
      return { name, ...(await verifyReferred(context, store, name, address)) };
    },
    { concurrency },
  );
  for await (const one of verified) tally.count(store, one.name, one);
  return isOver;
}

/**
 * A blob where it would be read: on the secondary, where the region is taken for lost. One that was written after what the
 * secondary is known to have is what is lost with the region, and counts in the RPO.
 */
async function verifyReferred(
  { deps, plan }: CheckContext,
  store: EstateBlobStore,
  name: string,
  address: ContentAddress,
): Promise<VerifiedReference> {
  const replicas = 'drill' in plan ? plan.replicas : undefined;
  if (replicas === undefined) return verifyBlob(deps.contents, store, name, address);
  const { account, container } = store;
  const found = await verifyBlob(deps.contents, { account, container, side: 'secondary' }, name, address);
  return found.verdict === 'missing' ? absentFromSecondary(deps, replicas, store, name) : found;
}

function answerOf(
  context: CheckContext,
  stores: readonly EstateBlobStore[],
  totals: readonly number[],
  { counts, blobs, bytes, wrong, findings }: BlobTallyState,
): CheckAnswer {
  const orders = stores.map((store, index) => ({
    store,
    order: orderOf(context, store, totals[index] ?? 0),
  }));
  const coverage = orders.map(({ store, order }) => `${store.id}: ${coverageSentence('blobs', order)}`);
  const recorded = context.recorded === undefined ? '' : ', as recorded with the point';
  const answer = answerByFindings(
    `every address that the restored rows refer to${recorded}; present and re-hashed: ${coverage.join('; ')}`,
    `${counts.ok} blobs present and re-hashed (${bytes} bytes)${late(counts)}`,
    findings,
    { blobs, bytes, ...measuredOf(counts), opaqueStores: stores.filter((store) => store.opaque).length },
    Object.fromEntries(orders.map(({ store, order }) => [store.id, coverageMeasured(order)])),
  );
  // Only unread blobs: nothing is known to be wrong, and nothing to be right.
  const isUnread = counts.unreadable + counts.unstable > 0;
  const isAllLate = counts['not-replicated'] > 0 && counts.ok + counts.transient === 0;
  return (isUnread || isAllLate) && wrong === 0 ? { ...answer, status: 'inconclusive' } : answer;
}
