import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  allDigests,
  boundOf,
  divide,
  holds,
  inOrder,
  intersection,
  isEmptyRange,
  rangeBetween,
  rangeFromTo,
  rangeName,
  rangeOfName,
  shareOf,
  touching,
  without,
  type DigestRange,
} from '../../src/policy/digest-ranges.ts';
import { budget } from '../budget.ts';
import { digest, hex } from '../support/scrub.ts';

const runs = { numRuns: budget.policyProperties };
/** Numbers whose bounds are long, short and empty. */
const numbers = fc.oneof(fc.nat({ max: 0xffff }), fc.constantFrom(0, 0x3f00, 0x4000, 0x3fff, 0x0001, 0xff00));
const bound = (number: number): string => boundOf(digest(number));
const ranges: fc.Arbitrary<DigestRange> = fc
  .tuple(numbers, fc.option(numbers, { nil: undefined }))
  .map(([from, to]) => rangeBetween(bound(from), to === undefined ? undefined : bound(to)));
const some = numbers.map((number) => hex(digest(number)));

describe('ranges of digests', () => {
  test('hold what lies between their ends as numbers', () => {
    fc.assert(
      fc.property(numbers, fc.option(numbers, { nil: undefined }), numbers, (from, to, one) => {
        const range = rangeBetween(bound(from), to === undefined ? undefined : bound(to));
        expect(holds(range, hex(digest(one)))).toBe(one >= from && (to === undefined || one < to));
        expect(isEmptyRange(range)).toBe(to !== undefined && to <= from);
      }),
      runs,
    );
  });

  test('have in common, and lack without each other, exactly what both or one of them hold', () => {
    fc.assert(
      fc.property(ranges, ranges, fc.array(some, { minLength: 5, maxLength: 20 }), (a, b, digests) => {
        const common = intersection(a, b);
        const rest = isEmptyRange(a) ? [] : without(a, b);
        for (const one of digests) {
          const [inA, inB] = [holds(a, one), holds(b, one)];
          expect(common !== undefined && holds(common, one)).toBe(inA && inB);
          expect(rest.filter((piece) => holds(piece, one))).toHaveLength(Number(inA && !inB));
        }
      }),
      runs,
    );
  });

  test('are divided among others so that the first that holds a digest decides it, and no digest is lost', () => {
    const others = fc.array(ranges, { maxLength: 8 }).map((all) => all.map((range, id) => ({ id, range })));
    fc.assert(
      fc.property(ranges, others, some, (whole, all, one) => {
        fc.pre(!isEmptyRange(whole));
        const { deciding, rest } = divide(whole, all);
        const expected = holds(whole, one) ? all.find(({ range }) => holds(range, one))?.id : undefined;
        const deciders = deciding.filter(({ pieces }) => pieces.some((piece) => holds(piece, one)));
        expect(deciders.map(({ of }) => of.id)).toEqual(expected === undefined ? [] : [expected]);
        const isLeft = holds(whole, one) && expected === undefined;
        expect(rest.filter((piece) => holds(piece, one))).toHaveLength(Number(isLeft));
      }),
      runs,
    );
  });

  test('that touch another are found among many', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(numbers, { minLength: 1, maxLength: 12 }),
        ranges,
        fc.nat(),
        (ends, range, gap) => {
          const borders = ends.toSorted((a, b) => a - b).map(bound);
          const all = borders
            .map((from, index) => ({ range: rangeBetween(from, borders[index + 1]) }))
            .filter((_one, index) => index !== gap % (borders.length * 2));
          const expected = isEmptyRange(range)
            ? []
            : all.filter((one) => intersection(one.range, range) !== undefined);
          expect(isEmptyRange(range) ? [] : touching(all, range)).toEqual(expected);
          expect(all.toReversed().toSorted(inOrder)).toEqual(all);
        },
      ),
      runs,
    );
  });

  test('have a name each that says what they are', () => {
    fc.assert(
      fc.property(ranges, (range) => {
        expect(rangeOfName(rangeName(range))).toEqual(isEmptyRange(range) ? undefined : range);
      }),
      runs,
    );
    expect(rangeName(allDigests)).toBe('00-end');
    expect(rangeName(rangeBetween('3f00', '4000'))).toBe('3f-40');
  });

  test.each(['', '00', '3f', '3-4', '40-3f', '3f00-40', '3F-40', '3f-4000', '00-end.bin', 'end-00', '-'])(
    'have no other names: not "%s"',
    (name) => {
      expect(rangeOfName(name)).toBeUndefined();
    },
  );

  test('that are given by their first and last digest hold both and nothing beside', () => {
    fc.assert(
      fc.property(numbers, numbers, numbers, (one, other, sought) => {
        const [smallest, largest] = [Math.min(one, other), Math.max(one, other)];
        const range = rangeFromTo(digest(smallest), digest(largest));
        expect(holds(range, hex(digest(sought)))).toBe(sought >= smallest && sought <= largest);
      }),
      runs,
    );
    expect(rangeFromTo(digest(0), digest(0xffff))).toEqual(allDigests);
  });

  test('have shares that add up', () => {
    expect(shareOf(allDigests)).toBe(1);
    expect(shareOf(rangeBetween('30', '40'))).toBe(1 / 16);
    expect(shareOf(rangeBetween('3f', '40')) + shareOf(rangeBetween('30', '3f'))).toBe(1 / 16);
    expect(shareOf(rangeBetween('f0', undefined))).toBe(1 / 16);
  });
});
