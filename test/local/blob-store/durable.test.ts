/** What the blob store has answered survives a SIGKILL of it, whenever it comes. */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BlobServiceClient, StorageSharedKeyCredential, type ContainerClient } from '@azure/storage-blob';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { applyChanges, ChangeJournal } from '../../../local/blob-store/change-journal.ts';
import { chooseFreePort } from '../../../local/postgres/free-port.ts';
import { budget } from '../../budget.ts';

const account = 'clinicblobs';
const key = Buffer.from('a key that only this test uses').toString('base64');

let dir: string;
let port: number;
let store: ChildProcess;
let container: ContainerClient;
const expected = new Map<string, Buffer>();

beforeEach(async () => {
  dir = await mkdtemp(path.join(os.tmpdir(), 'blob-store-'));
  port = await chooseFreePort();
  expected.clear();
  await start();
  const credential = new StorageSharedKeyCredential(account, key);
  container = new BlobServiceClient(`http://127.0.0.1:${port}/${account}`, credential).getContainerClient(
    'cases',
  );
  await container.create();
});
afterEach(async () => {
  await killStore();
  await rm(dir, { recursive: true, force: true });
});

test('blobs written, overwritten, appended to and deleted right before a SIGKILL are as they were answered', async () => {
  for (let round = 0; round < 3; round += 1) {
    for (let count = 0; count < 10; count += 1) await put(`round-${round}/${count}`);
    await put('overwritten');
    await append('log', `line ${round}\n`);
    await remove(`round-${round}/3`);
    await killStore();
    await start();
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
    await killStore();
    await start();
    await expectAsAnswered();
  }
}, 600_000);

test('changes are read back in order, and dropped with the generation that a whole copy holds', () => {
  const database = path.join(dir, 'database.json');
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

async function start(): Promise<void> {
  store = spawn(
    process.execPath,
    [
      ...['--import', path.resolve('local/blob-store/durable.ts')],
      'node_modules/azurite/dist/src/blob/main.js',
      ...['--location', path.join(dir, 'blobs'), '--blobPort', String(port)],
      ...['--skipApiVersionCheck', '--disableTelemetry', '--silent'],
    ],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, AZURITE_ACCOUNTS: `${account}:${key}` },
    },
  );
  while (!(await answers())) {
    if (store.exitCode !== null) throw new Error('the blob store ended');
    await sleep(50);
  }
}

function answers(): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

async function killStore(): Promise<void> {
  if (store.exitCode !== null || store.signalCode !== null) return;
  store.kill('SIGKILL');
  await once(store, 'exit');
}

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
  const names = await readdir(path.join(dir, 'blobs'));
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
