import fc from 'fast-check';
import { expect, test } from 'vitest';
import { digestsOfRecords } from '../../src/policy/digest-sets.ts';
import { joinRecords, withoutMissing } from '../../src/policy/scrub-join.ts';
import { budget } from '../budget.ts';
import { digest, digestBytes, factsUpTo, hex, packRecords, unpack } from '../support/scrub.ts';

const runs = { numRuns: budget.policyProperties };

test('joined records are all of the parts, in order, and the last part that has a digest decides', () => {
  fc.assert(
    fc.property(fc.array(factsUpTo(25), { maxLength: 6 }), (parts) => {
      const joined = joinRecords(
        parts.map((part) => packRecords(part)),
        digestBytes,
      );
      const model = new Map(parts.flatMap((part) => [...part]));
      const expected = [...model]
        .toSorted(([a], [b]) => a - b)
        .map(([one, facts]) => [hex(digest(one)), facts]);
      expect([...unpack(joined)]).toEqual(expected);
      expect(digestsOfRecords(joined).isOrdered()).toBe(true);
    }),
    runs,
  );
});

test('parts that follow each other are joined as they are', () => {
  fc.assert(
    fc.property(factsUpTo(60), fc.array(fc.nat({ max: 60 }), { maxLength: 4 }), (facts, borders) => {
      const ends = [...borders.toSorted((a, b) => a - b), 100];
      const parts = ends.map((end, index) =>
        packRecords([...facts].filter(([one]) => one >= (ends[index - 1] ?? 0) && one < end)),
      );
      expect(unpack(joinRecords(parts, digestBytes))).toEqual(unpack(packRecords(facts)));
    }),
    runs,
  );
});

test('records without the missing are all others, in order', () => {
  fc.assert(
    fc.property(factsUpTo(40), (facts) => {
      const present = [...facts].filter(([, { state }]) => state !== 'missing');
      expect([...unpack(withoutMissing(packRecords(facts)))]).toEqual([...unpack(packRecords(present))]);
    }),
    runs,
  );
});
