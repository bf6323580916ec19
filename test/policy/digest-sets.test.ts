import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { boundOf, holds, isEmptyRange, rangeBetween } from '../../src/policy/digest-ranges.ts';
import {
  DatedDigests,
  DigestSet,
  digestsOfRecords,
  expectations,
  noPoint,
  expectationBytes,
  ExpectedDigests,
  PackedDigests,
  putExpectation,
  withRequired,
} from '../../src/policy/digest-sets.ts';
import { compareAt } from '../../src/policy/scrub-records.ts';
import { budget } from '../budget.ts';
import { digest, digestBytes, factsUpTo, hex, packRecords } from '../support/scrub.ts';

const runs = { numRuns: budget.policyProperties };
const small = fc.nat({ max: 40 });
const numbers = fc.array(fc.oneof(small, fc.nat({ max: 0xffff })), { maxLength: 30 });
const setOf = (all: readonly number[]): DigestSet =>
  DigestSet.of(
    digestBytes,
    all.map((one) => digest(one)),
  );

describe('a set of digests', () => {
  test('holds each that it was made of once, in order, and no other', () => {
    fc.assert(
      fc.property(numbers, small, (all, sought) => {
        const set = setOf(all);
        const expected = [...new Set(all)].toSorted((a, b) => a - b);
        expect(Array.from(set, hex)).toEqual(expected.map((one) => hex(digest(one))));
        expect(set.length).toBe(expected.length);
        expect(set.isOrdered()).toBe(true);
        expect(set.has(digest(sought))).toBe(all.includes(sought));
        for (const [index, one] of expected.entries()) expect(set.indexOf(digest(one))).toBe(index);
      }),
      runs,
    );
  });

  test('gives the digests of a range', () => {
    fc.assert(
      fc.property(numbers, small, fc.option(small, { nil: undefined }), (all, from, to) => {
        const range = rangeBetween(boundOf(digest(from)), to === undefined ? undefined : boundOf(digest(to)));
        fc.pre(!isEmptyRange(range));
        const within = new DigestSet(setOf(all).bytesIn(range), digestBytes);
        const expected = Array.from(setOf(all), hex).filter((one) => holds(range, one));
        expect(Array.from(within, hex)).toEqual(expected);
      }),
      runs,
    );
  });

  test('knows when it is not in order, or has a digest twice', () => {
    const packed = (all: readonly number[]): DigestSet =>
      new DigestSet(Buffer.concat(all.map((one) => digest(one))), digestBytes);
    expect(packed([]).isOrdered()).toBe(true);
    expect(packed([1, 2, 300]).isOrdered()).toBe(true);
    expect(packed([1, 300, 2]).isOrdered()).toBe(false);
    expect(packed([1, 1]).isOrdered()).toBe(false);
  });

  test('is refused where a part of an item is missing', () => {
    expect(() => new PackedDigests(new Uint8Array(7), 2, 3)).toThrow(RangeError);
  });
});

test('the digests of scrub records are read where the records lie', () => {
  fc.assert(
    fc.property(factsUpTo(60), (facts) => {
      const records = packRecords(facts);
      expect(Array.from(digestsOfRecords(records), hex)).toEqual(
        Array.from({ length: records.length }, (_, index) => hex(records.digestAt(index))),
      );
      expect(digestsOfRecords(records).bytes).toBe(records.bytes);
    }),
    runs,
  );
});

test('two digests are compared wherever they lie', () => {
  fc.assert(
    fc.property(fc.nat({ max: 0xffff }), fc.nat({ max: 0xffff }), (a, b) => {
      const left = Buffer.concat([Buffer.from([9]), digest(a)]);
      expect(Math.sign(compareAt(left, 1, digest(b), 0, digestBytes))).toBe(Math.sign(a - b));
    }),
    runs,
  );
});

describe('digests with times', () => {
  test('keep the latest time of each', () => {
    const dated = fc.array(fc.tuple(small, fc.nat({ max: 0xffff_ffff })), { maxLength: 30 });
    fc.assert(
      fc.property(dated, small, (all, sought) => {
        const set = DatedDigests.of(
          digestBytes,
          all.map(([one, at]) => ({ digest: digest(one), at })),
        );
        const times = all.filter(([one]) => one === sought).map(([, at]) => at);
        expect(set.timeOf(digest(sought))).toBe(times.length === 0 ? undefined : Math.max(...times));
      }),
      runs,
    );
  });
});

describe('expected digests', () => {
  test('with others that are required hold both, in order; what was expected more weakly must be there then', () => {
    const sides = [numbers, numbers] as const;
    fc.assert(
      fc.property(...sides, fc.array(fc.constantFrom(...expectations)), (named, required, kinds) => {
        const held = [...new Set(named)].toSorted((a, b) => a - b);
        const itemBytes = digestBytes + expectationBytes;
        const bytes = new Uint8Array(held.length * itemBytes);
        const kindOf = (index: number): (typeof expectations)[number] => kinds[index] ?? 'must';
        for (const [index, one] of held.entries()) {
          bytes.set(digest(one), index * itemBytes);
          putExpectation(bytes, index * itemBytes + digestBytes, kindOf(index), 7);
        }
        const all = withRequired(new ExpectedDigests(bytes, digestBytes), setOf(required));
        expect(all.isOrdered()).toBe(true);
        expect(all.length).toBe(new Set([...named, ...required]).size);
        for (const one of required) expect(all.expectationAt(all.indexOf(digest(one)))).toBe('must');
        for (const [index, one] of held.entries()) {
          const at = all.indexOf(digest(one));
          const isRaised = required.includes(one) && kindOf(index) !== 'must';
          expect([all.expectationAt(at), all.pointAt(at)]).toEqual(
            isRaised ? ['must', noPoint] : [kindOf(index), 7],
          );
        }
      }),
      runs,
    );
  });

  test('say what is expected, and by which point', () => {
    const all = expectations.map((expectation, index) => ({ expectation, point: index * 0x7abc }));
    const itemBytes = digestBytes + expectationBytes;
    const bytes = new Uint8Array(all.length * itemBytes);
    for (const [index, { expectation, point }] of all.entries()) {
      bytes.set(digest(index), index * itemBytes);
      putExpectation(bytes, index * itemBytes + digestBytes, expectation, point);
    }
    const packed = new ExpectedDigests(bytes, digestBytes);
    for (const [index, { expectation, point }] of all.entries())
      expect([packed.expectationAt(index), packed.pointAt(index)]).toEqual([expectation, point]);
    expect(Buffer.from(bytes.subarray(itemBytes, 2 * itemBytes)).toString('hex')).toBe('0001017abc');
  });
});
