/** The coverage map of a system as the API shows it. */
import { approvedScope } from '../activities/approved-scope.ts';
import type { Dependencies } from '../activities/dependencies.ts';
import { impossibleIn, playedDrills } from '../activities/drill-coverage.ts';
import { readCatalogue, usablePoints } from '../activities/points.ts';
import { scoped } from '../activities/scope.ts';
import type { CoverageResponse } from '../contracts/api/drills.ts';
import { isoOf } from '../contracts/values.ts';
import { coverageOf, nextDue } from '../policy/drill-coverage.ts';
import { nextSlot } from '../policy/schedule.ts';

/** What was played on what, how old each proof is, and what is due next. */
export async function viewCoverage(deps: Dependencies, system: string): Promise<CoverageResponse> {
  const { scope, region } = scoped(deps, { system, region: deps.region });
  const now = deps.clock.now();
  const map = coverageOf(await playedDrills(deps, scope));
  const points = usablePoints(await readCatalogue(deps, scope), now);
  const due = nextDue(map, points.length > 0, impossibleIn(region));
  const { drill } = (await approvedScope(deps, scope)).system.schedules;
  const at = nextSlot(drill, now);
  return {
    region: scope.region,
    at: isoOf(now),
    cells: map.map(({ kind, scenario, proof, tried }) => ({
      ...{ kind, scenario },
      ...(proof === undefined
        ? {}
        : {
            proof: {
              ...{ drill: proof.drill, at: isoOf(proof.at) },
              ageSeconds: now.diff(proof.at).as('seconds'),
            },
          }),
      ...(tried === undefined
        ? {}
        : { last: { drill: tried.drill, at: isoOf(tried.at), result: tried.result } }),
    })),
    ...(due === undefined ? {} : { due: { kind: due.kind, scenario: due.scenario } }),
    scheduled: {
      scenario: drill.scenario ?? 'restore-newest-point',
      ...(at === undefined ? {} : { at: isoOf(at) }),
    },
  };
}
