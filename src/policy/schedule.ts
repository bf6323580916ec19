/**
 * Which slot of a schedule is due? Slots are the local times that a cron expression names in a time zone, as UTC
 * instants, computed from the expression and the clock alone (timers come late, twice or never). A slot is due from
 * its instant until `lateAfter`; after that it is missed and not made up for.
 */
import { Cron } from 'croner';
import { DateTime } from 'luxon';
import { secondsOf } from './objectives.ts';

/** A schedule: six-field cron, IANA time zone, and the ISO duration after which a slot that has not begun is late. */
export interface Schedule {
  readonly cron: string;
  readonly timeZone: string;
  readonly lateAfter: string;
}

const readCrons = new Map<string, Cron>();
/** More expressions than any estate has; who asks for more than that pays for reading them anew. */
const mostCrons = 200;

/** An expression is read once: the timers ask for each of them every minute, and it keeps no state. */
function cronOf({ cron, timeZone }: Schedule): Cron {
  const key = `${timeZone} ${cron}`;
  const known = readCrons.get(key);
  if (known !== undefined) return known;
  const read = new Cron(cron, { timezone: timeZone, paused: true, mode: '6-part' });
  if (readCrons.size >= mostCrons) readCrons.clear();
  readCrons.set(key, read);
  return read;
}

/** What is wrong with a cron expression or time zone; undefined when it can be used. */
export function problemOfSchedule(cron: string, timeZone: string): string | undefined {
  try {
    const next = new Cron(cron, { timezone: timeZone, paused: true, mode: '6-part' }).nextRun(new Date(0));
    return next === null ? 'names no instant' : undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The newest slot that is due at `now`; undefined when none is. */
export function dueSlot(schedule: Schedule, now: DateTime): DateTime | undefined {
  const slot = previousSlot(schedule, now);
  return slot !== undefined && now.toMillis() - slot.toMillis() <= secondsOf(schedule.lateAfter) * 1000
    ? slot
    : undefined;
}

/** The newest slot at or before `now`; undefined when there is none. */
export function previousSlot(schedule: Schedule, now: DateTime): DateTime | undefined {
  const [slot] = cronOf(schedule).previousRuns(1, new Date(now.toMillis() + 1));
  return slot === undefined ? undefined : DateTime.fromJSDate(slot, { zone: 'utc' });
}

/** The next slot after `now`; undefined when the expression names none. */
export function nextSlot(schedule: Schedule, now: DateTime): DateTime | undefined {
  const next = cronOf(schedule).nextRun(now.toJSDate());
  return next === null ? undefined : DateTime.fromJSDate(next, { zone: 'utc' });
}

/** Seconds between the next two slots of a schedule; undefined if there are no two. */
export function slotInterval(schedule: Schedule, now: DateTime): number | undefined {
  const first = nextSlot(schedule, now);
  const second = first === undefined ? undefined : nextSlot(schedule, first);
  return first === undefined || second === undefined ? undefined : second.diff(first).as('seconds');
}
