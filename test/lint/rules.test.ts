/** Each of the project's own rules finds its violations, and nothing in code that keeps to it. */
import { beforeAll, describe, expect, test } from 'vitest';
import { cleanCases, violations, type Case } from './cases.ts';
import { lintTree, type Finding } from './lint-tree.ts';

const inTree = (cases: readonly Case[]): Record<string, string> =>
  Object.fromEntries(cases.map(({ path, source }) => [path, `${source}\nexport {};\n`]));

let findings: ReadonlyMap<string, Finding[]>;

beforeAll(async () => {
  findings = await lintTree({
    ...inTree(violations),
    ...inTree(cleanCases),
    'src/app/floating.ts': 'async function work(): Promise<void> {}\nwork();\nexport const done = work;\n',
    'src/app/any.ts': 'export const anything: any = 1;\n',
  });
});

const ownRules = (path: string): string[] =>
  (findings.get(path) ?? []).map(({ rule }) => rule).filter((rule) => rule.startsWith('lifeboat('));

describe('the rules find what breaks them', () => {
  test.each(violations)('$rule finds $about', ({ rule, path }) => {
    expect([...new Set(ownRules(path))]).toEqual([`lifeboat(${rule})`]);
  });
});

describe('the rules find nothing in code that keeps to them', () => {
  test.each(cleanCases)('$rule allows $about', ({ path }) => {
    expect(findings.get(path)?.filter(({ rule }) => rule.startsWith('lifeboat('))).toEqual([]);
  });
});

describe('the configuration', () => {
  test('a promise that nobody waits for is an error, found with the types', () => {
    expect(findings.get('src/app/floating.ts')).toMatchObject([
      { rule: 'typescript(no-floating-promises)', line: 2 },
    ]);
  });

  test('an explicit any is an error', () => {
    expect(findings.get('src/app/any.ts')).toMatchObject([{ rule: 'typescript(no-explicit-any)', line: 1 }]);
  });

  test('two clock reads are two findings, each on its line', async () => {
    const path = 'src/policy/twice.ts';
    const found = await lintTree({
      [path]: 'export const a = Date.now();\n\nexport const b = new Date();\n',
    });
    expect(found.get(path)?.map(({ rule, line }) => [rule, line])).toEqual([
      ['lifeboat(no-clock)', 1],
      ['lifeboat(no-clock)', 3],
    ]);
  });
});
