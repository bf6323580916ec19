/** The only place in the product that reads a clock. */
import { DateTime, Settings } from 'luxon';
import type { Clock } from '../ports/clock.ts';

// Nothing is written in the language of the host, and asking for it takes longer than starting a scan's thread.
Settings.defaultLocale = 'en-US';

export const systemClock: Clock = {
  now: () => DateTime.utc(),
  monotonicMilliseconds: () => performance.now(),
};
