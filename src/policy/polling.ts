/**
 * How often a long-running operation is looked at: at once in the beginning, so that a short one costs no waiting,
 * then in proportion to its age, so that a long one costs few calls and is noticed late by a small fraction only.
 */

const shortestSeconds = 1;
const longestSeconds = 30;
const fractionOfAge = 0.1;

/** Polls in one generation of the waiting orchestration; then it continues as new, so that its history stays short. */
export const pollsPerGeneration = 20;

/** A busy server is asked again so often at most: with the pauses that is about half an hour. */
export const mostBusyRounds = 24;
const longestBusyPauseSeconds = 120;

/** The pause before a busy server is asked again: its other operation may be an earlier start of this very one. */
export const busyPauseSeconds = (round: number): number =>
  Math.min(longestBusyPauseSeconds, 2 * 1.5 ** round);

/** Seconds until the next poll of an operation that has been running for `elapsedSeconds`. */
export function nextPollSeconds(elapsedSeconds: number): number {
  return Math.min(longestSeconds, Math.max(shortestSeconds, elapsedSeconds * fractionOfAge));
}

const longestLookSeconds = 300;
const lateFractionOfWait = 1 / 120;

/**
 * Seconds until a person's decision is looked for again: as often as an operation for an hour, then so that it is noticed
 * late by a 120th of the wait, 5 minutes at most. Who decides in the night is heard at once; a day of waiting costs 500 looks.
 */
export const nextLookSeconds = (waitedSeconds: number): number =>
  Math.max(nextPollSeconds(waitedSeconds), Math.min(longestLookSeconds, waitedSeconds * lateFractionOfWait));
