import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  expectedFactsOf,
  readExpected,
  writeExpected,
  type ReferencedStore,
} from '../../src/activities/expected-digests.ts';
import { InventoryMerge, type InventorySource } from '../../src/activities/expected-merge.ts';
import { helds, type Held, type InventoryRun } from '../../src/activities/inventory-reader.ts';
import { writeInventory, type InventoryEntry } from '../../src/activities/inventory.ts';
import type { RecoveryPoint } from '../../src/contracts/documents.ts';
import type { ExpectedFacts, ExpectedPlace } from '../../src/contracts/scan-documents.ts';
import { scrubPaths, type ScrubShard } from '../../src/contracts/scrub.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { addressFromHex, digestOf, type ContentAddress } from '../../src/policy/content-address.ts';
import { allDigests, boundOf, holds, rangeBetween } from '../../src/policy/digest-ranges.ts';
import { ExpectedDigests, type Expectation } from '../../src/policy/digest-sets.ts';
import { budget } from '../budget.ts';
import { examplePoint } from '../support/documents.ts';
import { MemoryVault } from '../support/memory-vault.ts';
import { singleBitFlips, truncations } from '../support/packed.ts';
import { scope } from '../support/sample-estate.ts';
import { digest, hex } from '../support/scrub.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';

const of: ReferencedStore = {
  ...{ scope, store: 'files', algorithm: 'sha256', digestBytes: 32, databases: ['main'] },
};
const whole: ScrubShard = { leading: '', range: allDigests };
const scan = 'scan-20260309T000000Z';
const by = { scan, writtenAt: '2026-03-09T00:00:01.000Z' };
const atOnce = { ...by, isResumable: false, isOver: () => true };

/** What each inventory of a point holds, by the numbers of its digests. */
type Holding = ReadonlyMap<number, Held>;

let vault: MemoryVault;
beforeEach(() => {
  vault = new MemoryVault(new VirtualWallClock());
});

const hexOfNumber = (number: number): string => hex(digest(number, 32));
const addressOf = (number: number): ContentAddress => addressFromHex('sha256', hexOfNumber(number))!;
const inOrder = (holding: Holding): InventoryEntry[] =>
  [...holding].toSorted(([a], [b]) => a - b).map(([number, held]) => ({ address: addressOf(number), held }));
const pointOn = (day: number): string => `on-demand-2026030${day}T013000Z`;
const instantOn = (day: number): string => `2026-03-0${day}T01:30:00.000Z`;

async function* streamOf<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items;
}
/** Entries as an inventory's reader gives them, so many to a run. */
function runsOf(entries: readonly InventoryEntry[], most: number): NonNullable<InventorySource['runs']> {
  let from = 0;
  return {
    next(): Promise<InventoryRun | undefined> {
      const some = entries.slice(from, (from += most));
      if (some.length === 0) return Promise.resolve(undefined);
      return Promise.resolve({
        digests: Buffer.concat(some.map(({ address }) => digestOf(address))),
        held: Uint8Array.from(some, ({ held }) => helds.indexOf(held)),
        length: some.length,
      });
    },
    place: () => ({ offset: 0, lines: 0, addresses: 0, sum: '' }),
    close: () => Promise.resolve(),
  };
}
/** Everything that sources say together. */
async function merged(sources: readonly InventorySource[]): Promise<ExpectedDigests> {
  const merge = await InventoryMerge.open(sources, of.digestBytes);
  return new ExpectedDigests(await merge.take(undefined), of.digestBytes);
}

/** Writes a point of a day with an inventory of each database; its id. */
async function putPoint(
  day: number,
  holdings: Readonly<Record<string, Holding>>,
  changes: Partial<RecoveryPoint> = {},
): Promise<string> {
  const id = pointOn(day);
  const stores: RecoveryPoint['stores'] = [];
  for (const [database, holding] of Object.entries(holdings)) {
    const path = vaultPaths.inventory(scope, id, `files.${database}`);
    const sum = await writeInventory(vault, path, { store: 'files' }, streamOf(inOrder(holding)));
    stores.push({ store: 'files', database, inventory: { path, ...sum } });
  }
  const point = { ...examplePoint, id, instant: instantOn(day), stores, ...changes };
  vault.put(vaultPaths.point(scope, id), JSON.stringify(point));
  return id;
}

/** Makes a pass at once; what it went by. */
async function pass(
  ids: readonly string[],
  shards: readonly ScrubShard[] = [whole],
  referenced: ReferencedStore = of,
): Promise<ExpectedFacts> {
  const facts = await expectedFactsOf(vault, referenced, ids);
  expect(await writeExpected(vault, referenced, facts, shards, atOnce)).toBeUndefined();
  return facts;
}

/** Makes a pass that is put down at every n-th look at the clock, each time taken up by another process. */
async function passInPortions(
  ids: readonly string[],
  shards: readonly ScrubShard[],
  nth: number,
): Promise<number> {
  const facts = await expectedFactsOf(vault, of, ids);
  let place: ExpectedPlace | undefined;
  for (let portions = 1, looks = 0; ; portions += 1) {
    place = await writeExpected(vault, of, facts, shards, {
      ...{ ...by, isResumable: true, from: place, isOver: () => (looks += 1) % nth === 0 },
    });
    if (place === undefined) return portions;
    place = JSON.parse(JSON.stringify(place)) as ExpectedPlace;
  }
}

/** What a shard's document says, as text: `0007 must 1`. */
async function saysOf(shard: ScrubShard): Promise<string[]> {
  return wordsOf((await readExpected(vault, of, shard, scan)).digests);
}

function wordsOf(digests: ExpectedDigests): string[] {
  expect(digests.isOrdered()).toBe(true);
  return Array.from(
    { length: digests.length },
    (_, index) =>
      `${hex(digests.digestAt(index)).slice(0, 4)} ${digests.expectationAt(index)} ${digests.pointAt(index)}`,
  );
}

const expectationOf: Record<Held, Expectation> = { both: 'must', before: 'given-up', after: 'added' };
const strength: Record<Held, number> = { both: 2, after: 1, before: 0 };

/** The rules for one digest: a word that it must be there first, then the newest point's, then the later snapshot's. */
function model(inventories: readonly { point: number; holding: Holding }[]): string[] {
  const numbers = new Set(inventories.flatMap(({ holding }) => [...holding.keys()]));
  return [...numbers]
    .toSorted((a, b) => a - b)
    .map((number) => {
      const [best] = inventories
        .flatMap(({ point, holding }) => {
          const held = holding.get(number);
          return held === undefined ? [] : [{ point, held }];
        })
        .toSorted(
          (a, b) =>
            Number(b.held === 'both') - Number(a.held === 'both') ||
            a.point - b.point ||
            strength[b.held] - strength[a.held],
        );
      return `${hex(digest(number))} ${expectationOf[best!.held]} ${best!.point}`;
    });
}

const holdings: fc.Arbitrary<Holding> = fc
  .array(fc.tuple(fc.nat({ max: 40 }), fc.constantFrom<Held>('both', 'before', 'after')), { maxLength: 30 })
  .map((all) => new Map(all));

describe('merged inventories', () => {
  test('say of every address once and in order what all of them say together', async () => {
    const sources = fc.array(fc.record({ point: fc.nat({ max: 4 }), holding: holdings }), { maxLength: 7 });
    await fc.assert(
      fc.asyncProperty(sources, fc.integer({ min: 1, max: 9 }), async (all, most) => {
        const inventories = all.map(({ point, holding }) => ({
          ...{ path: `i${point}`, point, runs: runsOf(inOrder(holding), most) },
        }));
        expect(wordsOf(await merged(inventories))).toEqual(model(all));
      }),
      { numRuns: budget.policyProperties },
    );
  });

  test.each([1, 9])(
    'in runs of %i are refused where one is not in order, and an address twice in one is one',
    async (most) => {
      const entries = (numbers: readonly number[]): InventoryEntry[] =>
        numbers.map((number) => ({ address: addressOf(number), held: 'both' }));
      const sources = (numbers: readonly number[]): InventorySource[] => [
        { path: 'inventories/i', point: 0, runs: runsOf(entries(numbers), most) },
      ];
      expect(await merged(sources([1, 1, 2]))).toHaveLength(2);
      await expect(merged(sources([2, 1]))).rejects.toMatchObject({
        code: 'bad-document',
        message: expect.stringContaining('inventories/i') as string,
      });
    },
  );
});

describe('what is expected of the shards of a store', () => {
  test('is what the points’ inventories say, each digest in its shard, whatever the shards', async () => {
    const points = fc.array(holdings, { minLength: 0, maxLength: 5 });
    const borders = fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { maxLength: 5 });
    const putDown = fc.option(fc.integer({ min: 1, max: 7 }), { nil: undefined });
    await fc.assert(
      fc.asyncProperty(points, borders, fc.nat({ max: 6 }), putDown, async (all, cuts, skipped, nth) => {
        vault = new MemoryVault(new VirtualWallClock());
        vault.pieceBytes = nth === undefined ? Number.POSITIVE_INFINITY : 100;
        const ids: string[] = [];
        for (const [index, holding] of all.entries()) ids.push(await putPoint(index + 1, { main: holding }));
        const bound = (number: number): string => boundOf(digest(number));
        const starts = [0, ...cuts.toSorted((a, b) => a - b)];
        const shards = starts
          .map((start, index): ScrubShard => {
            const end = starts[index + 1];
            return {
              leading: `${start}`,
              range: rangeBetween(bound(start), end === undefined ? undefined : bound(end)),
            };
          })
          .filter((_shard, index) => index !== skipped);
        if (nth === undefined) await pass(ids, shards);
        else await passInPortions(ids, shards, nth);
        const expected = model(all.map((holding, index) => ({ point: all.length - 1 - index, holding })));
        for (const shard of shards) {
          const own = expected.filter((text) => holds(shard.range, `${text.slice(0, 4)}${'00'.repeat(30)}`));
          expect(await saysOf(shard)).toEqual(own);
        }
      }),
      { numRuns: Math.ceil(budget.policyProperties / 3) },
    );
  });

  test('comes with its points, newest first whatever the order they are named in, and the newest instant', async () => {
    const ids = [
      await putPoint(2, { main: new Map([[7, 'both']]) }),
      await putPoint(3, { main: new Map([[7, 'before']]) }),
    ];
    await pass(ids);
    const { points, newestPoint } = await readExpected(vault, of, whole, scan);
    expect(points).toEqual([
      { id: pointOn(3), instant: instantOn(3) },
      { id: pointOn(2), instant: instantOn(2) },
    ]);
    expect(newestPoint?.toISO()).toBe(instantOn(3));
    expect(await saysOf(whole)).toEqual(['0007 must 1']);
  });

  test('has as its newest instant that of a point that names what every database refers to', async () => {
    const both: Record<string, Holding> = { main: new Map([[1, 'both']]), ledger: new Map([[2, 'both']]) };
    const ids = [await putPoint(2, both), await putPoint(3, { main: new Map([[1, 'both']]) })];
    const twoDatabases = { ...of, databases: ['main', 'ledger'] };
    expect((await pass(ids, [whole], twoDatabases)).newestPoint).toBe(instantOn(2));
    expect((await pass([pointOn(3)], [whole], twoDatabases)).newestPoint).toBeUndefined();
    expect(await saysOf(whole)).toEqual(['0001 must 0']);
  });

  test('is nothing of points that were given up, are gone, or say nothing of the store', async () => {
    const tombstone = { at: instantOn(2), reason: 'slot' };
    await putPoint(2, { main: new Map([[1, 'both']]) }, { tombstone });
    await putPoint(3, {});
    expect(await pass([pointOn(2), pointOn(3), pointOn(4)])).toEqual({ points: [], inventories: [] });
    const { digests, newestPoint } = await readExpected(vault, of, whole, scan);
    expect([digests.length, newestPoint]).toEqual([0, undefined]);
  });

  test.each([
    ['cut', (text: string) => text.replace(/\{"addresses.*\n$/, ''), /last line is missing/],
    [
      'changed',
      (text: string) => text.replace(/\n0/, '\n1'),
      /not those that were recorded|not in the order/,
    ],
  ])(
    'cannot be said from an inventory that is %s, even where no shard needs its end',
    async (_how, damage, problem) => {
      const id = await putPoint(2, {
        main: new Map([
          [1, 'both'],
          [0x9000, 'both'],
        ]),
      });
      const path = vaultPaths.inventory(scope, id, 'files.main');
      vault.put(path, damage(vault.text(path)));
      await expect(pass([id], [{ leading: '0', range: rangeBetween('', '10') }])).rejects.toMatchObject({
        code: 'bad-document',
        message: expect.stringMatching(problem) as string,
      });
    },
  );

  test('is refused for shards that are not in order or overlap', async () => {
    const [low, high] = [rangeBetween('', '80'), rangeBetween('70', undefined)];
    for (const ranges of [
      [high, low],
      [low, high],
      [allDigests, allDigests],
    ])
      await expect(
        pass(
          [],
          ranges.map((range, index) => ({ leading: `${index}`, range })),
        ),
      ).rejects.toThrow(RangeError);
  });

  test('is each scan’s own: two at once do not take it from each other', async () => {
    const id = await putPoint(2, { main: new Map([[1, 'both']]) });
    await pass([id]);
    const later = 'scan-20260310T000000Z';
    const nothing = await expectedFactsOf(vault, of, []);
    await writeExpected(vault, of, nothing, [whole], { ...atOnce, scan: later });
    expect((await readExpected(vault, of, whole, later)).digests.length).toBe(0);
    expect((await readExpected(vault, of, whole, scan)).digests.length).toBe(1);
    const path = scrubPaths.expected(scope, scan, 'files', 'sha256', allDigests);
    vault.put(
      scrubPaths.expected(scope, later, 'files', 'sha256', allDigests),
      (await vault.read(path))!.bytes,
    );
    await expect(readExpected(vault, of, whole, later)).rejects.toMatchObject({ code: 'bad-document' });
  });

  test('is not there before the pass was made', async () => {
    await expect(readExpected(vault, of, whole, scan)).rejects.toMatchObject({ code: 'not-found' });
  });

  test('is noticed to be damaged whichever bit was flipped and wherever it was cut', async () => {
    await pass([
      await putPoint(2, {
        main: new Map([
          [1, 'both'],
          [2, 'after'],
        ]),
      }),
    ]);
    const path = scrubPaths.expected(scope, scan, 'files', 'sha256', allDigests);
    const intact = (await vault.read(path))!.bytes;
    for (const damage of [...singleBitFlips(intact), ...truncations(intact)]) {
      vault.put(path, damage.bytes);
      await expect(readExpected(vault, of, whole, scan)).rejects.toMatchObject({ code: 'bad-document' });
    }
  });

  test('lies byte by byte as it is documented', async () => {
    await pass([
      await putPoint(2, { main: new Map([[1, 'after']]) }),
      await putPoint(3, { main: new Map() }),
    ]);
    const path = 'v1/shop/westeurope/expected/scan-20260309T000000Z/files/sha256/00-end.bin';
    const { bytes } = (await vault.read(path))!;
    const first = bytes.indexOf('\n') + 1;
    expect(JSON.parse(bytes.toString('utf8', 0, first))).toEqual({
      ...{ schema: 'lifeboat/expected/v1', ...scope, store: 'files', algorithm: 'sha256', digestBytes: 32 },
      ...{ leading: '', range: { from: '' }, ...by, count: 1, newestPoint: instantOn(3) },
      points: [
        { id: pointOn(3), instant: instantOn(3) },
        { id: pointOn(2), instant: instantOn(2) },
      ],
    });
    expect(bytes.toString('hex', first + 65, bytes.length - 32)).toBe(`${hexOfNumber(1)}010001`);
  });
});
