import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clockDoubt, type ClockOffset } from '../../src/policy/clock-trust.ts';
import { budget } from '../budget.ts';

const both = (storage: number | undefined, manager: number | undefined): ClockOffset[] => [
  { source: 'storage', seconds: storage },
  { source: 'resource manager', seconds: manager },
];

describe("this host's clock", () => {
  test.each([
    ['agree', 0, 0],
    ['are a little apart', 2.5, -3],
    ['are five minutes apart, to the second', 300, -300],
  ])('is trusted when the services %s', (_how, storage, manager) => {
    expect(clockDoubt(both(storage, manager))).toBeUndefined();
  });

  test.each([
    ['storage is ahead', 300.001, 0, 'storage is 300 s ahead of this host, more than 300 s'],
    ['storage is behind', -3600, 0, 'storage is 3600 s behind this host, more than 300 s'],
    [
      'the resource manager is ahead',
      0,
      3600,
      'resource manager is 3600 s ahead of this host, more than 300 s',
    ],
    ['both are off the same way', 3600, 3600, 'storage is 3600 s ahead of this host, more than 300 s'],
    ['storage does not answer', undefined, 0, 'storage did not say what time it is'],
    ['the resource manager does not answer', 0, undefined, 'resource manager did not say what time it is'],
    ['one does not answer and the other is off', undefined, 9e9, 'storage did not say what time it is'],
    ['an offset is no number', 0, Number.NaN, 'resource manager did not say what time it is'],
  ])('is not trusted when %s, and it says so', (_why, storage, manager, doubt) => {
    expect(clockDoubt(both(storage, manager))).toBe(doubt);
  });

  test('is not trusted when nobody was asked', () => {
    expect(clockDoubt([])).toBe('no service was asked what time it is');
  });

  test('is trusted only if at least one answered and every one agrees', () => {
    const seconds = fc.oneof(
      fc.double({ min: -700, max: 700, noNaN: true }),
      fc.constantFrom(undefined, 300, -300, 300.0001, Infinity, -Infinity, Number.NaN),
    );
    fc.assert(
      fc.property(fc.array(fc.record({ source: fc.constant('s'), seconds })), (offsets) => {
        const agree = offsets
          .map((one) => one.seconds ?? Number.NaN)
          .every((one) => one >= -300 && one <= 300);
        expect(clockDoubt(offsets) === undefined).toBe(offsets.length > 0 && agree);
      }),
      { numRuns: budget.policyProperties },
    );
  });
});
