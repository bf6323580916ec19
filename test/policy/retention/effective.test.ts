/** What applies while a weaker estate waits: never weaker than either of the two, and nothing beyond them. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { policyFrom, strongestOf } from '../../../src/policy/retention/effective.ts';
import { ladderRungs } from '../../../src/policy/retention/ladder.ts';
import { checkRetentionPolicy, defaultRetentionPolicy } from '../../../src/policy/retention/policy.ts';
import { weakerThan, type SystemProtection } from '../../../src/policy/retention/protection.ts';

const facts: SystemProtection = {
  ...{ system: 'shop', region: 'westeurope' },
  ...defaultRetentionPolicy,
  schedules: { snapshot: { lateAfterSeconds: 7_200, everySeconds: 86_400 } },
  databases: [{ id: 'main', drillChecks: ['every item has a name'] }],
  stores: [
    { id: 'files', deletesUnreferenced: false, checksChangeRecords: true, references: ['main.item.content'] },
  ],
};

const few = fc.integer({ min: 1, max: 5 });
const brake = fc.record({
  maxDeleteFraction: fc.constantFrom(0.1, 0.3, 1),
  maxDeleteCount: few,
});
const some = (...from: readonly string[]): fc.Arbitrary<string[]> => fc.subarray([...from]);
const byId = <T>(ids: readonly string[], rest: fc.Arbitrary<T>): fc.Arbitrary<(T & { id: string })[]> =>
  fc
    .tuple(some(...ids), fc.array(rest, { minLength: ids.length, maxLength: ids.length }))
    .map(([chosen, all]) => chosen.map((id, index) => ({ ...(all[index] as T), id })));
const ladder = fc.option(
  fc.record(Object.fromEntries(ladderRungs.map((rung) => [rung, few])), { requiredKeys: [] }),
  { nil: undefined },
);
const protections: fc.Arbitrary<SystemProtection> = fc.record({
  ...{ system: fc.constant('shop'), region: fc.constant('westeurope') },
  ...{ windowHours: few, ladder, minimumProven: few, brake, contentBrake: brake },
  ...{ marksApartHours: few, graceHours: few, historyDays: few, reportDays: few },
  schedules: fc.dictionary(
    fc.constantFrom('snapshot', 'drill', 'scan'),
    fc.record({ lateAfterSeconds: few, everySeconds: fc.option(few, { nil: undefined }) }),
  ),
  databases: byId(['main', 'audit'], fc.record({ drillChecks: some('one', 'two') })),
  stores: byId(
    ['files', 'images'],
    fc.record({
      deletesUnreferenced: fc.boolean(),
      checksChangeRecords: fc.boolean(),
      references: some('main.a.b', 'main.c.d'),
    }),
  ),
  aloneAfterSeconds: fc.option(fc.oneof(few, fc.constant('never' as const)), { nil: undefined }),
});

describe('the strongest of two protections', () => {
  test('is not weaker than either of them, in whatever order they are given', () => {
    fc.assert(
      fc.property(protections, protections, (one, other) => {
        const strongest = strongestOf(one, other);
        expect(weakerThan([one], [strongest])).toEqual([]);
        expect(weakerThan([other], [strongest])).toEqual([]);
        expect(weakerThan([strongest], [strongestOf(other, one)])).toEqual([]);
      }),
    );
  });

  test('of one that is not weaker and the other protects exactly as that one does', () => {
    fc.assert(
      fc.property(protections, protections, (one, other) => {
        const stronger = strongestOf(one, other);
        expect(weakerThan([strongestOf(one, stronger)], [stronger])).toEqual([]);
      }),
    );
  });

  test('keeps a longer window that is asked for beside the higher minimum that was approved', () => {
    const approved = { ...facts, minimumProven: 3 };
    const asked = { ...facts, windowHours: 336, ladder: { keepDaily: 14 } };
    expect(strongestOf(approved, asked)).toEqual({ ...asked, minimumProven: 3 });
  });
});

test('the policy among the facts is one that may be used', () => {
  const policy = policyFrom({ ...facts, windowHours: 336 });
  expect(policy).toEqual({ ...defaultRetentionPolicy, windowHours: 336 });
  expect(checkRetentionPolicy(policy)).toEqual([]);
});
