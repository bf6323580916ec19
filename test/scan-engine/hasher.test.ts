import { createHash, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { digestBytesOf, hashAlgorithms, type HashAlgorithm } from '../../src/policy/address-encoding.ts';
import {
  createHasher,
  hashOnce,
  loadHashers,
  type Hasher,
  type Hashers,
} from '../../src/scan-engine/hasher.ts';
import { budget } from '../budget.ts';

/** The content of the published vectors of BLAKE3: 0, 1, … 250, 0, 1, … */
const counting = (length: number): Uint8Array => Uint8Array.from({ length }, (_, index) => index % 251);
const abc = Buffer.from('abc');
const hexOf = (digest: Uint8Array): string => Buffer.from(digest).toString('hex');

const vectors: readonly [HashAlgorithm, string, Uint8Array, string][] = [
  ['sha256', 'abc', abc, 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  [
    'sha384',
    'abc',
    abc,
    'cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7',
  ],
  [
    'sha512',
    'abc',
    abc,
    'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
  ],
  [
    'blake2b-512',
    'abc',
    abc,
    'ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d17d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923',
  ],
  ['blake2b-256', 'abc', abc, 'bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319'],
  ['blake2b-256', 'nothing', counting(0), '0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8'],
  ['blake3', 'nothing', counting(0), 'af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262'],
  ['blake3', '1 byte', counting(1), '2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213'],
  [
    'blake3',
    '1,024 bytes',
    counting(1_024),
    '42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7',
  ],
  [
    'blake3',
    '1,025 bytes',
    counting(1_025),
    'd00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444',
  ],
  [
    'blake3',
    '102,400 bytes',
    counting(102_400),
    'bc3e3d41a1146b069abffad3c0d44860cf664390afce4d9661f7902e7943e085',
  ],
];

test.each<HashAlgorithm>(['blake2b-256', 'blake3'])('%s has to be loaded first', async (algorithm) => {
  expect(() => createHasher(algorithm)).toThrow('before it was loaded');
  expect(() => hashOnce(algorithm, abc)).toThrow('before it was loaded');
  const [first, second] = await Promise.all([loadHashers(algorithm), loadHashers(algorithm)]);
  expect(first).toBe(second);
  expect(hexOf(hashOnce(algorithm, abc))).toBe(hexOf(first.hashOnce(abc)));
});

describe('a digest', () => {
  test.each(vectors)('by %s of %s is the published one', async (algorithm, _of, content, hex) => {
    const hashers = await loadHashers(algorithm);
    expect(hexOf(hashers.hashOnce(content))).toBe(hex);
    const hasher = hashers.createHasher();
    for (const part of [content.subarray(0, 1), content.subarray(1, 700), content.subarray(700)])
      hasher.update(part);
    expect(hexOf(hasher.digest())).toBe(hex);
  });

  test.each([...hashAlgorithms])('by %s has the length of the algorithm', async (algorithm) => {
    expect((await loadHashers(algorithm)).hashOnce(abc)).toHaveLength(digestBytesOf(algorithm));
  });

  test('by Node is what Node calls it', () => {
    const content = randomBytes(70_000);
    expect(hexOf(hashOnce('blake2b-512', content))).toBe(
      createHash('blake2b512').update(content).digest('hex'),
    );
  });
});

/** What is done next: with which hasher, and what. */
const steps = fc.array(
  fc.record({
    who: fc.nat({ max: 2 }),
    what: fc.constantFrom('update', 'update', 'update', 'digest', 'init', 'once'),
    length: fc.nat({ max: 3_000 }),
  }),
  { maxLength: 40 },
);

/** A hasher beside what it was fed since it last began. */
class Watched {
  readonly #hashers: Hashers;
  readonly #hasher: Hasher;
  #fed: Uint8Array[] = [];

  constructor(hashers: Hashers) {
    this.#hashers = hashers;
    this.#hasher = hashers.createHasher();
  }

  update(content: Uint8Array): void {
    this.#hasher.update(content);
    this.#fed.push(content);
  }

  init(): void {
    this.#hasher.init();
    this.#fed = [];
  }

  /** The digest, and what it must be. */
  digest(): readonly [is: string, must: string] {
    return [hexOf(this.#hasher.digest()), hexOf(this.#hashers.hashOnce(Buffer.concat(this.#fed)))];
  }
}

describe.each([...hashAlgorithms])('hashers of %s', (algorithm) => {
  test('by turns do not disturb each other, given up ones not either', async () => {
    const hashers = await loadHashers(algorithm);
    fc.assert(
      fc.property(steps, (all) => {
        const some = [new Watched(hashers), new Watched(hashers), new Watched(hashers)] as const;
        const digests: (readonly [string, string])[] = [];
        for (const [index, { who, what, length }] of all.entries()) {
          const one = some[who] ?? some[0];
          const content = counting(length + index);
          if (what === 'update') one.update(content);
          else if (what === 'once') hashers.hashOnce(content);
          else {
            if (what === 'digest') digests.push(one.digest());
            one.init();
          }
        }
        digests.push(...some.map((one) => one.digest()));
        expect(digests.map(([is]) => is)).toEqual(digests.map(([, must]) => must));
      }),
      { numRuns: Math.ceil(budget.policyProperties / 20) },
    );
  });

  test('hand out digests that stay as they are', async () => {
    const hashers = await loadHashers(algorithm);
    const digest = hashers.hashOnce(abc);
    const before = hexOf(digest);
    hashers.hashOnce(randomBytes(10));
    expect(hexOf(digest)).toBe(before);
  });
});
