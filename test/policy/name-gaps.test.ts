import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileLayout } from '../../src/policy/address-layout.ts';
import type { AddressLayout } from '../../src/policy/address-template.ts';
import { nameGaps, Prefixes, type NameGap } from '../../src/policy/name-gaps.ts';
import { leadingTree, planShards } from '../../src/policy/scrub-plan.ts';

const inGap = (name: string, { from, to }: NameGap): boolean =>
  name >= from && (to === undefined || name < to);

describe('the gaps between prefixes', () => {
  test('lie before, between and behind them, and not between neighbours', () => {
    expect(nameGaps(['b', 'c', 'x/'])).toEqual([
      { from: '', to: 'b' },
      { from: 'd', to: 'x/' },
      { from: 'x0', to: undefined },
    ]);
  });

  test('are none where everything is under the one prefix, and everything where there is none', () => {
    expect(nameGaps([''])).toEqual([]);
    expect(nameGaps([])).toEqual([{ from: '', to: undefined }]);
  });

  const layouts: readonly AddressLayout[] = [
    { template: '{digest}', algorithm: 'sha256' },
    { template: '{0:2}/{digest}', algorithm: 'sha256' },
    { template: '{0:2}/{2:4}/{digest}', algorithm: 'sha256', encoding: 'hex-upper' },
    { template: 'blobs/sha256-{digest}.bin', algorithm: 'sha512' },
    { template: '{0:1}/{digest}', algorithm: 'sha256', encoding: 'base64url' },
    { template: '{digest}', algorithm: 'sha256', encoding: 'base32' },
  ];

  test.each(layouts)('of $template in $encoding: every name is under one prefix or in one gap', (layout) => {
    const compiled = compileLayout(layout);
    const limits = { maxBlobsPerShard: 1, maxLeading: 3, maxProbes: 2_000 };
    const planning = planShards({ tree: leadingTree(compiled), known: [], expected: 0 }, limits);
    // Some nodes are split and some are not.
    let step = planning.next([]);
    while (step.done !== true)
      step = planning.next(
        step.value.map((leading) => ({
          ...{ names: leading.length < 2 || leading.startsWith(compiled.alphabet[3] ?? '') ? 9 : 1 },
          ...{ more: false, covered: 1 },
        })),
      );
    const prefixes = step.value.map(({ leading }) => compiled.prefixOf(leading));
    expect(prefixes.length).toBeGreaterThan(20);
    const [gaps, shared] = [nameGaps(prefixes), new Prefixes(prefixes)];
    const odd = fc.oneof(fc.string(), fc.string({ unit: 'binary', minLength: 1 }));
    const near = fc
      .tuple(fc.constantFrom(...prefixes), fc.nat({ max: 8 }), odd)
      .map(([prefix, cut, tail]) => prefix.slice(0, Math.max(0, prefix.length - cut)) + tail);
    const address = fc
      .uint8Array({ minLength: compiled.digestBytes, maxLength: compiled.digestBytes })
      .map((digest) => compiled.nameOf(digest));
    fc.assert(
      fc.property(fc.oneof(odd, near, address), (name) => {
        const under = prefixes.filter((prefix) => name.startsWith(prefix)).length;
        expect(under + gaps.filter((gap) => inGap(name, gap)).length).toBe(1);
        expect(shared.cover(name)).toBe(under === 1);
      }),
      { numRuns: 500 },
    );
    fc.assert(fc.property(address, (name) => shared.cover(name)));
  });
});
