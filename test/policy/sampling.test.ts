import { describe, expect, test } from 'vitest';
import {
  coverageMeasured,
  coverageSentence,
  detection,
  isDrawn,
  sampleSize,
} from '../../src/policy/sampling.ts';

const drawnFrom = (total: number, atMost: number, seed: string): number[] => {
  const drawn: number[] = [];
  for (let index = 0; index < total; index += 1)
    if (isDrawn({ total, atMost, seed }, index, drawn.length)) drawn.push(index);
  return drawn;
};

describe('a sample', () => {
  test('is everything up to the bound, exactly the bound beyond it, and never nothing', () => {
    expect(drawnFrom(5, 5, 's')).toEqual([0, 1, 2, 3, 4]);
    for (const [total, atMost] of [
      [1_000, 10],
      [1_001, 1_000],
      [7, 0],
      [100_000, 1],
    ] as const) {
      const drawn = drawnFrom(total, atMost, 's');
      expect(drawn).toHaveLength(sampleSize({ total, atMost, seed: 's' }));
      expect(new Set(drawn).size).toBe(Math.max(1, atMost));
    }
    expect(drawnFrom(0, 5, 's')).toEqual([]);
  });

  test('is drawn again by the same seed, and another by another', () => {
    expect(drawnFrom(1_000, 20, 'a')).toEqual(drawnFrom(1_000, 20, 'a'));
    expect(drawnFrom(1_000, 20, 'a')).not.toEqual(drawnFrom(1_000, 20, 'b'));
  });

  test('holds every item equally often', () => {
    const often = Array.from({ length: 20 }, () => 0);
    const rounds = 4_000;
    for (let seed = 0; seed < rounds; seed += 1)
      for (const index of drawnFrom(20, 5, `seed ${seed}`)) often[index]! += 1;
    // A quarter of the rounds each: five standard deviations are 137.
    for (const count of often) expect(Math.abs(count - rounds / 4)).toBeLessThan(140);
  });
});

describe('the probability of finding damage', () => {
  test.each([
    [10, 5, 1, 0.5],
    [10, 5, 2, 1 - (5 * 4) / (10 * 9)],
    [10, 5, 6, 1],
    [10, 10, 1, 1],
    [10, 0, 3, 0],
    [10, 3, 0, 0],
    [1_000_000, 100_000, 1_000, 1],
  ])('among %d with %d looked at and %d damaged is %d', (total, sampled, damaged, expected) => {
    expect(detection(total, sampled, damaged)).toBeCloseTo(expected, 10);
  });

  test('is told rounded down, so that nothing that is not certain is called so', () => {
    const said = (total: number, atMost: number): string =>
      coverageSentence('blobs', { total, atMost, seed: 'x' });
    expect(said(100, 100)).toBe('all 100 blobs');
    expect(said(1_000_000, 1_000)).toBe(
      'a random sample of 1000 of 1000000 blobs (seed x): if 0.1 % of them were damaged, it would have found one with a probability of 63.24 %',
    );
    expect(said(10_000_000, 100_000)).toContain('more than 99.99 %');
    expect(coverageMeasured({ total: 1_000_000, atMost: 1_000, seed: 'x' })).toMatchObject({
      ...{ inTotal: 1_000_000, lookedAt: 1_000, seed: 'x' },
      findsOneInAThousand: expect.closeTo(0.6324, 3) as number,
    });
  });
});
