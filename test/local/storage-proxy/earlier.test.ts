/** Earlier versions behind the proxy: listed, read and deleted by the product's own adapter, and never the current one. */
import type { TokenCredential } from '@azure/identity';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { AzureContentStores } from '../../../src/azure/content-stores.ts';
import type { BlobVersion, StoreAddress } from '../../../src/ports/content-store.ts';
import { Azurite } from '../../support/azurite.ts';
import { ProxiedBlobs, statusOf } from './proxied-blobs.ts';

let azurite: Azurite;
let blobs: ProxiedBlobs;
let stores: AzureContentStores;
let store: StoreAddress;

beforeAll(async () => {
  azurite = await Azurite.start();
});
afterAll(() => azurite.stop());
afterEach(() => blobs.stop());

async function open(profile: { versions?: boolean; softDeleteDays?: number }): Promise<void> {
  blobs = await ProxiedBlobs.start(azurite, profile);
  // The client takes either kind of credential; the service here knows keys alone.
  stores = new AzureContentStores(blobs.storage.azurite.credential as unknown as TokenCredential);
  store = { account: blobs.storage.url, container: blobs.container.containerName };
}
async function versions(prefix?: string): Promise<BlobVersion[]> {
  const found: BlobVersion[] = [];
  for await (const version of stores.listVersions(store, prefix)) found.push(version);
  return found;
}
const told = (listed: readonly BlobVersion[]): string[] =>
  listed.map(({ name, isCurrent }) => `${name} ${isCurrent ? 'current' : 'earlier'}`);

test('versions are listed with the instants of their ids, and by the beginning of their names', async () => {
  await open({ versions: true });
  const first = await blobs.put('a/x', 'one');
  await blobs.put('a/x', 'two');
  await blobs.put('b', 'three');
  await blobs.container.getBlobClient('b').delete();
  const listed = await versions();
  expect(told(listed)).toEqual(['a/x earlier', 'a/x current', 'b earlier']);
  expect(listed[0]).toMatchObject({ version: first });
  expect(listed[0]!.at.toMillis()).toBe(Date.parse(`${first.slice(0, 23)}Z`));
  expect(told(await versions('b'))).toEqual(['b earlier']);
});

test('an account without versions lists none', async () => {
  await open({ softDeleteDays: 7 });
  await blobs.put('a', 'one');
  await blobs.put('a', 'two');
  expect(await versions()).toEqual([]);
});

test('an earlier version goes, once; the current one and the blob stay', async () => {
  await open({ versions: true });
  const [first, second, third] = [
    await blobs.put('a', 'one'),
    await blobs.put('a', 'two'),
    await blobs.put('a', 'three'),
  ];
  const remove = (version: string): Promise<unknown[]> =>
    stores.deleteVersions(store, [{ name: 'a', version }]);
  expect(await remove(first)).toEqual(['deleted']);
  expect(await remove(first)).toEqual(['absent']);
  expect(await remove('2020-01-01T00:00:00.0000000Z')).toEqual(['absent']);
  expect(await remove(third)).toMatchObject([{ failure: { code: 'access-denied' } }]);
  await expect(remove('')).rejects.toMatchObject({ code: 'refused' });
  expect(told(await versions())).toEqual(['a earlier', 'a current']);
  expect(await statusOf(blobs.read('a', first))).toBe(404);
  expect([await blobs.read('a', second), await blobs.read('a')]).toEqual(['two', 'three']);
});

test('of many versions some that cannot go keep none of the others', async () => {
  await open({ versions: true });
  const all: string[] = [];
  for (let n = 0; n < 40; n += 1) all.push(await blobs.put('a', `content ${n}`));
  const ends = await stores.deleteVersions(
    store,
    all.map((version) => ({ name: 'a', version })),
  );
  expect(ends.slice(0, -1)).toEqual(all.slice(0, -1).map(() => 'deleted'));
  expect(ends.at(-1)).toMatchObject({ failure: { code: 'access-denied' } });
  expect(told(await versions())).toEqual(['a current']);
});

test('content of an earlier time stands beside what there is, under the id of that time', async () => {
  await open({ versions: true });
  await blobs.put('a', 'one');
  const order = { container: blobs.container.containerName, name: 'a', agoSeconds: 864_000 };
  await blobs.storage.addEarlier(order);
  const [earlier, current] = await versions();
  expect([earlier!.isCurrent, current!.isCurrent]).toEqual([false, true]);
  expect(Date.now() - earlier!.at.toMillis()).toBeGreaterThan(863_000_000);
  expect(await blobs.read('a', earlier!.version)).toBe('one');
  const { status } = await blobs.storage.control('earlier', { account: 'account', ...order, name: 'b' });
  expect(status).toBe(400);
});
