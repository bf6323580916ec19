/** What the proxy models, asked through the Azure SDK, over the embedded blob store in memory. */
import { randomBytes } from 'node:crypto';
import type { BlobItem, ContainerClient, ContainerListBlobsOptions } from '@azure/storage-blob';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Azurite } from '../../support/azurite.ts';
import { TestStorage, type TestProfile } from '../../support/storage-proxy.ts';

let azurite: Azurite;
let storage: TestStorage;
let container: ContainerClient;

beforeAll(async () => {
  azurite = await Azurite.start();
});
afterAll(() => azurite.stop());
afterEach(() => storage.stop());

async function start(profile: TestProfile): Promise<void> {
  storage = await TestStorage.start(azurite, profile);
  container = await storage.container();
}
const put = async (name: string, text: string): Promise<string> => {
  const { versionId } = await container.getBlockBlobClient(name).upload(text, Buffer.byteLength(text));
  return versionId ?? '';
};
const read = async (name: string, version?: string): Promise<string> => {
  const blob = container.getBlobClient(name);
  return (await (version === undefined ? blob : blob.withVersion(version)).downloadToBuffer()).toString();
};
const list = async (options: ContainerListBlobsOptions, of = container): Promise<BlobItem[]> => {
  const found: BlobItem[] = [];
  for await (const item of of.listBlobsFlat(options)) found.push(item);
  return found;
};
const secondary = (): ContainerClient =>
  storage.service(storage.secondaryUrl).getContainerClient(container.containerName);
const readSecondary = async (name: string): Promise<string> =>
  (await secondary().getBlobClient(name).downloadToBuffer()).toString();
const where = (name: string) => ({ container: container.containerName, name });
const status = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'done',
    (error: { statusCode?: number }) => error.statusCode,
  );

describe('an account with versions', () => {
  test('keeps what was overwritten and what was deleted, under the ids that the writes were told', async () => {
    await start({ versions: true });
    const ids = [await put('a', 'one'), await put('a', 'two'), await put('a', 'three')];
    expect(new Set(ids).size).toBe(3);
    expect(ids.toSorted()).toEqual(ids);
    expect([await read('a'), ...(await Promise.all(ids.map((id) => read('a', id))))]).toEqual([
      'three',
      'one',
      'two',
      'three',
    ]);
    await container.getBlobClient('a').delete();
    expect(await status(read('a'))).toBe(404);
    expect(await read('a', ids[2])).toBe('three');
    expect(await status(read('a', '2020-01-01T00:00:00.0000000Z'))).toBe(404);
    expect((await container.getBlobClient('a').withVersion(ids[0]!).getProperties()).contentLength).toBe(3);
  });

  test('lists versions beside the blobs, in the order of names, the current one marked', async () => {
    await start({ versions: true });
    for (const [name, text] of [
      ['b', '1'],
      ['a', '22'],
      ['b', '333'],
      ['c', '4'],
    ] as const)
      await put(name, text);
    await container.getBlobClient('c').delete();
    const found = await list({ includeVersions: true });
    expect(
      found.map((item) => [item.name, item.isCurrentVersion ?? false, item.properties.contentLength]),
    ).toEqual([
      ['a', true, 2],
      ['b', false, 1],
      ['b', true, 3],
      ['c', false, 1],
    ]);
    expect((await list({})).map((item) => item.name)).toEqual(['a', 'b']);
    expect((await list({ includeVersions: true, prefix: 'b' })).length).toBe(2);
    expect(await read('c', found.at(-1)!.versionId)).toBe('4');
  });

  test('lists them over pages as well, each once', async () => {
    await start({ versions: true });
    for (let n = 0; n < 12; n += 1)
      for (const text of ['old', 'new']) await put(`n${String(n).padStart(2, '0')}`, text);
    await container.getBlobClient('n11').delete();
    const found: string[] = [];
    for await (const page of container.listBlobsFlat({ includeVersions: true }).byPage({ maxPageSize: 5 }))
      found.push(...page.segment.blobItems.map((item) => `${item.name} ${item.versionId}`));
    expect(found).toHaveLength(24);
    expect(new Set(found).size).toBe(24);
  });

  test('makes no version of a write that was refused, and none of its own', async () => {
    await start({ versions: true });
    await put('a', 'one');
    const refused = container.getBlockBlobClient('a').upload('two', 3, { conditions: { ifNoneMatch: '*' } });
    expect(await status(refused)).toBe(409);
    expect(await read('a')).toBe('one');
    expect(await list({ includeVersions: true })).toHaveLength(1);
    const names = [];
    for await (const one of storage.service().listContainers()) names.push(one.name);
    expect(names).toContain(container.containerName);
    expect(names.filter((name) => name.includes('kept'))).toEqual([]);
    const hidden = storage.service().getContainerClient('kept-by-the-storage-proxy');
    expect(await status(list({}, hidden))).toBe(404);
  });

  test('keeps what was written in blocks, and gives ranges of it', async () => {
    await start({ versions: true });
    const bytes = randomBytes(9 * 1024 * 1024);
    const blob = container.getBlockBlobClient('large');
    await blob.uploadData(bytes, { blockSize: 4 * 1024 * 1024, maxSingleShotSize: 1 });
    const [version] = await list({ includeVersions: true });
    await put('large', 'small');
    const kept = blob.withVersion(version!.versionId!);
    expect((await kept.downloadToBuffer()).equals(bytes)).toBe(true);
    expect(await kept.downloadToBuffer(5_000_000, 1_000)).toEqual(bytes.subarray(5_000_000, 5_001_000));
    expect(await status(kept.download(0, 1, { conditions: { ifMatch: '"other"' } }))).toBe(412);
  });

  test.each(['a b/c?d#e&f=g', '\u{1F600}/é', `<"'&>`, 'x'.repeat(1_000)])(
    'keeps a blob of the name %s under just that name',
    async (name) => {
      await start({ versions: true });
      const id = await put(name, 'one');
      await put(name, 'two');
      expect(await read(name, id)).toBe('one');
      expect((await list({ includeVersions: true })).map((item) => item.name)).toEqual([name, name]);
    },
  );

  test('refuses what it does not model rather than doing something else', async () => {
    await start({ versions: true });
    const id = await put('a', 'one');
    await put('a', 'two');
    expect(await status(container.getBlobClient('a').withVersion(id).delete())).toBe(501);
    expect(await read('a')).toBe('two');
  });

  test('asks for the same credentials as the blob store, also for what it answers itself', async () => {
    await start({ versions: true, secondary: { lagSeconds: 0 } });
    const id = await put('a', 'one');
    await put('a', 'two');
    const base = `${storage.url}/${container.containerName}`;
    for (const url of [
      `${base}/a?versionid=${encodeURIComponent(id)}`,
      `${base}?restype=container&comp=list&include=versions`,
      `${storage.secondaryUrl}/?restype=service&comp=stats`,
      `${storage.secondaryUrl}/${container.containerName}?restype=container&comp=list`,
    ])
      expect([url, [401, 403, 404].includes((await fetch(url)).status)]).toEqual([url, true]);
  });
});

describe('an account with soft delete', () => {
  test('shows a deleted blob, gives it to nobody, and brings it back with its content and date', async () => {
    await start({ softDeleteDays: 7 });
    await put('a', 'one');
    await put('b', 'other');
    const { createdOn } = await container.getBlobClient('a').getProperties();
    await container.getBlobClient('a').delete();
    expect(await status(read('a'))).toBe(404);
    expect((await list({})).map((item) => item.name)).toEqual(['b']);
    const [deleted] = await list({ includeDeleted: true });
    expect(deleted).toMatchObject({ name: 'a', deleted: true });
    expect(deleted!.properties).toMatchObject({ contentLength: 3, remainingRetentionDays: 6 });
    expect(deleted!.properties.deletedOn).toBeInstanceOf(Date);
    await container.getBlobClient('a').undelete();
    expect(await read('a')).toBe('one');
    const back = await container.getBlobClient('a').getProperties();
    expect(back.createdOn).toEqual(createdOn);
    expect(deleted!.properties.createdOn).toEqual(createdOn);
    expect(await list({ includeDeleted: true })).toHaveLength(2);
  });

  test('has nothing to bring back where nothing was deleted, and forgets after its days', async () => {
    await start({ softDeleteDays: 7 });
    expect(await status(container.getBlobClient('a').undelete())).toBe(404);
    await put('a', 'one');
    expect(await status(container.getBlobClient('a').undelete())).toBe('done');
    expect(await read('a')).toBe('one');
    await container.getBlobClient('a').delete();
    storage.ahead = 8 * 86_400_000;
    expect(await list({ includeDeleted: true })).toEqual([]);
    expect(await status(container.getBlobClient('a').undelete())).toBe(404);
  });

  test('leaves an upload that came after the deletion', async () => {
    await start({ softDeleteDays: 7 });
    await put('a', 'one');
    await container.getBlobClient('a').delete();
    await put('a', 'two');
    await container.getBlobClient('a').undelete();
    expect(await read('a')).toBe('two');
  });
});

describe('a geo secondary', () => {
  test('has what was written up to its Last Sync Time and nothing later', async () => {
    await start({ secondary: { lagSeconds: 60 } });
    await put('a', 'one');
    expect(await status(readSecondary('a'))).toBe(404);
    storage.ahead = 100_000;
    expect(await readSecondary('a')).toBe('one');
    await put('a', 'two');
    await put('b', 'new');
    expect([await readSecondary('a'), await read('a')]).toEqual(['one', 'two']);
    expect((await list({}, secondary())).map((item) => item.name)).toEqual(['a']);
    storage.ahead = 200_000;
    expect([await readSecondary('a'), await readSecondary('b')]).toEqual(['two', 'new']);
    await container.getBlobClient('a').delete();
    expect(await readSecondary('a')).toBe('two');
    storage.ahead = 300_000;
    expect(await status(readSecondary('a'))).toBe(404);
    expect((await list({}, secondary())).map((item) => item.name)).toEqual(['b']);
  });

  test('says its Last Sync Time, which a longer lag does not set back', async () => {
    await start({ secondary: { lagSeconds: 60 } });
    const lastSync = async (): Promise<number> => {
      const { geoReplication } = await storage.service(storage.secondaryUrl).getStatistics();
      return geoReplication!.lastSyncOn.getTime();
    };
    const before = Date.now();
    const first = await lastSync();
    expect(Math.abs(before - 60_000 - first)).toBeLessThan(5_000);
    await storage.setLag(3_600);
    expect(await lastSync()).toBeGreaterThanOrEqual(first);
    storage.ahead = 10_000;
    expect(Math.abs((await lastSync()) - first)).toBeLessThan(5_000);
    await storage.setLag(0);
    expect(await lastSync()).toBeGreaterThanOrEqual(before + 8_000);
  });

  test('is written by nobody', async () => {
    await start({ secondary: { lagSeconds: 0 } });
    await put('a', 'one');
    const blob = secondary().getBlockBlobClient('a');
    expect(await status(blob.upload('x', 1))).toBe(403);
    expect(await status(blob.delete())).toBe(403);
    expect(await read('a')).toBe('one');
  });
});

describe('damage at rest', () => {
  const changes: [object, string][] = [
    [{ kind: 'flip', bit: 0 }, 'nne'],
    [{ kind: 'truncate', bytes: 1 }, 'on'],
    [{ kind: 'append', text: '!' }, 'one!'],
    [{ kind: 'empty' }, ''],
    [{ kind: 'replace', base64: btoa('else') }, 'else'],
  ];

  test.each(changes)('%j changes the primary alone', async (change, expected) => {
    await start({ versions: true, secondary: { lagSeconds: 0 } });
    const first = await put('a', 'one');
    await put('a', 'one');
    await storage.damage({ ...where('a'), place: 'primary', change });
    expect([await read('a'), await readSecondary('a'), await read('a', first)]).toEqual([
      expected,
      'one',
      'one',
    ]);
    expect(await list({ includeVersions: true })).toHaveLength(2);
  });

  test('of the secondary leaves the primary, of a version both', async () => {
    await start({ versions: true, secondary: { lagSeconds: 0 } });
    const first = await put('a', 'one');
    await put('a', 'two');
    await storage.damage({ ...where('a'), place: 'secondary', change: { kind: 'empty' } });
    expect([await read('a'), await readSecondary('a'), await read('a', first)]).toEqual(['two', '', 'one']);
    await storage.damage({ ...where('a'), place: 'version', versionId: first, change: { kind: 'append' } });
    expect([await read('a'), await readSecondary('a'), await read('a', first)]).toEqual(['two', '', 'onex']);
    await storage.damage({ ...where('a'), place: 'version', versionId: first, change: { kind: 'lose' } });
    expect(await status(read('a', first))).toBe(404);
    await storage.damage({ ...where('a'), place: 'secondary', change: { kind: 'lose' } });
    expect(await status(readSecondary('a'))).toBe(404);
  });

  test('that loses a blob makes neither a version nor a deletion, and the secondary still has it', async () => {
    await start({ versions: true, softDeleteDays: 7, secondary: { lagSeconds: 0 } });
    await put('a', 'one');
    await storage.damage({ ...where('a'), place: 'primary', change: { kind: 'lose' } });
    expect(await status(read('a'))).toBe(404);
    expect(await list({ includeVersions: true, includeDeleted: true })).toEqual([]);
    expect(await readSecondary('a')).toBe('one');
    await storage.restart();
    expect(await readSecondary('a')).toBe('one');
    await put('a', 'again');
    expect([await read('a'), await readSecondary('a')]).toEqual(['again', 'again']);
  });

  test('becomes an earlier version when the blob is written over', async () => {
    await start({ versions: true });
    await put('a', 'one');
    await storage.damage({ ...where('a'), place: 'primary', change: { kind: 'truncate' } });
    await put('a', 'one');
    const [earlier] = await list({ includeVersions: true });
    expect(await read('a', earlier!.versionId)).toBe('on');
  });

  test('is done by nobody without the secret', async () => {
    await start({ versions: true });
    await put('a', 'one');
    const order = { ...where('a'), account: 'account', place: 'primary', change: { kind: 'empty' } };
    expect((await storage.control('damage', order, 'another secret')).status).toBe(403);
    expect((await storage.control('lag', order, 'another secret')).status).toBe(403);
    expect((await fetch(`${storage.url}/damage`, { method: 'POST' })).status).toBeGreaterThanOrEqual(400);
    expect(await read('a')).toBe('one');
    const missing = storage.damage({ ...where('none'), place: 'primary', change: { kind: 'empty' } });
    await expect(missing).rejects.toThrow('there is no such primary of none');
  });
});

describe('the state', () => {
  test('is there after a restart: versions, soft-deleted blobs, what the secondary lacks', async () => {
    await start({ versions: true, secondary: { lagSeconds: 60 } });
    const first = await put('a', 'one');
    storage.ahead = 100_000;
    await put('a', 'two');
    await storage.restart();
    expect([await read('a'), await read('a', first), await readSecondary('a')]).toEqual([
      'two',
      'one',
      'one',
    ]);
    const third = await put('a', 'three');
    expect(third > first).toBe(true);
    expect(await list({ includeVersions: true })).toHaveLength(3);
  });

  test('takes over blobs that were written past the proxy, and those that went', async () => {
    await start({ versions: true });
    await put('a', 'one');
    await put('b', 'two');
    const beside = storage.service(azurite.url).getContainerClient(container.containerName);
    await beside.getBlockBlobClient('new').upload('new', 3);
    await beside.getBlobClient('b').delete();
    await storage.restart();
    expect((await list({ includeVersions: true })).map((item) => item.name)).toEqual(['a', 'new']);
    const id = (await list({ includeVersions: true })).at(-1)!.versionId!;
    await put('new', 'newer');
    expect(await read('new', id)).toBe('new');
  });

  test('stays whole when many write at once', async () => {
    await start({ versions: true });
    await Promise.all(Array.from({ length: 20 }, (_, n) => put('same', `content ${n}`)));
    const found = await list({ includeVersions: true });
    expect(found).toHaveLength(20);
    const texts = await Promise.all(found.map((item) => read('same', item.versionId)));
    expect(new Set(texts).size).toBe(20);
  });
});
