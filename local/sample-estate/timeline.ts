/**
 * Places the sample estate's past relative to a given `now`: the last 90 days, ending a few minutes before it.
 * Invariant: nothing is dated after `now` unless it is a plan (a due date), and instants are whole milliseconds.
 */

/** How far the sample estate's history reaches back. */
export const historyDays = 90;

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const newestMs = 5 * 60_000;

/** A point in the history and what follows it. Instants are ISO-8601 UTC text. */
export interface Moment {
  readonly at: string;
  /** The instant some hours later, but never after the history's end. */
  after(hours: number): string;
  /** Whether that many hours later still lies within the history. */
  reached(hours: number): boolean;
  /** The calendar day (yyyy-mm-dd) that many days later, which may lie in the future. */
  day(plusDays: number): string;
}

/** The sample's history; fraction 0 is its beginning and 1 its end, just before now. */
export interface Timeline {
  readonly now: Date;
  moment(fraction: number): Moment;
}

/** Makes the timeline of a history that ends at `now`. */
export function createTimeline(now: Date): Timeline {
  const end = now.getTime() - newestMs;
  const start = now.getTime() - historyDays * dayMs;
  return { now, moment: (fraction) => createMoment(start + (end - start) * fraction, end) };
}

/** The present as a moment: nothing has happened after it. */
export function presentMoment(now: Date): Moment {
  return createMoment(now.getTime(), now.getTime());
}

function createMoment(instant: number, end: number): Moment {
  const start = Math.round(instant);
  return {
    at: new Date(start).toISOString(),
    after: (hours) => new Date(Math.min(end, start + Math.round(hours * hourMs))).toISOString(),
    reached: (hours) => start + hours * hourMs <= end,
    day: (plusDays) => new Date(start + plusDays * dayMs).toISOString().slice(0, 10),
  };
}
