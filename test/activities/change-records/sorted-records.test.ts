/** The sort of fixed-width records: the same order in any amount of memory, and nothing left on disk. */
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SortedRecords, type SortLimits } from '../../../src/activities/change-records/sorted-records.ts';
import { budget } from '../../budget.ts';

async function sort(values: readonly number[], limits: SortLimits): Promise<number[]> {
  const records = new SortedRecords(4, limits);
  try {
    for (const value of values) await records.add((record) => record.writeUInt32BE(value));
    const read = async () => {
      const sorted: number[] = [];
      for await (const record of records.sorted()) sorted.push(record.readUInt32BE());
      return sorted;
    };
    const first = await read();
    expect(await read(), 'a second reading').toEqual(first);
    return first;
  } finally {
    await records.close();
  }
}

it('Records come in order, all of them, however little memory there is', async () => {
  await fc.assert(
    fc.asyncProperty(
      ...([
        fc.array(fc.nat(50), { maxLength: 60 }),
        fc.integer({ min: 4, max: 64 }),
        fc.integer({ min: 1, max: 40 }),
      ] as const),
      async (values, bufferBytes, readBytes) => {
        expect(await sort(values, { bufferBytes, readBytes })).toEqual(values.toSorted((a, b) => a - b));
      },
    ),
    { numRuns: Math.ceil(budget.policyProperties / 3) },
  );
});

it('A sort that went to disk leaves no file with a name', async () => {
  const left = async () => (await readdir(tmpdir())).filter((name) => name.startsWith('lifeboat-sort-'));
  const before = await left();
  const records = new SortedRecords(4, { bufferBytes: 8, readBytes: 8 });
  for (let value = 0; value < 100; value += 1) await records.add((record) => record.writeUInt32BE(value));
  expect((await left()).filter((name) => !before.includes(name))).toEqual([]);
  await records.close();
});
