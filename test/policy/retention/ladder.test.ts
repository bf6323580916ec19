import fc from 'fast-check';
import { DateTime } from 'luxon';
import { describe, expect, test } from 'vitest';
import {
  climbLadder,
  ladderRungs,
  type Ladder,
  type LadderPoint,
} from '../../../src/policy/retention/ladder.ts';
import { budget } from '../../budget.ts';

const dayMillis = 86_400_000;
const at = (iso: string): LadderPoint => ({ id: iso, atMillis: Date.parse(`${iso}Z`) });

/** Kept ids, newest first, each with the rungs that keep it. */
function kept(points: readonly LadderPoint[], ladder: Ladder): string[] {
  const holds = climbLadder(points, ladder);
  return points
    .toSorted((a, b) => b.atMillis - a.atMillis)
    .filter((point) => holds.has(point.id))
    .map(({ id }) => {
      const rungs = holds.get(id) ?? [];
      return [
        id,
        ...rungs.map((one) => `${one.rung} ${one.nth}/${one.of}${one.isOldest ? ' oldest' : ''}`),
      ].join(', ');
    });
}

/** Twelve Sundays, 1 September to 17 November 2019. */
const sundays = Array.from({ length: 12 }, (_, week) => {
  const millis = Date.parse('2019-09-01T11:00:00Z') + week * 7 * dayMillis;
  return at(new Date(millis).toISOString().slice(0, 19));
});

describe("restic's documented examples", () => {
  test('of one backup every Sunday for 12 weeks, keep-daily 4 keeps the last four Sundays', () => {
    expect(kept(sundays, { keepDaily: 4 })).toEqual([
      '2019-11-17T11:00:00, keepDaily 1/4',
      '2019-11-10T11:00:00, keepDaily 2/4',
      '2019-11-03T11:00:00, keepDaily 3/4',
      '2019-10-27T11:00:00, keepDaily 4/4',
    ]);
  });

  test('daily backups for 100 years under 7 daily, 5 weekly, 12 monthly, 75 yearly', () => {
    // Sunday 31 December 2023: the week, the month and the year end on the same day.
    const newest = Date.parse('2023-12-31T20:00:00Z');
    const days = Array.from({ length: 36_525 }, (_, back) => ({
      id: `d${back}`,
      atMillis: newest - back * dayMillis,
    }));
    const holds = climbLadder(days, { keepDaily: 7, keepWeekly: 5, keepMonthly: 12, keepYearly: 75 });
    const by = (rung: string): string[] =>
      [...holds].filter(([, held]) => held.some((one) => one.rung === rung)).map(([id]) => id);
    expect(
      [by('keepDaily'), by('keepWeekly'), by('keepMonthly'), by('keepYearly')].map((ids) => ids.length),
    ).toEqual([7, 5, 12, 75]);
    const others = (of: string[], than: string[]): number => of.filter((id) => !than.includes(id)).length;
    // "4 last-day-of-the-week ones, since the 7 dailies already include 1 weekly"; "12 or 11"; "75 or 74".
    expect(others(by('keepWeekly'), by('keepDaily'))).toBe(4);
    expect(others(by('keepMonthly'), by('keepDaily'))).toBe(11);
    expect(others(by('keepYearly'), by('keepMonthly'))).toBe(74);
    expect(holds.size).toBe(7 + 4 + 11 + 74);
  });

  test('with fewer months than asked for, the oldest is kept as well, and says so', () => {
    const points = [
      '2024-01-02T13:42:44',
      '2024-01-03T01:04:38',
      '2024-01-04T20:09:54',
      '2024-01-04T20:20:32',
    ];
    expect(kept(points.map(at), { keepMonthly: 4 })).toEqual([
      '2024-01-04T20:20:32, keepMonthly 1/4',
      '2024-01-02T13:42:44, keepMonthly 2/4 oldest',
    ]);
  });

  test('the results are ORed: one point may stand on several rungs', () => {
    expect(kept(sundays, { keepLast: 1, keepWeekly: 1, keepMonthly: 2 })).toEqual([
      '2019-11-17T11:00:00, keepLast 1/1, keepWeekly 1/1, keepMonthly 1/2',
      '2019-10-27T11:00:00, keepMonthly 2/2',
    ]);
  });
});

describe('buckets follow the UTC calendar', () => {
  test('a week is the ISO week: 30 December 2024 and 5 January 2025 share one, 6 January begins the next', () => {
    const points = [
      '2024-12-29T23:59:59',
      '2024-12-30T00:00:00',
      '2025-01-05T23:59:59',
      '2025-01-06T00:00:00',
    ];
    expect(kept(points.map(at), { keepWeekly: 3 })).toEqual([
      '2025-01-06T00:00:00, keepWeekly 1/3',
      '2025-01-05T23:59:59, keepWeekly 2/3',
      '2024-12-29T23:59:59, keepWeekly 3/3',
    ]);
  });

  test.each([
    ['keepDaily', '2026-03-28T23:59:59', '2026-03-29T00:00:00'],
    ['keepMonthly', '2026-02-28T23:59:59', '2026-03-01T00:00:00'],
    ['keepYearly', '2025-12-31T23:59:59', '2026-01-01T00:00:00'],
  ] as const)('%s turns at midnight UTC', (rung, before, after) => {
    expect(kept([at(before), at(after)], { [rung]: 2 })).toHaveLength(2);
    expect(kept([at(before), at(after)], { [rung]: 1 })).toEqual([`${after}, ${rung} 1/1`]);
  });

  test('days without a point do not count', () => {
    const points = ['2026-01-01T00:00:00', '2026-02-01T00:00:00', '2026-03-01T00:00:00'].map(at);
    expect(kept(points, { keepDaily: 2 }).map((line) => line.slice(0, 10))).toEqual([
      '2026-03-01',
      '2026-02-01',
    ]);
  });

  test('points of the same instant are told apart by id, whatever order they come in', () => {
    const twins = ['b', 'a', 'c'].map((id) => ({ id, atMillis: 0 }));
    expect([...climbLadder(twins, { keepLast: 1 }).keys()]).toEqual(['a']);
    expect([...climbLadder(twins.toReversed(), { keepLast: 1 }).keys()]).toEqual(['a']);
  });
});

/**
 * The documented rule once more, by the calendar's own text: "for the last n days which have one or more snapshots,
 * keep only the most recent one for each day"; "if there are not enough, the oldest is kept additionally".
 */
function documented(points: readonly LadderPoint[], ladder: Ladder): Set<string> {
  const result = new Set<string>();
  const key = (millis: number, rung: string, id: string): string => {
    const date = DateTime.fromMillis(millis, { zone: 'utc' });
    const formats: Record<string, string> = {
      keepDaily: 'yyyy-LL-dd',
      keepWeekly: "kkkk-'W'WW",
      keepMonthly: 'yyyy-LL',
    };
    return rung === 'keepLast' ? id : date.toFormat(formats[rung] ?? 'yyyy');
  };
  for (const rung of ladderRungs) {
    const count = ladder[rung] ?? 0;
    const newest = new Map<string, LadderPoint>();
    for (const point of points) {
      const bucket = key(point.atMillis, rung, point.id);
      const other = newest.get(bucket);
      if (other === undefined || point.atMillis > other.atMillis) newest.set(bucket, point);
    }
    const best = [...newest.values()].toSorted((a, b) => b.atMillis - a.atMillis);
    for (const point of best.slice(0, count)) result.add(point.id);
    const oldest = points.toSorted((a, b) => a.atMillis - b.atMillis)[0];
    if (oldest !== undefined && best.length < count) result.add(oldest.id);
  }
  return result;
}

describe('over random points', () => {
  const span = 3 * 366 * dayMillis;
  const times = fc.uniqueArray(fc.integer({ min: 0, max: span }), { maxLength: 40 });
  const count = fc.integer({ min: 0, max: 8 });
  const ladders = fc.record({
    ...{ keepLast: count, keepDaily: count, keepWeekly: count, keepMonthly: count, keepYearly: count },
  });

  test('what is kept is what the documented rule keeps', () => {
    fc.assert(
      fc.property(times, ladders, (drawn, ladder) => {
        const points = drawn.map((millis) => ({ id: `p${millis}`, atMillis: 1.7e12 + millis }));
        const keeps = new Set(climbLadder(points, ladder).keys());
        expect(keeps).toEqual(documented(points, ladder));
        // Climbing again over what was kept drops nothing more.
        const again = climbLadder(
          points.filter((point) => keeps.has(point.id)),
          ladder,
        );
        expect(new Set(again.keys())).toEqual(keeps);
      }),
      { numRuns: budget.policyProperties },
    );
  });
});
