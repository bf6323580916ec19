/** A damaged scrub state: noticed wherever the damage is, and nothing of it is used. */
import { Readable } from 'node:stream';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  readKnown,
  readStateShards,
  writeScrubState,
  type KnownRecords,
} from '../../src/activities/scrub-state.ts';
import { allDigests } from '../../src/policy/digest-ranges.ts';
import { MemoryVault } from '../support/memory-vault.ts';
import { singleBitFlips, truncations } from '../support/packed.ts';
import { scope } from '../support/sample-estate.ts';
import { packRecords, unpack } from '../support/scrub.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import {
  bytesAt,
  of,
  ok,
  pathOf,
  scanOn,
  shardOf,
  sixteenth,
  whole,
  writeState,
  writtenAt,
} from '../support/scrub-states.ts';

let vault: MemoryVault;
beforeEach(() => {
  vault = new MemoryVault(new VirtualWallClock());
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
    await writeState(vault, whole, 2, facts);
    for (const { at, bytes } of singleBitFlips(await bytesAt(vault, pathOf(whole))))
      expectUnknown(await readDamaged(bytes), `byte ${at}`);
  });

  test('is noticed wherever it was cut, and where something follows it', async () => {
    await writeState(vault, whole, 2, facts);
    const intact = await bytesAt(vault, pathOf(whole));
    for (const { length, bytes } of truncations(intact))
      expectUnknown(await readDamaged(bytes), `${length} bytes`);
    expectUnknown(await readDamaged(Buffer.concat([intact, Buffer.of(0)])), 'one byte more');
    expectUnknown(await readDamaged(Buffer.concat([intact, intact])), 'twice');
  });

  test('is told apart by what is wrong with it', async () => {
    await writeState(vault, whole, 2, facts);
    const intact = await bytesAt(vault, pathOf(whole));
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
    await writeState(vault, whole, 2, facts);
    const intact = await bytesAt(vault, pathOf(whole));
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
    expectUnknown(await readDamaged(await bytesAt(vault, vault.paths()[0]!)), 'misplaced');
  });

  test('is one that is of another shard', async () => {
    await writeState(vault, sixteenth('3'), 2, []);
    const other = await bytesAt(vault, pathOf(sixteenth('3')));
    vault.remove(pathOf(sixteenth('3')));
    expectUnknown(await readDamaged(other), 'misplaced');
  });

  test('is none where the vault cannot be read: that is thrown on', async () => {
    await writeState(vault, whole, 2, facts);
    vault.open = () => Promise.reject(new Error('no route'));
    await expect(readKnown(vault, of, allDigests)).rejects.toThrow('no route');
    await expect(readStateShards(vault, of)).rejects.toThrow('no route');
  });

  test('is replaced by the next scan of its shard, even by an older one than it says it is of', async () => {
    await writeState(vault, whole, 9, facts);
    const bytes = await bytesAt(vault, pathOf(whole));
    vault.put(pathOf(whole), bytes.subarray(0, -1));
    expect(await writeState(vault, whole, 3, facts)).toBe('written');
    expect((await readKnown(vault, of, allDigests)).problems).toEqual([]);
  });

  test('covers what it was asked for and no more, and what an older one knows of that is used', async () => {
    await writeState(vault, whole, 2, [
      [0x3001, ok(7)],
      [0x5001, ok(7)],
    ]);
    await writeState(vault, sixteenth('3'), 3, [[0x3001, ok(9)]]);
    const path = pathOf(sixteenth('3'));
    vault.put(path, (await bytesAt(vault, path)).subarray(0, -1));
    const half = shardOf('30', '30', '31');
    const known = await readKnown(vault, of, half.range);
    expect(known.problems.map((one) => [one.path, one.range])).toEqual([[path, half.range]]);
    expect([...unpack(known.records).values()]).toEqual([ok(7)]);
    expect((await readKnown(vault, of, sixteenth('5').range)).problems).toEqual([]);
  });

  test('is passed over where newer ones cover all of it, unless its header is gone', async () => {
    await writeState(vault, whole, 2, [[1, ok(7)]]);
    const intact = await bytesAt(vault, pathOf(whole));
    await writeState(vault, shardOf('a', '00', '80'), 3, []);
    await writeState(vault, shardOf('b', '80'), 3, []);
    vault.put(pathOf(whole), intact.subarray(0, -1));
    expect((await readKnown(vault, of, allDigests)).problems).toEqual([]);
    vault.put(pathOf(whole), intact.subarray(1));
    expect((await readKnown(vault, of, allDigests)).problems).toHaveLength(1);
    expect((await readStateShards(vault, of)).problems).toHaveLength(1);
  });
});
