import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson, digestOf } from '../../src/policy/canonical-json.ts';
import { budget } from '../budget.ts';

/** The same value with the members of every object in another order of insertion. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, member]) => [key, reversed(member)]),
  );
}

describe('canonical JSON', () => {
  test('does not depend on the order in which members were added', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(canonicalJson(reversed(value))).toBe(canonicalJson(value));
        expect(digestOf(reversed(value))).toBe(digestOf(value));
      }),
      { numRuns: budget.policyProperties },
    );
  });

  test('means what JSON means', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      { numRuns: budget.policyProperties },
    );
  });

  test('sorts members as the example of RFC 8785, 3.2.3', () => {
    const value = {
      '€': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      1: 'One',
      '😀': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      ö: 'Latin Small Letter O With Diaeresis',
    };
    const order = ['Carriage Return', 'One', 'Control', 'Latin Small Letter O With Diaeresis', 'Euro Sign'];
    // JSON.parse puts integer keys first, so the order is read from the text.
    const found = [...canonicalJson(value).matchAll(/:"([^"]+)"/g)].map((hit) => hit[1]);
    expect(found).toEqual([...order, 'Emoji: Grinning Face', 'Hebrew Letter Dalet With Dagesh']);
  });

  test('writes numbers and strings as the example of RFC 8785, 3.2.2', () => {
    const value = {
      numbers: [Number('333333333.33333329'), 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
      string: '€$\u000f\nA\'B"\\\\"/',
      literals: [null, true, false],
    };
    expect(canonicalJson(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  test.each([
    [-0, '0'],
    [Number.MAX_VALUE, '1.7976931348623157e+308'],
    [5e-324, '5e-324'],
    [295147905179352830000, '295147905179352830000'],
    [1e21, '1e+21'],
  ])('writes the number %s as %s', (number, text) => {
    expect(canonicalJson(number)).toBe(text);
  });

  test('leaves undefined members out and writes undefined items as null', () => {
    expect(canonicalJson({ b: undefined, a: [undefined, 1] })).toBe('{"a":[null,1]}');
  });

  test.each([[Number.NaN], [Number.POSITIVE_INFINITY], [1n], [() => 1], [Symbol('x')], [undefined]])(
    'refuses %s, which JSON cannot hold',
    (value) => {
      expect(() => canonicalJson({ deep: typeof value === 'undefined' ? [Number.NaN] : [value] })).toThrow(
        TypeError,
      );
    },
  );

  test('has the digest that anyone can compute over its bytes', () => {
    // printf '{"a":1,"b":[true]}' | sha256sum
    expect(digestOf({ b: [true], a: 1 })).toBe(
      'sha256-90eddf64b875cb5fa184bb12503cc7309b6ce21b175521a80bd8d83082bae604',
    );
  });
});
