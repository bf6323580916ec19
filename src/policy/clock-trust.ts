/**
 * Is this host's clock to be trusted with ages? Only if the services that store the data agree with it. A service that
 * could not be asked does not count as agreeing, and at least one must have answered.
 */
import { safetyMargins } from './safety-margins.ts';

/** How far a service's clock is ahead of this host's, in seconds; undefined if it could not be asked. */
export interface ClockOffset {
  readonly source: string;
  readonly seconds: number | undefined;
}

/** Why the clock is not to be trusted; undefined when it is. */
export function clockDoubt(offsets: readonly ClockOffset[]): string | undefined {
  const most = safetyMargins.clockToleranceMinutes * 60;
  if (offsets.length === 0) return 'no service was asked what time it is';
  const silent = offsets.find((one) => one.seconds === undefined || Number.isNaN(one.seconds));
  if (silent !== undefined) return `${silent.source} did not say what time it is`;
  const apart = offsets.find((one) => Math.abs(one.seconds ?? 0) > most);
  if (apart === undefined) return undefined;
  const seconds = Math.round(apart.seconds ?? 0);
  return `${apart.source} is ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} this host, more than ${most} s`;
}
