import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareFingerprint, instantCeiling, type TableFingerprint } from '../../src/policy/fingerprint.ts';
import { budget } from '../budget.ts';

const table = (name: string, rows: number, checksum = `${rows * 7}`): TableFingerprint => ({
  table: name,
  rows,
  checksum,
  method: 'record',
});
const exact = (...before: TableFingerprint[]) => ({ mode: 'exact' as const, before });
const verdicts = (comparisons: ReturnType<typeof compareFingerprint>): string[] =>
  comparisons.map((one) => `${one.table} ${one.held} ${one.verdict}`);

describe('an exact fingerprint', () => {
  const recorded = exact(table('a', 3), table('b', 5));
  test.each([
    ['the same tables', [table('b', 5), table('a', 3)], ['a exactly match', 'b exactly match']],
    ['an emptied table', [table('a', 0, '0'), table('b', 5)], ['a exactly rows-differ', 'b exactly match']],
    ['one row more', [table('a', 4), table('b', 5)], ['a exactly rows-differ', 'b exactly match']],
    [
      'swapped content',
      [table('a', 3, '99'), table('b', 5)],
      ['a exactly content-differs', 'b exactly match'],
    ],
    ['a missing table', [table('b', 5)], ['a exactly missing', 'b exactly match']],
    [
      'an unexpected table',
      [table('a', 3), table('b', 5), table('c', 1)],
      ['a exactly match', 'b exactly match', 'c exactly unexpected'],
    ],
  ])('recognises %s', (_what, actual, expected) => {
    expect(verdicts(compareFingerprint(recorded, actual))).toEqual(expected);
  });

  test('says what was expected and what was found', () => {
    const [one] = compareFingerprint(exact(table('a', 3, '21')), []);
    expect(one).toMatchObject({ expected: '3 rows, checksum 21', actual: 'no such table' });
  });

  test('matches itself and nothing that differs in one number', () => {
    const tables = fc.uniqueArray(
      fc.record({ name: fc.string({ minLength: 1 }), rows: fc.nat(), checksum: fc.bigInt().map(String) }),
      { selector: (one) => one.name, minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(tables, fc.nat(), fc.boolean(), (list, pick, changesRows) => {
        const before = list.map((one) => table(one.name, one.rows, one.checksum));
        expect(compareFingerprint(exact(...before), before).every((one) => one.verdict === 'match')).toBe(
          true,
        );
        const index = pick % before.length;
        const other = before.map((one, at) =>
          at !== index
            ? one
            : { ...one, ...(changesRows ? { rows: one.rows + 1 } : { checksum: `${one.checksum}1` }) },
        );
        const wrong = compareFingerprint(exact(...before), other).filter((one) => one.verdict !== 'match');
        expect(wrong.map((one) => one.table)).toEqual([before[index]?.table]);
      }),
      { numRuns: budget.policyProperties },
    );
  });
});

describe('a bracketed fingerprint', () => {
  const compare = (before: TableFingerprint[], after: TableFingerprint[], actual: TableFingerprint[]) =>
    verdicts(compareFingerprint({ mode: 'bracketed', before, after }, actual));

  test('holds a table that did not change exactly', () => {
    const same = [table('a', 3)];
    expect(compare(same, same, [table('a', 3)])).toEqual(['a exactly match']);
    expect(compare(same, same, [table('a', 3, '99')])).toEqual(['a exactly content-differs']);
  });

  test.each([
    [3, 'not-comparable'],
    [4, 'match'],
    [5, 'match'],
    [7, 'match'],
    [8, 'not-comparable'],
    [0, 'not-comparable'],
  ])('holds a table that grew from 4 to 7 rows between the two: %i rows are %s', (rows, verdict) => {
    expect(compare([table('a', 4)], [table('a', 7)], [table('a', rows)])).toEqual([`a between ${verdict}`]);
    expect(compare([table('a', 7)], [table('a', 4)], [table('a', rows)])).toEqual([`a between ${verdict}`]);
  });

  test('holds a table whose content changed at the same number of rows to that number', () => {
    const changed = (rows: number): string[] =>
      compare([table('a', 4, '1')], [table('a', 4, '2')], [table('a', rows, '3')]);
    expect([changed(4), changed(5)]).toEqual([['a between match'], ['a between not-comparable']]);
  });

  test('misses a table that changed and is gone', () => {
    expect(compare([table('a', 4)], [table('a', 7)], [])).toEqual(['a between missing']);
  });

  test('does not call a table unexpected that was made between the two snapshots', () => {
    expect(
      compare([table('a', 1)], [table('a', 1), table('new', 2)], [table('a', 1), table('new', 1)]),
    ).not.toContain('new exactly unexpected');
  });
});

describe('the instant of a marker', () => {
  test.each([
    [1_000_000n, 1_000n],
    [1_000_001n, 1_001n],
    [1_000_999n, 1_001n],
    [1_001_000n, 1_001n],
  ])('of %i µs is %i ms', (microseconds, milliseconds) => {
    expect(instantCeiling(microseconds)).toBe(milliseconds);
  });

  test('is never before the marker and less than a millisecond after it', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 1n << 60n }), (microseconds) => {
        const gap = instantCeiling(microseconds) * 1000n - microseconds;
        expect(gap >= 0n && gap < 1000n).toBe(true);
      }),
    );
  });
});
