/**
 * Deletes on-demand backups. Order of every deletion: decide → ledger `intent` → audit → mark the catalogue entry →
 * look for holds once more → delete → confirm absent → ledger `confirmed-absent`. Each step can be repeated; a kill in
 * between leaves a mark that the next run goes on from, never a recovery point that looks whole and is not.
 */
import type { DateTime } from 'luxon';
import { recoveryPoint, type RecoveryPoint } from '../../contracts/documents.ts';
import type { OperationStart } from '../../contracts/operations.ts';
import { isoOf } from '../../contracts/values.ts';
import { vaultPaths, type Scope } from '../../contracts/vault-paths.ts';
import { heldBy, type Holds } from '../../policy/holds.ts';
import { isOwnBackup } from '../../policy/identifiers.ts';
import type { ListedBackup } from '../../policy/on-demand-slots.ts';
import { auditAbsence, auditedOperation } from '../audited-operation.ts';
import type { Dependencies } from '../dependencies.ts';
import { effectiveProtection } from '../estate-guard.ts';
import { holdable, pinnedBy, readCatalogue } from '../points.ts';
import { proofOf } from '../prune/points.ts';
import { enterLedger } from '../records.ts';
import { scoped, serverHere } from '../scope.ts';
import { standingHolds } from '../standing-holds.ts';
import { changeDocument } from '../vault-documents.ts';
import { bury, isMarked } from './marks.ts';

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
    const reason = await reasonOfAbsence(deps, scope, entry);
    await enterLedger(deps, scope, { ...entry, reason, stage: 'confirmed-absent' });
    await markBackup(deps, scope, { ...order, reason }, true);
    await auditAbsence(deps, scope, { action: 'delete-backup', target: entry.item });
    return { state: 'done', detail: `${order.backup} is no longer listed` };
  }
  const refuse = async (message: string): Promise<OperationStart> => {
    await enterLedger(deps, scope, { ...entry, stage: 'refused', reason: message });
    return { state: 'failed', code: 'DeletionRefused', message };
  };
  const { points } = await readCatalogue(deps, scope);
  const holds = await standingHolds(deps, scope);
  const { minimumProven } = await effectiveProtection(deps, scope);
  const refusal =
    ownRefusal(found, points, { holds, minimumProven }, deps.clock.now()) ?? order.refusal(listed, points);
  if (refusal !== undefined) return refuse(refusal);
  // Everything that stands before a backup goes: ledger, audit, the mark on its point.
  await enterLedger(deps, scope, { ...entry, stage: 'intent' });
  const action = { action: 'delete-backup', target: entry.item, reason: order.reason };
  return auditedOperation(deps, scope, action, async () => {
    await markBackup(deps, scope, order, false);
    // Who set a hold before this look is heeded; who sets one after it finds the mark, and knows that it came too late.
    const late = heldBy(await standingHolds(deps, scope), holdable(found, points), deps.clock.now());
    if (late !== undefined) return refuse(`${found.name} is held by ${late}; it stands, marked as given up`);
    return deps.deleter.beginDeleteBackup(order.server, order.backup);
  });
}

/** What was never marked was not deleted here: the provider let it expire, or somebody removed it. */
async function reasonOfAbsence(
  deps: Dependencies,
  scope: Scope,
  { item, reason }: { readonly item: string; readonly reason: string },
): Promise<string> {
  return (await isMarked(deps, scope, item)) ? reason : `gone before it was deleted here, for ${reason}`;
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
  await markPoints(deps, scope, order.backup, order.reason, absent);
  const item = `${order.server}/backups/${order.backup}`;
  await bury(deps, scope, { item, kind: 'on-demand-backup', reason: order.reason, plan: order.plan }, absent);
}

/** The mark on each recovery point that the backup is part of. */
async function markPoints(
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
