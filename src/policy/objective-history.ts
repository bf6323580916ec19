/**
 * What a row of drills says of an objective: the best, the middle and the worst, and whether it goes up or down. A trend
 * is told only if it is hardly chance (Mann-Kendall, two-sided, 5 %) and large enough to matter; its size is the median of
 * all slopes (Theil-Sen), which one bad drill does not move.
 */

/** Seconds are measured between steps of a second or so: less than that over the whole row is nothing. */
const leastSeconds = 1;
const leastShare = 0.05;
/** Fewer than these can never be told from chance at 5 %. */
const fewest = 5;
const significantScore = 1.96;

/** Rising means: it takes longer, or loses more. */
export interface Trend {
  readonly direction: 'rising' | 'falling' | 'steady' | 'too-few';
  /** From one drill to the next, to the millisecond; 0 where there are fewer than two. */
  readonly secondsPerDrill: number;
}

export interface Figures {
  /** How many drills measured it; those that did not count for nothing here. */
  readonly measured: number;
  readonly minimum: number;
  readonly median: number;
  readonly worst: number;
  readonly trend: Trend;
}

/** The figures of what was measured, in the order of time; undefined if nothing was. */
export function figuresOf(seconds: readonly (number | undefined)[]): Figures | undefined {
  const measured = seconds.filter((one) => one !== undefined);
  if (measured.length === 0) return undefined;
  return {
    measured: measured.length,
    minimum: Math.min(...measured),
    median: medianOf(measured),
    worst: Math.max(...measured),
    trend: trendOf(measured),
  };
}

/** The trend over values in the order of time. */
export function trendOf(values: readonly number[]): Trend {
  const pairs = pairsOf(values);
  const slope = pairs.length === 0 ? 0 : medianOf(pairs.map(({ rise, apart }) => rise / apart));
  const secondsPerDrill = Math.round(slope * 1000) / 1000;
  if (values.length < fewest) return { direction: 'too-few', secondsPerDrill };
  const change = Math.abs(slope) * (values.length - 1);
  const matters = change >= Math.max(leastSeconds, leastShare * medianOf(values));
  if (!matters || !isSignificant(values, pairs)) return { direction: 'steady', secondsPerDrill };
  return { direction: slope > 0 ? 'rising' : 'falling', secondsPerDrill };
}

interface Pair {
  readonly rise: number;
  readonly apart: number;
}

/** Every two values, the later one less the earlier one. */
function pairsOf(values: readonly number[]): Pair[] {
  return values.flatMap((earlier, index) =>
    values.slice(index + 1).map((later, offset) => ({ rise: later - earlier, apart: offset + 1 })),
  );
}

/** Mann-Kendall with the correction for values that are equal. */
function isSignificant(values: readonly number[], pairs: readonly Pair[]): boolean {
  const score = pairs.reduce((sum, { rise }) => sum + Math.sign(rise), 0);
  const spread = (count: number): number => count * (count - 1) * (2 * count + 5);
  const ties = [...Map.groupBy(values, (value) => value).values()].map((same) => spread(same.length));
  const variance = (spread(values.length) - ties.reduce((sum, one) => sum + one, 0)) / 18;
  return variance > 0 && (Math.abs(score) - 1) / Math.sqrt(variance) >= significantScore;
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
