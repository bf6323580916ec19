/** The counts of the costly tests: what the modes give, and that each count is used. */
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { budgetFor, budgetMode, type BudgetKey } from '../../budget.ts';

const testFolder = fileURLToPath(new URL('../..', import.meta.url));
const own = ['budget.ts', 'local/setup/budget.test.ts'];

const keys = Object.keys(budgetFor('small')) as BudgetKey[];

test('a full run does more than a small one, of everything', () => {
  const [small, full] = [budgetFor('small'), budgetFor('full')];
  for (const key of keys) expect(full[key], key).toBeGreaterThan(small[key]);
});

test('the mode is small unless it is said to be full, and nothing else is understood', () => {
  expect([undefined, '', 'small', 'full'].map(budgetMode)).toEqual(['small', 'small', 'small', 'full']);
  expect(() => budgetMode('ful')).toThrow('LIFEBOAT_BUDGET is "ful"');
});

test('every count is used by a test', async () => {
  const sources: string[] = [];
  for await (const path of glob('**/*.ts', { cwd: testFolder })) {
    if (!own.includes(path)) sources.push(await readFile(join(testFolder, path), 'utf8'));
  }
  expect(keys.filter((key) => !sources.some((source) => source.includes(`budget.${key}`)))).toEqual([]);
});
