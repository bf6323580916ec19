import { describe, expect, test } from 'vitest';
import { parseNcrontab } from '../../../local/functions-host/timers/ncrontab.ts';

const after = Date.parse('2026-01-30T23:59:58Z');
const next = (expression: string, from = after): string =>
  new Date(parseNcrontab(expression).next(from)).toISOString();

describe('an NCRONTAB schedule', () => {
  test.each([
    ['0 */5 * * * *', '2026-01-31T00:00:00.000Z'],
    ['59 59 23 * * *', '2026-01-30T23:59:59.000Z'],
    ['58 59 23 * * *', '2026-01-31T23:59:58.000Z'],
    ['0 0 9-17 * * 1-5', '2026-02-02T09:00:00.000Z'],
    ['0 0 0 29 2 *', '2028-02-29T00:00:00.000Z'],
    ['0 15,45 3/6 * * *', '2026-01-31T03:15:00.000Z'],
    ['*/5 * * * *', '2026-01-31T00:00:00.000Z'],
    ['0 30 9 * Jan Monday', '2027-01-04T09:30:00.000Z'],
    ['00:10:00', '2026-01-31T00:09:58.000Z'],
  ])('of %s runs next at %s', (expression, expected) => {
    expect(next(expression)).toBe(expected);
  });

  test('needs the day and the weekday to match, not either', () => {
    expect(next('0 0 0 13 * Fri')).toBe('2026-02-13T00:00:00.000Z');
    expect(next('0 0 0 13 * Fri', Date.parse('2026-03-14T00:00:00Z'))).toBe('2026-11-13T00:00:00.000Z');
  });

  test.each([
    ['0 0 * * *  * *', 'six fields'],
    ['60 * * * * *', 'second'],
    ['0 0 0 0 * *', 'day'],
    ['0 0 0 * 13 *', 'month'],
    ['0 0 0 * * 7', 'weekday'],
    ['0 */0 * * * *', 'minute'],
    ['0 0 0 * * Blursday', 'weekday'],
    ['', 'six fields'],
  ])('rejects %j, naming the %s', (expression, named) => {
    expect(() => parseNcrontab(expression)).toThrow(named);
  });

  test('that never occurs is an error, not an endless search', () => {
    expect(() => next('0 0 0 30 2 *')).toThrow('never occurs');
  });
});
