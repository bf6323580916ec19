/**
 * Deletes content of blob stores, many things at once and of one kind. Order: holds → ledger `intent` of all → audit →
 * delete → ledger `confirmed-absent` or `failed` of each. What only the intent is known of is asked for again by the
 * next run: what is gone then is confirmed, what stands is deleted.
 */
import type { LedgerEntry } from '../../contracts/documents.ts';
import type { Scope } from '../../contracts/vault-paths.ts';
import { Failure, failureFrom } from '../../policy/failure.ts';
import { heldBy } from '../../policy/holds.ts';
import type { DeletionOutcome, StoreAddress } from '../../ports/content-store.ts';
import { audited, type AuditEnd } from '../audited.ts';
import type { Dependencies } from '../dependencies.ts';
import { enterLedger } from '../records.ts';
import { standingHolds } from '../standing-holds.ts';

/** One thing that is to go. */
interface ContentDeletion {
  readonly store: StoreAddress & { readonly id: string };
  readonly name: string;
  readonly reason: string;
  readonly plan: string;
}

/** A snapshot of a blob that is to go. */
export interface SnapshotDeletion extends ContentDeletion {
  readonly snapshot: string;
}

/** An earlier version of a blob that is to go. */
export interface VersionDeletion extends ContentDeletion {
  readonly version: string;
}

/** A blob that is to go, if it is still as it was judged. */
export interface BlobDeletion extends ContentDeletion {
  readonly etag: string;
}

/** How things of a kind are told, named and deleted. */
interface KindOfContent<T extends ContentDeletion> {
  readonly kind: LedgerEntry['kind'];
  /** What they are called, in the plural. */
  readonly words: string;
  readonly action: string;
  readonly idOf: (order: T) => string;
  /** One outcome for each, in their order; they are all of one store. */
  readonly erase: (store: StoreAddress, orders: readonly T[]) => Promise<readonly DeletionOutcome[]>;
}

/** What is erased, and how the ledger names each. */
interface Erasing<T extends ContentDeletion> {
  readonly orders: readonly T[];
  readonly of: KindOfContent<T>;
  readonly entries: readonly Pick<LedgerEntry, 'item' | 'kind' | 'reason'>[];
}

/** Deletes snapshots of blobs, never the blobs; returns what was refused or failed, in words. */
export function deleteSnapshots(
  deps: Dependencies,
  scope: Scope,
  orders: readonly SnapshotDeletion[],
): Promise<string[]> {
  return deleteContent(deps, scope, orders, {
    ...{ kind: 'blob-snapshot', words: 'blob snapshots', action: 'delete-snapshots' },
    idOf: (order) => `${order.store.id}/${order.name}@${order.snapshot}`,
    erase: (store, asked) => deps.contentDeleter.deleteSnapshots(store, asked),
  });
}

/** Deletes earlier versions of blobs, never the blobs; returns what was refused or failed, in words. */
export function deleteVersions(
  deps: Dependencies,
  scope: Scope,
  orders: readonly VersionDeletion[],
): Promise<string[]> {
  return deleteContent(deps, scope, orders, {
    ...{ kind: 'blob-version', words: 'blob versions', action: 'delete-versions' },
    idOf: (order) => `${order.store.id}/${order.name}@version-${order.version}`,
    erase: (store, asked) => deps.contentDeleter.deleteVersions(store, asked),
  });
}

/** Deletes blobs that nothing refers to, each only as it was judged; returns what was refused or failed, in words. */
export function deleteBlobs(
  deps: Dependencies,
  scope: Scope,
  orders: readonly BlobDeletion[],
): Promise<string[]> {
  return deleteContent(deps, scope, orders, {
    ...{ kind: 'unreferenced-blob', words: 'blobs', action: 'delete-blobs' },
    idOf: (order) => `${order.store.id}/${order.name}`,
    erase: (store, asked) => deps.contentDeleter.deleteBlobs(store, asked),
  });
}

/** Deletes dumps, each only as it was judged; returns what was refused or failed, in words. */
export function deleteDumps(
  deps: Dependencies,
  scope: Scope,
  orders: readonly BlobDeletion[],
): Promise<string[]> {
  return deleteContent(deps, scope, orders, {
    ...{ kind: 'exported-dump', words: 'dumps', action: 'delete-dumps' },
    idOf: (order) => `${order.store.id}/${order.name}`,
    erase: (store, asked) => deps.contentDeleter.deleteBlobs(store, asked),
  });
}

async function deleteContent<T extends ContentDeletion>(
  deps: Dependencies,
  scope: Scope,
  orders: readonly T[],
  of: KindOfContent<T>,
): Promise<string[]> {
  if (orders.length === 0) return [];
  const entries = orders.map((order) => ({ item: of.idOf(order), kind: of.kind, reason: order.reason }));
  const held = heldBy(await standingHolds(deps, scope), { kind: 'other' }, deps.clock.now());
  if (held !== undefined) {
    const reason = `no ${of.words.replace(/s$/, '')} is deleted: they are held by ${held}`;
    await enterLedger(deps, scope, ...entries.map((one) => ({ ...one, stage: 'refused' as const, reason })));
    return orders.map(() => reason);
  }
  await enterLedger(deps, scope, ...entries.map((entry) => ({ ...entry, stage: 'intent' as const })));
  const action = {
    ...{ action: of.action, target: `${orders.length} ${of.words}` },
    detail: { plan: orders[0]?.plan ?? '' },
  };
  return audited(deps, scope, action, () => eraseAndEnter(deps, scope, { orders, of, entries }), endOf);
}

/** What was refused or failed decides. */
const endOf = ([first, ...more]: readonly string[]): AuditEnd =>
  first === undefined
    ? { result: 'done' }
    : { result: 'failed', detail: { failure: first, failures: more.length + 1 } };

async function eraseAndEnter<T extends ContentDeletion>(
  deps: Dependencies,
  scope: Scope,
  { orders, of, entries }: Erasing<T>,
): Promise<string[]> {
  const ends = await eraseAtStores(orders, of);
  const failures = ends.map((end, index) =>
    typeof end === 'object' ? `${entries[index]?.item}: ${end.failure.message}` : undefined,
  );
  const lines = entries.map((entry, index) => {
    const failure = failures[index];
    if (failure === undefined) return { ...entry, stage: 'confirmed-absent' as const };
    return { ...entry, stage: 'failed' as const, reason: failure };
  });
  await enterLedger(deps, scope, ...lines);
  return failures.filter((failure) => failure !== undefined);
}

/** What became of each, in their order: one call for each store, and one that fails leaves the others be. */
async function eraseAtStores<T extends ContentDeletion>(
  orders: readonly T[],
  of: KindOfContent<T>,
): Promise<DeletionOutcome[]> {
  const ends = new Map<T, DeletionOutcome | undefined>();
  for (const asked of Map.groupBy(orders, (order) => order.store.id).values()) {
    const store = asked[0]?.store as StoreAddress;
    const outcomes = await of
      .erase(store, asked)
      .catch((thrown: unknown) => asked.map(() => ({ failure: failureFrom(thrown) })));
    for (const [index, order] of asked.entries()) ends.set(order, outcomes[index]);
  }
  const silence = new Failure('unavailable', 'the store said nothing of it', 'The next prune tries again.');
  return orders.map((order) => ends.get(order) ?? { failure: silence });
}
