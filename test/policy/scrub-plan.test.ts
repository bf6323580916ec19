import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  digestCode,
  encodeDigest,
  rangeOfLeading,
  type AddressEncoding,
} from '../../src/policy/address-encoding.ts';
import { allDigests, isEmptyRange, rangeBetween, type DigestRange } from '../../src/policy/digest-ranges.ts';
import {
  estimateNames,
  leadingTree,
  planShards,
  shareListed,
  type KnownRange,
  type LeadingTree,
  type NodePage,
  type PlanFacts,
  type PlanLimits,
  type PlannedShard,
} from '../../src/policy/scrub-plan.ts';
import { budget } from '../budget.ts';
import { hex } from '../support/scrub.ts';

const pageNames = 20;
const limits: PlanLimits = { maxBlobsPerShard: 100, maxLeading: 6, maxProbes: 100_000 };
const encodings: readonly AddressEncoding[] = ['hex', 'base32', 'base64url', 'cid'];

/** The index of the first of sorted texts that is not less than another. */
function firstNotBelow(sorted: readonly string[], text: string): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? '') < text) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A store whose listing gives pages of a few names. */
class Store {
  readonly tree: LeadingTree;
  readonly #digests: readonly string[];
  readonly #alphabet: string;
  readonly #leadings: readonly string[];
  probes = 0;

  constructor(encoding: AddressEncoding, digests: readonly Uint8Array[]) {
    const code = digestCode('sha256', encoding);
    const past = code.constant.length;
    const rangeOf = (leading: string): ReturnType<typeof rangeOfLeading> => rangeOfLeading(code, leading);
    this.tree = leadingTree({ alphabet: code.alphabet, depth: code.length - past, rangeOf });
    this.#alphabet = code.alphabet;
    this.#leadings = digests.map((one) => encodeDigest(code, one).slice(past)).toSorted();
    this.#digests = digests.map(hex).toSorted();
  }

  firstPage(leading: string): NodePage {
    this.probes += 1;
    const from = firstNotBelow(this.#leadings, leading);
    const page = this.#leadings.slice(from, from + pageNames + 1);
    const own = page.filter((one) => one.startsWith(leading));
    const names = Math.min(own.length, pageNames);
    const covered = shareListed(leading, own[names - 1] ?? '', this.#alphabet);
    return { names, more: own.length > names, covered };
  }

  countIn(range: DigestRange): number {
    const end = range.to === undefined ? this.#digests.length : firstNotBelow(this.#digests, range.to);
    return end - firstNotBelow(this.#digests, range.from);
  }

  plan(changes: Partial<PlanFacts> = {}, by: PlanLimits = limits): PlannedShard[] {
    const planning = planShards({ tree: this.tree, known: [], expected: 0, ...changes }, by);
    let step = planning.next();
    while (step.done !== true) step = planning.next(step.value.map((leading) => this.firstPage(leading)));
    return step.value;
  }
}

/** Digests spread evenly, as those of a hash are. */
function even(count: number): Uint8Array[] {
  let state = 0x9e37_79b9;
  return Array.from({ length: count }, () =>
    Uint8Array.from({ length: 32 }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state >>> 24;
    }),
  );
}

/** Digests that share long beginnings, wherever it hurts. */
const uneven: fc.Arbitrary<Uint8Array[]> = fc
  .array(
    fc.record({
      beginning: fc.uint8Array({ minLength: 1, maxLength: 4 }),
      count: fc.oneof(fc.nat({ max: 30 }), fc.constant(400)),
      filling: fc.constantFrom(0x00, 0xff, 0x5a),
    }),
    { maxLength: 8 },
  )
  .map((clumps) => {
    const all = clumps.flatMap(({ beginning, count, filling }, clump) =>
      Array.from({ length: count }, (_, index) => {
        const digest = new Uint8Array(32).fill(filling);
        digest.set(beginning);
        digest.set([clump, index >>> 8, index & 0xff], beginning.length);
        return digest;
      }),
    );
    return [...new Map(all.map((digest) => [hex(digest), digest])).values()];
  });

function expectWhole(shards: readonly PlannedShard[]): void {
  expect(shards[0]?.range.from).toBe('');
  expect(shards.at(-1)?.range.to).toBeUndefined();
  for (const [index, { range }] of shards.entries()) {
    expect(isEmptyRange(range)).toBe(false);
    expect(range.from).toBe(index === 0 ? '' : shards[index - 1]?.range.to);
  }
}

const isTooFat = (store: Store, { range, leading }: PlannedShard): boolean =>
  leading.length < limits.maxLeading && store.countIn(range) > limits.maxBlobsPerShard;
const knownOf = (store: Store, shards: readonly PlannedShard[]): KnownRange[] =>
  shards.map(({ range }) => ({ range, blobs: store.countIn(range) }));

describe.each(encodings)('shards of a store in %s', (encoding) => {
  test('cover every digest once, whatever lies in it, with a bounded number of looks', () => {
    fc.assert(
      fc.property(uneven, (digests) => {
        const store = new Store(encoding, digests);
        const shards = store.plan();
        expectWhole(shards);
        // Each split looks at one level of children, and there is a split only for what seems fat.
        // The first character of an encoding may have fewer values than the others.
        const characters = store.tree.childrenOf(store.tree.childrenOf('')[0] ?? '').length;
        const levels = limits.maxLeading * characters;
        expect(store.probes).toBeLessThanOrEqual(1 + levels * Math.ceil(digests.length / pageNames));
      }),
      { numRuns: Math.ceil(budget.policyProperties / 10) },
    );
  });

  test('hold no more than they may as soon as scans have shown where it lies thick, unless a leading is at its end', () => {
    fc.assert(
      fc.property(uneven, (digests) => {
        const store = new Store(encoding, digests);
        let shards = store.plan();
        for (let scan = 0; scan < limits.maxLeading && shards.some((one) => isTooFat(store, one)); scan += 1)
          shards = store.plan({ known: knownOf(store, shards) });
        expect(shards.filter((one) => isTooFat(store, one))).toEqual([]);
      }),
      { numRuns: Math.ceil(budget.policyProperties / 60) },
    );
  });

  test.each([0, 1, 90, 1_000, 6_000])(
    'spread evenly, %d in number, are near their size at the first look',
    (count) => {
      const store = new Store(encoding, even(count));
      const shards = store.plan();
      expectWhole(shards);
      for (const { range } of shards)
        expect(store.countIn(range)).toBeLessThanOrEqual(limits.maxBlobsPerShard * 1.6);
      const characters = store.tree.childrenOf('').length;
      expect(shards.length).toBeLessThanOrEqual(
        Math.max(1, (count / limits.maxBlobsPerShard) * characters * 4),
      );
    },
  );
});

describe('the plan', () => {
  const store = new Store('hex', even(90));
  const names = (shards: readonly PlannedShard[]): string[] => shards.map((one) => one.leading);

  test('of a small store is one shard', () => {
    const [only, ...others] = store.plan();
    expect([only?.leading, only?.range, others]).toEqual(['', allDigests, []]);
    expect(Math.abs((only?.blobs ?? 0) - 90)).toBeLessThan(10);
    expect(new Store('hex', even(pageNames)).plan()[0]?.blobs).toBe(pageNames);
  });

  test('splits a store that lost its blobs as what the recovery points expect in it asks for', () => {
    const wiped = new Store('hex', []);
    expect(wiped.plan({ expected: 1_000 })).toHaveLength(16);
    expect(wiped.plan({ expected: 1_000 })[3]).toEqual({
      leading: '3',
      range: rangeBetween('30', '40'),
      blobs: 63,
    });
  });

  test('splits by what an earlier scan knew, too', () => {
    expect(store.plan({ known: [{ range: allDigests, blobs: 101 }] })).toHaveLength(16);
  });

  test('keeps a store divided that was so, until it has shrunk to half a shard', () => {
    const sixteenth = (index: number): string => (index * 16).toString(16).padStart(2, '0');
    const known = Array.from({ length: 16 }, (_, index) => ({
      range: rangeBetween(sixteenth(index), index === 15 ? undefined : sixteenth(index + 1)),
      blobs: 2,
    }));
    expect(names(store.plan({ known }))).toEqual(Array.from('0123456789abcdef'));
    expect(names(new Store('hex', even(30)).plan({ known }))).toEqual(['']);
  });

  test('is one shard where its beginning is thick and the rest is not', () => {
    const thick = Array.from({ length: 60 }, (_, index) =>
      Uint8Array.from({ length: 32 }, (_byte, at) => (at === 2 ? index : 0)),
    );
    expect(names(new Store('hex', thick).plan())).toEqual(['']);
  });

  test('splits nothing that it has no looks left for', () => {
    const fat = new Store('hex', even(6_000));
    expect(names(fat.plan({}, { ...limits, maxProbes: 1 }))).toEqual(['']);
    expect(fat.probes).toBe(1);
    const some = new Store('hex', even(6_000));
    expectWhole(some.plan({}, { ...limits, maxProbes: 40 }));
    expect(some.probes).toBe(40);
  });

  test('begins at a node where it is asked to split that one alone', () => {
    const fat = new Store('hex', even(6_000));
    const planning = planShards({ tree: fat.tree, known: [], expected: 0 }, limits, '3');
    let step = planning.next();
    while (step.done !== true) step = planning.next(step.value.map((leading) => fat.firstPage(leading)));
    expect(names(step.value)).toEqual(Array.from('0123456789abcdef', (next) => `3${next}`));
  });

  test('takes a page without names that goes on for no answer', () => {
    const planning = planShards({ tree: store.tree, known: [], expected: 0 });
    planning.next();
    expect(() => planning.next([{ names: 0, more: true, covered: 0 }])).toThrow(RangeError);
  });

  test('has numbers that survive JSON where nothing bounds an estimate', () => {
    const planning = planShards({ tree: store.tree, known: [], expected: 0 }, { ...limits, maxLeading: 0 });
    planning.next();
    const step = planning.next([{ names: 5, more: true, covered: 0 }]);
    expect(JSON.parse(JSON.stringify(step.value))).toEqual(step.value);
    expect(step.value).toHaveLength(1);
  });
});

describe('an estimate', () => {
  test('is exact where nothing follows', () => {
    expect(estimateNames({ names: 17, more: false, covered: 0.5 })).toBe(17);
  });

  test('is what the page’s share says, and more than the page where something follows', () => {
    expect(estimateNames({ names: 100, more: true, covered: 0.25 })).toBe(400);
    expect(estimateNames({ names: 100, more: true, covered: 1 })).toBe(101);
    expect(estimateNames({ names: 100, more: true, covered: 0 })).toBe(Number.POSITIVE_INFINITY);
  });

  test('reckons in the order of listings, which is not that of the alphabet’s values', () => {
    const base64url = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    expect(shareListed('', '-', base64url)).toBe(0);
    expect(shareListed('', 'A', base64url)).toBe(11 / 64);
    expect(shareListed('z', 'zz', base64url)).toBe(63 / 64);
    expect(shareListed('3', '38', '0123456789abcdef')).toBe(0.5);
  });
});

test('a leading that no digest has is no child', () => {
  const cid = new Store('cid', []);
  for (const child of cid.tree.childrenOf('')) expect(isEmptyRange(cid.tree.rangeOf(child))).toBe(false);
  expect(cid.tree.childrenOf('').length).toBeLessThan(32);
  expect(cid.tree.childrenOf('q'.repeat(100))).toEqual([]);
});
