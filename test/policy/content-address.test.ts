import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addressFromBlobName,
  addressFromDigest,
  addressFromColumn,
  addressFromHex,
  algorithmOf,
  blobNameFor,
  digestOf,
  hashAlgorithms,
  hexLengthOf,
  hexOf,
  layoutOf,
  problemsOfLayout,
  type ContentAddress,
  type HashAlgorithm,
} from '../../src/policy/content-address.ts';
import { digestCode, encodeDigest } from '../../src/policy/address-encoding.ts';
import { budget } from '../budget.ts';

const outputLength = (algorithm: HashAlgorithm): number => hexLengthOf(algorithm) / 2;
/** Some address of an algorithm, by a hash of any length. */
const addressOf = (algorithm: HashAlgorithm, content: string): ContentAddress =>
  addressFromDigest(
    algorithm,
    createHash('shake256', { outputLength: outputLength(algorithm) })
      .update(content)
      .digest(),
  );

const algorithms = fc.constantFrom(...hashAlgorithms);
/** Literal text between the parts of a layout, hexadecimal digits among it to mislead the parser. */
const literals = fc.string({
  unit: fc.constantFrom('a', 'f', '0', '9', '/', '-', 'z', '.', 'é'),
  maxLength: 12,
});
const slices = fc
  .tuple(fc.nat({ max: 60 }), fc.integer({ min: 1, max: 4 }))
  .map(([from, length]) => `{${from}:${from + length}}`);
const templates = fc
  .tuple(literals, fc.array(fc.tuple(slices, literals), { maxLength: 3 }), literals, literals)
  .map(([head, parts, before, after]) => {
    const first = parts.length === 0 ? '' : '{0:2}';
    return `${head}${first}${parts.flat().join('')}${before}{digest}${after}`;
  });

describe('a content address', () => {
  test('comes back from the blob name that any layout makes of it', () => {
    fc.assert(
      fc.property(algorithms, templates, fc.string(), (algorithm, template, content) => {
        expect(problemsOfLayout(template)).toEqual([]);
        const address = addressOf(algorithm, content);
        const layout = { template, algorithm };
        expect(addressFromBlobName(layout, blobNameFor(layout, address))).toBe(address);
      }),
      { numRuns: budget.policyProperties },
    );
  });

  test('is read only from the very name that the layout makes of it, not from one that a character was changed in', () => {
    fc.assert(
      fc.property(
        algorithms,
        templates,
        fc.nat(),
        fc.constantFrom('', '0', 'f', '/', 'A'),
        (algorithm, template, pick, by) => {
          const layout = { template, algorithm };
          const name = blobNameFor(layout, addressOf(algorithm, String(pick)));
          const at = pick % name.length;
          const changed = name.slice(0, at) + by + name.slice(at + 1);
          const address = addressFromBlobName(layout, changed);
          expect([undefined, changed]).toContain(
            address === undefined ? undefined : blobNameFor(layout, address),
          );
        },
      ),
      { numRuns: budget.policyProperties },
    );
  });

  test('keeps its algorithm and its digest in lower case', () => {
    const hex = createHash('sha384').update('x').digest('hex');
    const address = addressFromHex('sha384', hex.toUpperCase())!;
    expect([algorithmOf(address), hexOf(address)]).toEqual(['sha384', hex]);
  });

  test.each([
    ['too short', 'ab'.repeat(31)],
    ['too long', 'ab'.repeat(33)],
    ['of another alphabet', 'zz'.repeat(32)],
    ['empty', ''],
    ['with a line break', `${'ab'.repeat(32)}\n`.slice(1)],
    ['of full-width digits', '０'.repeat(64)],
  ])('is not made of a digest that is %s', (_how, hex) => {
    expect(addressFromHex('sha256', hex)).toBeUndefined();
  });

  test.each([
    ['in another folder than its slices say', (hex: string) => `sha256/00/${hex.slice(2, 4)}/${hex}`],
    ['in upper case', (hex: string) => `sha256/${hex.slice(0, 2)}/${hex.slice(2, 4)}/${hex.toUpperCase()}`],
    ['with a suffix', (hex: string) => `sha256/${hex.slice(0, 2)}/${hex.slice(2, 4)}/${hex}.bak`],
    ['with a path that climbs', (hex: string) => `../sha256/${hex.slice(0, 2)}/${hex.slice(2, 4)}/${hex}`],
  ])('is not read from a name %s', (_how, nameOf) => {
    const hex = `ff${'1'.repeat(62)}`;
    const layout = { template: 'sha256/{0:2}/{2:4}/{digest}', algorithm: 'sha256' } as const;
    expect(addressFromBlobName(layout, nameOf(hex))).toBeUndefined();
  });
});

describe('an address in a column', () => {
  const hex = createHash('sha256').update('column').digest('hex');
  const base32 = encodeDigest(digestCode('sha256', 'base32'), Buffer.from(hex, 'hex'));
  test.each([
    ['hex', hex],
    ['hex', hex.toUpperCase()],
    ['prefixed', `sha256:${hex}`],
    ['prefixed', `sha256-${hex}`],
    ['prefixed', `SHA256:${hex}`],
    ['bytea', hex],
    ['base32', base32],
    ['base32', base32.toLowerCase()],
    ['base64url', Buffer.from(hex, 'hex').toString('base64url')],
    ['cid', encodeDigest(digestCode('sha256', 'cid'), Buffer.from(hex, 'hex'))],
    ['multihash', `1220${hex}`],
    ['multihash', `1220${hex.toUpperCase()}`],
  ] as const)('as %s is understood', (encoding, text) => {
    expect(addressFromColumn('sha256', encoding, text)).toBe(`sha256-${hex}`);
  });

  test.each([
    ['hex', `sha256:${hex}`],
    ['hex', hex.slice(2)],
    ['prefixed', `sha512:${hex}`],
    ['bytea', `\\x${hex}`],
    ['base32', hex],
    ['base32', `${base32}====`],
    ['base64url', Buffer.from(hex, 'hex').toString('base64')],
    ['cid', base32],
    ['multihash', hex],
    ['multihash', `1340${hex}`],
  ] as const)('as %s of another form is refused without repeating the value', (encoding, text) => {
    const read = (): unknown => addressFromColumn('sha256', encoding, text);
    expect(read).toThrow(`declared as ${encoding} sha256 holds a value of ${text.length} characters`);
    expect(read).not.toThrow(text);
  });
});

describe('an address of an algorithm with a hyphen', () => {
  test.each([...hashAlgorithms])('%s is taken apart and put together again', (algorithm) => {
    const address = addressOf(algorithm, 'x');
    expect([algorithmOf(address), hexOf(address).length]).toEqual([algorithm, hexLengthOf(algorithm)]);
    expect(addressFromDigest(algorithm, digestOf(address))).toBe(address);
    expect(() => addressFromDigest(algorithm, new Uint8Array(31))).toThrow(RangeError);
  });
});

describe("a store's layout", () => {
  test('has the encoding of the store, if it says one', () => {
    const store = { layout: '{digest}', algorithm: 'blake3', id: 'x' } as const;
    expect(layoutOf(store)).toEqual({ template: '{digest}', algorithm: 'blake3' });
    expect(layoutOf({ ...store, encoding: 'cid' }).encoding).toBe('cid');
  });
});
