/** Which batches the proxy passes on: those that delete snapshots, which are no part of the history. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Azurite } from '../../support/azurite.ts';
import { ProxiedBlobs, statusOf } from './proxied-blobs.ts';

let azurite: Azurite;
let blobs: ProxiedBlobs;

beforeAll(async () => {
  azurite = await Azurite.start();
  blobs = await ProxiedBlobs.start(azurite, { versions: true });
});
afterAll(async () => {
  await blobs.stop();
  await azurite.stop();
});

const snapshotOf = async (name: string): Promise<string> =>
  (await blobs.container.getBlobClient(name).createSnapshot()).snapshot ?? '';
const urlOf = (name: string, query = ''): string => `${blobs.container.getBlobClient(name).url}${query}`;

/** Asks for the deletion of these URLs in one batch; the status of each part, or with which status all is refused. */
async function deleteInBatch(urls: readonly string[]): Promise<unknown> {
  const client = blobs.container.getBlobBatchClient();
  const batch = client.createBatch();
  for (const url of urls) await batch.deleteBlob(url, azurite.credential);
  try {
    return (await client.submitBatch(batch)).subResponses.map(({ status }) => status);
  } catch (thrown) {
    return (thrown as { statusCode?: number }).statusCode;
  }
}

test('a batch that deletes snapshots is passed on: they go, the blobs and their versions stay', async () => {
  const first = await blobs.put('a +%.txt', 'first');
  const snapshots = [await snapshotOf('a +%.txt')];
  await blobs.put('a +%.txt', 'second');
  snapshots.push(await snapshotOf('a +%.txt'));
  const gone = '2020-01-01T00:00:00.0000000Z';
  const urls = [...snapshots, gone].map((snapshot) => urlOf('a +%.txt', `?snapshot=${snapshot}`));
  expect(await deleteInBatch(urls)).toEqual([202, 202, 404]);
  expect(await blobs.read('a +%.txt')).toBe('second');
  expect(await blobs.read('a +%.txt', first)).toBe('first');
  const left = await blobs.list({ includeSnapshots: true });
  expect(left.map(({ name, snapshot }) => [name, snapshot])).toEqual([['a +%.txt', undefined]]);
});

test('a batch is refused as a whole if any of its parts deletes a blob, a version, or is of another account', async () => {
  const version = await blobs.put('b', 'kept');
  const snapshot = `?snapshot=${await snapshotOf('b')}`;
  const elsewhere = urlOf('b', snapshot).replace('/account/', '/other/');
  for (const url of [
    urlOf('b'),
    urlOf('b', '?snapshot='),
    urlOf('b', `?versionid=${version}`),
    urlOf('b', `${snapshot}&versionid=${version}`),
    elsewhere,
  ])
    expect(await deleteInBatch([urlOf('b', snapshot), url]), url).toBe(501);
  expect(await blobs.read('b')).toBe('kept');
  expect(await statusOf(blobs.container.getBlobClient('b').withSnapshot(snapshot.slice(10)).delete())).toBe(
    'done',
  );
});

test('a batch without parts is refused', async () => {
  const { url } = blobs.container;
  const answer = await fetch(`${url}?restype=container&comp=batch`, { method: 'POST', body: 'DELETE' });
  expect(answer.status).toBe(501);
});

test('a batch larger than the service takes is refused', async () => {
  const { url } = blobs.container;
  const body = Buffer.alloc(5 * 1_024 * 1_024);
  const answer = await fetch(`${url}?restype=container&comp=batch`, { method: 'POST', body });
  expect(answer.status).toBe(413);
});
