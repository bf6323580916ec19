import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  readKnown,
  readStateShards,
  writeScrubState,
  type KnownRecords,
  type ScrubStore,
} from '../../src/activities/scrub-state.ts';
import { rangeOfPath, scrubPaths, type ScrubShard } from '../../src/contracts/scrub.ts';
import { allDigests, boundOf, holds, isEmptyRange, rangeBetween } from '../../src/policy/digest-ranges.ts';
import { debtOf } from '../../src/policy/scrub.ts';
import { ScrubRecords } from '../../src/policy/scrub-records.ts';
import { budget } from '../budget.ts';
import { MemoryVault } from '../support/memory-vault.ts';
import { singleBitFlips, truncations } from '../support/packed.ts';
import { scope } from '../support/sample-estate.ts';
import { digest, factsUpTo, hex, packRecords, unpack, type Facts } from '../support/scrub.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';

const of: ScrubStore = { scope, store: 'files', algorithm: 'sha256', digestBytes: 16 };
const whole: ScrubShard = { leading: '', range: allDigests };
const writtenAt = '2026-03-02T00:10:00.500Z';
const scanOn = (day: number): string => `scan-202603${String(day).padStart(2, '0')}T000000Z`;
const pack = (facts: Iterable<readonly [number, Facts]>): ScrubRecords => packRecords(facts, of.digestBytes);
const ok = (verifiedAt: number): Facts => ({ size: 10, createdAt: 5, verifiedAt, state: 'ok' });
const pathOf = (shard: ScrubShard): string => scrubPaths.state(scope, of.store, of.algorithm, shard.range);

let vault: MemoryVault;
beforeEach(() => {
  vault = new MemoryVault(new VirtualWallClock());
});

const write = (
  shard: ScrubShard,
  day: number,
  facts: Iterable<readonly [number, Facts]>,
): Promise<'written' | 'newer-stands'> =>
  writeScrubState(vault, of, shard, { scan: scanOn(day), writtenAt }, pack(facts));
const shardOf = (leading: string, from: string, to?: string): ScrubShard => ({
  leading,
  range: rangeBetween(from, to),
});
const sixteenth = (character: string): ScrubShard => {
  const value = Number.parseInt(character, 16) * 16;
  const bound = (at: number): string => at.toString(16).padStart(2, '0');
  return shardOf(character, bound(value), value === 0xf0 ? undefined : bound(value + 16));
};
const bytesAt = async (path: string): Promise<Buffer> => (await vault.read(path))!.bytes;

describe('the state of a shard', () => {
  test('comes back as it was written, with the time that it was', async () => {
    await fc.assert(
      fc.asyncProperty(factsUpTo(60), async (facts) => {
        vault = new MemoryVault(new VirtualWallClock());
        expect(await write(whole, 2, facts)).toBe('written');
        const known = await readKnown(vault, of, allDigests);
        expect([...unpack(known.records)]).toEqual([...unpack(pack(facts))]);
        expect(known.problems).toEqual([]);
        expect(known.seenAt).toBe(Math.ceil(Date.parse(writtenAt) / 1000));
      }),
      { numRuns: Math.ceil(budget.policyProperties / 3) },
    );
  });

  test('is nothing where no scan has been', async () => {
    const known = await readKnown(vault, of, allDigests);
    expect([known.records.length, known.seenAt, known.problems]).toEqual([0, 0, []]);
    expect(await readStateShards(vault, of)).toEqual({ shards: [], problems: [] });
  });

  test('lies byte by byte as it is documented', async () => {
    await write(shardOf('3f', '3f', '40'), 2, [[0x3f01, ok(7)]]);
    const path = 'v1/shop/westeurope/scrub/files/sha256/3f-40.bin';
    expect(vault.paths()).toEqual([path]);
    const bytes = await bytesAt(path);
    const first = bytes.indexOf('\n') + 1;
    expect(JSON.parse(bytes.toString('utf8', 0, first))).toEqual({
      ...{ schema: 'lifeboat/scrub/v1', ...scope, store: 'files', algorithm: 'sha256', digestBytes: 16 },
      ...{ leading: '3f', range: { from: '3f', to: '40' }, scan: scanOn(2), writtenAt },
      ...{ count: 1, blobs: 1, bytes: 10, bad: 0, unread: 0, missing: 0, oldest: 7 },
    });
    const sha256 = (some: Buffer): Buffer => createHash('sha256').update(some).digest();
    expect(bytes.toString('latin1', first, first + 65)).toBe(
      `${sha256(bytes.subarray(0, first)).toString('hex')}\n`,
    );
    expect(bytes.toString('hex', first + 65, bytes.length - 32)).toBe(
      `3f01${'00'.repeat(14)}00000000000a000000050000000701`,
    );
    expect(bytes.subarray(-32)).toEqual(sha256(bytes.subarray(0, -32)));
  });

  test('is written by a scan once, however often it is tried, and by the next scan in its place', async () => {
    const facts = [[1, ok(7)]] as const;
    expect(await write(whole, 2, facts)).toBe('written');
    const { version } = (await vault.read(pathOf(whole)))!;
    expect(await write(whole, 2, facts)).toBe('written');
    expect((await vault.read(pathOf(whole)))!.version).toBe(version);
    expect(await write(whole, 3, [[1, ok(9)]])).toBe('written');
    expect((await readKnown(vault, of, allDigests)).records.verifiedAt(0)).toBe(9);
  });

  test('is replaced by the same scan where a repetition of it found something else', async () => {
    await write(whole, 2, [[1, ok(7)]]);
    expect(await write(whole, 2, [[1, ok(9)]])).toBe('written');
    expect((await readKnown(vault, of, allDigests)).records.verifiedAt(0)).toBe(9);
  });

  test('is left as it is by an older scan', async () => {
    await write(whole, 3, [[1, ok(9)]]);
    expect(await write(whole, 2, [[1, ok(7)]])).toBe('newer-stands');
    expect((await readKnown(vault, of, allDigests)).records.verifiedAt(0)).toBe(9);
  });

  test('is the newer one of two written at the same time, whoever comes first', async () => {
    for (const order of [
      [2, 3],
      [3, 2],
    ] as const) {
      vault = new MemoryVault(new VirtualWallClock());
      await write(whole, 1, [[1, ok(1)]]);
      await Promise.all(order.map((day) => write(whole, day, [[1, ok(day)]])));
      expect((await readKnown(vault, of, allDigests)).records.verifiedAt(0)).toBe(3);
    }
  });

  test('is refused where its records are not in order or not of the shard', async () => {
    await expect(write(sixteenth('3'), 2, [[0x4000, ok(1)]])).rejects.toThrow(RangeError);
    const { bytes } = pack([
      [1, ok(1)],
      [2, ok(1)],
    ]);
    const half = bytes.length / 2;
    const records = new ScrubRecords(
      Buffer.concat([bytes.subarray(half), bytes.subarray(0, half)]),
      of.digestBytes,
    );
    await expect(writeScrubState(vault, of, whole, { scan: scanOn(2), writtenAt }, records)).rejects.toThrow(
      RangeError,
    );
    expect(vault.paths()).toEqual([]);
  });

  test('whose writers never get their turn cannot be recorded, which is said', async () => {
    await write(whole, 1, []);
    vault.replace = () => Promise.resolve(false);
    await expect(write(whole, 2, [])).rejects.toMatchObject({ code: 'cannot-record' });
  });
});

describe('a damaged state', () => {
  const facts = [
    [1, ok(7)],
    [2, { ...ok(8), state: 'bad' as const }],
  ] as const;
  const readDamaged = async (bytes: Buffer): Promise<KnownRecords> => {
    vault.put(pathOf(whole), bytes);
    return readKnown(vault, of, allDigests);
  };
  const expectUnknown = ({ records, seenAt, problems }: KnownRecords, how: string): void => {
    expect([records.length, seenAt, problems.map((one) => [one.path, one.range])], how).toEqual([
      0,
      0,
      [[pathOf(whole), allDigests]],
    ]);
    expect(problems[0]?.problem, how).toMatch(/^v1\/.*00-end\.bin in the vault is damaged: ./);
  };

  test('is noticed whichever bit was flipped, and nothing of it is used', async () => {
    await write(whole, 2, facts);
    for (const { at, bytes } of singleBitFlips(await bytesAt(pathOf(whole))))
      expectUnknown(await readDamaged(bytes), `byte ${at}`);
  });

  test('is noticed wherever it was cut, and where something follows it', async () => {
    await write(whole, 2, facts);
    const intact = await bytesAt(pathOf(whole));
    for (const { length, bytes } of truncations(intact))
      expectUnknown(await readDamaged(bytes), `${length} bytes`);
    expectUnknown(await readDamaged(Buffer.concat([intact, Buffer.of(0)])), 'one byte more');
    expectUnknown(await readDamaged(Buffer.concat([intact, intact])), 'twice');
  });

  test('is told apart by what is wrong with it', async () => {
    await write(whole, 2, facts);
    const intact = await bytesAt(pathOf(whole));
    const flipped = Buffer.from(intact);
    flipped[intact.length - 40] = (intact[intact.length - 40] ?? 0) ^ 1;
    for (const [bytes, problem] of [
      [intact.subarray(0, 20), 'cut in its first lines'],
      [intact.subarray(1), 'its first line is not what was written'],
      [intact.subarray(0, -1), 'its end is missing'],
      [Buffer.concat([intact, Buffer.of(0)]), 'bytes follow its end'],
      [flipped, 'its checksum is not that of its content'],
    ] as const)
      expect((await readDamaged(bytes)).problems[0]?.problem).toContain(problem);
  });

  test('is noticed however its bytes arrive', async () => {
    await write(whole, 2, facts);
    const intact = await bytesAt(pathOf(whole));
    for (const size of [1, 2, 7, 31, 33, 64]) {
      const pieces = Array.from({ length: Math.ceil(intact.length / size) }, (_, index) =>
        intact.subarray(index * size, (index + 1) * size),
      );
      vault.open = () => Promise.resolve(Readable.from(pieces, { objectMode: false }));
      expect((await readKnown(vault, of, allDigests)).records.length).toBe(2);
      vault.open = () => Promise.resolve(Readable.from(pieces.slice(0, -1), { objectMode: false }));
      expectUnknown(await readKnown(vault, of, allDigests), `pieces of ${size}`);
    }
  });

  test.each([
    ['another store', { store: 'other' }],
    ['another region', { scope: { ...scope, region: 'eastus' } }],
    ['another algorithm', { algorithm: 'blake3' }],
    ['another length of digests', { digestBytes: 20 }],
  ])('is one that is of %s', async (_of, changes) => {
    const other = { ...of, ...changes };
    await writeScrubState(
      vault,
      other,
      whole,
      { scan: scanOn(2), writtenAt },
      packRecords([], other.digestBytes),
    );
    expectUnknown(await readDamaged(await bytesAt(vault.paths()[0]!)), 'misplaced');
  });

  test('is one that is of another shard', async () => {
    await write(sixteenth('3'), 2, []);
    const other = await bytesAt(pathOf(sixteenth('3')));
    vault.remove(pathOf(sixteenth('3')));
    expectUnknown(await readDamaged(other), 'misplaced');
  });

  test('is none where the vault cannot be read: that is thrown on', async () => {
    await write(whole, 2, facts);
    vault.open = () => Promise.reject(new Error('no route'));
    await expect(readKnown(vault, of, allDigests)).rejects.toThrow('no route');
    await expect(readStateShards(vault, of)).rejects.toThrow('no route');
  });

  test('is replaced by the next scan of its shard, even by an older one than it says it is of', async () => {
    await write(whole, 9, facts);
    const bytes = await bytesAt(pathOf(whole));
    vault.put(pathOf(whole), bytes.subarray(0, -1));
    expect(await write(whole, 3, facts)).toBe('written');
    expect((await readKnown(vault, of, allDigests)).problems).toEqual([]);
  });

  test('covers what it was asked for and no more, and what an older one knows of that is used', async () => {
    await write(whole, 2, [
      [0x3001, ok(7)],
      [0x5001, ok(7)],
    ]);
    await write(sixteenth('3'), 3, [[0x3001, ok(9)]]);
    const path = pathOf(sixteenth('3'));
    vault.put(path, (await bytesAt(path)).subarray(0, -1));
    const half = shardOf('30', '30', '31');
    const known = await readKnown(vault, of, half.range);
    expect(known.problems.map((one) => [one.path, one.range])).toEqual([[path, half.range]]);
    expect([...unpack(known.records).values()]).toEqual([ok(7)]);
    expect((await readKnown(vault, of, sixteenth('5').range)).problems).toEqual([]);
  });

  test('is passed over where newer ones cover all of it, unless its header is gone', async () => {
    await write(whole, 2, [[1, ok(7)]]);
    const intact = await bytesAt(pathOf(whole));
    await write(shardOf('a', '00', '80'), 3, []);
    await write(shardOf('b', '80'), 3, []);
    vault.put(pathOf(whole), intact.subarray(0, -1));
    expect((await readKnown(vault, of, allDigests)).problems).toEqual([]);
    vault.put(pathOf(whole), intact.subarray(1));
    expect((await readKnown(vault, of, allDigests)).problems).toHaveLength(1);
    expect((await readStateShards(vault, of)).problems).toHaveLength(1);
  });
});

describe('where shards were split and joined since', () => {
  /** A scan's documents: borders between its shards, and facts. */
  const scans = fc.array(
    fc.record({
      borders: fc.uniqueArray(fc.integer({ min: 1, max: 39 }), { maxLength: 5 }),
      skipped: fc.nat({ max: 8 }),
      facts: factsUpTo(40),
    }),
    { minLength: 1, maxLength: 5 },
  );
  const ends = fc.nat({ max: 45 });
  const bound = (number: number): string => boundOf(digest(number));

  test('the newest scan that covers a digest decides what is known of it', async () => {
    await fc.assert(
      fc.asyncProperty(
        scans,
        ends,
        fc.option(ends, { nil: undefined }),
        fc.nat(),
        async (all, from, to, seed) => {
          const range = rangeBetween(bound(from), to === undefined ? undefined : bound(to));
          fc.pre(!isEmptyRange(range));
          vault = new MemoryVault(new VirtualWallClock());
          const model = new Map<number, Facts>();
          const writes: (() => Promise<unknown>)[] = [];
          for (const [index, { borders, skipped, facts }] of all.entries()) {
            const starts = [0, ...borders.toSorted((a, b) => a - b)];
            for (const [part, start] of starts.entries()) {
              if (part === skipped) continue;
              const end = starts[part + 1];
              const shard = shardOf(`${start}`, bound(start), end === undefined ? undefined : bound(end));
              for (let number = start; number < (end ?? 50); number += 1) model.delete(number);
              const own = [...facts].filter(([number]) => number >= start && number < (end ?? 50));
              for (const [number, one] of own) model.set(number, one);
              writes.push(() => write(shard, index + 1, own));
            }
          }
          // In any order: what counts is the scan, not who wrote last.
          for (const one of writes.toSorted(() => ((seed * 7919) % 13) - 6)) await one();
          const { records, problems } = await readKnown(vault, of, range);
          const expected = [...model].filter(([number]) => holds(range, hex(digest(number, of.digestBytes))));
          expect([...unpack(records)]).toEqual([...unpack(pack(expected))]);
          expect(problems).toEqual([]);
        },
      ),
      { numRuns: Math.ceil(budget.policyProperties / 3) },
    );
  });

  test('the shards that decide are in order, do not overlap, and have their share of what they were', async () => {
    await write(whole, 2, [
      [0x3001, ok(7)],
      [0x5001, ok(3)],
    ]);
    await write(sixteenth('3'), 3, [[0x3001, ok(9)]]);
    const { shards } = await readStateShards(vault, of);
    expect(shards.map(({ scan, range, oldest }) => [scan, range.from, range.to, oldest])).toEqual([
      [scanOn(2), '', '30', 3],
      [scanOn(3), '30', '40', 9],
      [scanOn(2), '40', undefined, 3],
    ]);
    expect(debtOf('3', sixteenth('3').range, shards)).toEqual({
      leading: '3',
      oldest: 9,
      blobs: 1,
      bytes: 10,
    });
    expect(debtOf('', allDigests, shards).oldest).toBe(3);
  });

  test('what others left in the folder is no state', async () => {
    await write(whole, 2, [[1, ok(7)]]);
    vault.put(`${scrubPaths.states(scope, of.store, of.algorithm)}notes.txt`, 'hello');
    expect((await readKnown(vault, of, allDigests)).records.length).toBe(1);
    expect(rangeOfPath('v1/x/3f-40.bin')).toEqual(rangeBetween('3f', '40'));
    expect(rangeOfPath('v1/x/3f-40.json')).toBeUndefined();
  });

  test('a shard of a store that was one document is read in the memory of the shard', async () => {
    const count = 60_000;
    await write(
      whole,
      2,
      Array.from({ length: count }, (_, number) => [number, ok(7)] as const),
    );
    const intact = await bytesAt(pathOf(whole));
    const chunks = Array.from({ length: Math.ceil(intact.length / 65_536) }, (_, index) =>
      intact.subarray(index * 65_536, (index + 1) * 65_536),
    );
    vault.open = () => Promise.resolve(Readable.from(chunks, { objectMode: false }));
    const { records } = await readKnown(vault, of, sixteenth('3').range);
    expect(records.length).toBe(0x1000);
    expect(records.bytes.buffer.byteLength).toBeLessThan(intact.length / 4);
  });
});
