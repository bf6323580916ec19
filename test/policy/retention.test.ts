import fc from 'fast-check';
import { DateTime } from 'luxon';
import { describe, expect, test } from 'vitest';
import {
  decideRetention,
  type BackupItem,
  type RetentionDecision,
  type RetentionDoubts,
  type RetentionItem,
  type RetentionPolicy,
  type SnapshotItem,
} from '../../src/policy/retention.ts';
import { budget } from '../budget.ts';

const hour = 3_600_000;
const now = DateTime.fromISO('2026-03-20T06:00:00.000Z', { zone: 'utc' });
const policy: RetentionPolicy = { windowHours: 168, minimumProven: 1 };
const sure: RetentionDoubts = { clock: undefined, listing: undefined };

const backup = (id: string, ageMilliseconds: number, facts: Partial<BackupItem> = {}): BackupItem => ({
  ...{ kind: 'on-demand-backup', id, completedAt: now.minus(ageMilliseconds), ours: true },
  ...{ provenAt: undefined, pinnedBy: undefined, isWhole: true },
  ...facts,
});
const snapshot = (id: string, ageMilliseconds: number, blobIsDamaged = false): SnapshotItem => ({
  ...{ kind: 'blob-snapshot', id, completedAt: now.minus(ageMilliseconds), blobIsDamaged },
});
/** Something whole inside the window, so that nothing is the last cover. */
const cover = backup('cover', hour);
const decideOne = (item: RetentionItem, doubts = sure, by = policy): RetentionDecision =>
  decideRetention([cover, item], by, doubts, now)[1]!;

describe('the edge of the window', () => {
  const edge = 168 * hour;
  test.each([
    ['a millisecond inside', edge - 1, 'keep', 'inside-window'],
    ['at exactly 168 hours', edge, 'keep', 'inside-window'],
    ['a millisecond past', edge + 1, 'expire', 'past-window'],
  ])('%s is judged to the millisecond, for backups and snapshots alike', (_where, age, decision, reason) => {
    expect(decideOne(backup('b', age))).toMatchObject({ decision, reason });
    expect(decideOne(snapshot('s', age))).toMatchObject({ decision, reason });
  });

  test.each([
    ['Europe/Berlin', '2026-03-29T12:00:00'],
    ['America/New_York', '2026-11-01T12:00:00'],
  ])('is 168 hours of UTC and not seven local days across the clock change of %s', (zone, local) => {
    const judged = DateTime.fromISO(local, { zone });
    const sevenDaysAgo = judged.minus({ days: 7 });
    const items = [
      { ...cover, completedAt: judged.minus({ hours: 1 }) },
      { ...cover, id: 'b', completedAt: sevenDaysAgo },
    ];
    const isOlder = judged.toMillis() - sevenDaysAgo.toMillis() > 168 * hour;
    expect(decideRetention(items, policy, sure, judged)[1]?.decision).toBe(isOlder ? 'expire' : 'keep');
    expect(judged.toMillis() - sevenDaysAgo.toMillis()).not.toBe(168 * hour);
  });
});

describe('what is past the window stays', () => {
  const old = 9 * 24 * hour;
  const proven = { provenAt: now.minus({ days: 1 }) };

  test("when it is a person's own, however old", () => {
    expect(decideOne(backup('b', 400 * 24 * hour, { ours: false }))).toMatchObject({
      decision: 'keep',
      reason: 'not-ours',
    });
  });

  test('when it is pinned, naming what pins it', () => {
    expect(decideOne(backup('b', old, { pinnedBy: 'legal hold 17' }))).toMatchObject({
      decision: 'keep',
      reason: 'pinned',
      sentence: 'kept: it is 9.0 days old, but pinned by legal hold 17',
    });
  });

  test('when it is the newest proven one, and only that one', () => {
    const items = [cover, backup('older', old + hour, proven), backup('newer', old, proven)];
    expect(
      decideRetention(items, policy, sure, now).map(({ decision, reason }) => `${decision} ${reason}`),
    ).toEqual(['keep inside-window', 'expire past-window', 'keep newest-proven']);
  });

  test('when fewer proven ones than the minimum were left without it', () => {
    const items = [1, 2, 3, 4].map((n) => backup(`b${n}`, old + n * hour, proven));
    const decided = decideRetention([cover, ...items], { ...policy, minimumProven: 3 }, sure, now);
    expect(decided.slice(1).map((one) => one.reason)).toEqual([
      'newest-proven',
      'minimum-proven',
      'minimum-proven',
      'past-window',
    ]);
  });

  test('when a newer proven one is dated in the future and so counts for nothing', () => {
    const items = [backup('odd', -hour, proven), cover, backup('b', old, proven)];
    expect(decideRetention(items, policy, sure, now).map((one) => one.reason)).toEqual([
      'future-dated',
      'inside-window',
      'newest-proven',
    ]);
  });

  test.each([
    ['is not whole', { isWhole: false }, hour],
    ["is a person's own that the catalogue does not know", { ours: false, isWhole: false }, hour],
    ['is dated in the future', {}, -hour],
  ])('as the last cover when the only newer one %s', (_why, facts, age) => {
    const [, decided] = decideRetention([backup('newer', age, facts), backup('b', old)], policy, sure, now);
    expect(decided).toMatchObject({ decision: 'blocked', reason: 'last-cover' });
  });

  test('when the last scan found its blob damaged', () => {
    expect(decideOne(snapshot('s', old, true))).toMatchObject({ decision: 'keep', reason: 'repair-source' });
    expect(decideOne(snapshot('s', old))).toMatchObject({ decision: 'expire' });
  });
});

describe('a date in the future', () => {
  test.each([
    ['within the tolerance of five minutes is of now', -5 * 60_000, 'keep', 'inside-window'],
    ['a millisecond beyond it blocks', -5 * 60_000 - 1, 'blocked', 'future-dated'],
  ])('%s', (_what, age, decision, reason) => {
    expect(decideOne(backup('b', age))).toMatchObject({ decision, reason });
    expect(decideOne(snapshot('s', age))).toMatchObject({ decision, reason });
  });
});

describe('a doubt', () => {
  const old = 9 * 24 * hour;
  test.each([
    ['clock', { clock: 'storage is 3600 s ahead', listing: undefined }],
    ['listing', { clock: undefined, listing: 'page 3 did not come' }],
  ] as const)(
    'about the %s blocks everything that would expire, and changes nothing else',
    (reason, doubts) => {
      const items = [cover, backup('b', old), snapshot('s', old), backup('p', old, { pinnedBy: 'a drill' })];
      const certain = decideRetention(items, policy, sure, now);
      const doubtful = decideRetention(items, policy, doubts, now);
      expect(certain.filter((one) => one.decision === 'expire').map((one) => one.id)).toEqual(['b', 's']);
      const wanted = certain.map((one) =>
        one.decision === 'expire' ? { id: one.id, decision: 'blocked', reason } : one,
      );
      expect(doubtful).toMatchObject(wanted);
      expect(doubtful[1]?.sentence).toContain(doubts.clock ?? doubts.listing);
    },
  );
});

test('each reason reads as a sentence that gives the age and the rule', () => {
  const old = 9 * 24 * hour;
  const proven = { provenAt: now.minus({ days: 1 }) };
  const doubts: RetentionDoubts = { clock: undefined, listing: 'a page is missing' };
  const items = [
    cover,
    backup('a', -30 * hour),
    backup('b', old, { ours: false }),
    backup('c', old, { pinnedBy: 'a restore' }),
    backup('d', old, proven),
    backup('e', old + 1, proven),
    snapshot('f', old, true),
    snapshot('g', old),
  ];
  const sentences = (given: readonly RetentionItem[], by: RetentionDoubts): string[] =>
    decideRetention(given, { ...policy, minimumProven: 2 }, by, now).map((one) => one.sentence);
  expect(sentences(items, doubts)).toEqual([
    'kept: it is 1.0 hours old, inside the window of 168 hours',
    'not deleted: it is dated 30.0 hours in the future, so its age cannot be judged',
    "kept: it is a person's own backup, which is theirs to delete",
    'kept: it is 9.0 days old, but pinned by a restore',
    'kept: it is the newest proven recovery point, although 9.0 days old',
    'kept: it is 9.0 days old, but without it fewer proven recovery points were left than the minimum',
    'kept: it is 9.0 days old, but its blob is damaged and may be repaired from it',
    'not deleted: it is 9.0 days old, but not everything could be listed: a page is missing',
  ]);
  expect(sentences([backup('b', old)], sure)).toEqual([
    'not deleted: it is 9.0 days old, but no whole recovery point is inside the window: it may be the last cover',
  ]);
  expect(sentences([cover, snapshot('g', old)], sure)[1]).toBe(
    'expired: it is 9.0 days old, past the window of 168 hours',
  );
});

describe('while no snapshot succeeds for thirty days', () => {
  test.each([
    ['proven', true],
    ['unproven', false],
  ])('and a prune every six hours, a cover that is %s is never deleted', (_what, isProven) => {
    const begin = now.toMillis();
    let held = Array.from({ length: 12 }, (_, day) =>
      backup(`day-${day}`, (11 - day) * 24 * hour, isProven ? { provenAt: now } : {}),
    );
    for (let at = begin; at <= begin + 30 * 24 * hour; at += 6 * hour) {
      const decided = decideRetention(held, policy, sure, DateTime.fromMillis(at, { zone: 'utc' }));
      const hasCover = held.some((one) => at - one.completedAt.toMillis() <= 168 * hour);
      const expired = decided.filter((one) => one.decision === 'expire').map((one) => one.id);
      expect(hasCover ? [] : expired).toEqual([]);
      held = held.filter((one) => !expired.includes(one.id));
      expect(held.map((one) => one.id)).toContain('day-11');
    }
    // The window has moved past everything: what was left when the last cover left it is still there.
    expect(held).toHaveLength(1);
  });
});

/** A catalogue as plain numbers, and what the rules say of it, written without the decision's own code. */
interface Sketch {
  readonly isBackup: boolean;
  readonly age: number;
  readonly ours: boolean;
  readonly proven: boolean;
  readonly pinned: boolean;
  readonly whole: boolean;
  readonly damaged: boolean;
}

function oracle(
  all: readonly Sketch[],
  { windowHours, minimumProven }: RetentionPolicy,
  doubt: 'clock' | 'listing' | 'none',
): string[] {
  const inWindow = (one: Sketch): boolean => one.age <= windowHours * hour;
  const hasCover = all.some((one) => one.isBackup && one.whole && one.age >= 0 && inWindow(one));
  return all.map((one, index) => {
    const counts = one.isBackup && one.proven && one.age >= 0;
    const newerProven = all.filter(
      (other, at) =>
        other.isBackup &&
        other.proven &&
        other.age >= 0 &&
        (other.age < one.age || (other.age === one.age && at < index)),
    ).length;
    if (one.age < -5 * 60_000) return 'blocked future-dated';
    if (one.isBackup && !one.ours) return 'keep not-ours';
    if (inWindow(one)) return 'keep inside-window';
    if (one.isBackup && one.pinned) return 'keep pinned';
    if (counts && newerProven === 0) return 'keep newest-proven';
    if (counts && newerProven < minimumProven) return 'keep minimum-proven';
    if (!one.isBackup && one.damaged) return 'keep repair-source';
    if (one.isBackup && !hasCover) return 'blocked last-cover';
    if (doubt !== 'none') return `blocked ${doubt}`;
    return 'expire past-window';
  });
}

const ages = fc.oneof(
  fc.integer({ min: -2 * 24 * hour, max: 40 * 24 * hour }),
  fc.constantFrom(
    0,
    -1,
    -5 * 60_000,
    -5 * 60_000 - 1,
    ...[1, 24, 168].flatMap((h) => [h * hour, h * hour + 1]),
  ),
);
const sketches = fc.array(
  fc.record<Sketch>({
    ...{ isBackup: fc.boolean(), age: ages, ours: fc.boolean(), proven: fc.boolean() },
    ...{ pinned: fc.boolean(), whole: fc.boolean(), damaged: fc.boolean() },
  }),
  { maxLength: 25 },
);
const policies = fc.record({
  windowHours: fc.constantFrom(1, 24, 168, 720),
  minimumProven: fc.integer({ min: 1, max: 4 }),
});
const itemsOf = (all: readonly Sketch[]): RetentionItem[] =>
  all.map((one, index) =>
    one.isBackup
      ? backup(`i${index}`, one.age, {
          ours: one.ours,
          provenAt: one.proven ? now : undefined,
          pinnedBy: one.pinned ? 'a hold' : undefined,
          isWhole: one.whole,
        })
      : snapshot(`i${index}`, one.age, one.damaged),
  );

describe('over random catalogues', () => {
  test('every item has one decision, in order, and it is what the rules say', () => {
    const doubts = fc.constantFrom('none', 'clock', 'listing');
    fc.assert(
      fc.property(sketches, policies, doubts, (all, by, doubt) => {
        const given = { clock: undefined, listing: undefined, [doubt]: 'a doubt' };
        const decided = decideRetention(itemsOf(all), by, given, now);
        expect(decided.map((one) => one.id)).toEqual(all.map((_, index) => `i${index}`));
        expect(decided.map((one) => `${one.decision} ${one.reason}`)).toEqual(oracle(all, by, doubt));
        for (const one of decided)
          expect(one.sentence).toMatch(/^(kept|expired|not deleted): it is .{5,}[^.]$/);
      }),
      { numRuns: budget.policyProperties },
    );
  });

  test('what is left always holds the newest proven, the minimum of proven, and every cover there was', () => {
    fc.assert(
      fc.property(sketches, policies, (all, by) => {
        const decided = decideRetention(itemsOf(all), by, sure, now);
        const left = all.filter((_, index) => decided[index]?.decision !== 'expire');
        const proven = (of: readonly Sketch[]): Sketch[] =>
          of.filter((one) => one.isBackup && one.proven && one.age >= 0);
        const youngest = (of: readonly Sketch[]): number => Math.min(...of.map((one) => one.age));
        expect(proven(left).length).toBeGreaterThanOrEqual(Math.min(by.minimumProven, proven(all).length));
        expect(youngest(proven(left))).toBe(youngest(proven(all)));
        const whole = (of: readonly Sketch[]): Sketch[] => of.filter((one) => one.isBackup && one.whole);
        expect(youngest(whole(left))).toBe(youngest(whole(all)));
      }),
      { numRuns: budget.policyProperties },
    );
  });

  test('the order of the items changes no decision but that between equals', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(ages, { maxLength: 20 }),
        fc.infiniteStream(fc.boolean()),
        (unique, flip) => {
          const next = (): boolean => flip.next().value === true;
          const items = unique.map((age, index) =>
            backup(`i${index}`, age, { provenAt: next() ? now : undefined, isWhole: next(), ours: next() }),
          );
          const by = { windowHours: 168, minimumProven: 2 };
          const forth = decideRetention(items, by, sure, now);
          const back = decideRetention(items.toReversed(), by, sure, now);
          expect(back.toReversed()).toEqual(forth);
        },
      ),
      { numRuns: budget.policyProperties },
    );
  });
});
