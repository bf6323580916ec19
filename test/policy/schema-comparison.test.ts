import { expect, test } from 'vitest';
import { compareObjects, differenceOf } from '../../src/policy/schema-comparison.ts';

test.each<[string, string, string, boolean]>([
  ['the same', '5 by 1', '5 by 1', false],
  ['ahead', '5 by 1', '37 by 1', false],
  ['behind', '5 by 1', '4 by 1', true],
  ['behind, counting down', '-5 by -1', '-4 by -1', true],
  ['ahead, counting down', '-5 by -1', '-9 by -1', false],
  ['never used then', 'none by 1', '1 by 1', false],
  ['never used now', '1 by 1', 'none by 1', true],
  ['beyond what a double holds', '9223372036854775807 by 1', '9223372036854775806 by 1', true],
])('a sequence is judged: %s', (_what, was, is, isWrong) => {
  const at = (definition: string) => ({ kind: 'sequence value', name: 's', definition });
  expect(differenceOf(at(was), at(is), true) !== undefined).toBe(isWrong);
});

test('objects stand in the order of their bytes, as the database sorts them', () => {
  const names = ['B', 'a', 'é', '\uFFFD', '\u{1F600}'];
  const objects = names.map((name) => ({ kind: 'table', name, definition: '' }));
  expect(
    objects
      .toReversed()
      .toSorted(compareObjects)
      .map(({ name }) => name),
  ).toEqual(names);
  expect(
    compareObjects({ kind: 'a', name: 'z', definition: '' }, { kind: 'b', name: 'a', definition: '' }),
  ).toBe(-1);
});
