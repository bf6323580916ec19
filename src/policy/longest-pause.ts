/**
 * How long does a schedule pause at most? Unlike the time between its next two slots this does not depend on when it
 * is asked, so that two readings of one schedule agree. Seconds and changes of the clocks in spring and autumn are left
 * out of account: slots are looked at by their minute, in days of 24 hours.
 */
import { Cron } from 'croner';

/** Days on which a schedule runs that are looked at, so that pauses of weeks and months are among them. */
const daysLookedAt = 400;
const daySeconds = 86_400;
const from = new Date(Date.UTC(2024, 0, 1) - 1);

/** What a cron expression came to: it is computed once, for it takes hundreds of slots and is asked for each minute. */
const known = new Map<string, number | undefined>();

/** The longest time between two slots of a six-field cron expression; undefined if it names no two. */
export function longestPauseSeconds(cron: string): number | undefined {
  if (!known.has(cron)) known.set(cron, computePause(cron));
  return known.get(cron);
}

function computePause(cron: string): number | undefined {
  const [, minute = '*', hour = '*', ...day] = cron.trim().split(/\s+/);
  const days = daysOf(day.join(' '));
  // Every day has the same times: a day after the first one they begin again.
  const times = slotsWhile(`0 ${minute} ${hour} * * *`, ([one], next) => next - (one ?? next) < daySeconds);
  const [first, last] = [times[0], times.at(-1)];
  if (first === undefined || last === undefined || days.length < 2) return undefined;
  return Math.max(...gapsOf(times), Math.max(...gapsOf(days)) - (last - first));
}

/** Days on which a schedule runs, in seconds; of every day two are enough. */
function daysOf(day: string): number[] {
  return day === '* * *'
    ? [0, daySeconds]
    : slotsWhile(`0 0 0 ${day}`, ({ length }) => length < daysLookedAt);
}

/** The slots of an expression from a fixed day on, in seconds, as long as one more is to be taken. */
function slotsWhile(
  expression: string,
  takes: (slots: readonly number[], next: number) => boolean,
): number[] {
  // Not by the name of a zone: that is looked up for each slot, ten times as slowly.
  const cron = new Cron(expression, { utcOffset: 0, paused: true, mode: '6-part' });
  const slots: number[] = [];
  for (let at = cron.nextRun(from); at !== null; at = cron.nextRun(at)) {
    const next = at.getTime() / 1000;
    if (!takes(slots, next)) break;
    slots.push(next);
  }
  return slots;
}

const gapsOf = (slots: readonly number[]): number[] =>
  slots.slice(1).map((slot, index) => slot - (slots[index] ?? slot));
