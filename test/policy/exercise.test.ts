import { describe, expect, test } from 'vitest';
import {
  expectedRows,
  firstRows,
  lastRow,
  problemsBeforeHarm,
  problemsOfPoison,
  type FoundRow,
} from '../../src/policy/exercise.ts';

const drill = 'drill-20260301T040000Z';
const whole: FoundRow[] = [...firstRows(drill), lastRow(drill)].map((row) => ({
  ...row,
  writtenAtMilliseconds: 1,
}));
const without = (...items: number[]): FoundRow[] => whole.filter(({ item }) => !items.includes(item));

describe('the rows of an exercise', () => {
  test('follow from the drill, so that whoever checks them needs nothing else', () => {
    expect(expectedRows(drill)).toEqual(expectedRows(drill));
    expect(expectedRows(drill).rows).toBe(101);
    expect(expectedRows(drill).digest).not.toBe(expectedRows('drill-20260301T050000Z').digest);
  });

  test('are found again, whatever their order', () => {
    expect(problemsBeforeHarm(drill, whole)).toEqual([]);
    expect(problemsBeforeHarm(drill, whole.toReversed())).toEqual([]);
  });

  test.each<[string, FoundRow[], RegExp[]]>([
    ['nothing', [], [/^101 rows are missing: items 1, 2, 3, 4, 5, …$/]],
    ['all but the last', without(101), [/^1 rows are missing: items 101$/]],
    ['all but one in the middle', without(50), [/items 50$/]],
    [
      'the deletion',
      [...whole, { ...whole[0]!, item: 0 }],
      [/the deletion is there: this is a later instant/],
    ],
    ['a row too many', [...whole, { ...whole[0]!, item: 102 }], [/item 102 was never written/]],
    ['another content', [...without(7), { ...whole[6]!, content: 'x' }], [/item 7 holds something else/]],
    ['another digest', [...without(7), { ...whole[6]!, digest: 'x' }], [/item 7 holds something else/]],
    [
      'only the mark of the deletion',
      [{ ...whole[0]!, item: 0 }],
      [/the deletion is there/, /^101 rows are missing/],
    ],
  ])('are not, where restored data holds %s', (_what, found, problems) => {
    const said = problemsBeforeHarm(drill, found);
    expect(said).toHaveLength(problems.length);
    for (const [index, problem] of problems.entries()) expect(said[index]).toMatch(problem);
  });
});

describe('poisoned rows', () => {
  const poisoned = whole.map((row) => ({ ...row, content: `encrypted ${row.content}` }));

  test('give themselves away by their own digest, all of them or one', () => {
    expect(problemsOfPoison(poisoned)).toEqual([
      '101 rows are not what their own digests say: items 1, 2, 3, 4, 5, …',
    ]);
    expect(problemsOfPoison([...without(7), poisoned[6]!])).toEqual([
      '1 rows are not what their own digests say: items 7',
    ]);
  });

  test('are none where the data are older, or whole, and a mark is no row', () => {
    expect(problemsOfPoison([])).toEqual([]);
    expect(problemsOfPoison(whole)).toEqual([]);
    expect(problemsOfPoison([{ ...whole[0]!, item: 0, content: '1772337600000' }])).toEqual([]);
  });
});
