/**
 * The trend of RPO and RTO in a report: over the drills of the same scenario among the newest ones, this one the last. The
 * report before it brings what is known of those before, so that no more is read however long the chain is, and so that
 * the trend stands in what is signed.
 */
import type { DrillReport } from '../../contracts/report.ts';
import { trendOf } from '../../policy/objective-history.ts';

/** Drills that a report remembers, of whatever scenario. */
const mostDrills = 30;

export type ReportTrend = NonNullable<DrillReport['recovery']['trend']>;
type TrendDrill = ReportTrend['drills'][number];

/** The trend of a report, from the one before it in the chain. */
export function trendAfter(before: DrillReport | undefined, drill: TrendDrill): ReportTrend {
  const known = before === undefined ? [] : (before.recovery.trend?.drills ?? [drillIn(before)]);
  const drills = [...known, drill].slice(-mostDrills);
  const alike = drills.filter(({ scenario }) => scenario === drill.scenario);
  const over = (seconds: (one: TrendDrill) => number | undefined): ReturnType<typeof trendOf> =>
    trendOf(alike.flatMap((one) => seconds(one) ?? []));
  return { drills, rpo: over(({ rpoSeconds }) => rpoSeconds), rto: over(({ rtoSeconds }) => rtoSeconds) };
}

/** A drill as its report tells of it. */
function drillIn({ id, plan, recovery: { rpo, rto } }: DrillReport): TrendDrill {
  return trendDrill(id, plan.scenario, rpo.achievedSeconds, rto.achievedSeconds);
}

/** One drill of a trend; what was not measured is left out. */
export function trendDrill(
  drill: string,
  scenario: string,
  rpoSeconds: number | undefined,
  rtoSeconds: number | undefined,
): TrendDrill {
  return {
    ...{ drill, scenario },
    ...(rpoSeconds === undefined ? {} : { rpoSeconds }),
    ...(rtoSeconds === undefined ? {} : { rtoSeconds }),
  };
}
