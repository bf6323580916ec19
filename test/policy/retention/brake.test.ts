import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { brakeSentence } from '../../../src/policy/retention/brake-words.ts';
import { brakeOf, type BrakeState } from '../../../src/policy/retention/brake.ts';
import { decideRetention } from '../../../src/policy/retention/decide.ts';
import type { PointItem, RetentionItem } from '../../../src/policy/retention/items.ts';
import type { RetentionPolicy } from '../../../src/policy/retention/policy.ts';
import type { RetentionDecision } from '../../../src/policy/retention/reasons.ts';
import { budget } from '../../budget.ts';
import { plainCases, realCase } from './cases.ts';
import {
  copy,
  cover,
  day,
  decide,
  drillServer,
  history,
  point,
  policy,
  proven,
  report,
  server,
  store,
  unreferenced,
} from './make.ts';

const old = 9 * day;
const many = <T>(count: number, make: (id: string) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(`m${index}`));
const brake = (items: readonly RetentionItem[], by: Partial<RetentionPolicy> = {}): BrakeState =>
  brakeOf(decide(items, by), [store()], { ...policy, ...by });
const limits = (state: BrakeState): unknown[] => (state.state === 'held' ? [...state.limits] : []);
const young = many(7, (id) => point(`young-${id}`, 1, proven()));

/** The decision as it is not made: to delete what the rules keep. */
const forced = (item: PointItem): RetentionDecision => ({
  ...{ id: item.id, item, decision: 'expire' },
  reasons: [{ reason: 'past-window', ageHours: 1, windowHours: 168, cover: [] }],
});

describe('the share of one kind of recovery point', () => {
  test.each([
    [3, 'released'],
    [4, 'held'],
  ])('%i of ten and a bit: %s', (count, state) => {
    const items = [...young, ...many(count, (id) => point(id, old))];
    expect(brake(items).state).toBe(state);
  });

  test('is counted for each kind alone', () => {
    const exports = [point('e1', 1, { source: 'export' }), point('e2', old, { source: 'export' })];
    expect(limits(brake([...young, ...exports]))).toEqual([
      { limit: 'fraction', group: 'export', store: undefined, deletes: 1, of: 2, most: 0.3 },
    ]);
  });

  test('of blobs is that of the whole store, of copies that of what is listed', () => {
    const blobs = many(31, (id) => unreferenced(id, old));
    const decisions = decide([...young, ...blobs]);
    expect(brakeOf(decisions, [store({ blobs: 1_000 })], policy).state).toBe('released');
    expect(limits(brakeOf(decisions, [store({ blobs: 100 })], policy))).toEqual([
      { limit: 'fraction', group: 'unreferenced-blob', store: 'cases', deletes: 31, of: 100, most: 0.3 },
    ]);
    const copies = [...many(7, (id) => copy(`c-${id}`, 1)), ...many(4, (id) => copy(id, old))];
    expect(limits(brake([...young, ...copies]))).toMatchObject([
      { limit: 'fraction', group: 'blob-snapshot' },
    ]);
  });

  test('of reports is braked, leaked servers and histories are not', () => {
    const reports = many(2, (id) => report(id, 3_000 * day));
    expect(limits(brake([...young, ...reports]))).toMatchObject([{ limit: 'fraction', group: 'report' }]);
    const rubbish = [...many(50, (id) => drillServer(id, 48)), ...many(50, (id) => history(id, 99 * day))];
    expect(brake([...young, ...rubbish])).toEqual({ state: 'released' });
  });
});

describe('the number at once', () => {
  test('is capped whatever its share', () => {
    const items = [...many(100, (id) => point(`y-${id}`, 1, proven())), ...many(21, (id) => point(id, old))];
    expect(limits(brake(items))).toEqual([{ limit: 'count', what: 'points', deletes: 21, most: 20 }]);
    const most = { maxDeleteFraction: 0.3, maxDeleteCount: 21 };
    expect(brake(items, { brake: most })).toEqual({ state: 'released' });
  });

  test('of content has a cap of its own', () => {
    const contentBrake = { maxDeleteFraction: 1, maxDeleteCount: 2 };
    const copies = many(3, (id) => copy(id, old));
    expect(limits(brake([...young, ...copies], { contentBrake }))).toEqual([
      { limit: 'count', what: 'content', deletes: 3, most: 2 },
    ]);
  });
});

describe('what is left', () => {
  const wide = { brake: { maxDeleteFraction: 1, maxDeleteCount: 99 } };

  test('must be as many proven points of each server as the minimum, where a proven one goes', () => {
    const minimumProven = 2;
    const decisions = [...decide([cover, point('q', 1, proven())]), forced(point('p', old, proven()))];
    expect(limits(brakeOf(decisions, [], { ...policy, ...wide, minimumProven }))).toEqual([
      { limit: 'minimum-proven', server, left: 1, minimum: 2 },
    ]);
    expect(brakeOf(decisions, [], { ...policy, ...wide })).toEqual({ state: 'released' });
  });

  test('need not be proven where nothing that goes is', () => {
    expect(brake([cover, point('p', old)], wide)).toEqual({ state: 'released' });
  });

  test('must be something, of each server and of each kind: the brake does not trust the rules', () => {
    const only = point('p', old, proven());
    expect(limits(brakeOf([forced(only)], [], { ...policy, ...wide }))).toEqual([
      { limit: 'minimum-proven', server, left: 0, minimum: 1 },
      { limit: 'empties-server', server, deletes: 1 },
      { limit: 'empties-kind', group: 'on-demand', deletes: 1 },
    ]);
  });

  test('must be good for something, where there was something good', () => {
    const bad = point('bad', 1, { condition: { state: 'failed', because: 'x' } });
    const decisions = [...decide([bad]), forced(point('p', old, proven()))];
    expect(limits(brakeOf(decisions, [], { ...policy, ...wide }))).toContainEqual({
      ...{ limit: 'empties-server', server, deletes: 1 },
    });
  });
});

test('what passed the limits is told in one sentence', () => {
  const items = [...young, ...many(21, (id) => point(id, old)), point('e', old, { source: 'export' })];
  expect(brakeSentence(brake(items))).toBe(
    'the plan waits for approval: it would delete 21 of 28 on-demand backups, more than 30 %; it would delete 1 of 1 exports, more than 30 %; it would delete 22 recovery points and dumps at once, more than 20; it would leave none of the exports',
  );
  expect(brakeSentence({ state: 'released' })).toBe('the plan is within every limit');
});

test('whatever a released plan deletes is within the share and the number, and leaves the minimum', () => {
  fc.assert(
    fc.property(plainCases.map(realCase), ({ catalogue, policy: by, now, doubts }) => {
      const decisions = decideRetention(catalogue, by, now, doubts);
      if (brakeOf(decisions, catalogue.stores, by).state === 'held') return;
      const points = decisions.filter(({ item }) => item.kind === 'recovery-point');
      const gone = points.filter(({ decision }) => decision === 'expire');
      expect(gone.length).toBeLessThanOrEqual(by.brake.maxDeleteCount);
      expect(gone.length).toBeLessThanOrEqual(points.length * by.brake.maxDeleteFraction);
      const left = points.filter(({ decision }) => decision !== 'expire');
      for (const of of new Set(gone.flatMap(({ item }) => (item as PointItem).servers))) {
        const least = Math.min(by.minimumProven, provenOf(points, of));
        expect(provenOf(left, of)).toBeGreaterThanOrEqual(least);
      }
    }),
    { numRuns: budget.policyProperties },
  );
});

function provenOf(points: readonly RetentionDecision[], server_: string): number {
  return points.filter(
    ({ item }) =>
      item.kind === 'recovery-point' &&
      item.servers.includes(server_) &&
      item.condition.state === 'whole' &&
      !item.isMarked &&
      item.proof.state === 'proven',
  ).length;
}
