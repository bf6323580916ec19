/** Tells of a finalized report: the point what was made of it, people what needs them. */
import { alertDocument, recoveryPoint } from '../../contracts/documents.ts';
import { leftBehindKey, serverInDetail } from '../../contracts/drill.ts';
import type { EstateSystem } from '../../contracts/estate.ts';
import { recordedPointOf } from '../../contracts/played-plan.ts';
import type { StoredReport } from '../../contracts/report.ts';
import { vaultPaths, type Scope } from '../../contracts/vault-paths.ts';
import { provesPoint } from '../../policy/drill-verdict.ts';
import { raise, resolve } from '../alerts.ts';
import type { Dependencies } from '../dependencies.ts';
import { auditOutcome } from '../audited.ts';
import { changeDocument, readDocument } from '../vault-documents.ts';

/** The point that was drilled, and those that were kept meanwhile. */
export async function tellPoints(deps: Dependencies, scope: Scope, report: StoredReport): Promise<void> {
  const recorded = recordedPointOf(report.plan);
  // Where no database was restored, nothing is said of the point: it was only kept meanwhile.
  const isJudged = recorded !== undefined && report.plan.targets.length > 0;
  if (isJudged) await tellPoint(deps, scope, recorded, report);
  const walk = report.scenario?.walk?.slice(0, -1) ?? [];
  const others = [...(report.plan.pinned ?? []), ...walk.map(({ point }) => point)];
  for (const id of new Set(others.filter((one) => !isJudged || one !== recorded))) {
    const verdict = walk.find(({ point }) => point === id)?.verdict;
    const isRefuted = verdict === 'poisoned' || verdict === 'not-restored';
    await changeDocument(deps.vault, vaultPaths.point(scope, id), recoveryPoint, ({ proven, ...point }) => ({
      ...point,
      ...(proven === undefined || isRefuted ? {} : { proven }),
      ...(isRefuted
        ? { lastDrill: { at: report.finalizedAt, drill: report.id, result: 'FAIL' as const } }
        : {}),
      pins: point.pins.filter((pin) => pin.by !== report.id),
    }));
  }
}

/** A point is proven by the newest drill that came to a verdict on its data; one that failed its checks no longer is. */
async function tellPoint(deps: Dependencies, scope: Scope, id: string, report: StoredReport): Promise<void> {
  const told = { at: report.finalizedAt, drill: report.id };
  const { restore, validation } = report.statuses;
  const isProven = provesPoint(restore, validation);
  const isRefuted = restore === 'failed' || restore === 'timed-out' || validation === 'failed';
  await changeDocument(deps.vault, vaultPaths.point(scope, id), recoveryPoint, ({ proven, ...point }) => {
    const stands = isProven ? told : isRefuted ? undefined : proven;
    return {
      ...point,
      ...(stands === undefined ? {} : { proven: stands }),
      lastDrill: { ...told, result: report.result },
      pins: point.pins.filter((pin) => pin.by !== report.id),
    };
  });
}

/** The audit log, and the alerts of what the drill came to. */
export async function tellPeople(
  deps: Dependencies,
  scope: Scope,
  system: EstateSystem,
  report: StoredReport,
): Promise<void> {
  const { id, result, reasons } = report;
  await auditOutcome(
    deps,
    scope,
    { action: 'restore-drill', target: id },
    { result: result === 'PASS' ? 'done' : 'failed', detail: { result, reasons } },
  );
  await tellLeftBehind(deps, scope, system, report);
  if (report.result === 'PASS') return resolve(deps, scope, 'drill-failed');
  const title = `The restore drill of ${system.name} in ${scope.region} ended ${report.result}`;
  await raise(deps, scope, {
    key: 'drill-failed',
    severity: 'critical',
    title,
    detail: report.reasons.join('; '),
    runbook: 'runbooks/drill-failed.md',
  });
}

/** An alert of its own for each server left behind, open until the provider says that it is gone. */
async function tellLeftBehind(
  deps: Dependencies,
  scope: Scope,
  system: EstateSystem,
  report: StoredReport,
): Promise<void> {
  for (const target of report.cleanUp.leftOver) {
    const title = `A server of a restore drill of ${system.name} in ${scope.region} was left behind`;
    const key = leftBehindKey(target);
    await raise(deps, scope, {
      key,
      severity: 'warning',
      title,
      detail: target,
      runbook: 'runbooks/drill-failed.md',
    });
  }
  for await (const path of deps.vault.list(
    vaultPaths.alert(scope, leftBehindKey('')).replace(/\.json$/, ''),
  )) {
    const alert = await readDocument(deps.vault, path, alertDocument);
    const isOpen = alert !== undefined && alert.resolvedAt === undefined;
    if (isOpen && (await deps.servers.get(serverInDetail(alert.detail))) === undefined)
      await resolve(deps, scope, alert.key);
  }
}

/** A report without a signature is told until it has one. */
export async function tellUnsigned(
  deps: Dependencies,
  scope: Scope,
  unsigned: readonly { readonly drill: string; readonly reason: string }[],
): Promise<void> {
  const [first] = unsigned;
  if (first === undefined) return resolve(deps, scope, 'report-unsigned');
  await raise(deps, scope, {
    key: 'report-unsigned',
    severity: 'warning',
    title: `${unsigned.length} drill report(s) of ${scope.system} in ${scope.region} are not signed`,
    detail: `${first.drill}: ${first.reason}`,
    runbook: 'runbooks/report-unsigned.md',
  });
}
