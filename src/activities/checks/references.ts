/**
 * Does every blob that the restored rows refer to exist, with the content that its address says? And are those the
 * addresses that were recorded with the point? All of them, none sampled, in constant memory.
 */
import { pMapIterable } from 'p-map';
import type { EstateBlobStore } from '../../contracts/estate.ts';
import { blobNameFor, layoutOf, type ContentAddress } from '../../policy/content-address.ts';
import { failureFrom } from '../../policy/failure.ts';
import type { DatabaseSession } from '../../ports/database.ts';
import { readInventory, type InventoryEntry } from '../inventory.ts';
import { readReferences } from '../references.ts';
import { storesOf } from '../scope.ts';
import { verifyBlob, type BlobVerdict, type VerifiedBlob } from '../verify-blob.ts';
import { answerByFindings, type Check, type CheckContext, type Recorded } from './check.ts';

const concurrency = 16;
/** Findings kept of one store; all are counted. */
const findingsKept = 1_000;

export const referencesCheck: Check = {
  id: 'references',
  title: 'Every referenced blob is present and matches its address',
  async run(context) {
    const tally = new Tally();
    for (const store of storesOf(context.here.region, context.database.id)) {
      await context.deps.databases.withSession(context.at, async (session) => {
        await session.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
        await checkStore(context, session, store, tally);
        await session.query('COMMIT');
      });
    }
    const unread = tally.counts.unreadable + tally.counts.unstable;
    const answer = answerByFindings(
      `every address that the restored rows refer to, ${context.recorded === undefined ? '' : 'as recorded with the point, '}present and re-hashed`,
      `${tally.counts.ok} blobs present and re-hashed (${tally.bytes} bytes)`,
      tally.findings,
      { blobs: tally.blobs, bytes: tally.bytes, ...tally.counts, opaqueStores: tally.opaque },
      tally.detail,
    );
    // Only unread blobs: nothing is known to be wrong, and nothing to be right.
    return unread > 0 && tally.wrong === 0 ? { ...answer, status: 'inconclusive' } : answer;
  },
};

class Tally {
  readonly counts: Record<BlobVerdict, number> = {
    ok: 0,
    transient: 0,
    'digest-mismatch': 0,
    'wrong-size': 0,
    missing: 0,
    unreadable: 0,
    unstable: 0,
  };
  readonly findings: string[] = [];
  readonly detail: { store: string; findings: number }[] = [];
  blobs = 0;
  bytes = 0;
  wrong = 0;
  opaque = 0;

  find(text: string, isWrong = true): void {
    if (isWrong) this.wrong += 1;
    if (this.findings.length < findingsKept) this.findings.push(text);
  }

  count(store: EstateBlobStore, name: string, verified: VerifiedBlob): void {
    this.blobs += 1;
    this.bytes += verified.bytes;
    this.counts[verified.verdict] += 1;
    if (verified.verdict === 'ok' || verified.verdict === 'transient') return;
    this.find(
      `store ${store.id}: blob ${name} is ${verified.verdict}: ${verified.detail}`,
      verified.verdict !== 'unreadable' && verified.verdict !== 'unstable',
    );
  }
}

async function checkStore(
  { deps, recorded: known, database }: CheckContext,
  session: DatabaseSession,
  store: EstateBlobStore,
  tally: Tally,
): Promise<void> {
  if (store.opaque) tally.opaque += 1;
  const layout = layoutOf(store);
  const restored = addresses(session, store, database.id, tally);
  const references =
    known === undefined
      ? restored
      : held(
          restored,
          inventoryOf(deps.vault, known.fingerprint.stores, store, database.id, tally),
          store,
          tally,
        );
  const verified = pMapIterable(
    references,
    async (address) => ({
      name: blobNameFor(layout, address),
      ...(await verifyBlob(deps.contents, store, blobNameFor(layout, address), address)),
    }),
    { concurrency },
  );
  for await (const one of verified) tally.count(store, one.name, one);
}

async function* addresses(
  session: DatabaseSession,
  store: EstateBlobStore,
  database: string,
  tally: Tally,
): AsyncGenerator<ContentAddress> {
  for await (const found of readReferences(session, store, database)) {
    if ('address' in found) yield found.address;
    else
      tally.find(
        `store ${store.id}: a row refers to "${found.noAddress}", which is no ${store.algorithm} address`,
      );
  }
}

/** The inventory recorded with the point; a damaged one is a finding, and then only the restored rows are held against the store. */
async function* inventoryOf(
  vault: CheckContext['deps']['vault'],
  stores: Recorded['fingerprint']['stores'],
  store: EstateBlobStore,
  database: string,
  tally: Tally,
): AsyncGenerator<InventoryEntry | undefined> {
  const own = stores.find((one) => one.store === store.id && one.database === database);
  if (own === undefined) {
    tally.find(`store ${store.id}: the point has no inventory of it`);
    return yield undefined;
  }
  try {
    yield* readInventory(vault, own.inventory.path, store.algorithm, own.inventory);
  } catch (thrown) {
    tally.find(`store ${store.id}: ${failureFrom(thrown).message}`);
    yield undefined;
  }
}

/** Passes the restored addresses on while holding them against the inventory; both are sorted. */
async function* held(
  restored: AsyncGenerator<ContentAddress>,
  inventory: AsyncGenerator<InventoryEntry | undefined>,
  store: EstateBlobStore,
  tally: Tally,
): AsyncGenerator<ContentAddress> {
  let entry = await inventory.next();
  const unreadable = (): boolean => !entry.done && entry.value === undefined;
  const report = (): void => {
    if (entry.value?.held === 'both')
      tally.find(
        `store ${store.id}: no restored row refers to ${entry.value.address}, which was recorded with the point`,
      );
  };
  for await (const address of restored) {
    while (entry.value !== undefined && entry.value.address < address) {
      report();
      entry = await inventory.next();
    }
    if (entry.value?.address === address) entry = await inventory.next();
    else if (!unreadable())
      tally.find(
        `store ${store.id}: a restored row refers to ${address}, which was not recorded with the point`,
      );
    yield address;
  }
  for (; entry.value !== undefined; entry = await inventory.next()) report();
}
