/**
 * The moment at which everything is judged, as milliseconds of UTC: one reading of the clock for a whole decision. The
 * window is the policy's hours, exactly; what was complete at its very start is inside.
 */
import type { DateTime } from 'luxon';
import { safetyMargins } from '../safety-margins.ts';
import type { Pin, RetentionDoubts } from './items.ts';
import type { RetentionPolicy } from './policy.ts';
import type { BlockReason, KeepReason, PinFacts } from './reasons.ts';

const hourMillis = 3_600_000;

/** What every rule is given. */
export interface Moment {
  readonly nowMillis: number;
  /** The start of the window. */
  readonly startMillis: number;
  readonly policy: RetentionPolicy;
  readonly doubts: RetentionDoubts;
}

export function momentOf(policy: RetentionPolicy, now: DateTime, doubts: RetentionDoubts): Moment {
  const nowMillis = now.toMillis();
  return { nowMillis, startMillis: nowMillis - policy.windowHours * hourMillis, policy, doubts };
}

/** Hours from an instant to now; below 0 for the future. */
export const hoursSince = (moment: Moment, atMillis: number): number =>
  (moment.nowMillis - atMillis) / hourMillis;

/** The instant, or undefined when there is none that can be judged. */
export function millisOf(at: DateTime | undefined): number | undefined {
  return at?.isValid === true ? at.toMillis() : undefined;
}

/** Dated further ahead than clocks may be apart. */
export const isAhead = (moment: Moment, atMillis: number): boolean =>
  atMillis > moment.nowMillis + safetyMargins.clockToleranceMinutes * 60_000;

/** Why the age of an item cannot be judged; undefined when it can. */
export function datingBlock(moment: Moment, at: DateTime | undefined): BlockReason | undefined {
  const atMillis = millisOf(at);
  if (atMillis === undefined) return { reason: 'undated' };
  if (!isAhead(moment, atMillis)) return undefined;
  return { reason: 'future-dated', aheadHours: -hoursSince(moment, atMillis) };
}

/** The reason of what is inside the window: at most one. */
export function windowHold(moment: Moment, atMillis: number): KeepReason[] {
  if (atMillis < moment.startMillis) return [];
  return [{ reason: 'inside-window', ...windowFacts(moment, atMillis) }];
}

/** Age and window, in hours. */
export function windowFacts(moment: Moment, atMillis: number): { ageHours: number; windowHours: number } {
  return { ageHours: hoursSince(moment, atMillis), windowHours: moment.policy.windowHours };
}

/** The reason of what is pinned now: at most one, with every pin that holds. */
export function pinHold(moment: Moment, pins: readonly Pin[], atMillis: number): KeepReason[] {
  const holding = pins.filter((pin) => holdsNow(moment, pin));
  if (holding.length === 0) return [];
  return [{ reason: 'pinned', ageHours: hoursSince(moment, atMillis), pins: holding.map(pinFacts) }];
}

/** A pin whose end cannot be read holds. */
function holdsNow(moment: Moment, { until }: Pin): boolean {
  const untilMillis = millisOf(until);
  return untilMillis === undefined || untilMillis > moment.nowMillis;
}

function pinFacts({ kind, by, reason, until }: Pin): PinFacts {
  return { kind, by, because: reason, until: isoText(until) };
}

/** The instant as text in UTC; undefined for none. */
export function isoText(at: DateTime | undefined): string | undefined {
  return at?.isValid === true ? (at.toUTC().toISO() ?? undefined) : undefined;
}

/** What about the run itself stops every deletion. */
export function doubtBlocks({ doubts }: Moment): BlockReason[] {
  const blocks: BlockReason[] = [];
  if (doubts.clock !== undefined) blocks.push({ reason: 'clock', because: doubts.clock });
  if (doubts.listing.length > 0) blocks.push({ reason: 'listing', because: doubts.listing });
  if (doubts.provider.length > 0) blocks.push({ reason: 'provider', because: doubts.provider });
  return blocks;
}
