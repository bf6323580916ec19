/** What src/ports/blob-copies.ts promises in prose, held against the storage proxy; and whole repairs over it. */
import { Readable } from 'node:stream';
import { text as streamText } from 'node:stream/consumers';
import type { TokenCredential } from '@azure/identity';
import type { ContainerClient } from '@azure/storage-blob';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { AzureBlobCopies } from '../../src/azure/blob-copies.ts';
import { AzureContentStores } from '../../src/azure/content-stores.ts';
import { secondaryOf } from '../../src/azure/secondary-endpoint.ts';
import type { CopyContent, StoreCopy } from '../../src/ports/blob-copies.ts';
import type { StoreAddress } from '../../src/ports/content-store.ts';
import { Azurite } from '../support/azurite.ts';
import { matrix } from '../support/repair-matrix.ts';
import { repairAll } from '../support/repair-steps.ts';
import {
  damaged,
  good,
  makeRepairWorld,
  nameOfGood,
  type DamageKind,
  type RepairWorld,
} from '../support/repair-world.ts';
import { TestStorage, type TestProfile } from '../support/storage-proxy.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';

let azurite: Azurite;
let storage: TestStorage;
let container: ContainerClient;
let copies: AzureBlobCopies;
let store: StoreAddress;

beforeAll(async () => {
  azurite = await Azurite.start();
});
afterAll(() => azurite.stop());
afterEach(() => storage.stop());

async function start(profile: TestProfile): Promise<void> {
  storage = await TestStorage.start(azurite, profile);
  container = await storage.container();
  store = { account: storage.url, container: container.containerName };
  // The client takes either kind of credential; the service here knows keys alone.
  copies = new AzureBlobCopies(azurite.credential as unknown as TokenCredential);
}
const put = async (name: string, text: string | Buffer): Promise<void> =>
  void (await container.getBlockBlobClient(name).upload(text, Buffer.byteLength(text), {
    blobHTTPHeaders: { blobContentType: 'image/png' },
    metadata: { of: 'a tooth' },
  }));
const read = async (name: string): Promise<string> =>
  (await container.getBlobClient(name).downloadToBuffer()).toString();
const content = (text: string): CopyContent => ({
  ...{ size: text.length, stream: Readable.from([Buffer.from(text)]), properties: { contentType: 'a/b' } },
});
const textOf = async (copy: StoreCopy, name = 'a'): Promise<string | undefined> => {
  const opened = await copies.open(store, name, copy);
  if (opened === undefined) return undefined;
  const chunks: Buffer[] = [];
  for await (const chunk of opened.stream) chunks.push(chunk as Buffer);
  expect(Buffer.concat(chunks).length).toBe(opened.size);
  return Buffer.concat(chunks).toString();
};

describe('the copies of a blob', () => {
  test('are its earlier versions, of it alone, and never the current one', async () => {
    await start({ versions: true });
    for (const [name, text] of [
      ['a', 'one'],
      ['a', 'two2'],
      ['a', 'three'],
      ['ab', 'x'],
      ['ab', 'y'],
      ['A', 'z'],
    ] as const)
      await put(name, text);
    const found = await copies.list(store, 'a');
    expect(found.map((copy) => [copy.kind, copy.size])).toEqual([
      ['version', 3],
      ['version', 4],
    ]);
    expect(await Promise.all(found.map((copy) => textOf(copy)))).toEqual(['one', 'two2']);
    expect((await copies.open(store, 'a', found[0]!))?.properties).toMatchObject({
      contentType: 'image/png',
      metadata: { of: 'a tooth' },
    });
    expect(await copies.list(store, 'none')).toEqual([]);
    expect(await textOf({ ...found[0]!, id: '2020-01-01T00:00:00.0000000Z' })).toBeUndefined();
  });

  test('are a soft-deleted blob, which nobody can read', async () => {
    await start({ softDeleteDays: 7 });
    await put('a', 'one');
    const before = await copies.current(store, 'a');
    await container.getBlobClient('a').delete();
    expect(await copies.current(store, 'a')).toBeUndefined();
    const [copy] = await copies.list(store, 'a');
    expect(copy).toMatchObject({ kind: 'soft-deleted', size: 3 });
    expect(copy!.at?.toMillis()).toBe(before?.createdAt?.toMillis());
    await expect(textOf(copy!)).rejects.toMatchObject({ code: 'refused' });
  });

  test('are the geo secondary, with its Last Sync Time', async () => {
    await start({ secondary: { lagSeconds: 60 } });
    await put('a', 'one');
    expect(await copies.list(store, 'a')).toEqual([]);
    storage.ahead = 100_000;
    await put('a', 'two');
    const [copy] = await copies.list(store, 'a');
    expect(copy).toMatchObject({ kind: 'secondary', size: 3 });
    expect(Math.abs(copy!.at!.toMillis() - (Date.now() + 40_000))).toBeLessThan(10_000);
    expect(await textOf(copy!)).toBe('one');
    expect((await copies.lastSync(store))?.toMillis()).toBeCloseTo(copy!.at!.toMillis(), -5);
    const contents = new AzureContentStores(azurite.credential as unknown as TokenCredential);
    const beside = await contents.open({ ...store, side: 'secondary' }, 'a');
    expect(beside === undefined ? undefined : await streamText(beside.stream)).toBe('one');
  });

  test('of a store without a secondary have no Last Sync Time, and it is an error to ask for it', async () => {
    await start({ versions: true });
    await expect(copies.lastSync(store)).rejects.toThrow(/secondary of blob store/);
  });

  test('of a store that does not exist are a failure, not none', async () => {
    await start({ versions: true });
    store = { ...store, container: 'not-there' };
    await expect(copies.list(store, 'a')).rejects.toMatchObject({ code: 'not-found' });
    await expect(copies.current(store, 'a')).rejects.toMatchObject({ code: 'not-found' });
  });

  test.each(['', '.', 'a/../b'])('of the name "%s" are refused', async (name) => {
    await start({ versions: true });
    await expect(copies.current(store, name)).rejects.toMatchObject({ code: 'refused' });
    await expect(copies.undelete(store, name)).rejects.toMatchObject({ code: 'refused' });
  });
});

describe('a write', () => {
  test('happens only over the version that was seen, and says the new one', async () => {
    await start({ versions: true });
    await put('a', 'one');
    const { version } = (await copies.current(store, 'a'))!;
    const written = await copies.put(store, 'a', { version }, content('two'));
    expect(written).toBe((await copies.current(store, 'a'))!.version);
    expect(await read('a')).toBe('two');
    expect((await container.getBlobClient('a').getProperties()).contentType).toBe('a/b');
    expect(await copies.put(store, 'a', { version }, content('three'))).toBeUndefined();
    await container.getBlobClient('a').delete();
    expect(await copies.put(store, 'a', { version: written! }, content('four'))).toBeUndefined();
    expect(await copies.current(store, 'a')).toBeUndefined();
  });

  test('into an empty place happens only while it is empty', async () => {
    await start({ versions: true });
    expect(await copies.put(store, 'a', 'absent', content('one'))).toBeDefined();
    expect(await copies.put(store, 'a', 'absent', content('two'))).toBeUndefined();
    expect(await read('a')).toBe('one');
  });

  test('whose content fails before its end is not committed', async () => {
    await start({ versions: true });
    await put('a', 'one');
    const { version } = (await copies.current(store, 'a'))!;
    const broken = async function* (): AsyncGenerator<Buffer> {
      yield Buffer.alloc(5 * 1024 * 1024);
      throw new Error('it was not what it should be');
    };
    const stream = Readable.from(broken());
    await expect(copies.put(store, 'a', { version }, { size: 1, stream, properties: {} })).rejects.toThrow(
      'it was not what it should be',
    );
    expect(await read('a')).toBe('one');
    expect(await copies.list(store, 'a')).toEqual([]);
  });

  test('of an empty blob and of one of many blocks holds just these bytes', async () => {
    await start({ versions: true });
    const large = Buffer.alloc(9 * 1024 * 1024 + 1, 'x');
    for (const [name, bytes] of [
      ['empty', Buffer.alloc(0)],
      ['large', large],
    ] as const) {
      const stream = Readable.from(bytes.length === 0 ? [] : [bytes], { objectMode: false });
      await copies.put(store, name, 'absent', { size: bytes.length, stream, properties: {} });
      expect((await container.getBlobClient(name).downloadToBuffer()).equals(bytes)).toBe(true);
    }
  });

  test('brings a soft-deleted blob back, and takes just that back again', async () => {
    await start({ softDeleteDays: 7 });
    expect(await copies.undelete(store, 'a')).toBe(false);
    await put('a', 'one');
    await container.getBlobClient('a').delete();
    const [copy] = await copies.list(store, 'a');
    expect(await copies.undelete(store, 'a')).toBe(true);
    const { version, createdAt } = (await copies.current(store, 'a'))!;
    expect(createdAt?.toMillis()).toBe(copy!.at?.toMillis());
    expect(await copies.deleteAgain(store, 'a', '"another"')).toBe(false);
    expect(await copies.deleteAgain(store, 'a', version)).toBe(true);
    expect(await copies.list(store, 'a')).toMatchObject([{ kind: 'soft-deleted' }]);
  });
});

/** Damages the blob's stored bytes, or does to it what somebody does. */
async function damageBlob(kind: DamageKind): Promise<void> {
  const where = { container: container.containerName, name: nameOfGood, place: 'primary' } as const;
  if (kind === 'a deletion') await container.getBlobClient(nameOfGood).delete();
  else if (kind === 'a newer upload of other content') await put(nameOfGood, damaged(kind, good)!);
  else if (kind === 'bytes that are gone') await storage.damage({ ...where, change: { kind: 'lose' } });
  else {
    const base64 = damaged(kind, good)!.toString('base64');
    await storage.damage({ ...where, change: { kind: 'replace', base64 } });
  }
}

/** A repair world over the storage proxy. */
function worldOverProxy(): RepairWorld {
  const world = makeRepairWorld(new VirtualWallClock());
  const [entry] = world.deps.estate.systems[0]!.regions[0]!.blobStores;
  Object.assign(entry!, store);
  const contents = new AzureContentStores(azurite.credential as unknown as TokenCredential);
  Object.assign(world.deps, { contents, copies, blobWriter: copies });
  return world;
}
const standing = async (): Promise<Buffer | undefined> =>
  (await copies.current(store, nameOfGood)) === undefined
    ? undefined
    : container.getBlobClient(nameOfGood).downloadToBuffer();

describe('the repair matrix over the storage proxy', () => {
  test.each(matrix)('$replica, $kind, $race', async ({ replica, kind, race }) => {
    const isVersion = replica === 'an earlier version';
    await start(isVersion ? { versions: true } : { secondary: { lagSeconds: 3_600 } });
    await put(nameOfGood, good);
    if (isVersion) await put(nameOfGood, good);
    // The secondary has what was written before, and nothing of what follows.
    else storage.ahead = 7_200_000;
    await damageBlob(kind);
    const world = worldOverProxy();
    world.find([nameOfGood, damaged(kind, good) === undefined ? 'missing' : 'digest-mismatch']);
    const other = Buffer.from('what somebody else wrote in the meantime');
    let before: string | undefined;
    const document = await repairAll(world, async () => {
      if (race === 'changed meanwhile') await put(nameOfGood, other);
      if (race === 'repaired meanwhile') await put(nameOfGood, good);
      before = (await copies.current(store, nameOfGood))?.version;
    });
    const isUntouched = (await copies.current(store, nameOfGood))?.version === before;
    const [item] = document.items;
    expect({ outcome: item?.outcome, left: document.left, bytes: await standing(), isUntouched }).toEqual(
      {
        undisturbed: { outcome: 'repaired', left: 0, bytes: good, isUntouched: false },
        'changed meanwhile': { outcome: 'refused', left: 1, bytes: other, isUntouched: true },
        'repaired meanwhile': { outcome: 'not-damaged-any-more', left: 0, bytes: good, isUntouched: true },
      }[race],
    );
  });

  test('a soft-deleted blob comes back, one that is wrong is as deleted as before', async () => {
    await start({ softDeleteDays: 7 });
    await put(nameOfGood, good);
    await container.getBlobClient(nameOfGood).delete();
    let world = worldOverProxy();
    world.find([nameOfGood, 'missing']);
    expect(await repairAll(world)).toMatchObject({ outcome: 'done', repaired: 1 });
    expect(await standing()).toEqual(good);
    await storage.damage({
      ...{ container: container.containerName, name: nameOfGood, place: 'primary', change: { kind: 'flip' } },
    });
    await container.getBlobClient(nameOfGood).delete();
    world = worldOverProxy();
    world.find([nameOfGood, 'missing']);
    expect(await repairAll(world)).toMatchObject({ outcome: 'incomplete', repaired: 0, left: 1 });
    expect(await standing()).toBeUndefined();
    expect(await copies.list(store, nameOfGood)).toMatchObject([{ kind: 'soft-deleted' }]);
  });

  test('a replica that is bad too: the blob stays as it is', async () => {
    await start({ versions: true, secondary: { lagSeconds: 0 } });
    await put(nameOfGood, good);
    await put(nameOfGood, good);
    const where = { container: container.containerName, name: nameOfGood };
    const [version] = (await copies.list(store, nameOfGood)).filter((copy) => copy.kind === 'version');
    const change = { kind: 'truncate' };
    await storage.damage({ ...where, place: 'version', versionId: version!.id, change });
    await storage.damage({ ...where, place: 'secondary', change: { kind: 'append' } });
    await damageBlob('a flipped bit');
    const before = await copies.current(store, nameOfGood);
    const world = worldOverProxy();
    world.find([nameOfGood, 'digest-mismatch']);
    const document = await repairAll(world);
    expect(document).toMatchObject({ outcome: 'incomplete', repaired: 0, left: 1 });
    expect(document.items).toMatchObject([{ outcome: 'no-good-copy' }]);
    expect(await copies.current(store, nameOfGood)).toEqual(before);
  });
});

describe('the endpoint of a secondary', () => {
  test.each([
    ['https://shop.blob.core.windows.net', 'https://shop-secondary.blob.core.windows.net'],
    ['https://shop.blob.core.windows.net/', 'https://shop-secondary.blob.core.windows.net'],
    ['https://shop.z12.blob.storage.azure.net', 'https://shop-secondary.z12.blob.storage.azure.net'],
    ['https://127.0.0.1:10000/shop', 'https://127.0.0.1:10000/shop-secondary'],
    ['http://blobs:10000/shop', 'http://blobs:10000/shop-secondary'],
  ])('of %s is %s', async (account, secondary) => {
    await start({});
    expect(secondaryOf(account)).toBe(secondary);
  });
});
