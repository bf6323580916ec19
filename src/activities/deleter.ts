/**
 * The guarded deleter: the only place that deletes anything outside Lifeboat's own vault. Order of every deletion:
 * decide → ledger `intent` → audit → mark the catalogue entry → delete → confirm absent → ledger `confirmed-absent`.
 * Each step can be repeated; a kill in between leaves a mark that the next run goes on from, never a recovery point
 * that looks whole and is not.
 */
import { recoveryPoint, type DrillPlan } from '../contracts/documents.ts';
import type { OperationStart } from '../contracts/operations.ts';
import { instantOf, isoOf } from '../contracts/values.ts';
import { vaultPaths, type Scope } from '../contracts/vault-paths.ts';
import { parseServerResourceId } from '../policy/identifiers.ts';
import { decideServerRemoval } from '../policy/server-removal.ts';
import type { Dependencies } from './dependencies.ts';
import { readCatalogue } from './points.ts';
import { audit, enterLedger } from './records.ts';
import { scoped } from './scope.ts';
import { changeDocument } from './vault-documents.ts';

/** One on-demand backup that gives its slot up, and what covers its day instead. */
export interface BackupDeletion {
  readonly server: string;
  readonly backup: string;
  readonly coveredBy: string;
}

/** Deletes an on-demand backup whose day is covered otherwise; `done` once it is no longer listed. */
export async function deleteBackup(
  deps: Dependencies,
  scope: Scope,
  order: BackupDeletion,
): Promise<OperationStart> {
  const item = `${order.server}/backups/${order.backup}`;
  const reason = `slot: its UTC day is covered by ${order.coveredBy}`;
  const listed = await deps.servers.listBackups(order.server);
  const found = listed.find((backup) => backup.name === order.backup);
  if (found === undefined) {
    await enterLedger(deps, scope, { item, kind: 'on-demand-backup', stage: 'confirmed-absent', reason });
    await tombstone(deps, scope, order.backup, reason, true);
    return { state: 'done', detail: `${order.backup} is no longer listed` };
  }
  const refusal = await refusalOf(
    deps,
    scope,
    order,
    found.kind,
    listed.some((backup) => backup.name === order.coveredBy),
  );
  if (refusal !== undefined) {
    await enterLedger(deps, scope, { item, kind: 'on-demand-backup', stage: 'refused', reason: refusal });
    return { state: 'failed', code: 'DeletionRefused', message: refusal };
  }
  await enterLedger(deps, scope, { item, kind: 'on-demand-backup', stage: 'intent', reason });
  await audit(deps, scope, { action: 'delete-backup', target: item, stage: 'intent', detail: { reason } });
  await tombstone(deps, scope, order.backup, reason, false);
  return deps.deleter.beginDeleteBackup(order.server, order.backup);
}

/** Looked at again right before the deletion: what was true when it was planned may not be so any more. */
async function refusalOf(
  deps: Dependencies,
  scope: Scope,
  order: BackupDeletion,
  kind: string,
  covered: boolean,
): Promise<string | undefined> {
  if (kind !== 'on-demand') return `${order.backup} is the provider's own backup`;
  if (!covered) return `${order.coveredBy}, which was to cover its day, is no longer listed`;
  const { points } = await readCatalogue(deps, scope);
  const point = points.find((one) => one.databases.some((part) => part.backup === order.backup));
  if (point === undefined) return `${order.backup} is not of Lifeboat's making`;
  if (point.pins.length > 0)
    return `${order.backup} is pinned: ${point.pins.map((pin) => pin.reason).join('; ')}`;
  const newestProven = points.find((one) => one.proven !== undefined && one.tombstone === undefined);
  if (newestProven?.id === point.id) return `${order.backup} is the newest proven recovery point`;
  return undefined;
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
  if (found === undefined) {
    if (!everMade) return { state: 'done', detail: 'never made' };
    await enterLedger(deps, scope, { ...entry, stage: 'confirmed-absent' });
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
  return deps.deleter.beginDeleteServer(target);
}
