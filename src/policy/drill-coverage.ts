/**
 * Which scenarios were played on which kind of recovery point, how old the last proof of each is, and which is due next.
 * Pure: what was played is given. Due is what nobody has tried for longest: one that fails each time is told by its
 * alert, and does not keep the others from their turn.
 */
import type { DateTime } from 'luxon';
import type { DrillScenario } from './drill-scenarios.ts';

/** One field of the map; the region is that of the deployment. */
export interface CoverageCell {
  readonly kind: 'on-demand' | 'instant';
  readonly scenario: DrillScenario;
}

/** Every field that a rotation fills, in the order in which it begins. */
export const coverageCells: readonly CoverageCell[] = [
  { kind: 'on-demand', scenario: 'restore-newest-point' },
  { kind: 'instant', scenario: 'operator-error' },
  { kind: 'on-demand', scenario: 'restore-random-point' },
  { kind: 'instant', scenario: 'restore-instant' },
  { kind: 'on-demand', scenario: 'ransomware' },
  { kind: 'on-demand', scenario: 'server-lost' },
  { kind: 'instant', scenario: 'region-lost' },
  { kind: 'on-demand', scenario: 'store-lost' },
  { kind: 'instant', scenario: 'corruption' },
];

/** A drill that was played, or tried and not played. */
export interface PlayedDrill {
  readonly drill: string;
  readonly scenario: DrillScenario;
  readonly at: DateTime;
  readonly result: 'PASS' | 'FAIL' | 'INCONCLUSIVE';
}

/** A field with the newest drill that passed it, and the newest that tried it. */
export interface CoveredCell extends CoverageCell {
  readonly proof: PlayedDrill | undefined;
  readonly tried: PlayedDrill | undefined;
}

/** The map. */
export function coverageOf(drills: readonly PlayedDrill[]): CoveredCell[] {
  const newestFirst = drills.toSorted((a, b) => b.at.toMillis() - a.at.toMillis());
  return coverageCells.map((cell) => {
    const own = newestFirst.filter(({ scenario }) => scenario === cell.scenario);
    return { ...cell, proof: own.find(({ result }) => result === 'PASS'), tried: own[0] };
  });
}

/**
 * What is due next; a recorded point is needed for what goes back to one, and some of it no estate can play. Undefined if
 * nothing is possible.
 */
export function nextDue(
  map: readonly CoveredCell[],
  hasPoint: boolean,
  impossible: ReadonlySet<DrillScenario> = new Set(),
): CoveredCell | undefined {
  const possible = map.filter(
    ({ kind, scenario }) => (kind === 'instant' || hasPoint) && !impossible.has(scenario),
  );
  const since = ({ tried }: CoveredCell): number => tried?.at.toMillis() ?? Number.NEGATIVE_INFINITY;
  return possible.reduce<CoveredCell | undefined>(
    (oldest, cell) => (oldest === undefined || since(cell) < since(oldest) ? cell : oldest),
    undefined,
  );
}
