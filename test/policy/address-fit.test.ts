import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { addressEncodings, hashAlgorithms } from '../../src/policy/address-encoding.ts';
import { fitLayouts, fitOf } from '../../src/policy/address-fit.ts';
import { compileLayout } from '../../src/policy/address-layout.ts';
import type { AddressLayout } from '../../src/policy/address-template.ts';

/** Names of so many random digests. */
function namesOf(layout: AddressLayout, count: number): string[] {
  const { nameOf, digestBytes } = compileLayout(layout);
  return Array.from({ length: count }, () => nameOf(randomBytes(digestBytes)));
}

const templates = [
  '{digest}',
  'sha256/{0:2}/{2:4}/{digest}',
  'blob-{digest}.bin',
  'blob{digest}',
  'x/{0:2}/{2:}',
  'a b/Ü-{0:3}/{digest}===',
  'sha256:{digest}',
];
const layouts = templates.flatMap((template) =>
  hashAlgorithms.flatMap((algorithm) =>
    addressEncodings.map((encoding): AddressLayout => ({ template, algorithm, encoding })),
  ),
);

describe('a sample of names', () => {
  test.each(templates)('in the layout %s is recognised in every encoding', (template) => {
    for (const layout of layouts.filter((one) => one.template === template)) {
      const names = namesOf(layout, 40);
      const [best, ...others] = fitLayouts([...names, 'README.md']);
      expect(best).toMatchObject({ fitting: 40, names: 41, misfits: [{ name: 'README.md' }] });
      expect(best?.layout).toMatchObject({ template, encoding: layout.encoding });
      expect([best?.layout.algorithm, ...(best?.alike ?? [])]).toContain(layout.algorithm);
      expect(others).toEqual([]);
    }
  });

  test('of one name is enough, where nothing speaks for another layout', () => {
    const layout = { template: 'sha256/{0:2}/{2:4}/{digest}', algorithm: 'sha256', encoding: 'hex' } as const;
    expect(fitLayouts(namesOf(layout, 1))[0]?.layout).toEqual(layout);
  });

  test.each([
    ['sha256/{digest}', 'sha256', ['blake2b-256', 'blake3']],
    ['blake3/{digest}', 'blake3', ['sha256', 'blake2b-256']],
    ['BLAKE2b-256:{digest}', 'blake2b-256', ['sha256', 'blake3']],
    ['blake2/{digest}', 'sha256', ['blake2b-256', 'blake3']],
  ] as const)(
    'in %s is taken for %s, since digests of one length look alike',
    (template, algorithm, alike) => {
      const [best] = fitLayouts(namesOf({ template, algorithm: 'blake3' }, 30));
      expect(best).toMatchObject({ layout: { template, algorithm }, alike });
    },
  );

  test('of CIDs and multihashes tells the algorithm', () => {
    for (const encoding of ['cid', 'multihash'] as const)
      for (const algorithm of hashAlgorithms)
        expect(fitLayouts(namesOf({ template: '{digest}', algorithm, encoding }, 30))[0]).toMatchObject({
          layout: { algorithm, encoding },
          alike: [],
        });
  });

  test('of two layouts has both, the one of more names first', () => {
    const [many, few] = [
      { template: 'new/{0:2}/{digest}', algorithm: 'sha512', encoding: 'base32' },
      { template: 'old/{digest}.dat', algorithm: 'sha256', encoding: 'hex' },
    ] as const;
    const fits = fitLayouts([...namesOf(few, 20), ...namesOf(many, 80)]);
    expect(fits.map(({ layout, fitting }) => ({ layout, fitting }))).toEqual([
      { layout: many, fitting: 80 },
      { layout: few, fitting: 20 },
    ]);
  });

  test('of CIDs that are not supported fits nothing, and each is said to be one', () => {
    const names = [
      'QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n',
      'bafybeihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku',
    ];
    expect(fitLayouts(names).every(({ layout }) => layout.encoding !== 'cid')).toBe(true);
    expect(fitOf({ template: '{digest}', algorithm: 'sha256', encoding: 'cid' }, [...names, 'x'])).toEqual({
      layout: { template: '{digest}', algorithm: 'sha256', encoding: 'cid' },
      alike: [],
      fitting: 0,
      names: 3,
      misfits: [
        { name: names[0], why: expect.stringContaining('CIDv0') as string },
        { name: names[1], why: expect.stringContaining('dag-pb') as string },
        { name: 'x' },
      ],
      unsupportedCids: 2,
    });
  });

  test.each([
    ['nothing', []],
    ['names without digests', ['a', 'b/c', '', '/', 'x'.repeat(1_024), '{digest}', 'é☂', '..']],
    ['a digest that is cut', ['ab'.repeat(31)]],
  ])('of %s fits no layout', (_what, names) => {
    expect(fitLayouts(names)).toEqual([]);
  });

  test('counts a name each time that it is there, and shows a few of those that do not fit', () => {
    const layout: AddressLayout = { template: '{digest}', algorithm: 'sha256' };
    const [name = ''] = namesOf(layout, 1);
    const fit = fitOf(layout, [name, name, ...Array.from({ length: 9 }, (_, n) => `stray-${n}`)]);
    expect(fit).toMatchObject({ fitting: 2, names: 11, misfits: { length: 5 } });
  });
});
