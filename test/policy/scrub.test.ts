import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  afterEveryReading,
  byDebt,
  dueShards,
  scrubRule,
  shareOfScan,
  type ScrubCycle,
  type ShardDebt,
} from '../../src/policy/scrub.ts';
import { budget } from '../budget.ts';

const day = 86_400;
const week: ScrubCycle = { cycleSeconds: 7 * day, intervalSeconds: day };
const now = 1_800_000_000;

describe('the rule of a shard', () => {
  test('in a full scan is everything that this scan has not verified itself', () => {
    expect(scrubRule('full', false, now, week)).toEqual({
      ...{ unknown: true, bad: true, verifiedBefore: afterEveryReading },
    });
  });

  test('in a scan of new blobs is only what no scan has seen', () => {
    expect(scrubRule('new', true, now, week)).toEqual({ unknown: true, bad: false, verifiedBefore: 0 });
  });

  test('in a scan of known-bad blobs is only those', () => {
    expect(scrubRule('known-bad', true, now, week)).toEqual({ unknown: false, bad: true, verifiedBefore: 0 });
  });

  test('in a scan of the cycle is everything where it is due, and elsewhere what reached a cycle less an interval', () => {
    expect(scrubRule('cycle', true, now, week)).toEqual({
      ...{ unknown: true, bad: true, verifiedBefore: afterEveryReading },
    });
    const { unknown, bad, verifiedBefore } = scrubRule('cycle', false, now, week);
    expect([unknown, bad]).toEqual([true, true]);
    expect(now - 6 * day < verifiedBefore).toBe(true);
    expect(now - 6 * day + 1 < verifiedBefore).toBe(false);
  });

  test('is everything at every scan where the cycle is no longer than the time between two', () => {
    for (const cycleSeconds of [day / 2, day, day + 1]) {
      const cycle = { cycleSeconds, intervalSeconds: day };
      expect(scrubRule('cycle', false, now, cycle).verifiedBefore).toBe(now);
      expect(shareOfScan(cycle)).toBe(1);
    }
  });
});

const shard = (leading: string, oldest: number | undefined, bytes = 1_000_000): ShardDebt => ({
  ...{ leading, oldest, blobs: 1, bytes },
});

describe('the shards that are due', () => {
  test('are those with most debt: never verified ones first, then by age, equals by name', () => {
    const shards = [
      shard('c', 5),
      shard('b', 5),
      shard('a', 9),
      shard('f', undefined),
      shard('e', undefined),
    ];
    expect(shards.toSorted(byDebt).map((one) => one.leading)).toEqual(['e', 'f', 'b', 'c', 'a']);
  });

  test('are a sixth of a store that is to be read once a week with a night to spare', () => {
    const shards = Array.from({ length: 60 }, (_, index) => shard(`${index}`.padStart(2, '0'), 100 - index));
    expect(shareOfScan(week)).toBe(1 / 6);
    expect([...dueShards(shards, week)]).toEqual([
      '59',
      '58',
      '57',
      '56',
      '55',
      '54',
      '53',
      '52',
      '51',
      '50',
    ]);
  });

  test('are all that were never verified, and come to the share of the work and one shard more at most', () => {
    const debts = fc.array(
      fc.record({
        leading: fc.string({ minLength: 1, maxLength: 6 }),
        oldest: fc.option(fc.nat({ max: 50 }), { nil: undefined }),
        blobs: fc.nat({ max: 100 }),
        bytes: fc.nat({ max: 10_000_000 }),
      }),
      { maxLength: 30 },
    );
    const days = fc.integer({ min: 1, max: 40 });
    fc.assert(
      fc.property(debts, days, (all, cycleDays) => {
        const cycle = { cycleSeconds: cycleDays * day, intervalSeconds: day };
        const shards = [...new Map(all.map((one) => [one.leading, one])).values()];
        const due = dueShards(shards, cycle);
        const work = (some: readonly ShardDebt[]): number =>
          some.reduce((sum, one) => sum + one.bytes + one.blobs * 16_384, 0);
        const [chosen, left] = [
          shards.filter((one) => due.has(one.leading)),
          shards.filter((one) => !due.has(one.leading)),
        ];
        const quota = work(shards) * shareOfScan(cycle);
        expect(left.every((one) => one.oldest !== undefined)).toBe(true);
        expect(left.length === 0 || work(chosen) >= quota).toBe(true);
        for (const one of chosen) for (const other of left) expect(byDebt(one, other)).toBeLessThan(0);
        const last = chosen.toSorted(byDebt).at(-1);
        expect(last?.oldest === undefined || work(chosen) - work([last]) < Math.max(quota, 1)).toBe(true);
      }),
      { numRuns: budget.policyProperties },
    );
  });
});

/** Blobs of a shard that were verified at the same time (0: never). */
interface Group {
  readonly madeAt: number;
  verifiedAt: number;
  readonly bytes: number;
}

interface Story {
  readonly cycleDays: number;
  /** How long a scan may take to come to a shard, in seconds. */
  readonly duration: number;
  readonly shards: readonly number[];
  readonly missed: readonly boolean[];
  /** Bytes that come each day, and to which shard. */
  readonly growth: readonly { readonly bytes: number; readonly to: number }[];
  readonly delays: readonly number[];
}

/** One blob read: how old its last verification was, and how many scans were missed since. */
interface Reading {
  readonly age: number;
  readonly missed: number;
  readonly isNew: boolean;
}

/** Plays the scans of a story; `onNight` gets what each scan re-hashed of known blobs, and all that there was. */
function play(
  story: Story,
  onReading: (reading: Reading) => unknown,
  onNight: (rehashed: number, all: number) => unknown = () => undefined,
): void {
  const cycle = { cycleSeconds: story.cycleDays * day, intervalSeconds: day };
  const store = story.shards.map((bytes): Group[] => [{ madeAt: now - day, verifiedAt: 0, bytes }]);
  let missedSoFar = 0;
  const missedBefore = story.missed.map((isMissed) => (missedSoFar += Number(isMissed)) - Number(isMissed));
  const missedSince = (from: number, night: number): number =>
    (missedBefore[night] ?? 0) - (missedBefore[Math.max(0, Math.floor((from - now) / day) + 1)] ?? 0);
  for (const [night, isMissed] of story.missed.entries()) {
    const startedAt = now + night * day;
    const grown = story.growth[night % story.growth.length];
    if (grown !== undefined && grown.bytes > 0)
      store[grown.to % store.length]?.push({
        madeAt: startedAt - day / 2,
        verifiedAt: 0,
        bytes: grown.bytes,
      });
    if (isMissed) continue;
    const debts = store.map((groups, index): ShardDebt => ({
      leading: `${index}`.padStart(3, '0'),
      oldest: Math.min(...groups.map((group) => group.verifiedAt || group.madeAt)),
      blobs: 0,
      bytes: groups.reduce((sum, group) => sum + group.bytes, 0),
    }));
    const due = dueShards(debts, cycle);
    let rehashed = 0;
    for (const [index, groups] of store.entries()) {
      const { verifiedBefore } = scrubRule('cycle', due.has(debts[index]!.leading), startedAt, cycle);
      const readAt =
        startedAt + Math.floor((story.delays[(night + index) % story.delays.length] ?? 0) * story.duration);
      for (const group of groups) {
        const isNew = group.verifiedAt === 0;
        if (!isNew && group.verifiedAt >= verifiedBefore) continue;
        const from = group.verifiedAt || group.madeAt;
        onReading({ age: readAt - from, missed: missedSince(from, night), isNew });
        if (!isNew) rehashed += group.bytes;
        group.verifiedAt = readAt;
      }
      store[index] = joined(groups);
    }
    onNight(
      rehashed,
      debts.reduce((sum, one) => sum + one.bytes, 0),
    );
  }
}

/** Groups of one time made one, so that a story of years stays short. */
function joined(groups: readonly Group[]): Group[] {
  const byTime = new Map<number, Group>();
  for (const group of groups) {
    const same = byTime.get(group.verifiedAt);
    byTime.set(group.verifiedAt, { ...group, bytes: group.bytes + (same?.bytes ?? 0) });
  }
  return [...byTime.values()];
}

const nights = 500;
const stories = (
  missed: fc.Arbitrary<boolean>,
  duration: fc.Arbitrary<number>,
  bytes: fc.Arbitrary<number>,
): fc.Arbitrary<Story> =>
  fc.record({
    cycleDays: fc.integer({ min: 1, max: 30 }),
    duration,
    shards: fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 16 }),
    missed: fc.array(missed, { minLength: nights, maxLength: nights }),
    growth: fc.array(fc.record({ bytes, to: fc.nat() }), { minLength: 1, maxLength: 20 }),
    delays: fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 1, maxLength: 9 }),
  });
const sometimes = fc.nat({ max: 9 }).map((one) => one === 0);
const storyRuns = { numRuns: Math.ceil(budget.policyProperties / 10) };

describe('over years of nightly scans', () => {
  /** By how much the readings of a story were later than `allowed` says, at worst; seconds. */
  const worst = (story: Story, allowed: (reading: Reading) => number): number => {
    let most = Number.NEGATIVE_INFINITY;
    play(story, (reading) => (most = Math.max(most, reading.age - allowed(reading))));
    return most;
  };

  test('no blob is older than the cycle, the time of the missed scans and that of one scan', () => {
    fc.assert(
      fc.property(stories(sometimes, fc.nat({ max: day }), fc.nat({ max: 500 })), (story) => {
        const cycle = story.cycleDays * day + story.duration;
        const late = worst(
          story,
          ({ missed, isNew }) => missed * day + (isNew ? day + story.duration : cycle),
        );
        expect(late).toBeLessThanOrEqual(0);
      }),
      storyRuns,
    );
  });

  test('no blob is older than the cycle although now and then a scan is missed', () => {
    const alone = stories(sometimes, fc.constant(0), fc.nat({ max: 500 })).map((story) => ({
      ...story,
      cycleDays: story.cycleDays + 1,
      missed: story.missed.map((isMissed, night) => isMissed && night > 0 && !story.missed[night - 1]),
    }));
    fc.assert(
      fc.property(alone, (story) => {
        const late = worst(story, ({ isNew }) => (isNew ? 2 : story.cycleDays) * day);
        expect(late).toBeLessThanOrEqual(0);
      }),
      storyRuns,
    );
  });

  test('the work of each night is the share of the store, and one shard more at most', () => {
    fc.assert(
      fc.property(stories(fc.constant(false), fc.nat({ max: day - 1 }), fc.constant(0)), (story) => {
        const share = shareOfScan({ cycleSeconds: story.cycleDays * day, intervalSeconds: day });
        const heaviest = Math.max(...story.shards);
        let most = 0;
        play(
          story,
          () => undefined,
          (rehashed, all) => (most = Math.max(most, rehashed - all * share)),
        );
        expect(most).toBeLessThan(heaviest + 1e-6);
      }),
      storyRuns,
    );
  });

  test('the work is level again within a cycle after a night that was missed', () => {
    const work: number[] = [];
    const missed = Array.from({ length: 40 }, (_, night) => night === 20);
    const story = { cycleDays: 7, duration: 0, shards: Array.from({ length: 60 }, () => 10), missed };
    play(
      { ...story, growth: [], delays: [0] },
      () => undefined,
      (rehashed) => work.push(rehashed),
    );
    expect(work[0]).toBe(0);
    expect(work.slice(1, 20)).toEqual(Array.from({ length: 19 }, () => 100));
    expect(work[20]).toBe(200);
    expect(work.slice(21)).toEqual(Array.from({ length: 18 }, () => 100));
  });
});
