/** The only place in the product that reads a clock. */
import { DateTime } from 'luxon';
import type { Clock } from '../ports/clock.ts';

export const systemClock: Clock = {
  now: () => DateTime.utc(),
  monotonicMilliseconds: () => performance.now(),
};
