import { DateTime } from 'luxon';
import { describe, expect, test } from 'vitest';
import { judgeFreshness, watchedSlot, type SlotFact } from '../../src/policy/freshness.ts';
import { dueSlot, previousSlot, type Schedule } from '../../src/policy/schedule.ts';
import { budget } from '../budget.ts';

const utc = (text: string): DateTime => DateTime.fromISO(text, { zone: 'utc' });
const schedule: Schedule = { cron: '0 30 1 * * *', timeZone: 'UTC', lateAfter: 'PT2H' };
const slot = utc('2026-03-02T01:30:00.000Z');
const lateAt = utc('2026-03-02T03:30:00.000Z');

const never: SlotFact = { claimed: undefined };
const atWork: SlotFact = { claimed: { finished: undefined } };
const ended = (outcome: string): SlotFact => ({ claimed: { finished: { outcome } } });

describe('the slot that is watched', () => {
  test.each([
    [
      'none before the first slot after the watch began',
      '2026-03-01T02:00:00Z',
      '2026-03-02T01:29:59.999Z',
      undefined,
    ],
    ['the first one from its instant on', '2026-03-01T02:00:00Z', '2026-03-02T01:30:00Z', slot],
    [
      'one at the very instant at which the watch began',
      '2026-03-02T01:30:00Z',
      '2026-03-02T01:30:00Z',
      slot,
    ],
    ['none a millisecond before the watch', '2026-03-02T01:30:00.001Z', '2026-03-02T05:00:00Z', undefined],
    ['the newest one, not the first one missed', '2026-02-01T00:00:00Z', '2026-03-02T23:00:00Z', slot],
  ])('is %s', (_what, since, now, watched) => {
    expect(watchedSlot(schedule, utc(since), utc(now))?.toISO()).toBe(watched?.toISO());
  });
});

describe('a schedule', () => {
  test('is judged by nothing before its first slot', () => {
    expect(judgeFreshness(schedule, undefined, never, slot)).toEqual({ state: 'not-yet' });
  });

  test.each(['done', 'clean', 'damaged', 'blocked', 'PASS', 'FAIL', 'INCONCLUSIVE'])(
    'whose run ended as %s was served, whatever the time',
    (outcome) => {
      for (const now of [slot, lateAt, lateAt.plus({ days: 9 })])
        expect(judgeFreshness(schedule, slot, ended(outcome), now)).toEqual({ state: 'on-time', slot });
    },
  );

  test.each([
    ['never began', never, 'it never began'],
    ['began and has not ended', atWork, 'it began and has not ended'],
    ['ran and failed', ended('failed'), 'it ran and failed'],
  ])('whose run %s is due until it is late, to the millisecond', (_what, fact, because) => {
    expect(judgeFreshness(schedule, slot, fact, slot)).toEqual({ state: 'due', slot, lateAt });
    expect(judgeFreshness(schedule, slot, fact, lateAt)).toEqual({ state: 'due', slot, lateAt });
    expect(judgeFreshness(schedule, slot, fact, lateAt.plus(1))).toEqual({
      ...{ state: 'late', slot, lateAt, because },
    });
  });
});

/** Zones that change their clocks twice a year: usual, negative, south and at midnight, half an hour, off the hour. */
const changing = [
  ...['Europe/Berlin', 'Europe/London', 'Europe/Dublin', 'Atlantic/Azores', 'America/Nuuk'],
  ...['America/St_Johns', 'America/New_York', 'America/Havana', 'America/Chicago', 'America/Los_Angeles'],
  ...['America/Santiago', 'Pacific/Easter', 'Asia/Beirut', 'Asia/Jerusalem', 'Africa/Cairo'],
  ...['Australia/Sydney', 'Australia/Adelaide', 'Australia/Lord_Howe', 'Pacific/Auckland'],
  ...['Pacific/Chatham', 'Pacific/Norfolk'],
];
/** Zones that change them by another calendar, and zones that do not. */
const others = ['Africa/Casablanca', 'Asia/Kathmandu', 'UTC'];
const zones = [...changing, ...others];
const times = ['0 0 0 * * *', '0 15 0 * * *', '0 30 1 * * *', '0 30 2 * * *'];

/** The local days from 2024 to 2035 whose clock is changed; any one day for a zone that has none. */
function changedDays(zone: string): DateTime[] {
  const days: DateTime[] = [];
  const last = DateTime.fromISO('2036-01-01T12:00', { zone });
  for (let day = DateTime.fromISO('2024-01-01T12:00', { zone }); day < last; day = day.plus({ days: 1 }))
    if (day.minus({ days: 1 }).offset !== day.offset) days.push(day);
  return days.length === 0 ? [DateTime.fromISO('2026-03-29T12:00', { zone })] : days;
}

test('24 zones are looked at', () => {
  expect(new Set(zones).size).toBe(24);
});

describe.each(zones)('around each clock change of %s from 2024 to 2035', (timeZone) => {
  const days = changedDays(timeZone);

  test('there are two a year, or there is a reason', () => {
    const isUsual = days.length === 24;
    expect({ isUsual, isNone: days.length === 0 }).toEqual({
      isUsual: changing.includes(timeZone),
      isNone: false,
    });
  });

  test.each(times)('%s has one slot a local day, however often it is looked for', (cron) => {
    const nightly = { cron, timeZone, lateAfter: 'PT23H' };
    const step = { minutes: (24 * 60) / budget.clockChangeLooksPerDay };
    for (const day of days) {
      const [from, to] = [day.minus({ days: 1 }), day.plus({ days: 1 })];
      const found = new Set<number>();
      let newest = 0;
      for (let at = from; at <= to; at = at.plus(step)) {
        const now = previousSlot(nightly, at)!.toMillis();
        // The newest slot is never in the future and never goes back.
        expect(now).toBeLessThanOrEqual(at.toMillis());
        expect(now).toBeGreaterThanOrEqual(newest);
        newest = now;
        found.add(now);
      }
      const local = [...found].map((one) => DateTime.fromMillis(one, { zone: timeZone }).toISODate());
      expect(local).toEqual([-1, 0, 1].map((more) => day.plus({ days: more }).toISODate()));
      for (const one of found) {
        const slotOf = DateTime.fromMillis(one, { zone: 'utc' });
        expect(dueSlot(nightly, slotOf)?.toMillis()).toBe(one);
        expect(watchedSlot(nightly, slotOf, slotOf.plus({ hours: 1 }))?.toMillis()).toBe(one);
      }
    }
  });
});
