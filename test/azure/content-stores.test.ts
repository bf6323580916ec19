/** What src/ports/content-store.ts promises in prose, held against a real blob service. */
import type { TokenCredential } from '@azure/identity';
import type { ContainerClient } from '@azure/storage-blob';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { verifyBlob } from '../../src/activities/verify-blob.ts';
import { AzureContentStores } from '../../src/azure/content-stores.ts';
import { addressFromHex } from '../../src/policy/content-address.ts';
import type {
  BlobSnapshot,
  ListedBlob,
  DeletionOutcome,
  StoreAddress,
} from '../../src/ports/content-store.ts';
import { Azurite } from '../support/azurite.ts';

let azurite: Azurite;
let contents: AzureContentStores;
let container: ContainerClient;
let store: StoreAddress;

beforeAll(async () => {
  azurite = await Azurite.start();
  // The client takes either kind of credential; the service here knows keys alone.
  contents = new AzureContentStores(azurite.credential as unknown as TokenCredential);
});
afterAll(() => azurite.stop());
beforeEach(async () => {
  container = await azurite.container();
  store = { account: azurite.url, container: container.containerName };
});

const put = async (name: string, text = name): Promise<void> => {
  const bytes = Buffer.from(text);
  await container.getBlockBlobClient(name).upload(bytes, bytes.length);
};
const textOf = async (name: string, version?: string): Promise<string | undefined> => {
  const content = await contents.open(store, name, version);
  if (content === undefined) return undefined;
  const chunks: Buffer[] = [];
  for await (const chunk of content.stream) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  expect(bytes.length).toBe(content.size);
  return bytes.toString();
};
const pages = async (prefix: string): Promise<ListedBlob[][]> => {
  const found: ListedBlob[][] = [];
  for (let token: string | undefined, isFirst = true; isFirst || token !== undefined; isFirst = false) {
    const page = await contents.listPage(store, prefix, token);
    found.push([...page.blobs]);
    token = page.next;
  }
  return found;
};
const names = async (prefix = ''): Promise<string[]> => (await pages(prefix)).flat().map((blob) => blob.name);
const namesFrom = async (from: string, most: number): Promise<string[]> => {
  const found: string[] = [];
  for (let token: string | undefined, isFirst = true; isFirst || token !== undefined; isFirst = false) {
    const page = await contents.listFrom(store, { from, token, most });
    expect(page?.blobs.length).toBeLessThanOrEqual(most);
    found.push(...(page?.blobs ?? []).map((blob) => blob.name));
    token = page?.next;
  }
  return found;
};
const snapshots = async (): Promise<BlobSnapshot[]> => {
  const found: BlobSnapshot[] = [];
  for await (const one of contents.listSnapshots(store)) found.push(one);
  return found;
};
const deleteSnapshot = async (
  from: StoreAddress,
  name: string,
  snapshot: string,
): Promise<DeletionOutcome> => {
  const outcomes = await contents.deleteSnapshots(from, [{ name, snapshot }]);
  expect(outcomes).toHaveLength(1);
  return outcomes[0]!;
};
const snapshotOf = async (name: string): Promise<string> =>
  (await container.getBlobClient(name).createSnapshot()).snapshot ?? '';

describe('a listing', () => {
  test('of an empty store is one empty page', async () => {
    expect(await pages('')).toEqual([[]]);
    expect(await snapshots()).toEqual([]);
  });

  test('gives page after page in the order of names, every name once', async () => {
    const all = Array.from({ length: 2_050 }, (_, n) => `many/${String(n).padStart(5, '0')}`);
    for (let from = 0; from < all.length; from += 100)
      await Promise.all(all.slice(from, from + 100).map((name) => put(name, '')));
    const found = await pages('many/');
    expect(found.map((page) => page.length)).toEqual([1_000, 1_000, 50]);
    expect(found.flat().map((blob) => blob.name)).toEqual(all);
    expect(await names('many/020')).toEqual(all.slice(2_000));
  });

  test('gives what lies under a prefix and nothing else', async () => {
    for (const name of ['a', 'a/1', 'a/2', 'ab', 'b/a/1', 'A/1']) await put(name);
    expect(await names('a/')).toEqual(['a/1', 'a/2']);
    expect((await names('')).toSorted()).toEqual(['A/1', 'a', 'a/1', 'a/2', 'ab', 'b/a/1']);
    expect(await names('c')).toEqual([]);
  });

  test('begins at any name, inclusive, and goes on from page to page', async () => {
    const all = ['0', '3d/3', '3d/3d', '3d/3d%2F', '3d/4', 'A', 'a b', 'z', 'ä'];
    for (const name of all) await put(name);
    for (const from of ['', '0', '3d/3d', '3d/3d0', '3e', 'a', '{'])
      for (const most of [2, 100])
        expect(await namesFrom(from, most), from).toEqual(all.filter((name) => name >= from).toSorted());
  });

  test('says of each blob its size, when it was made, and a version under which it can be read', async () => {
    await put('empty', '');
    await put('full', 'seven b');
    const [empty, full] = (await pages('')).flat();
    expect([empty?.size, full?.size]).toEqual([0, 7]);
    const { createdOn } = await container.getBlobClient('full').getProperties();
    expect(full?.createdAt.toMillis()).toBe(createdOn?.getTime());
    expect(full?.createdAt.zoneName).toBe('UTC');
    expect(await textOf('full', full?.version)).toBe('seven b');
    expect(await textOf('empty', empty?.version)).toBe('');
  });

  test('shows neither snapshots nor blobs that were not written to their end', async () => {
    await put('a');
    await snapshotOf('a');
    await container.getBlockBlobClient('begun').stageBlock(btoa('1'), 'x', 1);
    expect(await names()).toEqual(['a']);
  });

  test('of a store that does not exist is a failure, not an empty one', async () => {
    const gone = { ...store, container: 'not-there' };
    await expect(contents.listPage(gone, '', undefined)).rejects.toMatchObject({ code: 'not-found' });
    await expect(contents.listSnapshots(gone)[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: 'not-found',
    });
  });
});

describe('a blob', () => {
  test('that is not there is undefined', async () => {
    expect(await contents.open(store, 'none')).toBeUndefined();
  });

  test('that was deleted since it was listed is missing, whatever the service says of the version', async () => {
    await put('a');
    const [listed] = (await pages('')).flat();
    await container.getBlobClient('a').delete();
    const address = addressFromHex('sha256', '0'.repeat(64))!;
    expect(await verifyBlob(contents, store, 'a', address, listed)).toMatchObject({ verdict: 'missing' });
  });

  test('in a store that does not exist is a failure, not an absence', async () => {
    await expect(contents.open({ ...store, container: 'not-there' }, 'a')).rejects.toMatchObject({
      code: 'not-found',
    });
  });

  test('that changed since it was listed is a conflict, and can be read as it is now', async () => {
    await put('a', 'before');
    const [listed] = (await pages('')).flat();
    await put('a', 'afterwards');
    await expect(contents.open(store, 'a', listed?.version)).rejects.toMatchObject({ code: 'conflict' });
    expect(await textOf('a')).toBe('afterwards');
  });

  test('of many megabytes comes whole', async () => {
    await put('large', 'x'.repeat(9 * 1024 * 1024));
    expect((await textOf('large'))?.length).toBe(9 * 1024 * 1024);
  });

  test.each([
    ['a slash that is written out', 'a%2Fb'],
    ['spaces and signs', ' a b?c#d&e+f=g;h:i@j,k$l!m'],
    ['an umlaut in one character', 'caf\u00E9'],
    ['an umlaut in two characters', 'cafe\u0301'],
    ['an emoji', '\u{1F600}'],
    ['quotes and angle brackets', `<"'&>`],
    ['dots', '...a/..b/c../.d'],
    ['empty parts', '/a//b/'],
    ['1,024 characters', 'x'.repeat(1_024)],
  ])('whose name has %s is listed, read and snapshotted under just that name', async (_what, name) => {
    await put(name, 'right');
    await put('b', 'wrong');
    await put('a/b', 'wrong');
    const listed = (await pages('')).flat().find((blob) => blob.name === name);
    expect(listed).toMatchObject({ name, size: 5 });
    expect(await textOf(name, listed?.version)).toBe('right');
    const snapshot = await snapshotOf(name);
    expect(await snapshots()).toMatchObject([{ name, snapshot }]);
    expect(await deleteSnapshot(store, name, snapshot)).toBe('deleted');
    expect(await names()).toContain(name);
  });

  test.each(['', '.', '..', '../..', 'a/../b', 'a/./b', 'x/..', './b', 'other/../../other/b'])(
    'of the name "%s" is refused: its URL would be that of something else',
    async (name) => {
      const other = await azurite.container();
      for (const into of [container, other]) await into.getBlockBlobClient('b').upload('x', 1);
      const up = `../${other.containerName}/b`;
      for (const asked of [name, up]) {
        await expect(contents.open(store, asked)).rejects.toMatchObject({ code: 'refused' });
        const snapshot = (await other.getBlobClient('b').createSnapshot()).snapshot ?? '';
        expect(await deleteSnapshot(store, asked, snapshot)).toMatchObject({ failure: { code: 'refused' } });
        const elsewhere = { ...store, container: other.containerName };
        expect(await deleteSnapshot(elsewhere, 'b', snapshot)).toBe('deleted');
      }
    },
  );
});

describe('a snapshot', () => {
  test('is listed with its instant, one entry for each, and the blobs beside them are not', async () => {
    await put('a', 'first');
    await put('b');
    const taken = [await snapshotOf('a')];
    await put('a', 'second');
    taken.push(await snapshotOf('a'));
    const found = await snapshots();
    expect(found.map((one) => one.name)).toEqual(['a', 'a']);
    expect(found.map((one) => one.snapshot).toSorted()).toEqual(taken.toSorted());
    for (const one of found) {
      expect(one.at.isValid).toBe(true);
      expect(one.at.toMillis()).toBe(Math.floor(new Date(one.snapshot).getTime()));
      expect(one.at.zoneName).toBe('UTC');
    }
  });

  test('is deleted alone: the blob, its content and its other snapshots stay', async () => {
    await put('a', 'first');
    const first = await snapshotOf('a');
    await put('a', 'second');
    const second = await snapshotOf('a');
    expect(await deleteSnapshot(store, 'a', first)).toBe('deleted');
    expect((await snapshots()).map((one) => one.snapshot)).toEqual([second]);
    expect(await textOf('a')).toBe('second');
  });

  test('that is gone already is no failure, and says that there was none', async () => {
    await put('a');
    const snapshot = await snapshotOf('a');
    await deleteSnapshot(store, 'a', snapshot);
    expect(await deleteSnapshot(store, 'a', snapshot)).toBe('absent');
    expect(await deleteSnapshot(store, 'none', snapshot)).toBe('absent');
    expect(await textOf('a')).toBe('a');
  });

  test('that was not named is refused before anything is asked: it would be the blob itself', async () => {
    await put('a');
    await snapshotOf('a');
    await expect(deleteSnapshot(store, 'a', '')).rejects.toMatchObject({
      code: 'refused',
      message: 'no snapshot of a was named: the blob itself is never deleted here',
    });
    const nowhere = { ...store, account: 'https://nowhere.invalid' };
    await expect(deleteSnapshot(nowhere, 'a', '')).rejects.toMatchObject({ code: 'refused' });
    expect(await textOf('a')).toBe('a');
    expect(await snapshots()).toHaveLength(1);
  });
});

describe('a blob that was judged', () => {
  const etagOf = async (name: string): Promise<string> =>
    (await container.getBlobClient(name).getProperties()).etag ?? '';
  const remove = (name: string, etag: string): Promise<DeletionOutcome[]> =>
    contents.deleteBlobs(store, [{ name, etag }]);

  test('goes as it was judged, once, and no other does', async () => {
    for (const name of ['a', 'b', 'a/b']) await put(name);
    const etag = await etagOf('a');
    expect(await remove('a', etag)).toEqual(['deleted']);
    expect(await remove('a', etag)).toEqual(['absent']);
    expect(await names()).toEqual(['a/b', 'b']);
  });

  test('that was written since stays', async () => {
    await put('a', 'one');
    const etag = await etagOf('a');
    await put('a', 'two');
    expect(await remove('a', etag)).toMatchObject([{ failure: { code: 'conflict' } }]);
    expect(await textOf('a')).toBe('two');
  });

  test('that has a snapshot stays until that is gone', async () => {
    await put('a');
    const snapshot = await snapshotOf('a');
    const etag = await etagOf('a');
    expect(await remove('a', etag)).toMatchObject([{ failure: { code: 'conflict' } }]);
    expect(await deleteSnapshot(store, 'a', snapshot)).toBe('deleted');
    expect(await remove('a', etag)).toEqual(['deleted']);
  });

  test.each(['', '*'])(
    'of which %o is all that is known is refused before anything is sent',
    async (etag) => {
      for (const name of ['a', 'b']) await put(name);
      const blobs = [
        { name: 'a', etag: await etagOf('a') },
        { name: 'b', etag },
      ];
      await expect(contents.deleteBlobs(store, blobs)).rejects.toMatchObject({ code: 'refused' });
      expect(await names()).toEqual(['a', 'b']);
    },
  );
});
