import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { divide, rangeBetween } from '../../src/policy/digest-ranges.ts';
import {
  byDebt,
  debtOf,
  parseShardPart,
  shardsOfPart,
  type KnownShard,
  type ShardDebt,
} from '../../src/policy/scrub.ts';
import { addTotals, coverageOf, debtSeconds, totalsOf } from '../../src/policy/scrub-totals.ts';
import { budget } from '../budget.ts';
import { factsUpTo, packRecords } from '../support/scrub.ts';

const now = 1_800_000_000;

const shard = (leading: string, oldest: number | undefined): ShardDebt => ({
  ...{ leading, oldest, blobs: 1, bytes: 1_000_000 },
});

describe('the debt of a shard', () => {
  const known = (from: string, to: string | undefined, changes: Partial<KnownShard> = {}): KnownShard => ({
    ...{ range: rangeBetween(from, to), oldest: 100, blobs: 16, bytes: 1600 },
    ...changes,
  });

  test('is that of the range it was scanned as before', () => {
    const range = rangeBetween('30', '40');
    expect(
      debtOf('3', range, [known('00', '30', { oldest: 1 }), known('30', '40'), known('40', undefined)]),
    ).toEqual({
      ...{ leading: '3', oldest: 100, blobs: 16, bytes: 1600 },
    });
  });

  test('is the oldest of the parts it is joined from, with the sum of their blobs', () => {
    const parts = [
      known('30', '38', { oldest: 70 }),
      known('38', '40', { oldest: undefined, blobs: 0, bytes: 0 }),
    ];
    expect(debtOf('3', rangeBetween('30', '40'), parts)).toEqual({
      leading: '3',
      oldest: 70,
      blobs: 16,
      bytes: 1600,
    });
  });

  test('is its share of what it is split from', () => {
    const debt = debtOf('3', rangeBetween('30', '40'), [known('', undefined)]);
    expect(debt).toEqual({ leading: '3', oldest: 100, blobs: 1, bytes: 100 });
  });

  test('is unlimited where a part was never scanned', () => {
    expect(debtOf('3', rangeBetween('30', '40'), [known('30', '3f')]).oldest).toBeUndefined();
  });

  test('of an empty shard comes last', () => {
    const empty = debtOf('3', rangeBetween('30', '40'), [
      known('30', '40', { oldest: undefined, blobs: 0, bytes: 0 }),
    ]);
    expect([empty, shard('a', now)].toSorted(byDebt).at(-1)?.leading).toBe('3');
    expect(JSON.parse(JSON.stringify(empty))).toEqual(empty);
  });
});

describe('a part of the shards', () => {
  test('is none of the others, and all parts together are all shards in order', () => {
    fc.assert(
      fc.property(fc.nat({ max: 40 }), fc.integer({ min: 1, max: 50 }), (count, parts) => {
        const shards = [...Array.from({ length: count }).keys()];
        const each = Array.from({ length: parts }, (_, index) =>
          shardsOfPart(shards, { part: index + 1, parts }),
        );
        expect(each.flat()).toEqual(shards);
        const sizes = each.map((some) => some.length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
      { numRuns: budget.policyProperties },
    );
  });

  test('is written n/m', () => {
    expect(parseShardPart('3/16')).toEqual({ part: 3, parts: 16 });
  });

  test.each(['', '1', '0/4', '5/4', '1/0', '-1/4', '1/4/2', ' 1/4', '1.5/4', '01/4'])(
    'is not written "%s"',
    (text) => {
      expect(() => parseShardPart(text)).toThrow(expect.objectContaining({ code: 'bad-input' }) as Error);
    },
  );
});

describe('the totals of records', () => {
  test('count every blob once by what it is, and are those of its parts together', () => {
    fc.assert(
      fc.property(factsUpTo(50), fc.nat({ max: 20 }), fc.nat({ max: 50 }), (facts, since, border) => {
        const present = [...facts.values()].filter((one) => one.state !== 'missing');
        const fresh = present.filter((one) => one.verifiedAt > 0 && one.verifiedAt >= since);
        const bytes = (some: readonly { size: number }[]): number =>
          some.reduce((sum, one) => sum + one.size, 0);
        const totals = totalsOf(packRecords(facts), since);
        expect(totals).toEqual({
          blobs: present.length,
          bytes: bytes(present),
          verifiedBlobs: fresh.length,
          verifiedBytes: bytes(fresh),
          bad: present.filter((one) => one.state === 'bad').length,
          unread: present.filter((one) => one.state === 'unread').length,
          missing: facts.size - present.length,
          oldest:
            present.length === 0
              ? undefined
              : Math.min(...present.map((one) => one.verifiedAt || one.createdAt)),
        });
        const [low, high] = [
          [...facts].filter(([one]) => one < border),
          [...facts].filter(([one]) => one >= border),
        ];
        expect(addTotals(totalsOf(packRecords(low), since), totalsOf(packRecords(high), since))).toEqual(
          totals,
        );
      }),
      { numRuns: budget.policyProperties },
    );
  });

  test('give the age of the oldest byte and the share that was verified within the cycle', () => {
    const facts = [
      [1, { size: 30, createdAt: 10, verifiedAt: 90, state: 'ok' }],
      [2, { size: 10, createdAt: 60, verifiedAt: 0, state: 'unread' }],
      [3, { size: 0, createdAt: 0, verifiedAt: 0, state: 'missing' }],
    ] as const;
    const totals = totalsOf(packRecords(facts), 80);
    expect(debtSeconds(totals, 100)).toBe(40);
    expect(coverageOf(totals)).toEqual({ blobs: 0.5, bytes: 0.75 });
  });

  test('of nothing are no debt and full coverage', () => {
    const totals = totalsOf(packRecords([]), 80);
    expect([debtSeconds(totals, 100), coverageOf(totals)]).toEqual([0, { blobs: 1, bytes: 1 }]);
  });
});

test('what is known of divided ranges gives every shard a debt, however the store is divided next', () => {
  const ends = fc.uniqueArray(fc.integer({ min: 1, max: 255 }), { maxLength: 8 });
  const cuts = (all: readonly number[]): KnownShard[] => {
    const borders = [0, ...all.toSorted((a, b) => a - b)].map((one) => one.toString(16).padStart(2, '0'));
    return borders.map((from, index) => ({
      ...{ range: rangeBetween(from, borders[index + 1]), oldest: index + 1, blobs: 256, bytes: 2560 },
    }));
  };
  fc.assert(
    fc.property(ends, ends, (before, after) => {
      const known = cuts(before);
      for (const { range } of cuts(after)) {
        const debt = debtOf('x', range, known);
        const touched = divide(range, known).deciding.map(({ of }) => of.oldest ?? 0);
        expect(debt.oldest).toBe(Math.min(...touched));
      }
      const sum = cuts(after).reduce((total, { range }) => total + debtOf('x', range, known).bytes, 0);
      expect(Math.abs(sum - known.length * 2560)).toBeLessThanOrEqual(cuts(after).length);
    }),
    { numRuns: budget.policyProperties },
  );
});
