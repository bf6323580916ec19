/** Tables that are too wide: words, such as ids, are broken only where nothing else helps. */
import { expect, test } from 'vitest';
import { table } from '../../src/cli/table.ts';

const id = 'on-demand-20260301T013000Z';
const columns = [
  { header: 'ID', shrink: true },
  { header: 'STATE', shrink: true },
];
const words = 'not proven, pinned, held';

test('a cell of several words gives way before an id does', () => {
  const lines = table(columns, [[id, words]], { width: 40 });
  expect(lines.slice(1)).toEqual([`${id}  not proven,`, `${' '.repeat(28)}pinned, held`]);
});

test('an id is broken where the words of the others have no more to give, and nothing is lost', () => {
  const lines = table(columns, [[id, words]], { width: 30 });
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(30);
  expect(
    lines
      .slice(1)
      .map((line) => line.split('  ')[0])
      .join(''),
  ).toBe(id);
});
