import { createHash, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addressEncodings,
  digestCode,
  encodeDigest,
  hashAlgorithms,
} from '../../src/policy/address-encoding.ts';
import { compileLayout } from '../../src/policy/address-layout.ts';
import { problemsOfLayout, type AddressLayout } from '../../src/policy/address-template.ts';
import { budget } from '../budget.ts';

/** Usual layouts, and such as nobody would write and the estate file yet lets in. */
const templates = [
  '{digest}',
  'sha256-{digest}',
  'sha256:{digest}.bin',
  'sha256/{0:2}/{2:4}/{digest}',
  '{0:2}/{2:}',
  'objects/{0:2}/{2:4}/{4:}',
  '{0:3}/{digest}',
  '{0:1}/{0:2}/{digest}',
  'a{digest}a',
  '0123456789abcdef/{0:4}/{digest}',
  '{0:2}{4:8}{digest}{0:2}',
  'Ünïcode ☂/{0:2}/{digest}\u{1F600}',
  '../{0:2}/%2F{digest}',
  '{0:2}/{0:2}/{digest}/{digest}',
];
const layouts = hashAlgorithms.flatMap((algorithm) =>
  addressEncodings.flatMap((encoding) =>
    templates.map((template): AddressLayout => ({ template, algorithm, encoding })),
  ),
);
const digestOf = (layout: AddressLayout, content: string): Uint8Array =>
  createHash('shake256', { outputLength: compileLayout(layout).digestBytes })
    .update(content)
    .digest();
const layoutAndDigest = fc
  .tuple(fc.constantFrom(...layouts), fc.string())
  .map(([layout, content]) => ({ layout, digest: digestOf(layout, content) }));
const numRuns = budget.policyProperties;

/** The digest that a layout reads from a name. */
function parsed(layout: AddressLayout, name: string): Buffer | undefined {
  const { digestBytes, parse } = compileLayout(layout);
  const into = new Uint8Array(digestBytes + 2);
  if (!parse(name, into, 1)) return undefined;
  expect([into[0], into.at(-1)]).toEqual([0, 0]);
  return Buffer.from(into.subarray(1, -1));
}

describe('the name of a digest', () => {
  test('is written among other bytes as it is told', () => {
    let written = 0;
    for (const layout of layouts) {
      const { digestBytes, isAscii, nameLength, nameOf, writeName } = compileLayout(layout);
      if (!isAscii) continue;
      const digests = randomBytes(3 * digestBytes);
      const into = Buffer.alloc(nameLength + 4, '#');
      writeName(digests, digestBytes, into, 2);
      const name = nameOf(digests.subarray(digestBytes, 2 * digestBytes));
      expect(into.toString('latin1')).toBe(`##${name}##`);
      written += 1;
    }
    expect(written).toBe((layouts.length / templates.length) * (templates.length - 1));
  });

  test.each(templates)('is read back in the layout %s, whatever the algorithm and encoding', (template) => {
    expect(problemsOfLayout(template)).toEqual([]);
    for (const layout of layouts.filter((one) => one.template === template)) {
      const digest = randomBytes(compileLayout(layout).digestBytes);
      const name = compileLayout(layout).nameOf(digest);
      expect(parsed(layout, name)).toEqual(digest);
      expect(name).toHaveLength(compileLayout(layout).nameLength);
    }
  });

  test('is read back in any layout', () => {
    fc.assert(
      fc.property(layoutAndDigest, ({ layout, digest }) => {
        expect(parsed(layout, compileLayout(layout).nameOf(digest))).toEqual(Buffer.from(digest));
      }),
      { numRuns },
    );
  });

  test('with a character changed, left out or added is refused, or is the one name of another digest', () => {
    const changes = fc.oneof(
      fc.constantFrom('', '0', 'f', 'A', 'z', 'Q', '/', '-', '=', 'ab'),
      fc.string({ unit: 'binary', maxLength: 2 }),
    );
    fc.assert(
      fc.property(layoutAndDigest, fc.nat(), fc.boolean(), changes, ({ layout, digest }, pick, isIn, by) => {
        const name = compileLayout(layout).nameOf(digest);
        const at = pick % name.length;
        const changed = name.slice(0, at) + by + name.slice(isIn ? at : at + 1);
        const read = parsed(layout, changed);
        expect([undefined, changed]).toContain(read && compileLayout(layout).nameOf(read));
      }),
      { numRuns },
    );
  });

  test('takes its folders from the encoded digest', () => {
    const digest = createHash('sha256').update('').digest();
    const nameIn = (template: string, encoding: AddressLayout['encoding']): string =>
      compileLayout({ template, algorithm: 'sha256', encoding }).nameOf(digest);
    expect(nameIn('{0:2}/{2:}', undefined)).toMatch(/^e3\/b0c44298fc1c149a.{46}$/);
    expect(nameIn('x/{0:2}/{digest}', 'hex-upper')).toMatch(/^x\/E3\/E3B0C442/);
    expect(nameIn('{7:9}{0:7}/{7:}'.replace('{7:9}', ''), 'cid')).toBe(
      'bafkrei/hdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku',
    );
  });
});

describe('the prefixes of a layout', () => {
  test('divide its names: each begins with the prefix of its own leading characters and of no others', () => {
    fc.assert(
      fc.property(layoutAndDigest, fc.nat({ max: 3 }), ({ layout, digest }, length) => {
        const { nameOf, leadingOf, prefixOf, alphabet, depth } = compileLayout(layout);
        const name = nameOf(digest);
        expect(name.startsWith(prefixOf(''))).toBe(true);
        const leading = leadingOf(digest).slice(0, Math.min(length, depth));
        const beginnings = alphabet.split('').filter((one) => name.startsWith(prefixOf(leading + one)));
        const own = [leadingOf(digest).charAt(leading.length)];
        expect(beginnings).toEqual(leading.length < depth ? own : alphabet.split(''));
      }),
      { numRuns },
    );
  });

  test('grow with the leading characters up to the whole name', () => {
    fc.assert(
      fc.property(layoutAndDigest, fc.nat({ max: 130 }), ({ layout, digest }, length) => {
        const { nameOf, leadingOf, prefixOf } = compileLayout(layout);
        const leading = leadingOf(digest);
        const name = nameOf(digest);
        expect(name.startsWith(prefixOf(leading.slice(0, length)))).toBe(true);
        expect(prefixOf(leading.slice(0, length + 1)).startsWith(prefixOf(leading.slice(0, length)))).toBe(
          true,
        );
        expect(prefixOf(leading)).toBe(name);
      }),
      { numRuns },
    );
  });

  test.each([
    ['{digest}', 'hex', 'a', 'a', 64],
    ['sha256/{0:2}/{digest}', 'hex', 'a', 'sha256/a', 64],
    ['{0:2}/{2:4}/{digest}', 'hex', 'abc', 'ab/c', 64],
    ['{0:2}/{2:4}/{digest}', 'hex', 'abcd', 'ab/cd/abcd', 64],
    ['{0:2}/{2:}.x', 'hex-upper', 'ABC', 'AB/C', 64],
    ['{0:2}/{4:6}/{digest}', 'hex', 'abcdef', 'ab/ef/abcdef', 2],
    ['{0:1}/{digest}', 'hex', 'a', 'a/a', 64],
    ['x/{digest}', 'cid', 'a', 'x/bafkreia', 52],
    ['x/{0:4}/{digest}', 'cid', '', 'x/bafk/bafkrei', 52],
    ['{0:9}/{digest}', 'cid', 'h', 'bafkreih', 52],
    ['{0:4}/{6:8}/{digest}', 'cid', 'a', 'bafk/ia/bafkreia', 52],
    ['{digest}', 'multihash', 'a', '1220a', 64],
  ] as const)(
    '%s in %s with %j: %j, as far as it is settled',
    (template, encoding, leading, prefix, depth) => {
      const layout = compileLayout({ template, algorithm: 'sha256', encoding });
      expect(layout.prefixOf(leading)).toBe(prefix);
      expect(layout.depth).toBe(depth);
    },
  );

  test('stand for the digests of their range', () => {
    fc.assert(
      fc.property(layoutAndDigest, fc.nat({ max: 6 }), ({ layout, digest }, length) => {
        const { leadingOf, rangeOf } = compileLayout(layout);
        const range = rangeOf(leadingOf(digest).slice(0, length))!;
        expect(Buffer.compare(range.smallest, digest)).toBeLessThanOrEqual(0);
        expect(Buffer.compare(range.largest, digest)).toBeGreaterThanOrEqual(0);
        for (const bound of [range.smallest, range.largest])
          expect(leadingOf(bound).slice(0, length)).toBe(leadingOf(digest).slice(0, length));
      }),
      { numRuns },
    );
  });
});

describe('a layout', () => {
  test.each([
    ['sha256/{0:2}', 'must contain {digest}'],
    ['{Digest}', 'braces'],
    ['{digest}/{4:2}', 'slice {4:2} is empty'],
    ['{digest}/{2:2}', 'slice {2:2} is empty'],
    ['{digest', 'must contain {digest}'],
    ['', 'must contain {digest}'],
    ['{0:2}/{3:}', 'must contain {digest}'],
    ['{2:4}/{digest}', 'begins with the slice {2:4}; the first one must begin at 0'],
    ['x/{2:}/{0:2}', 'begins with the slice {2:}'],
  ])('%s is refused: %s', (template, problem) => {
    expect(problemsOfLayout(template).join('; ')).toContain(problem);
    expect(() => compileLayout({ template, algorithm: 'sha256' })).toThrow(problem);
  });

  test.each([
    [
      '{0:2}/{60:65}/{digest}',
      'sha256',
      undefined,
      'slice {60:65} ends behind the 64 characters of a sha256 digest',
    ],
    ['{digest}/{200:}', 'sha512', 'base32', 'slice {200:} ends behind the 103 characters'],
    [`${'x'.repeat(1_000)}/{digest}`, 'sha256', 'cid', 'names of 1060 characters'],
  ] as const)('%s of %s in %s is refused: %s', (template, algorithm, encoding, problem) => {
    expect(problemsOfLayout(template)).toEqual([]);
    expect(problemsOfLayout(template, { algorithm, encoding })).toEqual([expect.stringContaining(problem)]);
  });

  test('is compiled once', () => {
    const layout: AddressLayout = { template: '{digest}', algorithm: 'blake3' };
    expect(compileLayout(layout)).toBe(compileLayout(layout));
    const digest = randomBytes(32);
    expect(compileLayout(layout).nameOf(digest)).toBe(encodeDigest(digestCode('blake3', 'hex'), digest));
  });
});
