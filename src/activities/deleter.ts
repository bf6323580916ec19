/**
 * The guarded deleter: the only place that deletes anything outside Lifeboat's own vault. Order of every deletion:
 * decide → ledger `intent` → audit → mark the catalogue entry → look for holds once more → delete → confirm absent →
 * ledger `confirmed-absent`.
 * Each step can be repeated; a kill in between leaves a mark that the next run goes on from, never a recovery point
 * that looks whole and is not.
 */
import type { DateTime } from 'luxon';
import { recoveryPoint, type DrillPlan, type RecoveryPoint } from '../contracts/documents.ts';
import type { OperationStart } from '../contracts/operations.ts';
import { tombstoneDocument, type TombstoneDocument } from '../contracts/prune.ts';
import { instantOf, isoOf } from '../contracts/values.ts';
import { vaultPaths, type Scope } from '../contracts/vault-paths.ts';
import { digestOf } from '../policy/canonical-json.ts';
import { Failure, failureFrom } from '../policy/failure.ts';
import { heldBy, type Holds } from '../policy/holds.ts';
import { isOwnBackup, parseServerResourceId } from '../policy/identifiers.ts';
import type { ListedBackup } from '../policy/on-demand-slots.ts';
import { decideServerRemoval } from '../policy/server-removal.ts';
import type { SnapshotOutcome, StoreAddress } from '../ports/content-store.ts';
import type { Dependencies } from './dependencies.ts';
import { effectiveProtection } from './estate-guard.ts';
import { holdable, pinnedBy, readCatalogue } from './points.ts';
import { proofOf } from './prune/points.ts';
import { audit, enterLedger, type LedgerFacts } from './records.ts';
import { scoped, serverHere } from './scope.ts';
import { standingHolds } from './standing-holds.ts';
import { changeDocument, createDocument, readDocument } from './vault-documents.ts';

/** One backup that is to go: why, and what keeps it at the last moment (looked at right before the deletion). */
export interface BackupDeletion {
  readonly server: string;
  readonly backup: string;
  readonly reason: string;
  readonly plan?: string;
  readonly refusal: (listed: readonly ListedBackup[], points: readonly RecoveryPoint[]) => string | undefined;
}

/** Deletes an on-demand backup; `done` once it is no longer listed. */
export async function deleteBackup(
  deps: Dependencies,
  scope: Scope,
  order: BackupDeletion,
): Promise<OperationStart> {
  scoped(deps, scope);
  await serverHere(deps, order.server);
  const entry = {
    item: `${order.server}/backups/${order.backup}`,
    kind: 'on-demand-backup' as const,
    reason: order.reason,
  };
  const listed = await deps.servers.listBackups(order.server);
  const found = listed.find((backup) => backup.name === order.backup);
  if (found === undefined) {
    await enterLedger(deps, scope, { ...entry, stage: 'confirmed-absent' });
    await markBackup(deps, scope, order, true);
    return { state: 'done', detail: `${order.backup} is no longer listed` };
  }
  const refuse = async (reason: string): Promise<OperationStart> => {
    await enterLedger(deps, scope, { ...entry, stage: 'refused', reason });
    return { state: 'failed', code: 'DeletionRefused', message: reason };
  };
  const { points } = await readCatalogue(deps, scope);
  const holds = await standingHolds(deps, scope);
  const { minimumProven } = await effectiveProtection(deps, scope);
  const refusal =
    ownRefusal(found, points, { holds, minimumProven }, deps.clock.now()) ?? order.refusal(listed, points);
  if (refusal !== undefined) return refuse(refusal);
  await announce(deps, scope, order, entry);
  // Who set a hold before this look is heeded; who sets one after it finds the mark, and knows that it came too late.
  const late = heldBy(await standingHolds(deps, scope), holdable(found, points), deps.clock.now());
  if (late !== undefined) return refuse(`${found.name} is held by ${late}; it stands, marked as given up`);
  return deps.deleter.beginDeleteBackup(order.server, order.backup);
}

/** Everything that stands before a backup goes: ledger, audit, the mark on its point. */
async function announce(
  deps: Dependencies,
  scope: Scope,
  order: BackupDeletion,
  entry: Omit<LedgerFacts, 'stage'>,
): Promise<void> {
  await enterLedger(deps, scope, { ...entry, stage: 'intent' });
  await audit(deps, scope, {
    action: 'delete-backup',
    target: entry.item,
    stage: 'intent',
    detail: { reason: order.reason },
  });
  await markBackup(deps, scope, order, false);
}

/** What no order overrules: the provider's own, a person's own, a held, a pinned and the newest proven backup stay. */
function ownRefusal(
  found: ListedBackup,
  points: readonly RecoveryPoint[],
  { holds, minimumProven }: { readonly holds: Holds; readonly minimumProven: number },
  now: DateTime,
): string | undefined {
  if (found.kind !== 'on-demand') return `${found.name} is the provider's own backup`;
  if (!isOwnBackup(found.name)) return `${found.name} is not of Lifeboat's making`;
  const held = heldBy(holds, holdable(found, points), now);
  if (held !== undefined) return `${found.name} is held by ${held}`;
  const point = points.find((one) => one.databases.some((part) => part.backup === found.name));
  if (point === undefined) return undefined;
  const pinned = pinnedBy(point, now);
  if (pinned !== undefined) return `${found.name} is pinned: ${pinned}`;
  const mustStay = points
    .filter((one) => proofOf(one).state === 'proven' && one.tombstone === undefined)
    .slice(0, minimumProven);
  if (mustStay[0]?.id === point.id) return `${found.name} is the newest proven recovery point`;
  return mustStay.some((one) => one.id === point.id)
    ? `${found.name} is one of the ${minimumProven} newest proven recovery points`
    : undefined;
}

async function markBackup(
  deps: Dependencies,
  scope: Scope,
  order: BackupDeletion,
  absent: boolean,
): Promise<void> {
  await tombstone(deps, scope, order.backup, order.reason, absent);
  const item = `${order.server}/backups/${order.backup}`;
  await bury(deps, scope, { item, kind: 'on-demand-backup', reason: order.reason, plan: order.plan }, absent);
}

/** A snapshot of a blob that is to go. */
export interface SnapshotDeletion {
  readonly store: StoreAddress & { readonly id: string };
  readonly name: string;
  readonly snapshot: string;
  readonly reason: string;
  readonly plan: string;
}

/** Deletes snapshots of blobs, never the blobs; returns what was refused or failed, in words. */
export async function deleteSnapshots(
  deps: Dependencies,
  scope: Scope,
  orders: readonly SnapshotDeletion[],
): Promise<string[]> {
  if (orders.length === 0) return [];
  const entries = orders.map((order) => ({
    item: `${order.store.id}/${order.name}@${order.snapshot}`,
    kind: 'blob-snapshot' as const,
    reason: order.reason,
  }));
  const held = heldBy(await standingHolds(deps, scope), { kind: 'other' }, deps.clock.now());
  if (held !== undefined) {
    const reason = `no blob snapshot is deleted: they are held by ${held}`;
    await enterLedger(
      deps,
      scope,
      ...entries.map((entry) => ({ ...entry, stage: 'refused' as const, reason })),
    );
    return orders.map(() => reason);
  }
  await enterLedger(deps, scope, ...entries.map((entry) => ({ ...entry, stage: 'intent' as const })));
  await audit(deps, scope, {
    action: 'delete-snapshots',
    target: `${orders.length} blob snapshots`,
    stage: 'intent',
    detail: { plan: orders[0]?.plan ?? '' },
  });
  const ends = await deleteAtStores(deps, orders);
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

/** What became of each snapshot, in their order: one call for each store, and one that fails leaves the others be. */
async function deleteAtStores(
  deps: Dependencies,
  orders: readonly SnapshotDeletion[],
): Promise<SnapshotOutcome[]> {
  const ends = new Map<SnapshotDeletion, SnapshotOutcome | undefined>();
  for (const asked of Map.groupBy(orders, (order) => order.store.id).values()) {
    const store = asked[0]?.store as StoreAddress;
    const outcomes = await deps.contentDeleter
      .deleteSnapshots(store, asked)
      .catch((thrown: unknown) => asked.map(() => ({ failure: failureFrom(thrown) })));
    for (const [index, order] of asked.entries()) ends.set(order, outcomes[index]);
  }
  const silence = new Failure('unavailable', 'the store said nothing of it', 'The next prune tries again.');
  return orders.map((order) => ends.get(order) ?? { failure: silence });
}

/** The mark of a deletion that is meant, kept after the thing is gone. */
async function bury(
  deps: Dependencies,
  scope: Scope,
  facts: Pick<TombstoneDocument, 'item' | 'kind' | 'reason'> & { readonly plan?: string | undefined },
  absent: boolean,
): Promise<void> {
  const at = isoOf(deps.clock.now());
  const path = vaultPaths.tombstone(scope, digestOf(facts.item));
  await createDocument(deps.vault, path, tombstoneDocument, {
    schema: 'lifeboat/tombstone/v1',
    at,
    ...facts,
  });
  if (absent)
    await changeDocument(deps.vault, path, tombstoneDocument, (mark) => ({
      ...mark,
      confirmedAbsentAt: mark.confirmedAbsentAt ?? at,
    }));
}

async function tombstone(
  deps: Dependencies,
  scope: Scope,
  backup: string,
  reason: string,
  absent: boolean,
): Promise<void> {
  const { points } = await readCatalogue(deps, scope);
  const at = isoOf(deps.clock.now());
  for (const point of points.filter((one) => one.databases.some((part) => part.backup === backup))) {
    await changeDocument(deps.vault, vaultPaths.point(scope, point.id), recoveryPoint, (standing) => {
      const mark = standing.tombstone ?? { at, reason };
      return {
        ...standing,
        tombstone: absent ? { ...mark, confirmedAbsentAt: mark.confirmedAbsentAt ?? at } : mark,
      };
    });
  }
}

/** Deletes the server that a drill made, if it is certainly that one; `done` once the provider says that it is absent. */
export async function deleteDrillServer(
  deps: Dependencies,
  scope: Scope,
  plan: DrillPlan,
  digest: string,
  target: string,
  everMade: boolean,
): Promise<OperationStart> {
  const entry = { item: target, kind: 'drill-server' as const, reason: `drill ${plan.drill} is over` };
  const found = await deps.servers.get(target);
  const stone = vaultPaths.tombstone(scope, digestOf(target));
  if (found === undefined) {
    // A server that came up only after the closing was begun has its tombstone from its own removal.
    if (!everMade && (await readDocument(deps.vault, stone, tombstoneDocument)) === undefined)
      return { state: 'done', detail: 'never made' };
    await enterLedger(deps, scope, { ...entry, stage: 'confirmed-absent' });
    await bury(deps, scope, entry, true);
    return { state: 'done', detail: 'confirmed absent' };
  }
  const resource = parseServerResourceId(target);
  const { region } = scoped(deps, scope);
  const decision =
    resource === undefined
      ? { decision: 'refuse' as const, reasons: ['the plan names no server'] }
      : decideServerRemoval(
          {
            target: resource,
            drill: plan.drill,
            plan: digest,
            allowedResourceGroup: region.drill.resourceGroup,
            declaredAt: instantOf(plan.declaredAt),
            protectedServers: deps.estate.systems.flatMap((system) =>
              system.regions.flatMap((one) => one.databases.map((database) => database.server)),
            ),
          },
          found,
        );
  if (decision.decision === 'refuse') {
    await enterLedger(deps, scope, { ...entry, stage: 'refused', reason: decision.reasons.join('; ') });
    return {
      state: 'failed',
      code: 'RemovalRefused',
      message: `it is left standing: ${decision.reasons.join('; ')}`,
    };
  }
  await enterLedger(deps, scope, { ...entry, stage: 'intent' });
  await audit(deps, scope, {
    action: 'delete-server',
    target,
    stage: 'intent',
    detail: { drill: plan.drill },
  });
  await bury(deps, scope, entry, false);
  return deps.deleter.beginDeleteServer(target);
}
