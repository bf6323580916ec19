import { createHash, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addressEncodings,
  decodeDigest,
  digestBytesOf,
  digestCode,
  encodeDigest,
  hashAlgorithms,
  rangeOfLeading,
  type DigestCode,
} from '../../src/policy/address-encoding.ts';
import { budget } from '../budget.ts';

const codes = hashAlgorithms.flatMap((algorithm) =>
  addressEncodings.map((encoding) => digestCode(algorithm, encoding)),
);
const codeAndDigest = fc.constantFrom(...codes).chain((code) =>
  fc.record({
    code: fc.constant(code),
    digest: fc.uint8Array({ minLength: code.digestBytes, maxLength: code.digestBytes }),
  }),
);
const sha256 = (text: string): Uint8Array => createHash('sha256').update(text).digest();
const hex = (text: string): Uint8Array => Buffer.from(text, 'hex');
const numRuns = budget.policyProperties;

describe('an encoded digest', () => {
  test.each([
    ['sha256', 'hex', sha256(''), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['sha256', 'hex-upper', sha256(''), 'E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855'],
    ['sha256', 'base32', sha256(''), '4OYMIQUY7QOBJGX36TEJS35ZEQT24QPEMSNZGTFESWMRW6CSXBKQ'],
    ['sha256', 'base32-lower', sha256(''), '4oymiquy7qobjgx36tejs35zeqt24qpemsnzgtfeswmrw6csxbkq'],
    ['sha256', 'base64url', sha256(''), '47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU'],
    ['sha256', 'cid', sha256(''), 'bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku'],
    ['sha256', 'cid', sha256('hello world'), 'bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e'],
    [
      'sha256',
      'multihash',
      sha256('Merkle–Damgård'),
      '122041dd7b6443542e75701aa98a0c235951a28a0d851b11564d20022ab11d2589a8',
    ],
    ['blake2b-256', 'multihash', hex('c0ae'.repeat(16)), `a0e40220${'c0ae'.repeat(16)}`],
    ['blake2b-512', 'multihash', hex('c0ae'.repeat(32)), `c0e40240${'c0ae'.repeat(32)}`],
    ['blake3', 'multihash', hex('c0ae'.repeat(16)), `1e20${'c0ae'.repeat(16)}`],
    ['sha384', 'multihash', hex('c0ae'.repeat(24)), `2030${'c0ae'.repeat(24)}`],
    ['sha512', 'multihash', hex('c0ae'.repeat(32)), `1340${'c0ae'.repeat(32)}`],
  ] as const)('of %s in %s is as published', (algorithm, encoding, digest, text) => {
    const code = digestCode(algorithm, encoding);
    expect(encodeDigest(code, digest)).toBe(text);
    expect(decodeDigest(code, text)).toEqual(Uint8Array.from(digest));
    expect(text).toHaveLength(code.length);
  });

  test.each([
    ['hex', 'hex'],
    ['base64url', 'base64url'],
  ] as const)('in %s is what Node writes', (encoding, node) => {
    for (const algorithm of hashAlgorithms) {
      const digest = randomBytes(digestBytesOf(algorithm));
      expect(encodeDigest(digestCode(algorithm, encoding), digest)).toBe(digest.toString(node));
    }
  });

  test('in lower-case hex is what an absent encoding means', () => {
    expect(digestCode('blake3').encoding).toBe('hex');
  });

  test('is read back, begins with the constant and is made of the alphabet', () => {
    fc.assert(
      fc.property(codeAndDigest, ({ code, digest }) => {
        const text = encodeDigest(code, digest);
        expect(decodeDigest(code, text)).toEqual(digest);
        expect(text.startsWith(code.constant)).toBe(true);
        expect(
          text
            .slice(code.constant.length)
            .split('')
            .every((one) => code.alphabet.includes(one)),
        ).toBe(true);
      }),
      { numRuns },
    );
  });

  test('with any character changed is refused or another digest, of which it is the one writing', () => {
    const characters = fc.oneof(
      fc.constantFrom(...'019afAFzZ-_=/bQ278 '.split('')),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    );
    fc.assert(
      fc.property(codeAndDigest, fc.nat(), characters, ({ code, digest }, pick, by) => {
        const text = encodeDigest(code, digest);
        const at = pick % text.length;
        const changed = text.slice(0, at) + by + text.slice(at + 1);
        const read = decodeDigest(code, changed);
        expect([undefined, changed]).toContain(read && encodeDigest(code, read));
      }),
      { numRuns },
    );
  });

  test.each(codes)('of $algorithm in $encoding has one last character for each digest', (code) => {
    const text = encodeDigest(code, new Uint8Array(code.digestBytes));
    const lasts = code.alphabet
      .split('')
      .filter((last) => decodeDigest(code, text.slice(0, -1) + last) !== undefined);
    const headBits = code.header.length * 8;
    const settled = (headBits + code.digestBytes * 8) % code.bitsPerDigit || code.bitsPerDigit;
    expect(lasts).toHaveLength(2 ** settled);
  });

  test.each([
    ['padded', 'sha256', 'base32', '4OYMIQUY7QOBJGX36TEJS35ZEQT24QPEMSNZGTFESWMRW6CSXBKQ===='],
    ['in the other case', 'sha256', 'base32', '4oymiquy7qobjgx36tejs35zeqt24qpemsnzgtfeswmrw6csxbkq'],
    ['with bits after its end', 'sha256', 'base64url', '47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFV'],
    ['in the other base64', 'sha256', 'base64url', '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU'],
    ['of dag-pb', 'sha256', 'cid', 'bafybeihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku'],
    ['of another hash', 'blake3', 'cid', 'bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku'],
    ['in upper case', 'sha256', 'cid', 'BAFKREIHDWDCEFGH4DQKJV67UZCMW7OJEE6XEDZDETOJUZJEVTENXQUVYKU'],
  ] as const)('that is %s is refused', (_how, algorithm, encoding, text) => {
    expect(decodeDigest(digestCode(algorithm, encoding), text)).toBeUndefined();
  });
});

/** Digests compared as numbers. */
const isAtMost = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) <= 0;
const next = (digest: Uint8Array): string =>
  (BigInt(`0x${Buffer.from(digest).toString('hex')}`) + 1n).toString(16);

describe('the digests that begin alike', () => {
  test('are those between the smallest and the largest of their range, and no others', () => {
    fc.assert(
      fc.property(codeAndDigest, fc.nat({ max: 8 }), codeAndDigest, ({ code, digest }, length, other) => {
        const leading = encodeDigest(code, digest).slice(code.constant.length).slice(0, length);
        const range = rangeOfLeading(code, leading)!;
        for (const one of [digest, other.digest.slice(0, code.digestBytes)]) {
          if (one.length !== code.digestBytes) continue;
          const isInside = isAtMost(range.smallest, one) && isAtMost(one, range.largest);
          expect(isInside).toBe(encodeDigest(code, one).startsWith(code.constant + leading));
        }
      }),
      { numRuns },
    );
  });

  test.each(codes)(
    'of $algorithm in $encoding follow each other without a gap, in the order of values',
    (code) => {
      const ranges = code.digits
        .split('')
        .map((digit) => rangeOfLeading(code, digit))
        .filter((one) => one !== undefined);
      expect(ranges[0]?.smallest.every((byte) => byte === 0)).toBe(true);
      expect(ranges.at(-1)?.largest.every((byte) => byte === 255)).toBe(true);
      for (const [index, range] of ranges.slice(1).entries())
        expect(BigInt(`0x${next(ranges[index]!.largest)}`)).toBe(
          BigInt(`0x${Buffer.from(range.smallest).toString('hex')}`),
        );
      expect(ranges.length).toBeGreaterThan(1);
    },
  );

  test('are none where no digest begins so', () => {
    const code: DigestCode = digestCode('sha256', 'cid');
    expect(code.constant).toBe('bafkrei');
    expect(rangeOfLeading(code, 'h')).toBeDefined();
    for (const leading of ['i', '1', 'aA', 'é']) expect(rangeOfLeading(code, leading)).toBeUndefined();
  });

  test('are one where the whole text is given', () => {
    const code = digestCode('sha384', 'base32');
    const digest = randomBytes(48);
    const { smallest, largest } = rangeOfLeading(code, encodeDigest(code, digest))!;
    expect([Buffer.from(smallest), Buffer.from(largest)]).toEqual([digest, digest]);
  });
});
