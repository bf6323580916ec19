/**
 * The guarded deleter: the only place that deletes anything outside Lifeboat's own vault. Order of every deletion:
 * decide → ledger `intent` → audit → mark the catalogue entry → delete → confirm absent → ledger `confirmed-absent`.
 * Each step can be repeated; a kill in between leaves a mark that the next run goes on from, never a recovery point
 * that looks whole and is not.
 */
import type { DateTime } from 'luxon';
import pMap from 'p-map';
import { recoveryPoint, type DrillPlan, type RecoveryPoint } from '../contracts/documents.ts';
import type { OperationStart } from '../contracts/operations.ts';
import { tombstoneDocument, type TombstoneDocument } from '../contracts/prune.ts';
import { instantOf, isoOf } from '../contracts/values.ts';
import { vaultPaths, type Scope } from '../contracts/vault-paths.ts';
import { digestOf } from '../policy/canonical-json.ts';
import { failureFrom } from '../policy/failure.ts';
import { isOwnBackup, parseServerResourceId } from '../policy/identifiers.ts';
import type { ListedBackup } from '../policy/on-demand-slots.ts';
import { decideServerRemoval } from '../policy/server-removal.ts';
import type { StoreAddress } from '../ports/content-store.ts';
import type { Dependencies } from './dependencies.ts';
import { pinnedBy, readCatalogue } from './points.ts';
import { audit, enterLedger } from './records.ts';
import { scoped, serverHere } from './scope.ts';
import { changeDocument, createDocument, readDocument } from './vault-documents.ts';

const snapshotConcurrency = 16;

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
  const { points } = await readCatalogue(deps, scope);
  const refusal = ownRefusal(found, points, deps.clock.now()) ?? order.refusal(listed, points);
  if (refusal !== undefined) {
    await enterLedger(deps, scope, { ...entry, stage: 'refused', reason: refusal });
    return { state: 'failed', code: 'DeletionRefused', message: refusal };
  }
  await enterLedger(deps, scope, { ...entry, stage: 'intent' });
  await audit(deps, scope, {
    action: 'delete-backup',
    target: entry.item,
    stage: 'intent',
    detail: { reason: order.reason },
  });
  await markBackup(deps, scope, order, false);
  return deps.deleter.beginDeleteBackup(order.server, order.backup);
}

/** What no order overrules: the provider's own, a person's own, a pinned and the newest proven backup stay. */
function ownRefusal(
  found: ListedBackup,
  points: readonly RecoveryPoint[],
  now: DateTime,
): string | undefined {
  if (found.kind !== 'on-demand') return `${found.name} is the provider's own backup`;
  if (!isOwnBackup(found.name)) return `${found.name} is not of Lifeboat's making`;
  const point = points.find((one) => one.databases.some((part) => part.backup === found.name));
  if (point === undefined) return undefined;
  const pinned = pinnedBy(point, now);
  if (pinned !== undefined) return `${found.name} is pinned: ${pinned}`;
  const newestProven = points.find((one) => one.proven !== undefined && one.tombstone === undefined);
  return newestProven?.id === point.id ? `${found.name} is the newest proven recovery point` : undefined;
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
  const entries = orders.map((order) => ({
    item: `${order.store.id}/${order.name}@${order.snapshot}`,
    kind: 'blob-snapshot' as const,
    reason: order.reason,
  }));
  await enterLedger(deps, scope, ...entries.map((entry) => ({ ...entry, stage: 'intent' as const })));
  await audit(deps, scope, {
    action: 'delete-snapshots',
    target: `${orders.length} blob snapshots`,
    stage: 'intent',
    detail: { plan: orders[0]?.plan ?? '' },
  });
  const failures = await pMap(
    orders,
    (order, index) => deleteSnapshot(deps, order, entries[index]?.item ?? ''),
    { concurrency: snapshotConcurrency },
  );
  const ends = entries.map((entry, index) => {
    const failure = failures[index];
    if (failure === undefined) return { ...entry, stage: 'confirmed-absent' as const };
    return { ...entry, stage: 'failed' as const, reason: failure };
  });
  await enterLedger(deps, scope, ...ends);
  return failures.filter((failure) => failure !== undefined);
}

async function deleteSnapshot(
  deps: Dependencies,
  order: SnapshotDeletion,
  item: string,
): Promise<string | undefined> {
  try {
    await deps.contentDeleter.deleteSnapshot(order.store, order.name, order.snapshot);
    return undefined;
  } catch (thrown) {
    return `${item}: ${failureFrom(thrown).message}`;
  }
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
