/** `lifeboat report history`: what is asked, the kept text, the plot in a terminal and in a pipe, and the exit code. */
import { expect, test } from 'vitest';
import { renderHistory } from '../../src/cli/history-view.ts';
import { sparkline } from '../../src/cli/sparkline.ts';
import {
  reportHistoryResponse,
  type HistoryReport,
  type ReportHistoryResponse,
} from '../../src/contracts/api/reports.ts';
import { expectGolden, expectNarrow } from './golden.ts';
import { estateOf, expectRefused, north } from './running-apps.ts';

const verified = { state: 'verified', problems: [] };

const drilled = (number: number, seconds: number, change: object = {}): object => ({
  ...{ number, drill: `drill-202603${String(number).padStart(2, '0')}T013000Z` },
  declaredAt: `2026-03-${String(number).padStart(2, '0')}T01:31:00.000Z`,
  ...{ scenario: 'restore-newest-point', point: 'on-demand-20260301T013000Z', result: 'PASS' },
  rpo: { objectiveSeconds: 900, seconds: 12.4, verdict: 'met' },
  rto: { objectiveSeconds: 300, seconds, verdict: seconds > 300 ? 'missed' : 'met' },
  signature: verified,
  ...change,
});

const figures = (values: object, direction = 'steady', secondsPerDrill = 0): object => ({
  ...{ measured: 4, minimum: 12.4, median: 12.4, worst: 12.4, ...values },
  trend: { direction, secondsPerDrill },
});

const history = (change: object = {}): ReportHistoryResponse =>
  reportHistoryResponse.parse({
    ...{ schema: 'lifeboat/report-history/v1', system: 'lms', region: 'northeurope' },
    reports: [
      drilled(8, 362.4, { result: 'FAIL' }),
      drilled(7, 250, { signature: { state: 'unsigned', problems: ['no signature lies beside it'] } }),
      drilled(6, 200),
      drilled(5, 1, {
        signature: { state: 'not-verified', problems: ['the report is not the one that was signed'] },
      }),
      drilled(4, 150),
      drilled(3, 100, {
        result: 'INCONCLUSIVE',
        rpo: { objectiveSeconds: 900, verdict: 'inconclusive' },
      }),
      drilled(1, 40, { scenario: 'restore-named-point' }),
    ],
    unreadable: [
      { number: 2, problem: 'v1/lms/northeurope/report-chain/00000002.json in the vault is no JSON' },
    ],
    figures: [
      {
        ...{ scenario: 'restore-newest-point', drills: 5 },
        rpo: figures({}),
        rto: figures({ minimum: 100, median: 200, worst: 362.4, measured: 5 }, 'rising', 56.25),
      },
      {
        ...{ scenario: 'restore-named-point', drills: 1 },
        rto: figures({ minimum: 40, median: 40, worst: 40, measured: 1 }, 'too-few'),
      },
    ],
    ...change,
  });

const text = (options: object = {}): string => `${renderHistory(history(), options).join('\n')}\n`;

test('the history in a pipe and in a terminal', async () => {
  await expectGolden('history-pipe.txt', text());
  await expectGolden('history-terminal.txt', text({ isTerminal: true }));
});

test('a hundred drills stay within the width, their figures below the line', () => {
  const many = Array.from({ length: 100 }, (_, at) => drilled(100 - at, 40 + at)) as HistoryReport[];
  const lines = renderHistory({ ...history(), reports: many, continuation: 'MTc' }, { isTerminal: true });
  expectNarrow(lines.join('\n'));
  expect(lines.join('\n')).toContain('--continuation MTc');
});

test.each<[string, (number | undefined)[], boolean, string]>([
  ['from the lowest to the highest', [1, 2, 3, 4, 5, 6, 7, 8], true, '▁▂▃▄▅▆▇█'],
  ['in digits where there is no terminal', [1, 8, 4.5], false, '185'],
  ['with a gap where nothing was measured', [undefined, 1, 2], true, '·▁█'],
  ['with a gap in a pipe', [undefined, 1], false, '-1'],
  ['of equals, which are all the lowest', [5, 5, 5], true, '▁▁▁'],
  ['of nothing', [], true, ''],
])('a line %s', (_, values, isTerminal, line) => {
  expect(sparkline(values, isTerminal)).toBe(line);
});

const path = 'report-history/lms?limit=30';
const narrow = ['report', 'history', '--system', 'lms', '--region', 'northeurope'];

test.each<[string, object, number]>([
  ['every report verifies', { reports: [drilled(1, 1)], unreadable: [] }, 0],
  ['one does not', {}, 2],
  [
    'one is not signed',
    { reports: [drilled(1, 1, { signature: { state: 'unsigned', problems: [] } })], unreadable: [] },
    3,
  ],
  ['one cannot be read', { reports: [drilled(3, 1)] }, 1],
])('asks for the newest page, and the exit code tells that %s', async (_, change, exit) => {
  const routes = { [`GET ${path}`]: { json: history(change) } };
  await using estate = await estateOf({ northeurope: { ...north, ...routes } });
  const { code, stdout } = await estate.place.runHere([...narrow, '--json']);
  expect(code).toBe(exit);
  expect(JSON.parse(stdout)).toEqual(history(change));
  expect(estate.apps[0]!.asked.map((asked) => asked.path)).toEqual([path]);
});

test('asks for the page that is named, and refuses what is none', async () => {
  const routes = {
    'GET report-history/lms?limit=5&continuation=MTI': {
      json: history({ reports: [], unreadable: [], figures: [] }),
    },
  };
  await using estate = await estateOf({ northeurope: { ...north, ...routes } });
  const { stdout } = await estate.place.runHere([...narrow, '--limit', '5', '--continuation', 'MTI']);
  expect(stdout).toContain('There is no report of lms in northeurope');
  for (const given of ['0', '101', '1e1'])
    expectRefused(await estate.place.runHere([...narrow, '--limit', given]), 64, /must be a whole number/);
  expectRefused(await estate.place.runHere([...narrow, '--continuation', '../1']), 64, /of the page before/);
});
