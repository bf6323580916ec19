/** What each kind of operation comes to, and with which exit code. */
import { expect, test } from 'vitest';
import { renderOperation } from '../../src/cli/operation-view.ts';
import { outcomeOf, worstExit } from '../../src/cli/outcome.ts';
import type { CycleResult } from '../../src/contracts/cycle.ts';
import type { RestoreResult } from '../../src/contracts/restore.ts';
import { cycled, drilled, viewOf } from './canned-operations.ts';

const idOf = (kind: string): string => `${kind}.lms.westeurope.20260301T013000Z`;
const endOf = (kind: string, result: unknown) =>
  outcomeOf(viewOf(idOf(kind), { state: 'succeeded', result }));
const failedScan: CycleResult['scan'] = { outcome: 'failed', detail: 'storage refused', seconds: 1 };
const damagedScan: CycleResult['scan'] = { ...failedScan, outcome: 'damaged' };
const heldPrune: CycleResult['prune'] = {
  outcome: 'blocked',
  detail: 'clock',
  deleted: 0,
  kept: 1,
  blocked: 1,
  seconds: 1,
};
const restored = (outcome: RestoreResult['outcome']): RestoreResult => ({
  ...{ outcome, restore: 'restore-20260301T013000Z', detail: 'x', servers: [], seconds: 1, timeline: [] },
});
const silent: CycleResult['heartbeat'] = { outcome: 'failed', detail: 'the database was down', seconds: 1 };

test.each<[string, string, unknown, string, number]>([
  ['a snapshot that was taken', 'snapshot', { outcome: 'done', detail: 'x', seconds: 1 }, 'done', 0],
  ['a snapshot that failed', 'snapshot', { outcome: 'failed', detail: 'x', seconds: 1 }, 'failed', 1],
  ['a clean scan', 'scan', { ...failedScan, outcome: 'clean' }, 'clean', 0],
  ['a scan that found damage', 'scan', damagedScan, 'damaged', 2],
  ['a prune that a guard held back', 'prune', heldPrune, 'blocked', 3],
  ['a drill that passed', 'drill', drilled('PASS'), 'PASS', 0],
  ['a drill that failed', 'drill', drilled('FAIL', ['x']), 'FAIL', 2],
  ['a drill without an answer', 'drill', drilled('INCONCLUSIVE', ['x']), 'INCONCLUSIVE', 1],
  ['a drill whose report is not signed', 'drill', { ...drilled('PASS'), unsigned: 'away' }, 'PARTIAL', 3],
  ['a failed one of that kind', 'drill', { ...drilled('FAIL', ['x']), unsigned: 'away' }, 'FAIL', 2],
  [
    'a cycle whose report is not signed',
    'cycle',
    { ...cycled('PASS'), drill: { ...drilled('PASS'), unsigned: 'away' } },
    'PARTIAL',
    3,
  ],
  ['a good cycle', 'cycle', cycled('PASS'), 'PASS', 0],
  ['a cycle whose drill failed', 'cycle', cycled('FAIL', ['x']), 'FAIL', 2],
  ['a cycle without heartbeat', 'cycle', cycled('PASS', [], { heartbeat: silent }), 'INCOMPLETE', 1],
  ['a cycle whose scan failed', 'cycle', cycled('PASS', [], { scan: failedScan }), 'INCOMPLETE', 1],
  ['a cycle whose scan found damage', 'cycle', cycled('PASS', [], { scan: damagedScan }), 'FAIL', 2],
  [
    'a cycle with damage and a doubtful drill',
    'cycle',
    cycled('INCONCLUSIVE', ['x'], { scan: damagedScan }),
    'FAIL',
    2,
  ],
  ['a cycle whose prune was held back', 'cycle', cycled('PASS', [], { prune: heldPrune }), 'PARTIAL', 3],
  ['a result of another version', 'drill', { verdict: 'PASS' }, 'unreadable', 1],
  ['a restore that is ready', 'restore', restored('ready'), 'ready', 0],
  ['a restore with a doubt', 'restore', restored('doubtful'), 'doubtful', 2],
  ['a restore that failed', 'restore', restored('failed'), 'failed', 1],
  ['a restore that was cancelled', 'restore', restored('cancelled'), 'cancelled', 3],
  ['a kind of a later version', 'rebuild', {}, 'succeeded', 0],
])('%s', (_, kind, result, word, exit) => {
  const outcome = endOf(kind, result);
  expect(outcome).toMatchObject({ word, exit });
  expect(outcome.reasons.length > 0 || exit === 0).toBe(true);
});

test('an operation that was lost says why, and one that runs is no fault', () => {
  expect(outcomeOf(viewOf(idOf('drill'), { state: 'failed', failure: 'lost' }))).toEqual({
    word: 'failed',
    reasons: ['lost'],
    exit: 1,
  });
  expect(outcomeOf(viewOf(idOf('drill'), { state: 'terminated' }))).toMatchObject({
    word: 'terminated',
    exit: 1,
  });
  expect(outcomeOf(viewOf(idOf('drill')))).toMatchObject({ word: 'running', exit: 0 });
});

test('every step of a cycle that was not good says why', () => {
  const { reasons } = endOf(
    'cycle',
    cycled('FAIL', ['check blobs: 1 missing'], { heartbeat: silent, scan: damagedScan }),
  );
  expect(reasons).toEqual([
    'heartbeat failed: the database was down',
    'integrity scan damaged: storage refused',
    'check blobs: 1 missing',
  ]);
});

test('the worst exit code wins: wrong before unknown before partial before good', () => {
  expect(worstExit([0, 3, 1, 2])).toBe(2);
  expect(worstExit([0, 3, 1])).toBe(1);
  expect(worstExit([0, 3])).toBe(3);
  expect(worstExit([])).toBe(0);
});

test('the report is named where there is one, and not where the drill could not be planned', () => {
  const told = (result: unknown, kind: string): string =>
    renderOperation(viewOf(idOf(kind), { state: 'succeeded', result })).join('\n');
  const { report: _, ...unplanned } = drilled('INCONCLUSIVE', ['the drill could not be planned: x']);
  expect(told(drilled('FAIL', ['x']), 'drill')).toContain(`report: lifeboat report --system lms`);
  expect(told(unplanned, 'drill')).not.toContain('report:');
  expect(told(cycled('FAIL', ['x']), 'cycle')).toContain('report: lifeboat report --system lms');
  expect(told({ ...cycled('INCONCLUSIVE', ['x']), drill: unplanned }, 'cycle')).not.toContain('report:');
});
