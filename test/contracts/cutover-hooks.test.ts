/** What an estate file may say of cutovers: every problem is named with its path. */
import { expect, test } from 'vitest';
import { cutoverHooks } from '../../src/contracts/cutover-hooks.ts';
import { crossProblems, outlineOf } from '../../src/contracts/estate-cross-checks.ts';
import { cutoverEstate } from '../support/cutover-steps.ts';

const sql = { id: 'hold', kind: 'sql', database: 'main', on: 'source', over: 'SELECT 1', back: 'SELECT 2' };
const http = {
  ...{ id: 'app', kind: 'http', database: 'main' },
  ...{ over: { url: 'https://app.example/' }, back: { url: 'https://app.example/' } },
};
const without = (hook: object, name: string): object =>
  Object.fromEntries(Object.entries(hook).filter(([key]) => key !== name));

test.each([
  ['an http hook without a way back', [without(http, 'back')], '0.back', 'the way back'],
  ['an sql hook without a way back', [without(sql, 'back')], '0.back', 'the way back'],
  ['an empty way back', [{ ...sql, back: ' ' }], '0.back', 'Too small'],
  ['no hook', [], '', 'Too small'],
  ['one id twice', [sql, { ...http, id: 'hold' }], '1.id', 'is used twice'],
  [
    'another host than one that is named',
    [{ ...http, over: { url: 'https://{host}/' } }],
    '0.over.url',
    'host',
  ],
  ['plain http', [{ ...http, over: { url: 'http://app.example/' } }], '0.over.url', 'https'],
  [
    'an unknown placeholder',
    [{ ...http, over: { ...http.over, body: { a: ['{hots}'] } } }],
    '0.over.body',
    '{hots}',
  ],
  [
    'an error as success',
    [{ ...http, over: { ...http.over, statuses: [500] } }],
    '0.over.statuses.0',
    'Too big',
  ],
  ['a very long time', [{ ...http, over: { ...http.over, timeout: 'PT1H' } }], '0.over.timeout', 'at most'],
])('%s is refused', (_, hooks, path, message) => {
  const issues = cutoverHooks.safeParse(hooks).error?.issues ?? [];
  const said = issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message }));
  expect(said).toContainEqual({ path, message: expect.stringContaining(message) as string });
});

test('a hook of a database that the region does not have is refused', () => {
  const estate = structuredClone(cutoverEstate);
  const [hook] = estate.systems[0]?.regions[0]?.restore?.cutover ?? [];
  if (hook !== undefined) hook.database = 'other';
  expect(crossProblems(outlineOf(estate))).toEqual([
    {
      path: ['systems', 0, 'regions', 0, 'restore', 'cutover', 0, 'database'],
      message: 'names no database of this region; use one of: main',
    },
  ]);
});
