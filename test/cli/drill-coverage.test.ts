import { expect, test } from 'vitest';
import { renderCoverage } from '../../src/cli/commands/drill-coverage.ts';
import type { CoverageResponse } from '../../src/contracts/api/drills.ts';
import { estateOf, north } from './running-apps.ts';

const at = '2026-03-01T04:00:00.000Z';
const response: CoverageResponse = {
  ...{ region: 'northeurope', at },
  cells: [
    {
      ...{ kind: 'on-demand', scenario: 'restore-newest-point' },
      proof: { drill: 'drill-20260301T010000Z', at: '2026-03-01T01:00:00.000Z', ageSeconds: 10_800 },
      last: { drill: 'drill-20260301T010000Z', at: '2026-03-01T01:00:00.000Z', result: 'PASS' },
    },
    { kind: 'instant', scenario: 'operator-error' },
  ],
  due: { kind: 'instant', scenario: 'operator-error' },
  scheduled: { scenario: 'rotate', at },
};

test('the coverage of drills is a table with what is due, or JSON', async () => {
  await using estate = await estateOf({
    northeurope: { ...north, 'GET drills/lms/coverage': { json: response } },
  });
  const { code, stdout } = await estate.place.run(['drill', 'coverage', '--system', 'lms']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/on-demand +restore-newest-point +northeurope +3 h ago .* PASS/);
  expect(stdout).toMatch(/instant +operator-error +northeurope +never +- +-/);
  expect(stdout).toContain('due next: operator-error on a point of kind instant');
  expect(stdout).toMatch(/schedule: .*plays what is due then/);
  const json = await estate.place.run(['drill', 'coverage', '--system', 'lms', '--json']);
  expect(JSON.parse(json.stdout)).toEqual(response);
});

test('a system of which nothing can be played says so', () => {
  const { due: _due, ...rest } = response;
  const lines = renderCoverage(
    { ...rest, scheduled: { scenario: 'restore-newest-point' } },
    { width: 80, color: false },
  );
  expect(lines.join('\n')).toMatch(/nothing can be played\n.*never, plays restore-newest-point each time/);
});
