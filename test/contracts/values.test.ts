/** Instants and stamps, read by themselves, are what the library of dates reads in them. */
import fc from 'fast-check';
import { DateTime } from 'luxon';
import { describe, expect, test } from 'vitest';
import { instant, instantOf, instantOfStamp, isoOf } from '../../src/contracts/values.ts';
import { stampOf } from '../../src/policy/identifiers.ts';
import { budget } from '../budget.ts';

const runs = { numRuns: budget.policyProperties };
const number = (most: number): fc.Arbitrary<number> => fc.integer({ min: 0, max: most });
const two = (value: number): string => String(value).padStart(2, '0');
/** Parts of an instant, some of them just past what there is. */
const parts = fc.tuple(
  number(9_999),
  number(13),
  number(32),
  number(25),
  number(60),
  number(60),
  number(999),
);
const zones = fc.constantFrom('utc', 'Europe/Berlin', 'Asia/Kathmandu');
const moments = fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('9999-12-30T00:00:00Z') });

const byLibrary = (text: string): number | undefined => {
  const at = DateTime.fromISO(text, { zone: 'utc' });
  return at.isValid ? at.toMillis() : undefined;
};

describe('an instant', () => {
  test('is valid, and the same one, exactly where the library says so', () => {
    fc.assert(
      fc.property(parts, fc.constantFrom('Z', '', '+02:00'), ([y, mo, d, h, mi, s, ms], end) => {
        const day = `${String(y).padStart(4, '0')}-${two(mo)}-${two(d)}`;
        const text = `${day}T${two(h)}:${two(mi)}:${two(s)}.${String(ms).padStart(3, '0')}${end}`;
        const at = byLibrary(text);
        expect(instant.safeParse(text).success).toBe(end === 'Z' && at !== undefined);
        const read = instantOf(text);
        expect(read.isValid ? read.toMillis() : undefined).toBe(at);
      }),
      runs,
    );
  });

  test('of another form is read as ever', () => {
    for (const text of [
      '2026-03-01T01:30Z',
      '2026-03-01T01:30:00Z',
      '2026-W09-7T01:30:00Z',
      '2024-02-29T24:00:00Z',
    ]) {
      expect(instant.safeParse(text).success).toBe(true);
      expect(instantOf(text).toMillis()).toBe(byLibrary(text));
    }
    for (const text of ['2026-02-30T00:00:00.000Z', '2026-03-01', 'Z', '2026-03-01T01:30:00.000'])
      expect(instant.safeParse(text).success).toBe(false);
  });

  test('is written in UTC, with milliseconds, whatever zone it is of', () => {
    fc.assert(
      fc.property(moments, zones, (date, zone) => {
        const at = DateTime.fromJSDate(date, { zone });
        expect(isoOf(at)).toBe(at.toUTC().toISO({ precision: 'milliseconds' }));
        expect(stampOf(at)).toBe(at.toUTC().toFormat("yyyyMMdd'T'HHmmss'Z'"));
        expect(instantOf(isoOf(at)).toMillis()).toBe(at.toMillis());
        expect(instantOfStamp(stampOf(at))?.toMillis()).toBe(at.startOf('second').toMillis());
      }),
      runs,
    );
  });
});

test('what is no stamp, or of no day, has no instant', () => {
  for (const text of [
    '20260230T010000Z',
    '20260301T250000Z',
    '2026-03-01T01:00:00.000Z',
    'x20260301T010000Z',
    '',
  ])
    expect(instantOfStamp(text)).toBeUndefined();
});
