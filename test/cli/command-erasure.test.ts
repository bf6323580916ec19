/** `lifeboat erasure`: what is sent, and what a person reads. */
import { expect, test } from 'vitest';
import { erasuresResponse } from '../../src/contracts/erasures.ts';
import { expectNarrow } from './golden.ts';
import { estateOf, expectRefused, north } from './running-apps.ts';

const narrow = ['--system', 'lms', '--region', 'northeurope'];

test('erasure add sends the ids, and tells how many are new', async () => {
  const routes = { 'POST erasures': { json: { added: 2, known: 1 } } };
  await using estate = await estateOf({ northeurope: { ...north, ...routes } });
  const at = ['--at', '2026-03-01T02:00:00.000Z'];
  const { code, stdout } = await estate.place.runHere([
    'erasure',
    'add',
    'a-1',
    'b-2',
    'c-3',
    ...narrow,
    ...at,
  ]);
  expect(code).toBe(0);
  expect(stdout).toBe('2 added, 1 known before.\n');
  expect(estate.apps[0]!.asked.at(-1)!.body).toEqual({
    ...{ system: 'lms', ids: ['a-1', 'b-2', 'c-3'], erasedAt: '2026-03-01T02:00:00.000Z' },
  });
});

test.each([
  [['a/b'], /1 to 100 of/],
  [['jane@example.com'], /1 to 100 of/],
  [['a-1', '--at', 'yesterday'], /ISO-8601/],
])('erasure add %j is refused', async (given, said) => {
  await using estate = await estateOf({ northeurope: north });
  expectRefused(await estate.place.runHere(['erasure', 'add', ...given, ...narrow]), 64, said);
});

test('erasure list shows the newest and how many there are', async () => {
  const at = '2026-03-01T02:00:00.000Z';
  const answer = erasuresResponse.parse({
    count: 205,
    newest: [
      {
        ...{ schema: 'lifeboat/erasure/v1', id: 'a-1', system: 'lms', region: 'northeurope' },
        ...{ erasedAt: at, recordedAt: at, by: 'clerk@tests' },
      },
    ],
  });
  const routes = { 'GET erasures/lms': { json: answer } };
  await using estate = await estateOf({ northeurope: { ...north, ...routes } });
  const { code, stdout } = await estate.place.runHere(['erasure', 'list', ...narrow]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/a-1 .*2026-03-01 02:00:00Z/);
  expect(stdout).toContain('205 erasures');
  expectNarrow(stdout);
});
