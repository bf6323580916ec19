/**
 * Is each scheduled thing as recent as its schedule promises? Judged from the claims in the vault, not from the timer
 * that should have started it: what did not happen must be noticed by somebody else.
 */
import type { DateTime } from 'luxon';
import { secondsOf } from './objectives.ts';
import { previousSlot, type Schedule } from './schedule.ts';

/** What is known of the newest slot that should have been served. */
export interface SlotFact {
  /** The claim of that very slot, or of a later run of the same kind; undefined if there is none. */
  readonly claimed: { readonly finished: { readonly outcome: string } | undefined } | undefined;
}

export type Freshness =
  | { readonly state: 'not-yet' }
  | { readonly state: 'on-time'; readonly slot: DateTime }
  | { readonly state: 'due'; readonly slot: DateTime; readonly lateAt: DateTime }
  | { readonly state: 'late'; readonly slot: DateTime; readonly lateAt: DateTime; readonly because: string };

/** The newest slot of a schedule that lies after the watch began; undefined if none has come yet. */
export function watchedSlot(schedule: Schedule, since: DateTime, now: DateTime): DateTime | undefined {
  const slot = previousSlot(schedule, now);
  return slot === undefined || slot < since ? undefined : slot;
}

/** Judges one schedule at `now`. */
export function judgeFreshness(
  schedule: Schedule,
  slot: DateTime | undefined,
  fact: SlotFact,
  now: DateTime,
): Freshness {
  if (slot === undefined) return { state: 'not-yet' };
  const lateAt = slot.plus({ seconds: secondsOf(schedule.lateAfter) });
  const finished = fact.claimed?.finished;
  if (finished !== undefined && finished.outcome !== 'failed') return { state: 'on-time', slot };
  if (now <= lateAt) return { state: 'due', slot, lateAt };
  if (finished !== undefined) return { state: 'late', slot, lateAt, because: 'it ran and failed' };
  return {
    state: 'late',
    slot,
    lateAt,
    because: fact.claimed === undefined ? 'it never began' : 'it began and has not ended',
  };
}
