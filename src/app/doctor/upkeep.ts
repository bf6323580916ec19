/** The checks of Lifeboat's own work for a system: how recent each thing is, and which alerts are open. */
import type { Dependencies } from '../../activities/dependencies.ts';
import { readCatalogue, usablePoints } from '../../activities/points.ts';
import type { Scoped } from '../../activities/scope.ts';
import { readDocument } from '../../activities/vault-documents.ts';
import { alertDocument, type AlertDocument } from '../../contracts/documents.ts';
import { instantOf } from '../../contracts/values.ts';
import { vaultPaths, type Scope } from '../../contracts/vault-paths.ts';
import { judgeAlert, judgeExposure, judgeRun } from '../../policy/doctor/upkeep.ts';
import { well } from '../../policy/doctor/verdict.ts';
import { viewExposure } from '../exposure.ts';
import { freshnessOf } from '../freshness.ts';
import { check, type Check } from './run.ts';

/** The upkeep of a system. */
export function upkeepChecks(deps: Dependencies, here: Scoped): Check[] {
  const { scope } = here;
  return [
    { id: 'schedule', look: () => lookAtRuns(deps, here) },
    check(
      'exposure',
      async () => viewExposure(deps, here, await readCatalogue(deps, scope)),
      ({ verdict, proven, objectiveSeconds }) =>
        judgeExposure({ verdict, seconds: proven?.seconds, objectiveSeconds }),
    ),
    { id: 'alert', look: () => lookAtAlerts(deps, scope) },
  ];
}

async function lookAtRuns(deps: Dependencies, { scope, system }: Scoped): ReturnType<Check['look']> {
  const ages = await agesOf(deps, scope);
  return (await freshnessOf(deps, system)).map(({ kind, freshness }) => ({
    of: kind,
    ...judgeRun({
      kind,
      freshness: freshness.state,
      because: 'because' in freshness ? freshness.because : undefined,
      seconds: ages[kind],
    }),
  }));
}

/** How old the newest recovery point and the newest drill are. */
async function agesOf(
  deps: Dependencies,
  scope: Scope,
): Promise<Readonly<Record<string, number | undefined>>> {
  const now = deps.clock.now();
  const points = usablePoints(await readCatalogue(deps, scope), now);
  const youngest = (instants: readonly string[]): number | undefined =>
    instants.length === 0
      ? undefined
      : Math.min(...instants.map((at) => now.diff(instantOf(at)).as('seconds')));
  return {
    snapshot: youngest(points.map(({ instant }) => instant)),
    drill: youngest(points.flatMap(({ lastDrill }) => (lastDrill === undefined ? [] : [lastDrill.at]))),
  };
}

async function lookAtAlerts(deps: Dependencies, scope: Scope): ReturnType<Check['look']> {
  const open: AlertDocument[] = [];
  for await (const path of deps.vault.list(vaultPaths.alerts(scope))) {
    const alert = await readDocument(deps.vault, path, alertDocument);
    if (alert !== undefined && alert.resolvedAt === undefined) open.push(alert);
  }
  if (open.length === 0) return [well('none is open')];
  return open.map((alert) => ({ of: alert.key, ...judgeAlert(alert) }));
}
