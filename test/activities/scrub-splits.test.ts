/** Scrub states of shards that were split and joined from scan to scan: the newest scan decides. */
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { readKnown, readStateShards } from '../../src/activities/scrub-state.ts';
import { rangeOfPath, scrubPaths } from '../../src/contracts/scrub.ts';
import { allDigests, boundOf, holds, isEmptyRange, rangeBetween } from '../../src/policy/digest-ranges.ts';
import { debtOf } from '../../src/policy/scrub.ts';
import { budget } from '../budget.ts';
import { MemoryVault } from '../support/memory-vault.ts';
import { scope } from '../support/sample-estate.ts';
import { digest, factsUpTo, hex, unpack, type Facts } from '../support/scrub.ts';
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
} from '../support/scrub-states.ts';

let vault: MemoryVault;
beforeEach(() => {
  vault = new MemoryVault(new VirtualWallClock());
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
              writes.push(() => writeState(vault, shard, index + 1, own));
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
    await writeState(vault, whole, 2, [
      [0x3001, ok(7)],
      [0x5001, ok(3)],
    ]);
    await writeState(vault, sixteenth('3'), 3, [[0x3001, ok(9)]]);
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
    await writeState(vault, whole, 2, [[1, ok(7)]]);
    vault.put(`${scrubPaths.states(scope, of.store, of.algorithm)}notes.txt`, 'hello');
    expect((await readKnown(vault, of, allDigests)).records.length).toBe(1);
    expect(rangeOfPath('v1/x/3f-40.bin')).toEqual(rangeBetween('3f', '40'));
    expect(rangeOfPath('v1/x/3f-40.json')).toBeUndefined();
  });

  test('a shard of a store that was one document is read in the memory of the shard', async () => {
    const count = 60_000;
    await writeState(
      vault,
      whole,
      2,
      Array.from({ length: count }, (_, number) => [number, ok(7)] as const),
    );
    const intact = await bytesAt(vault, pathOf(whole));
    const chunks = Array.from({ length: Math.ceil(intact.length / 65_536) }, (_, index) =>
      intact.subarray(index * 65_536, (index + 1) * 65_536),
    );
    vault.open = () => Promise.resolve(Readable.from(chunks, { objectMode: false }));
    const { records } = await readKnown(vault, of, sixteenth('3').range);
    expect(records.length).toBe(0x1000);
    expect(records.bytes.buffer.byteLength).toBeLessThan(intact.length / 4);
  });
});
