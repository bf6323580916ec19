import { DateTime } from 'luxon';
import { describe, expect, test } from 'vitest';
import { dueSlot, nextSlot, problemOfSchedule, type Schedule } from '../../src/policy/schedule.ts';

const utc = (text: string): DateTime => DateTime.fromISO(text, { zone: 'utc' });
const daily = (cron: string, timeZone: string): Schedule => ({ cron, timeZone, lateAfter: 'PT2H' });
const first = '2024-01-01';
const last = '2035-12-31';

/** Every slot whose local day lies from `first` to `last`. */
function slotsOf(schedule: Schedule): DateTime[] {
  const slots: DateTime[] = [];
  let at = DateTime.fromISO(first, { zone: schedule.timeZone }).minus({ milliseconds: 1 });
  for (;;) {
    const slot = nextSlot(schedule, at)!.setZone(schedule.timeZone);
    if (slot.toISODate()! > last) return slots;
    slots.push(slot);
    at = slot;
  }
}

const zones = ['Europe/Berlin', 'America/New_York'];
const crons = ['0 30 1 * * *', '0 30 2 * * *', '0 0 2 * * *', '0 0 3 * * *', '0 0 4 * * *'];

describe.each(zones)('a daily schedule in %s', (zone) => {
  test.each(crons)('%s has exactly one slot on every local day from 2024 to 2035', (cron) => {
    const days = slotsOf(daily(cron, zone)).map((slot) => slot.toISODate());
    expect(days).toHaveLength(DateTime.fromISO(last).diff(DateTime.fromISO(first), 'days').days + 1);
    expect(new Set(days).size).toBe(days.length);
  });

  test.each(crons)(
    '%s: looking each quarter of an hour finds each slot around a clock change once',
    (cron) => {
      const schedule = daily(cron, zone);
      for (const slot of slotsOf(schedule)) {
        const changes = slot.startOf('day').offset !== slot.endOf('day').offset;
        if (!changes) continue;
        const found = new Set<number>();
        for (
          let at = slot.startOf('day').minus({ hours: 1 });
          at <= slot.endOf('day');
          at = at.plus({ minutes: 15 })
        ) {
          const due = dueSlot(schedule, at);
          if (due !== undefined && due.setZone(zone).hasSame(slot, 'day')) found.add(due.toMillis());
        }
        expect([...found], slot.toISO() ?? '').toEqual([slot.toMillis()]);
      }
    },
  );
});

describe('a slot', () => {
  const schedule = daily('0 30 1 * * *', 'Europe/Berlin');
  test.each([
    ['is not due a millisecond early', '2026-03-01T00:29:59.999Z', undefined],
    ['is due at its instant', '2026-03-01T00:30:00.000Z', '2026-03-01T00:30:00.000Z'],
    ['is due while it is late', '2026-03-01T02:30:00.000Z', '2026-03-01T00:30:00.000Z'],
    ['is missed after that', '2026-03-01T02:30:00.001Z', undefined],
  ])('%s', (_what, now, slot) => {
    expect(dueSlot(schedule, utc(now))?.toISO() ?? undefined).toBe(slot);
  });

  test('that follows is after now, never now', () => {
    expect(nextSlot(schedule, utc('2026-03-01T00:30:00.000Z'))?.toISO()).toBe('2026-03-02T00:30:00.000Z');
    expect(nextSlot(schedule, utc('2026-03-01T00:29:59.999Z'))?.toISO()).toBe('2026-03-01T00:30:00.000Z');
  });
});

describe('a schedule', () => {
  test.each([
    ['0 30 1 * * *', 'Europe/Berlin'],
    ['0 0 2 * * SUN', 'America/New_York'],
  ])('%s in %s can be used', (cron, zone) => {
    expect(problemOfSchedule(cron, zone)).toBeUndefined();
  });

  test.each([
    ['30 1 * * *', 'Europe/Berlin'],
    ['0 61 1 * * *', 'Europe/Berlin'],
    ['0 30 1 * * *', 'Europe/Atlantis'],
    ['0 0 0 31 2 *', 'UTC'],
    ['every day', 'UTC'],
    ['', 'UTC'],
  ])('%s in %s cannot be used, and says why', (cron, zone) => {
    expect(problemOfSchedule(cron, zone)).toMatch(/\w/);
  });
});
