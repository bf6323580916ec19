/** The planted bugs themselves: enough of them, each told from the others, and every patch fits the product as it is. */
import { expect, test } from 'vitest';
import { plantedBugs } from '../../simulation/planted/bugs.ts';
import { misfitsOf } from '../../simulation/planted/planted-bug.ts';

test('there are at least 25, each with a name of its own and an invariant that is to catch it', () => {
  expect(plantedBugs.length).toBeGreaterThanOrEqual(25);
  expect(new Set(plantedBugs.map(({ name }) => name)).size).toBe(plantedBugs.length);
  expect(plantedBugs.filter(({ by, changes }) => by.length === 0 || changes.length === 0)).toEqual([]);
});

test.each(plantedBugs)('the patch of $name fits', (bug) => {
  expect(misfitsOf(bug)).toEqual([]);
});

test('a patch that fits no more is told with its file', () => {
  const [bug] = plantedBugs;
  const stale = { ...bug!, changes: [{ file: 'src/policy/failure.ts', find: 'not there', replace: '' }] };
  expect(misfitsOf(stale)).toEqual([expect.stringContaining('stands 0 times in')]);
});
