import { DateTime } from 'luxon';
import { describe, expect, test } from 'vitest';
import type { PointItem, RetentionItem } from '../../../src/policy/retention/items.ts';
import {
  ago,
  cover,
  day,
  decide,
  decideLast,
  drillFailed,
  now,
  pin,
  point,
  proven,
  server,
  short,
} from './make.ts';

const old = 9 * day;
const other = '/servers/unite-eastus';
const shorts = (items: readonly RetentionItem[], by = {}): string[] => decide(items, by).map(short);
const millisecond = 1 / 3_600_000;

describe('the edge of the window', () => {
  test.each([
    ['a millisecond inside', 168 - millisecond, 'keep inside-window'],
    ['at exactly 168 hours', 168, 'keep inside-window'],
    ['a millisecond past', 168 + millisecond, 'expire past-window'],
  ])('%s is judged to the millisecond', (_where, age, wanted) => {
    expect(decideLast(point('p', age))).toBe(wanted);
    expect(decideLast(point('p', age, { source: 'export' }))).toBe(wanted);
  });

  test.each([
    ['Europe/Berlin', '2026-03-29T12:00:00'],
    ['America/New_York', '2026-11-01T12:00:00'],
  ])('is 168 hours of UTC and not seven local days across the clock change of %s', (zone, local) => {
    const judged = DateTime.fromISO(local, { zone });
    const fresh = point('cover', 0, { completedAt: judged.minus({ hours: 1 }) });
    const edge = point('edge', 0, { completedAt: judged.toUTC().minus({ hours: 168 }) });
    const past = point('past', 0, { completedAt: judged.toUTC().minus({ hours: 168, milliseconds: 1 }) });
    expect(decide([fresh, edge, past], {}, {}, [], judged).map(short)).toEqual([
      'keep inside-window',
      'keep inside-window',
      'expire past-window',
    ]);
    expect(judged.minus({ days: 7 }).toMillis()).not.toBe(judged.minus({ hours: 168 }).toMillis());
  });
});

describe('what is past the window stays', () => {
  test.each<[string, string, Partial<PointItem>]>([
    ["when it is the provider's automatic backup", 'keep providers-own', { source: 'automatic' }],
    ["when it is an instant of the provider's", 'keep providers-own', { source: 'instant' }],
    ["when it is a person's own", 'keep persons-own', { owner: 'person' }],
    ['when it is pinned without an end', 'keep pinned', { pins: [pin()] }],
    ['when it is pinned for a while yet', 'keep pinned', { pins: [pin({ until: ago(-millisecond) })] }],
    ['when it is the newest proven one', 'keep newest-proven', proven()],
    [
      'when it is the newest proven one and pinned',
      'keep newest-proven pinned',
      { ...proven(), pins: [pin()] },
    ],
    [
      'but not when its pin has ended, to the millisecond',
      'expire past-window',
      { pins: [pin({ until: now })] },
    ],
    ['but not when its drill failed', 'expire past-window', drillFailed],
    [
      'but not when it is a failed one',
      'expire past-window',
      { condition: { state: 'failed', because: 'x' } },
    ],
    [
      'but not when it is proven and being deleted already',
      'expire past-window',
      { ...proven(), isMarked: true },
    ],
  ])('%s', (_when, wanted, facts) => {
    expect(decideLast(point('p', old, facts))).toBe(wanted);
  });

  test('when fewer proven ones than the minimum were left without it, the newest first', () => {
    const items = [1, 2, 3, 4].map((n) => point(`p${n}`, old + n, proven()));
    expect(shorts([cover, ...items], { minimumProven: 3 })).toEqual([
      'keep inside-window',
      'keep newest-proven',
      'keep minimum-proven',
      'keep minimum-proven',
      'expire past-window',
    ]);
  });

  test('when only one proven one exists and the minimum is more: nothing proven goes', () => {
    expect(shorts([cover, point('p', old, proven())], { minimumProven: 5 })[1]).toBe('keep newest-proven');
  });

  test('of equally old proven ones exactly one is the newest, whatever the order', () => {
    const twins = [point('b', old, proven()), point('a', old, proven())];
    expect(shorts([cover, ...twins]).slice(1)).toEqual(['expire past-window', 'keep newest-proven']);
    expect(shorts([cover, ...twins.toReversed()]).slice(1)).toEqual([
      'keep newest-proven',
      'expire past-window',
    ]);
  });

  test.each<[string, Partial<PointItem>, number]>([
    ['failed its drill', drillFailed, 1],
    ['is dated in the future', proven(), -1],
    ['is incomplete', { ...proven(), condition: { state: 'incomplete', missing: ['inventory'] } }, 1],
    ['could not be read back', { ...proven(), condition: { state: 'unverified', because: 'digest' } }, 1],
    ['is being deleted', { ...proven(), isMarked: true }, 1],
    ["is the provider's, who expires it by itself", { ...proven(), source: 'automatic' }, 1],
    ["is a person's, who may delete it", { ...proven(), owner: 'person' }, 1],
  ])('as the newest proven one when the newer proven one %s', (_why, facts, age) => {
    const items = [cover, point('newer', age, facts), point('p', old, proven())];
    expect(shorts(items)[2]).toBe('keep newest-proven');
  });
});

describe('the last cover', () => {
  test.each<[string, Partial<PointItem>, number]>([
    ['failed', { condition: { state: 'failed', because: 'x' } }, 1],
    ['is incomplete', { condition: { state: 'incomplete', missing: ['record'] } }, 1],
    ['is unverified', { condition: { state: 'unverified', because: 'x' } }, 1],
    ['is dated in the future', {}, -1],
    ['failed its drill', drillFailed, 1],
    ['is being deleted', { isMarked: true }, 1],
    ["is a person's own", { owner: 'person' }, 1],
    ['is past the window itself', {}, 8 * day],
    ['is of another server', { servers: [other] }, 1],
  ])('is never deleted while the only newer one %s', (_why, facts, age) => {
    expect(shorts([point('newer', age, facts), point('p', old)])[1]).toBe('blocked last-cover');
  });

  test.each<[string, Partial<PointItem>]>([
    ['a whole one that was never drilled', {}],
    ['an automatic one that is whole', { source: 'automatic' }],
    ['one of several servers', { servers: [other, server] }],
  ])('is any more once %s is inside the window', (_what, facts) => {
    expect(shorts([point('newer', 1, facts), point('p', old)])[1]).toBe('expire past-window');
  });
});

describe('a point of several servers', () => {
  const both = { servers: [server, other] };
  test('stays as one while one of them has no cover', () => {
    expect(shorts([cover, point('p', old, both)])[1]).toBe('blocked last-cover');
    const covered = [cover, point('c', 1, { servers: [other] }), point('p', old, both)];
    expect(shorts(covered)[2]).toBe('expire past-window');
  });

  test('stays as one while it is the newest proven one of either', () => {
    const items = [
      point('c', 1, { ...both, ...proven() }),
      point('q', old, { ...proven(), servers: [other] }),
    ];
    expect(shorts([...items, point('p', old + 1, { ...both, ...proven() })])).toEqual([
      'keep inside-window newest-proven',
      'expire past-window',
      'expire past-window',
    ]);
    const newer = [point('c', 1, both), point('q', old, { ...proven(), servers: [other] })];
    expect(shorts([...newer, point('p', old + 1, { ...both, ...proven() })])).toEqual([
      'keep inside-window',
      'keep newest-proven',
      'keep newest-proven',
    ]);
  });

  test('that names no server is never deleted', () => {
    expect(decideLast(point('p', old, { servers: [] }))).toBe('blocked last-cover');
  });
});

describe('a chain of bases', () => {
  const base = (id: string, age: number, facts: Partial<PointItem> = {}): PointItem =>
    point(id, age, { role: 'chain-base', ...facts });

  test('is needed from the newest to the first that was complete before the window, and that one as well', () => {
    const items = [base('b1', 1), base('b2', 6 * day), base('b3', 8 * day), base('b4', 15 * day)];
    expect(shorts(items)).toEqual([
      'keep inside-window chain-needed',
      'keep inside-window chain-needed',
      'keep chain-needed',
      'expire past-window',
    ]);
    expect(decide(items)[1]?.reasons[1]).toMatchObject({ anchor: 'b3' });
  });

  test('that was complete at the very start of the window does not stand for one before it', () => {
    expect(shorts([base('b1', 168), base('b2', 169)])).toEqual([
      'keep inside-window chain-needed',
      'keep chain-needed',
    ]);
  });

  test('does not begin on a base that failed: the next older good one is needed', () => {
    const failed = { condition: { state: 'failed' as const, because: 'x' } };
    expect(
      shorts([base('b1', 1), base('b2', 8 * day, failed), base('b3', 9 * day), base('b4', old + 1)]),
    ).toEqual([
      'keep inside-window chain-needed',
      'keep chain-needed',
      'keep chain-needed',
      'expire past-window',
    ]);
  });

  test('is one for each server and source', () => {
    const items = [cover, base('b1', 8 * day, { source: 'export' }), base('b2', old)];
    expect(shorts(items)).toEqual(['keep inside-window', 'keep chain-needed', 'keep chain-needed']);
  });
});

describe('the ladder beside the window', () => {
  test('keeps what the window lets go, and names every rung', () => {
    const items = [1, 8, 9, 40].map((days) => point(`d${days}`, days * day));
    const decided = decide(items, { ladder: { keepDaily: 2, keepMonthly: 2 } });
    expect(decided.map(short)).toEqual([
      'keep inside-window ladder ladder',
      'keep ladder',
      'expire past-window',
      'keep ladder',
    ]);
    expect(decided[3]?.reasons).toEqual([
      { reason: 'ladder', rung: 'keepMonthly', nth: 2, of: 2, isOldest: false, servers: [server] },
    ]);
  });

  test('gives no rung to what is not good, so that it takes none from what is', () => {
    const items = [point('bad', 8 * day, drillFailed), point('good', 8 * day + 1)];
    expect(shorts([cover, ...items], { ladder: { keepDaily: 2 } }).slice(1)).toEqual([
      'expire past-window',
      'keep ladder',
    ]);
  });

  test('is climbed by each server and source alone', () => {
    const items = [point('e', 8 * day, { source: 'export' }), point('s', old)];
    expect(shorts([cover, ...items], { ladder: { keepLast: 2 } }).slice(1)).toEqual([
      'keep ladder',
      'keep ladder',
    ]);
  });
});
