/**
 * The ladder: longer retention beside the window, with restic's meaning of each rung. Walking from the newest point to
 * the oldest, a rung keeps the first point of each new bucket (itself, UTC day, ISO week, month, year) while some of
 * its number is left; buckets without a point do not count. The oldest point is kept as well while some is left, so
 * that history reaches back as far as it can.
 */
import { DateTime } from 'luxon';

/** In the order in which they are told. */
export const ladderRungs = ['keepLast', 'keepDaily', 'keepWeekly', 'keepMonthly', 'keepYearly'] as const;
export type Rung = (typeof ladderRungs)[number];

/** How many of each; left out or 0: the rung keeps nothing. */
export type Ladder = { readonly [R in Rung]?: number };

/** A point on the ladder. */
export interface LadderPoint {
  readonly id: string;
  readonly atMillis: number;
}

/** A rung that keeps a point: the `nth` of `of`. `isOldest`: kept as the oldest there is, not as a bucket's newest. */
export interface RungHold {
  readonly rung: Rung;
  readonly nth: number;
  readonly of: number;
  readonly isOldest: boolean;
}

/** Which rungs keep which point, by id; a point that none keeps has no entry. Points of one group, each id once. */
export function climbLadder(points: readonly LadderPoint[], ladder: Ladder): Map<string, RungHold[]> {
  const newestFirst = points.toSorted((a, b) => b.atMillis - a.atMillis || compareText(a.id, b.id));
  const buckets = newestFirst.map(({ atMillis }, index) => bucketsOf(atMillis, index));
  const holds = new Map<string, RungHold[]>();
  for (const rung of ladderRungs) {
    const of = ladder[rung] ?? 0;
    let nth = 0;
    let last: string | undefined;
    for (const [index, point] of newestFirst.entries()) {
      if (nth === of) break;
      const bucket = buckets[index]?.[rung];
      const isNew = bucket !== last;
      if (!isNew && index < newestFirst.length - 1) continue;
      nth += 1;
      last = bucket;
      holds.set(point.id, [...(holds.get(point.id) ?? []), { rung, nth, of, isOldest: !isNew }]);
    }
  }
  return holds;
}

function bucketsOf(atMillis: number, index: number): Record<Rung, string> {
  const at = DateTime.fromMillis(atMillis, { zone: 'utc' });
  return {
    keepLast: String(index),
    keepDaily: `${at.year}-${at.ordinal}`,
    keepWeekly: `${at.weekYear}-${at.weekNumber}`,
    keepMonthly: `${at.year}-${at.month}`,
    keepYearly: String(at.year),
  };
}

/** By UTF-16 code units: the same order on every machine. */
export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
