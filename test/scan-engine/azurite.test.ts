/** What src/ports/blob-scanner.ts promises in prose, held against a real blob service. */
import {
  ContainerSASPermissions,
  generateBlobSASQueryParameters,
  type ContainerClient,
} from '@azure/storage-blob';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { ScanPortion, ScannedPortion } from '../../src/ports/blob-scanner.ts';
import { Azurite } from '../support/azurite.ts';
import { nowSeconds, portionOf, scanOnce } from '../support/scan-portions.ts';
import { nameOf, sha256 } from '../support/scan-store.ts';

let azurite: Azurite;
let container: ContainerClient;

beforeAll(async () => {
  azurite = await Azurite.start();
});
afterAll(() => azurite.stop());
beforeEach(async () => {
  container = await azurite.container();
});

const put = async (name: string, text: string): Promise<void> => {
  const bytes = Buffer.from(text);
  await container.getBlockBlobClient(name).upload(bytes, bytes.length);
};
const putMany = async (count: number): Promise<string[]> => {
  const contents = Array.from({ length: count }, (_, index) => `content ${index}`);
  for (let from = 0; from < count; from += 100)
    await Promise.all(contents.slice(from, from + 100).map((text) => put(nameOf(text), text)));
  return contents;
};
const signature = (): string =>
  generateBlobSASQueryParameters(
    {
      containerName: container.containerName,
      permissions: ContainerSASPermissions.parse('rl'),
      expiresOn: new Date(Date.now() + 3_600_000),
    },
    azurite.credential,
  ).toString();
const scan = (changes: Partial<ScanPortion> = {}, pageSize = 5_000): Promise<ScannedPortion> =>
  scanOnce(
    portionOf(azurite.url, {
      store: { account: azurite.url, container: container.containerName },
      ...changes,
    }),
    {
      authorize: () => Promise.resolve({ query: signature() }),
      settings: { pageSize },
    },
  );

test('every blob under an address is hashed and has a record; the others are strays', async () => {
  const contents = await putMany(250);
  const strays = ['notes.txt', 'ü ☂ 💾/&<>"\'%2F', 'x'.repeat(240), `sha256/ff/${'0'.repeat(64)}`];
  for (const name of strays) await put(name, 'stray');
  const scanned = await scan();
  expect(scanned.listed.blobs).toBe(254);
  expect(scanned.hashed.blobs).toBe(250);
  expect(scanned.doubtful).toEqual([]);
  expect(scanned.strays.map(({ name }) => name).toSorted()).toEqual(strays.toSorted());
  expect(scanned.next).toBeUndefined();
  const { records } = scanned;
  for (const text of contents) {
    const record = records.recordAt(records.find(Buffer.from(sha256(text), 'hex')));
    expect(record).toMatchObject({ size: text.length, state: 'ok', verifiedAt: nowSeconds });
    expect(Math.abs(record.createdAt - Date.now() / 1000)).toBeLessThan(600);
  }
});

test('wrong content is doubtful, with the version to read it by', async () => {
  await put(nameOf('right'), 'wrong');
  await put(nameOf('empty'), '');
  await put(nameOf('good'), 'good');
  const scanned = await scan();
  expect(scanned.hashed.blobs).toBe(1);
  const doubtful = scanned.doubtful.toSorted((a, b) => a.size - b.size);
  expect(doubtful).toMatchObject([
    { name: nameOf('empty'), size: 0 },
    { name: nameOf('right'), size: 5 },
  ]);
  const etag = (await container.getBlobClient(nameOf('right')).getProperties()).etag;
  expect(doubtful[1]?.version).toBe(etag);
});

test('a prefix is listed and nothing else', async () => {
  const contents = await putMany(60);
  const scanned = await scan({ prefix: 'sha256/0' });
  const wanted = contents.filter((text) => nameOf(text).startsWith('sha256/0'));
  expect(wanted.length).toBeGreaterThan(0);
  expect(scanned.hashed.blobs).toBe(wanted.length);
});

test('with no time left a portion is one page, and the next one goes on from there', async () => {
  await putMany(70);
  const first = await scan({ milliseconds: 0 }, 50);
  expect(first.listed.blobs).toBe(50);
  expect(first.next).toBeDefined();
  const second = await scan({ milliseconds: 0, token: first.next }, 50);
  expect(second).toMatchObject({ listed: { blobs: 20 }, hashed: { blobs: 20 }, next: undefined });
  expect(second.last! > first.last!).toBe(true);
});

test('without permission the portion fails', async () => {
  const store = { account: azurite.url, container: container.containerName };
  await expect(scanOnce(portionOf(azurite.url, { store }))).rejects.toMatchObject({
    code: expect.stringMatching(/access-denied|not-found/) as string,
  });
});

test('a container that is not there is a failure', async () => {
  const store = { account: azurite.url, container: 'no-such-container' };
  await expect(scan({ store })).rejects.toMatchObject({
    code: expect.stringMatching(/access-denied|not-found/) as string,
  });
});

test('pages end nowhere else than where the service says', async () => {
  const contents = await putMany(45);
  const scanned = await scan({}, 4);
  expect(scanned).toMatchObject({
    listed: { blobs: 45 },
    hashed: { blobs: 45 },
    doubtful: [],
    next: undefined,
  });
  expect(scanned.records).toHaveLength(contents.length);
});
