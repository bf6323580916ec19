/** The summary and the other views: kept texts, widths, colour, and the exit code that stands for them. */
import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { renderOperation } from '../../src/cli/operation-view.ts';
import { renderPoints } from '../../src/cli/points-view.ts';
import type { SigningKeyFile } from '../../src/contracts/signing.ts';
import { thumbprintOf } from '../../src/policy/signing-keys.ts';
import { renderReport } from '../../src/cli/report-view.ts';
import { renderStatus } from '../../src/cli/status-view.ts';
import { exitCodeFor, renderSummary } from '../../src/cli/summary.ts';
import type { StatusResponse, SystemStatus } from '../../src/contracts/api/status.ts';
import { cycled, viewOf } from './canned-operations.ts';
import { keyPair } from '../support/memory-signer.ts';
import { reportOf } from './canned-report.ts';
import { doubtful, failed, passed, pointsOf, pruned, scanned, statusOf, untried } from './canned-status.ts';
import { expectGolden, expectNarrow } from './golden.ts';

const west = (...systems: SystemStatus[]): StatusResponse => statusOf('westeurope', systems);
const mixed = [
  west(
    passed('unite-cloud', 'westeurope'),
    failed('cloud-storage', 'westeurope'),
    untried('lms', 'westeurope'),
  ),
  statusOf('northeurope', [doubtful('unite-cloud', 'northeurope')]),
];
const good = [
  west(
    passed('unite-cloud', 'westeurope'),
    passed('cloud-storage', 'westeurope'),
    passed('lms', 'westeurope'),
  ),
  statusOf('northeurope', [passed('unite-cloud', 'northeurope')]),
];
const unreadable = passed('lms', 'westeurope', {
  drillUnreadable: 'report.json is not valid: result: Invalid option',
});

test('the summary of an estate that is well', () => expectGolden('summary-well.txt', renderSummary(good)));

test('the summary of an estate with damage, a missed objective, a doubt and a system never drilled', () =>
  expectGolden('summary-mixed.txt', renderSummary(mixed)));

test('what one prune could not bear is left for the next one', () => {
  const [status] = good;
  const systems = status!.systems.map((system) => ({
    ...system,
    ...(system.prune === undefined
      ? {}
      : { prune: { ...system.prune, left: [{ kind: 'blob-version' as const, count: 1_234 }] } }),
  }));
  expect(renderSummary([{ ...status!, systems }])).toContain(', 1,234 left for the next prune');
});

test('the status of regions of which one gives no answer', () => {
  const silent = {
    region: 'francecentral',
    url: 'https://fc.example.net',
    message: 'https://fc.example.net cannot be reached: the connection was refused.',
  };
  return expectGolden('status-mixed.txt', renderStatus(mixed, [silent]));
});

const { jwk } = keyPair('a key');
const key: SigningKeyFile = {
  ...{ schema: 'lifeboat/signing-key/v1', keyId: thumbprintOf(jwk), jwk },
  ...{ source: 'https://keys.example/keys/reports/1', createdAt: '2026-01-01T00:00:00.000Z' },
};

test('the report in a terminal', () =>
  expectGolden('report.txt', `${renderReport(reportOf('lms', 'westeurope'), { key }).join('\n')}\n`));

test('the recovery points', () =>
  expectGolden('points.txt', `${renderPoints(pointsOf('lms', 'westeurope')).join('\n')}\n`));

test('a point that the provider does not hold any more is out of reach, and no longer called proven', () => {
  const { points } = pointsOf('lms', 'westeurope');
  const proven = points.find((one) => one.proven !== undefined)!;
  const notCounted = [{ id: proven.id, why: 'out-of-reach' as const }];
  const text = renderPoints({ points, notCounted, damaged: [] }).join('\n');
  expect(text).toMatch(/on-demand-20260301T013000Z .* PASS +out of reach$/m);
  expect(text).toMatch(/on-demand-20260228T013000Z .* not proven, pinned$/m);
  const { exposure, newestPoint } = passed('lms', 'westeurope');
  const { proven: _, ...bare } = exposure!;
  const lost = { ...bare, verdict: 'nothing-proven' as const, notCounted };
  const status = renderStatus([west(passed('lms', 'westeurope', { exposure: lost }))], []);
  expect(newestPoint?.id).toBe(proven.id);
  expect(status).toMatch(/on-demand-20260301T013000Z out of reach .* PASS/);
  expect(status.replaceAll(/\s+/g, ' ')).toContain(
    'Not counted: 1 out of the reach of the provider (on-demand-20260301T013000Z).',
  );
});

test('where the provider was silent it is said that a point may be out of reach', () => {
  const { points } = pointsOf('lms', 'westeurope');
  const doubt = 'the provider gave no answer on the server lms';
  expect(renderPoints({ points, damaged: [] }).join('\n')).not.toContain(doubt);
  expect(renderPoints({ points, doubts: [doubt], damaged: [] }).at(-1)).toBe(`  ${doubt}`);
});

test('ids of points stay whole, however much stands beside them', () => {
  const { points } = pointsOf('lms', 'westeurope');
  const held = points.map(({ id }) => id);
  const pins = [{ by: 'anna', at: '2026-02-28T08:00:00.000Z', reason: 'audit' }];
  const busy = points.map((point) => ({ ...point, pins }));
  const notCounted = held.map((id) => ({ id, why: 'out-of-reach' as const }));
  const text = renderPoints({ points: busy, held, notCounted, damaged: [] }, { width: 96 }).join('\n');
  for (const id of held) expect(text).toContain(id);
  expectNarrow(text, 96);
});

test('an operation that runs, and one that has ended', () => {
  const id = 'cycle.lms.westeurope.20260301T013000Z';
  const running = viewOf(id, {
    step: 'restore drill',
    done: [{ step: 'snapshot', seconds: 9.4, outcome: 'done' }],
    inner: { step: 'restore', percent: 40 },
  });
  const ended = viewOf(id, {
    state: 'succeeded',
    result: cycled('FAIL', ['check blobs: 2 of 1,204 referenced blobs are missing']),
  });
  const lines = [running, ended].flatMap((view) => renderOperation(view));
  return expectGolden('operation.txt', `${lines.join('\n')}\n`);
});

test('colour changes nothing of the text', () => {
  expect(renderSummary(mixed, { color: true })).toContain('\u001B[31m');
  expect(stripVTControlCharacters(renderSummary(mixed, { color: true }))).toBe(renderSummary(mixed));
});

test('the longest names stay within every width', () => {
  const system = `a${'bcdefghij-'.repeat(3)}klmnopqr9`;
  const region = 'averyverylongregionname01';
  const long = statusOf(region, [
    failed(system, region),
    doubtful(system.replace('a', 'z'), region),
    unreadable,
  ]);
  for (const width of [100, 120]) expectNarrow(renderStatus([long], [], { width }), width);
  expect(renderSummary([long])).toContain('drill-failed.md');
});

test('stored text cannot colour the screen', () => {
  const system = passed('lms', 'westeurope', { drillUnreadable: 'bad \u001B[2J\u001B]0;title\u0007 thing' });
  expect(renderSummary([west(system)])).not.toContain('\u001B');
});

test('an estate without a system says so and is no success', () => {
  expect(renderSummary([west()])).toMatch(/^No system is protected here/);
  expect(exitCodeFor([west()])).toBe(1);
  expect(exitCodeFor([])).toBe(1);
});

test.each<[string, SystemStatus[], number, number]>([
  ['all passed', [passed('lms', 'westeurope')], 0, 0],
  ['one found damage', [passed('lms', 'westeurope'), failed('other', 'westeurope')], 0, 2],
  ['one was never drilled', [passed('lms', 'westeurope'), untried('other', 'westeurope')], 0, 1],
  ['one gave no certainty', [doubtful('lms', 'westeurope')], 0, 1],
  ['one has an unreadable report', [unreadable], 0, 1],
  [
    'one found damage and one was never drilled',
    [failed('lms', 'westeurope'), untried('other', 'westeurope')],
    0,
    2,
  ],
  ['a scan found damage', [passed('lms', 'westeurope', { scan: scanned({ outcome: 'damaged' }) })], 0, 2],
  ['a scan failed', [passed('lms', 'westeurope', { scan: scanned({ outcome: 'failed' }) })], 0, 1],
  ['a prune failed', [passed('lms', 'westeurope', { prune: pruned({ outcome: 'failed' }) })], 0, 1],
  [
    'a guard held a prune back',
    [passed('lms', 'westeurope', { prune: pruned({ outcome: 'blocked' }) })],
    0,
    3,
  ],
  ['all passed, one region silent', [passed('lms', 'westeurope')], 1, 3],
  ['one was never drilled, one region silent', [untried('lms', 'westeurope')], 1, 1],
])('the exit code when %s', (_, systems, unansweredRegions, exit) => {
  expect(exitCodeFor([west(...systems)], { unansweredRegions })).toBe(exit);
});
