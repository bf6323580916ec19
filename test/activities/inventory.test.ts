import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  mergeSnapshots,
  readInventory,
  writeInventory,
  type InventoryEntry,
} from '../../src/activities/inventory.ts';
import { helds, InventoryReader } from '../../src/activities/inventory-reader.ts';
import { plainSum } from '../../src/activities/line-sum.ts';
import { addressFromHex, digestOf, type ContentAddress } from '../../src/policy/content-address.ts';
import { budget } from '../budget.ts';
import { MemoryVault } from '../support/memory-vault.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';

const addressOf = (n: number): ContentAddress =>
  addressFromHex('sha256', createHash('sha256').update(String(n)).digest('hex'))!;
const vault = (): MemoryVault => new MemoryVault(new VirtualWallClock());
const sets = fc.uniqueArray(fc.nat({ max: 60 }), { maxLength: 40 });
const sorted = (list: readonly number[]): ContentAddress[] => list.map(addressOf).toSorted();

async function* streamOf<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}
async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of items) all.push(one);
  return all;
}

test('an inventory of two snapshots holds every address once, in order, with the side that had it, and comes back', async () => {
  await fc.assert(
    fc.asyncProperty(sets, sets, async (before, after) => {
      const merged = await collect(mergeSnapshots(streamOf(sorted(before)), streamOf(sorted(after))));
      const all = [...new Set([...sorted(before), ...sorted(after)])].toSorted();
      expect(merged.map((one) => one.address)).toEqual(all);
      const sides = { both: [true, true], before: [true, false], after: [false, true] };
      for (const { address, held } of merged)
        expect([sorted(before).includes(address), sorted(after).includes(address)]).toEqual(sides[held]);
      const into = vault();
      const sum = await writeInventory(into, 'i', { store: 'files' }, streamOf(merged));
      expect(sum.addresses).toBe(all.length);
      expect(await collect(readInventory(into, 'i', 'sha256', sum))).toEqual(merged);
    }),
    { numRuns: Math.ceil(budget.policyProperties / 4) },
  );
});

test('an inventory is read alike however it is cut into pieces, digits of either case among them', async () => {
  const entries: InventoryEntry[] = sorted([1, 2, 3]).map((address, at) => ({ address, held: helds[at]! }));
  const whole = vault();
  const sum = await writeInventory(whole, 'i', {}, streamOf(entries));
  const text = Buffer.from(whole.text('i'));
  for (let cut = 1; cut < text.length; cut += 1) {
    const reader = new InventoryReader(32, (how) => new Error(how), plainSum());
    const runs = [text.subarray(0, cut), text.subarray(cut)].map((piece) => reader.push(piece));
    reader.end(sum);
    expect(Buffer.concat(runs.map((run) => run.digests.subarray(0, run.length * 32)))).toEqual(
      Buffer.concat(entries.map((entry) => digestOf(entry.address))),
    );
    expect(runs.flatMap((run) => [...run.held.subarray(0, run.length)])).toEqual([0, 1, 2]);
  }
  const reader = new InventoryReader(32, (how) => new Error(how), plainSum());
  const { digests } = reader.push(Buffer.from(`${'aB'.repeat(32)}\n`));
  expect(Buffer.from(digests.subarray(0, 32)).toString('hex')).toBe('ab'.repeat(32));
});

test('an inventory with any line changed, lost or doubled is recognised', async () => {
  const entries: InventoryEntry[] = sorted([1, 2, 3, 4]).map((address) => ({ address, held: 'both' }));
  const whole = vault();
  const sum = await writeInventory(whole, 'i', {}, streamOf(entries));
  const lines = whole.text('i').trimEnd().split('\n');
  const damages = [0, 1, 2, 3].flatMap((n) => [
    lines.filter((_line, at) => at !== n + 1),
    lines.flatMap((line, at) => (at === n + 1 ? [line, line] : [line])),
    lines.map((line, at) => (at === n + 1 ? `<${line}` : line)),
    lines.map((line, at) =>
      at === n + 1 ? line.replace(/^./, (digit) => (digit === '0' ? '1' : '0')) : line,
    ),
    lines.slice(0, n + 1),
  ]);
  for (const damage of damages) {
    const into = vault();
    into.put('i', `${damage.join('\n')}\n`);
    await expect(collect(readInventory(into, 'i', 'sha256', sum)), damage.join('\n')).rejects.toMatchObject({
      code: 'bad-document',
    });
  }
});

test('an inventory of a hundred thousand addresses is written and read as a stream of small parts', async () => {
  let written = 0;
  const into = vault();
  const createFrom = into.createFrom.bind(into);
  into.createFrom = async (path, content, mediaType) => {
    content.on('data', (chunk: Buffer) => (written = Math.max(written, chunk.length)));
    return createFrom(path, content, mediaType);
  };
  const address = addressOf(1);
  async function* many(): AsyncGenerator<InventoryEntry> {
    for (let n = 0; n < 100_000; n += 1) yield { address, held: 'both' };
  }
  const sum = await writeInventory(into, 'i', {}, many());
  expect(sum.addresses).toBe(100_000);
  expect(written).toBeLessThan(80 * 1024);
});

test('an inventory is never overwritten', async () => {
  const into = vault();
  await writeInventory(into, 'i', {}, streamOf([]));
  await expect(writeInventory(into, 'i', {}, streamOf([]))).rejects.toMatchObject({ code: 'conflict' });
});
