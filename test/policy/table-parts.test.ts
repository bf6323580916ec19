/** The order in which tables are counted: small ones whole, large ones in parts drawn at random, none left for last. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countingOrder, pieceName } from '../../src/policy/table-parts.ts';
import { budget } from '../budget.ts';

const sizes = { whole: 10, part: 4 };

describe('the order in which tables are counted', () => {
  test('is whole tables, the smallest first, before any part of a large one', () => {
    const tables = [
      { name: 'large', blocks: 11 },
      { name: 'middle', blocks: 10 },
      { name: 'empty', blocks: 0 },
    ];
    const names = countingOrder(tables, 'seed', sizes).map(pieceName);
    expect(names.slice(0, 2)).toEqual(['empty', 'middle']);
    expect(names.slice(2).toSorted()).toEqual([
      'large, blocks 0 to 3',
      'large, blocks 4 to 7',
      'large, blocks 8 to the end',
    ]);
  });

  test('is that of the seed alone, and another one with another seed', () => {
    const order = (seed: string) => countingOrder([{ name: 'large', blocks: 400 }], seed, sizes);
    expect(order('one')).toEqual(order('one'));
    expect(order('one')).not.toEqual(order('other'));
  });

  test('has every block of a table in exactly one part, and a thousand parts at most', () => {
    fc.assert(
      fc.property(fc.integer({ min: 11, max: 50_000 }), (blocks) => {
        const parts = countingOrder([{ name: 'large', blocks }], 'seed', sizes)
          .map((piece) => piece.blocks!)
          .toSorted((a, b) => a.first - b.first);
        expect(parts.length).toBeLessThanOrEqual(1_000);
        expect(parts[0]!.first).toBe(0);
        for (const [index, { end }] of parts.entries()) expect(end).toBe(parts[index + 1]?.first);
        expect(parts.at(-1)!.first).toBeLessThan(blocks);
      }),
      { numRuns: budget.policyProperties / 10 },
    );
  });

  test('counts of each large table the same share, wherever it ends', () => {
    const tables = [
      { name: 'long', blocks: 4_000 },
      { name: 'longer', blocks: 4 * 4_000 },
    ];
    const order = countingOrder(tables, 'seed', { whole: 10, part: 40 });
    for (let counted = 25; counted < order.length; counted += 25) {
      const long = order.slice(0, counted).filter(({ table }) => table === 'long').length;
      expect(Math.abs(long / 100 - (counted - long) / 400)).toBeLessThanOrEqual(0.01);
    }
  });
});
