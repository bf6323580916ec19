import fc from 'fast-check';
import { DateTime } from 'luxon';
import { describe, expect, test } from 'vitest';
import { exposureAt, type ExposedPoint, type Exposure, type Reach } from '../../src/policy/exposure.ts';
import { budget } from '../budget.ts';

const now = DateTime.fromISO('2026-03-08T12:00:00.000Z', { zone: 'utc' });
const hoursAgo = (hours: number): DateTime => now.minus({ hours });
const proof = { state: 'proven', at: hoursAgo(0.5), drill: 'drill-20260308T113000Z' } as const;
const failed = { ...proof, state: 'drill-failed' } as const;
const unproven = { state: 'unproven' } as const;

const point = (id: string, hours: number, change: Partial<ExposedPoint> = {}): ExposedPoint => ({
  ...{ id, instant: hoursAgo(hours), proof, isMarked: false, lacks: [] },
  parts: [{ server: 'main', instant: hoursAgo(hours) }],
  ...change,
});

const week: Reach = { state: 'from', earliest: hoursAgo(168) };
const objective = 6 * 3600;
const judge = (points: readonly ExposedPoint[], reach: Reach = week, at = now): Exposure =>
  exposureAt(points, new Map([['main', reach]]), objective, at);

describe('the exposure', () => {
  test('is the age of the newest proven point, whatever the order', () => {
    const { proven, verdict } = judge([point('old', 9), point('new', 2), point('older', 30)]);
    expect([proven?.id, proven?.seconds, verdict]).toEqual(['new', 7200, 'within']);
  });

  test('grows with the time, second for second, and passes its objective the instant after it', () => {
    const seconds = (after: number): unknown[] => {
      const { proven, verdict } = judge([point('a', 6)], week, now.plus({ milliseconds: after }));
      return [proven?.seconds, verdict];
    };
    expect(seconds(0)).toEqual([21_600, 'within']);
    expect(seconds(1)).toEqual([21_600.001, 'over']);
    expect(seconds(5000)).toEqual([21_605, 'over']);
  });

  test('does not shrink by a newer point that nobody drilled; that one is told apart', () => {
    const { proven, unproven: newest } = judge([point('b', 1, { proof: unproven }), point('a', 5)]);
    expect([proven?.id, newest?.id, newest?.seconds]).toEqual(['a', 'b', 3600]);
  });

  test('without a proven point is no figure at all', () => {
    expect(judge([])).toMatchObject({ verdict: 'nothing-proven', proven: undefined, unproven: undefined });
    expect(judge([point('a', 1, { proof: unproven })])).toMatchObject({
      verdict: 'nothing-proven',
      unproven: { id: 'a' },
    });
  });

  test.each<[string, Partial<ExposedPoint>, string]>([
    ['whose deletion was begun', { isMarked: true }, 'given-up'],
    ['of the future', { instant: now.plus(1) }, 'future-dated'],
    ['that a later drill refuted', { proof: failed }, 'refuted'],
    ['without a database of the system', { lacks: ['database other'] }, 'incomplete'],
    [
      'of which one database is out of reach',
      { parts: [point('x', 1).parts[0]!, { server: 'main', instant: hoursAgo(168.01) }] },
      'out-of-reach',
    ],
    ['of a server that nobody knows', { parts: [{ server: 'gone', instant: hoursAgo(1) }] }, 'out-of-reach'],
  ])('does not count a point %s, proven or not', (_, change, why) => {
    expect(judge([point('bad', 1, change), point('good', 4)])).toMatchObject({
      proven: { id: 'good' },
      notCounted: [{ id: 'bad', why }],
    });
    const unprovenToo = change.proof === undefined ? { proof: unproven, ...change } : change;
    expect(judge([point('bad', 1, unprovenToo), point('good', 4)]).unproven).toBeUndefined();
  });

  test('counts a point at the very first instant that can be restored, and none before it', () => {
    const reach: Reach = { state: 'from', earliest: hoursAgo(3) };
    expect(judge([point('a', 3)], reach).proven?.id).toBe('a');
    expect(judge([point('a', 3 + 1 / 3_600_000)], reach).verdict).toBe('nothing-proven');
    expect(judge([point('a', 3)], { state: 'nowhere' }).verdict).toBe('nothing-proven');
  });

  test('is a lower bound while the provider does not say how far back it can go', () => {
    const reach: Reach = { state: 'unknown', because: 'no answer' };
    expect(judge([point('a', 2)], reach)).toMatchObject({ verdict: 'unknown', doubts: ['no answer'] });
    expect(judge([point('a', 7)], reach)).toMatchObject({ verdict: 'over', doubts: ['no answer'] });
    expect(judge([point('a', 2, { proof: unproven })], reach).verdict).toBe('nothing-proven');
  });
});

const anyPoint = fc
  .record({
    hours: fc.integer({ min: -2, max: 240 }),
    proof: fc.constantFrom(proof, failed, unproven),
    isMarked: fc.boolean(),
    lacks: fc.constantFrom<string[]>([], ['store files']),
  })
  .map(({ hours, ...rest }) => point(`p${hours}`, hours, rest));

test('one more point never makes the exposure worse, and what counts no more never makes it better', () => {
  fc.assert(
    fc.property(fc.array(anyPoint, { maxLength: 8 }), anyPoint, (points, another) => {
      const seconds = (of: readonly ExposedPoint[]): number => judge(of).proven?.seconds ?? Infinity;
      const counts = judge([another]).proven !== undefined;
      const [before, after] = [seconds(points), seconds([...points, another])];
      expect(after).toBeLessThanOrEqual(before);
      expect(counts || after === before).toBe(true);
      expect(judge(points).verdict === 'within').toBe(before <= objective);
    }),
    { numRuns: budget.policyProperties },
  );
});
