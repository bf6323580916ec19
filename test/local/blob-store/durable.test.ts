/** What the blob store has answered survives a SIGKILL of it, whenever it comes. */
import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { ContainerClient } from '@azure/storage-blob';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { applyChanges, ChangeJournal } from '../../../local/blob-store/change-journal.ts';
import { budget } from '../../budget.ts';
import { StoredBlobs } from './stored-blobs.ts';

let store: StoredBlobs;
let container: ContainerClient;
const expected = new Map<string, Buffer>();

beforeEach(async () => {
  store = await StoredBlobs.make();
  expected.clear();
  await store.start();
  ({ container } = store);
  await container.create();
});
afterEach(() => store.remove());

test('blobs written, overwritten, appended to and deleted right before a SIGKILL are as they were answered', async () => {
  for (let round = 0; round < 3; round += 1) {
    for (let count = 0; count < 10; count += 1) await put(`round-${round}/${count}`);
    await put('overwritten');
    await append('log', `line ${round}\n`);
    await remove(`round-${round}/3`);
    await store.kill();
    await store.start();
    await expectAsAnswered();
  }
}, 60_000);

test('a SIGKILL right after the metadata was written out loses nothing', async () => {
  for (let round = 0; round < budget.blobStoreKills; round += 1) {
    const before = await generation();
    for (let count = 0; (await generation()) <= before + 1; count += 1) {
      await put(`round-${round}/${count}`);
      if (count % 5 === 4) await remove(`round-${round}/${count - 2}`);
    }
    await store.kill();
    await store.start();
    await expectAsAnswered();
  }
}, 600_000);

test('changes are read back in order, and dropped with the generation that a whole copy holds', () => {
  const database = path.join(store.dir, 'database.json');
  const journal = new ChangeJournal(database);
  journal.append({ collection: 'blobs', put: { $loki: 1 } });
  journal.append({ collection: 'blobs', removed: 1 });
  const drop = journal.rotate();
  journal.append({ collection: 'blobs', put: { $loki: 2 } });
  expect(new ChangeJournal(database).read()).toHaveLength(3);
  drop();
  expect(new ChangeJournal(database).read()).toEqual([{ collection: 'blobs', put: { $loki: 2 } }]);
});

test('applying changes that a copy already holds gives the same documents', () => {
  const changes = [
    { collection: 'blobs', put: { $loki: 2, tier: 'Hot' } },
    { collection: 'blobs', put: { $loki: 1, tier: 'Hot' } },
    { collection: 'blobs', put: { $loki: 2, tier: 'Cool' } },
    { collection: 'blobs', removed: 3 },
  ];
  const applied = applyChanges([{ $loki: 3 }], changes);
  expect(applied).toEqual([
    { $loki: 1, tier: 'Hot' },
    { $loki: 2, tier: 'Cool' },
  ]);
  expect(applyChanges(applied, changes)).toEqual(applied);
});

async function put(name: string): Promise<void> {
  const bytes = randomBytes(2_000);
  await container.getBlockBlobClient(name).uploadData(bytes);
  expected.set(name, bytes);
}

async function append(name: string, line: string): Promise<void> {
  const blob = container.getAppendBlobClient(name);
  await blob.createIfNotExists();
  await blob.appendBlock(line, Buffer.byteLength(line));
  expected.set(name, Buffer.concat([expected.get(name) ?? Buffer.alloc(0), Buffer.from(line)]));
}

async function remove(name: string): Promise<void> {
  await container.getBlockBlobClient(name).delete();
  expected.delete(name);
}

/** How often the blobs' metadata was written out, by the journal's files. */
async function generation(): Promise<number> {
  const names = await readdir(path.join(store.dir, 'blobs'));
  const numbers = names.flatMap((name) => /^__azurite_db_blob__\.json\.changes-(\d+)$/.exec(name)?.[1] ?? []);
  return Math.max(0, ...numbers.map(Number));
}

async function expectAsAnswered(): Promise<void> {
  const found: string[] = [];
  for await (const { name } of container.listBlobsFlat()) found.push(name);
  expect(found.toSorted()).toEqual([...expected.keys()].toSorted());
  for (const [name, bytes] of expected)
    expect(bytes.equals(await container.getBlobClient(name).downloadToBuffer()), name).toBe(true);
}
