/** The longest pause of a schedule: the same whenever it is asked, and true for schedules that pause unevenly. */
import { Cron } from 'croner';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { longestPauseSeconds } from '../../src/policy/longest-pause.ts';

const hour = 3_600;
const day = 24 * hour;

describe('the longest pause', () => {
  test.each([
    ['0 30 1 * * *', day],
    ['0 0 2 * * 0', 7 * day],
    ['0 0 2 * * 1-5', 3 * day],
    ['0 0 */6 * * *', 6 * hour],
    ['0 * * * * *', 60],
    ['0 0 9-17 * * *', 16 * hour],
    ['0 0 9-17 * * 1-5', (2 * 24 + 16) * hour],
    ['0 0 0 1 * *', 31 * day],
    ['0 0 0 1 1,7 *', 184 * day],
    // 2100 is no leap year: from 2096 to 2104.
    ['30 0 0 29 2 *', 2_921 * day],
  ])('of %s is %i seconds', (cron, seconds) => {
    expect(longestPauseSeconds(cron)).toBe(seconds);
  });

  test('is the longest gap between the slots of a year, for schedules of every form', () => {
    const list = (low: number, high: number): fc.Arbitrary<string> =>
      fc
        .uniqueArray(fc.integer({ min: low, max: high }), { minLength: 1, maxLength: 3 })
        .map((all) => all.toSorted((a, b) => a - b).join(','));
    const crons = fc.record({
      minute: list(0, 59),
      hour: list(0, 23),
      weekday: fc.oneof(fc.constant('*'), list(0, 6)),
    });
    fc.assert(
      fc.property(crons, ({ minute, hour: hours, weekday }) => {
        const cron = `0 ${minute} ${hours} * * ${weekday}`;
        const slots = new Cron(cron, { timezone: 'UTC', paused: true }).nextRuns(
          150,
          new Date('2026-03-01T00:00:00Z'),
        );
        const gaps = slots
          .slice(1)
          .map((slot, index) => (slot.getTime() - (slots[index]?.getTime() ?? 0)) / 1000);
        expect(longestPauseSeconds(cron)).toBe(Math.max(...gaps));
      }),
      { numRuns: 20 },
    );
  });

  test('of a schedule that names no two slots is not known', () => {
    expect(longestPauseSeconds('0 0 0 30 2 *')).toBeUndefined();
  });
});
