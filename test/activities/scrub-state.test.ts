/** The scrub state of a shard: how it is written, by whom, and how it comes back. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { readKnown, readStateShards, writeScrubState } from '../../src/activities/scrub-state.ts';
import { allDigests } from '../../src/policy/digest-ranges.ts';
import { ScrubRecords } from '../../src/policy/scrub-records.ts';
import { budget } from '../budget.ts';
import { MemoryVault } from '../support/memory-vault.ts';
import { scope } from '../support/sample-estate.ts';
import { factsUpTo, unpack } from '../support/scrub.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import {
  bytesAt,
  of,
  ok,
  pack,
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

describe('the state of a shard', () => {
  test('comes back as it was written, with the time that it was', async () => {
    await fc.assert(
      fc.asyncProperty(factsUpTo(60), async (facts) => {
        vault = new MemoryVault(new VirtualWallClock());
        expect(await writeState(vault, whole, 2, facts)).toBe('written');
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
    await writeState(vault, shardOf('3f', '3f', '40'), 2, [[0x3f01, ok(7)]]);
    const path = 'v1/shop/westeurope/scrub/files/sha256/3f-40.bin';
    expect(vault.paths()).toEqual([path]);
    const bytes = await bytesAt(vault, path);
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
    expect(await writeState(vault, whole, 2, facts)).toBe('written');
    const { version } = (await vault.read(pathOf(whole)))!;
    expect(await writeState(vault, whole, 2, facts)).toBe('written');
    expect((await vault.read(pathOf(whole)))!.version).toBe(version);
    expect(await writeState(vault, whole, 3, [[1, ok(9)]])).toBe('written');
    expect((await readKnown(vault, of, allDigests)).records.verifiedAt(0)).toBe(9);
  });

  test('is replaced by the same scan where a repetition of it found something else', async () => {
    await writeState(vault, whole, 2, [[1, ok(7)]]);
    expect(await writeState(vault, whole, 2, [[1, ok(9)]])).toBe('written');
    expect((await readKnown(vault, of, allDigests)).records.verifiedAt(0)).toBe(9);
  });

  test('is left as it is by an older scan', async () => {
    await writeState(vault, whole, 3, [[1, ok(9)]]);
    expect(await writeState(vault, whole, 2, [[1, ok(7)]])).toBe('newer-stands');
    expect((await readKnown(vault, of, allDigests)).records.verifiedAt(0)).toBe(9);
  });

  test('is the newer one of two written at the same time, whoever comes first', async () => {
    for (const order of [
      [2, 3],
      [3, 2],
    ] as const) {
      vault = new MemoryVault(new VirtualWallClock());
      await writeState(vault, whole, 1, [[1, ok(1)]]);
      await Promise.all(order.map((day) => writeState(vault, whole, day, [[1, ok(day)]])));
      expect((await readKnown(vault, of, allDigests)).records.verifiedAt(0)).toBe(3);
    }
  });

  test('is refused where its records are not in order or not of the shard', async () => {
    await expect(writeState(vault, sixteenth('3'), 2, [[0x4000, ok(1)]])).rejects.toThrow(RangeError);
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
    await writeState(vault, whole, 1, []);
    vault.replace = () => Promise.resolve(false);
    await expect(writeState(vault, whole, 2, [])).rejects.toMatchObject({ code: 'cannot-record' });
  });
});
