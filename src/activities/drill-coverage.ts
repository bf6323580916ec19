/** What drills have covered, read from the reports and claims in the vault; and the choice of a rotation. */
import { slotClaim, type DrillPlan } from '../contracts/documents.ts';
import { chooseScenario, drillResult, type ChosenScenario } from '../contracts/drill.ts';
import { reportEntry } from '../contracts/report.ts';
import { instantOf, instantOfStamp, isoOf } from '../contracts/values.ts';
import { vaultPaths, type Scope } from '../contracts/vault-paths.ts';
import type { EstateRegion } from '../contracts/estate.ts';
import { coverageOf, nextDue, type PlayedDrill } from '../policy/drill-coverage.ts';
import { playedScenarios, type DrillScenario } from '../policy/drill-scenarios.ts';
import { regionLossProblem } from '../policy/region-loss.ts';
import { storeLossProblem } from '../policy/store-loss.ts';
import { secondsOf } from '../policy/objectives.ts';
import { drawIndex } from '../policy/sampling.ts';
import { implement, type Activity } from './activity.ts';
import { approvedScope } from './approved-scope.ts';
import type { Dependencies } from './dependencies.ts';
import { readCatalogue, usablePoints } from './points.ts';
import { lastNumber } from './report/chain.ts';
import { serverHere, type Scoped } from './scope.ts';
import { needDocument, readDocument } from './vault-documents.ts';

/** Reports that are looked through for the newest proof of each field, at most. */
const reportsLookedAt = 200;
/** Claims that are looked at for drills that left no report. */
const claimsLookedAt = 20;

/** Every drill that matters to the map: newest reports until each field has its proof, and drills without a report. */
export async function playedDrills(deps: Dependencies, scope: Scope): Promise<PlayedDrill[]> {
  const played: PlayedDrill[] = [];
  const last = await lastNumber(deps, scope);
  for (let number = last; number > Math.max(0, last - reportsLookedAt); number -= 1) {
    const path = vaultPaths.reportEntry(scope, number);
    const { id, finalizedAt, plan, result } = (await needDocument(deps.vault, path, reportEntry)).report;
    played.push({ drill: id, scenario: plan.scenario, at: instantOf(finalizedAt), result });
    if (coverageOf(played).every(({ proof }) => proof !== undefined)) break;
  }
  return [...played, ...(await unreported(deps, scope, new Set(played.map(({ drill }) => drill))))];
}

async function unreported(
  deps: Dependencies,
  scope: Scope,
  reported: ReadonlySet<string>,
): Promise<PlayedDrill[]> {
  const newest: string[] = [];
  for await (const path of deps.vault.list(vaultPaths.slots(scope, 'drill'))) {
    newest.unshift(path);
    newest.splice(claimsLookedAt);
  }
  const found: PlayedDrill[] = [];
  for (const path of newest) {
    const ended = (await readDocument(deps.vault, path, slotClaim))?.finished;
    const { drill, scenario, result } = drillResult.safeParse(ended?.result).data ?? {};
    if (ended === undefined || drill === undefined || scenario === undefined || result === undefined)
      continue;
    if (!reported.has(drill)) found.push({ drill, scenario, at: instantOf(ended.at), result });
  }
  return found;
}

/** What a region cannot play, however it is asked. */
export const impossibleIn = (region: EstateRegion): ReadonlySet<DrillScenario> =>
  new Set([
    ...(regionLossProblem(region) === undefined ? [] : (['region-lost'] as const)),
    ...(storeLossProblem(region) === undefined ? [] : (['store-lost'] as const)),
  ]);

/** What the schedule plays after a drill that is being reported. */
export async function scenarioAfter(
  deps: Dependencies,
  scope: Scope,
  now: {
    readonly plan: Pick<DrillPlan, 'drill' | 'scenario' | 'declaredAt'>;
    readonly schedule: { readonly scenario?: string | undefined };
    readonly estateRegion: EstateRegion;
  },
): Promise<string> {
  const { plan, schedule, estateRegion } = now;
  if (schedule.scenario !== 'rotate') return schedule.scenario ?? 'restore-newest-point';
  const { system, region } = scope;
  const before = (await playedDrills(deps, { system, region })).filter(({ drill }) => drill !== plan.drill);
  // Only when it was tried matters to what comes next, and this one is the newest.
  const own = { ...plan, at: instantOf(plan.declaredAt), result: 'INCONCLUSIVE' as const };
  return (
    nextDue(coverageOf([...before, own]), true, impossibleIn(estateRegion))?.scenario ??
    'restore-newest-point'
  );
}

export function drillCoverageActivities(deps: Dependencies): Activity[] {
  return [
    implement(chooseScenario, async ({ slot, ...scope }): Promise<ChosenScenario> => {
      const here = await approvedScope(deps, scope);
      const points = usablePoints(await readCatalogue(deps, scope), deps.clock.now());
      const due = nextDue(
        coverageOf(await playedDrills(deps, scope)),
        points.length > 0,
        impossibleIn(here.region),
      );
      const scenario = due?.scenario ?? 'restore-newest-point';
      const played = playedScenarios.find((one) => one === scenario);
      if (played !== undefined) return { cell: scenario, scenario: played };
      if (scenario === 'restore-random-point') return { cell: scenario, point: 'random' };
      return {
        cell: scenario,
        point: scenario === 'restore-instant' ? await someInstant(deps, here, slot) : 'latest',
      };
    }),
  ];
}

/** An instant of the window that the slot alone draws, to the second, from what can be restored. */
async function someInstant(deps: Dependencies, { system, region }: Scoped, slot: string): Promise<string> {
  const until = (instantOfStamp(slot) ?? deps.clock.now()).minus({
    seconds: secondsOf(region.drill.restorableAfter),
  });
  let from = until.minus({ seconds: secondsOf(system.retention.window) });
  for (const { server } of region.databases) {
    const { earliestRestore } = await serverHere(deps, server);
    if (earliestRestore !== undefined && earliestRestore > from) from = earliestRestore;
  }
  const seconds = Math.max(0, Math.floor(until.diff(from).as('seconds')));
  return isoOf(until.minus({ seconds: drawIndex(slot, seconds) }));
}
