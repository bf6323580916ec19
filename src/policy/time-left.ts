/**
 * How far a running operation is and how long it will still take, by how earlier ones of its kind went: step by step
 * where its steps are known, by the whole where they are not. Without an earlier run nothing is said, and one that takes
 * longer than usual is told as such: no figure is made up for it.
 */

/** How an earlier run went. */
export interface PastRun {
  readonly seconds: number;
  readonly steps: readonly { readonly step: string; readonly seconds: number }[];
}

/** How runs of a kind usually go: medians. */
export interface UsualCourse extends PastRun {
  /** How many runs that is of. */
  readonly runs: number;
  /** Steps in which a person is waited for: nobody knows how long, and their time is no work. */
  readonly waits?: readonly string[] | undefined;
}

/** Where a run stands. */
export interface Standing {
  readonly seconds: number;
  readonly done: readonly { readonly step: string; readonly seconds: number }[];
  /** The step at work, and for how long it is. */
  readonly step: string | undefined;
  readonly stepSeconds: number;
}

export type TimeLeft =
  | { readonly state: 'known'; readonly percent: number; readonly secondsLeft: number }
  | { readonly state: 'late'; readonly usualSeconds: number }
  | { readonly state: 'unknown' };

/** The usual course of some runs; a step counts if more than half of them had it, in the order of the newest. */
export function usualCourse(newestFirst: readonly PastRun[]): UsualCourse {
  const names = [...new Set(newestFirst.flatMap(({ steps }) => steps.map(({ step }) => step)))];
  const steps = names.flatMap((step) => {
    const times = newestFirst.flatMap((run) => run.steps.filter((one) => one.step === step));
    if (times.length * 2 <= newestFirst.length) return [];
    return [{ step, seconds: median(times.map(({ seconds }) => seconds)) }];
  });
  return { runs: newestFirst.length, seconds: median(newestFirst.map(({ seconds }) => seconds)), steps };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}

/** What is left of a run. */
export function timeLeft(usual: UsualCourse, standing: Standing): TimeLeft {
  const waits = usual.waits ?? [];
  if (usual.runs === 0 || (standing.step !== undefined && waits.includes(standing.step)))
    return { state: 'unknown' };
  const waited = standing.done.filter(({ step }) => waits.includes(step));
  const worked = standing.seconds - waited.reduce((sum, { seconds }) => sum + seconds, 0);
  const left = leftBySteps(usual, standing) ?? usual.seconds - worked;
  if (left <= 0) return { state: 'late', usualSeconds: usual.seconds };
  const percent = Math.min(99, Math.floor((100 * worked) / (worked + left)));
  return { state: 'known', percent, secondsLeft: left };
}

/** What the steps still take; undefined where the one at work is not known from before. */
function leftBySteps({ steps }: UsualCourse, { done, step, stepSeconds }: Standing): number | undefined {
  const own = steps.find((one) => one.step === step);
  if (own === undefined) return undefined;
  const rest = steps.filter((one) => one !== own && !done.some((ended) => ended.step === one.step));
  return Math.max(0, own.seconds - stepSeconds) + rest.reduce((sum, { seconds }) => sum + seconds, 0);
}

/** What is left of work of which a share (0 to 1) took so many seconds, at that pace; undefined before there is any. */
export const secondsLeftAt = (share: number, seconds: number): number | undefined =>
  share > 0 && seconds > 0 ? (seconds * (1 - share)) / share : undefined;

/** A table's way: half of it is the copy, then the rows of both sides are summed up, a quarter each. */
const stretches = { copy: [0, 0.5], 'sum restored': [0.5, 0.25], 'sum copy': [0.75, 0.25] } as const;

/** The share of a table's way that is behind it, where so many of its blocks are through what is done now. */
export function tableShare(stretch: keyof typeof stretches, through: number, blocks: number): number {
  const [from, length] = stretches[stretch];
  return from + length * Math.min(1, through / Math.max(1, blocks));
}

/** The share of all tables, weighed by their sizes where all are known; `ended` are through, the next one in part. */
export function shareOfTables(
  count: number,
  sizes: readonly number[] | undefined,
  ended: number,
  share: number,
): number {
  const weights =
    sizes?.length === count ? sizes.map((size) => Math.max(1, size)) : Array<number>(count).fill(1);
  const sum = (values: readonly number[]): number => values.reduce((all, one) => all + one, 0);
  return (sum(weights.slice(0, ended)) + share * (weights[ended] ?? 0)) / Math.max(1, sum(weights));
}
