/** The forms of an answer: a table, JSON, or an item a line; progress and messages never get into it. */
import { describe, expect, test } from 'vitest';
import { pointsOf } from './canned-status.ts';
import { estateOf, expectRefused, north, west } from './running-apps.ts';

const points = pointsOf('lms', 'northeurope');
const routes = { northeurope: { ...north, 'GET points/lms': { json: points } } };

describe('--output', () => {
  test('json is what --json is short for', async () => {
    await using estate = await estateOf(routes);
    const long = await estate.place.runHere(['points', '--output', 'json']);
    expect(JSON.parse(long.stdout)).toEqual(points);
    expect(await estate.place.runHere(['points', '--json'])).toEqual(long);
    expect(await estate.place.runHere(['points', '--json', '--output', 'json'])).toEqual(long);
  });

  test('jsonl is an item a line, before the command or after it', async () => {
    await using estate = await estateOf(routes);
    const lines = await estate.place.runHere(['points', '--output', 'jsonl']);
    const items = lines.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    expect(items).toEqual(points.points);
    expect(await estate.place.runHere(['--output', 'jsonl', 'points'])).toEqual(lines);
  });

  test('jsonl of every region is one list', async () => {
    await using estate = await estateOf({ westeurope: west, northeurope: north });
    const { stdout } = await estate.place.runHere(['status', '--output', 'jsonl']);
    const items = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { system: string });
    expect(items.map(({ system }) => system)).toEqual(['lms', 'cloud-storage', 'lms']);
  });

  test('jsonl of what is no list is one line', async () => {
    await using estate = await estateOf(routes);
    expect((await estate.place.runHere(['estate', 'schema', '--output', 'jsonl'])).stdout).toMatch(
      /^\{.*\}\n$/,
    );
  });

  test('table is the default', async () => {
    await using estate = await estateOf(routes);
    const table = await estate.place.runHere(['points', '--output', 'table']);
    expect(table.stdout).toMatch(/^RECOVERY POINT/);
    expect(await estate.place.runHere(['points'])).toEqual(table);
  });

  test.each([
    [['--json', '--output', 'table'], /--json and --output table say different things/],
    [['--json', '--output', 'jsonl'], /--json and --output jsonl say different things/],
    [['--output', 'yaml'], /Allowed choices are table, json, jsonl/],
  ])('%j is refused', async (given, said) => {
    await using estate = await estateOf(routes);
    expectRefused(await estate.place.runHere(['points', ...given]), 64, said);
  });
});
