/** Time, as activities see it. */
import type { DateTime } from 'luxon';

export interface Clock {
  /** The wall clock in UTC; may be stepped, so it names instants and never measures. */
  now(): DateTime;
  /** Milliseconds that only grow: for durations inside one step. */
  monotonicMilliseconds(): number;
}
