/** What an account behind the proxy keeps, asked through the Azure SDK: versions, soft-deleted blobs, a geo secondary. */
import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Azurite } from '../../support/azurite.ts';
import { ProxiedBlobs, statusOf } from './proxied-blobs.ts';

let azurite: Azurite;
let blobs: ProxiedBlobs;

beforeAll(async () => {
  azurite = await Azurite.start();
});
afterAll(() => azurite.stop());
afterEach(() => blobs.stop());

describe('an account with versions', () => {
  test('keeps what was overwritten and what was deleted, under the ids that the writes were told', async () => {
    blobs = await ProxiedBlobs.start(azurite, { versions: true });
    const ids = [await blobs.put('a', 'one'), await blobs.put('a', 'two'), await blobs.put('a', 'three')];
    expect(new Set(ids).size).toBe(3);
    expect(ids.toSorted()).toEqual(ids);
    expect([await blobs.read('a'), ...(await Promise.all(ids.map((id) => blobs.read('a', id))))]).toEqual([
      'three',
      'one',
      'two',
      'three',
    ]);
    await blobs.container.getBlobClient('a').delete();
    expect(await statusOf(blobs.read('a'))).toBe(404);
    expect(await blobs.read('a', ids[2])).toBe('three');
    expect(await statusOf(blobs.read('a', '2020-01-01T00:00:00.0000000Z'))).toBe(404);
    expect(
      (await blobs.container.getBlobClient('a').withVersion(ids[0]!).getProperties()).contentLength,
    ).toBe(3);
  });

  test('lists versions beside the blobs, in the order of names, the current one marked', async () => {
    blobs = await ProxiedBlobs.start(azurite, { versions: true });
    for (const [name, text] of [
      ['b', '1'],
      ['a', '22'],
      ['b', '333'],
      ['c', '4'],
    ] as const)
      await blobs.put(name, text);
    await blobs.container.getBlobClient('c').delete();
    const found = await blobs.list({ includeVersions: true });
    expect(
      found.map((item) => [item.name, item.isCurrentVersion ?? false, item.properties.contentLength]),
    ).toEqual([
      ['a', true, 2],
      ['b', false, 1],
      ['b', true, 3],
      ['c', false, 1],
    ]);
    expect((await blobs.list({})).map((item) => item.name)).toEqual(['a', 'b']);
    expect((await blobs.list({ includeVersions: true, prefix: 'b' })).length).toBe(2);
    expect(await blobs.read('c', found.at(-1)!.versionId)).toBe('4');
  });

  test('lists them over pages as well, each once', async () => {
    blobs = await ProxiedBlobs.start(azurite, { versions: true });
    for (let n = 0; n < 12; n += 1)
      for (const text of ['old', 'new']) await blobs.put(`n${String(n).padStart(2, '0')}`, text);
    await blobs.container.getBlobClient('n11').delete();
    const found: string[] = [];
    for await (const page of blobs.container
      .listBlobsFlat({ includeVersions: true })
      .byPage({ maxPageSize: 5 }))
      found.push(...page.segment.blobItems.map((item) => `${item.name} ${item.versionId}`));
    expect(found).toHaveLength(24);
    expect(new Set(found).size).toBe(24);
  });

  test.each([1, 2, 3, 7])('lists snapshots over pages of %i, each once', async (maxPageSize) => {
    blobs = await ProxiedBlobs.start(azurite, { versions: true });
    const made: string[] = [];
    for (const name of ['a', 'b', 'c'])
      for (let n = 0; n < 4; n += 1) {
        await blobs.put(name, `${n}`);
        const { snapshot } = await blobs.container.getBlobClient(name).createSnapshot();
        made.push(`${name} ${snapshot}`);
      }
    const found: string[] = [];
    for await (const page of blobs.container
      .listBlobsFlat({ includeSnapshots: true })
      .byPage({ maxPageSize }))
      found.push(...page.segment.blobItems.map(({ name, snapshot }) => `${name} ${snapshot ?? ''}`));
    expect(found).toHaveLength(15);
    expect(found.filter((one) => made.includes(one)).toSorted()).toEqual(made.toSorted());
  });

  test('makes no version of a write that was refused, and none of its own', async () => {
    blobs = await ProxiedBlobs.start(azurite, { versions: true });
    await blobs.put('a', 'one');
    const refused = blobs.container
      .getBlockBlobClient('a')
      .upload('two', 3, { conditions: { ifNoneMatch: '*' } });
    expect(await statusOf(refused)).toBe(409);
    expect(await blobs.read('a')).toBe('one');
    expect(await blobs.list({ includeVersions: true })).toHaveLength(1);
    const names = [];
    for await (const one of blobs.storage.service().listContainers()) names.push(one.name);
    expect(names).toContain(blobs.container.containerName);
    expect(names.filter((name) => name.includes('kept'))).toEqual([]);
    const hidden = blobs.storage.service().getContainerClient('kept-by-the-storage-proxy');
    expect(await statusOf(blobs.list({}, hidden))).toBe(404);
  });

  test('keeps what was written in blocks, and gives ranges of it', async () => {
    blobs = await ProxiedBlobs.start(azurite, { versions: true });
    const bytes = randomBytes(9 * 1024 * 1024);
    const blob = blobs.container.getBlockBlobClient('large');
    await blob.uploadData(bytes, { blockSize: 4 * 1024 * 1024, maxSingleShotSize: 1 });
    const [version] = await blobs.list({ includeVersions: true });
    await blobs.put('large', 'small');
    const kept = blob.withVersion(version!.versionId!);
    expect((await kept.downloadToBuffer()).equals(bytes)).toBe(true);
    expect(await kept.downloadToBuffer(5_000_000, 1_000)).toEqual(bytes.subarray(5_000_000, 5_001_000));
    expect(await statusOf(kept.download(0, 1, { conditions: { ifMatch: '"other"' } }))).toBe(412);
  });

  test.each(['a b/c?d#e&f=g', '\u{1F600}/é', `<"'&>`, 'x'.repeat(1_000)])(
    'keeps a blob of the name %s under just that name',
    async (name) => {
      blobs = await ProxiedBlobs.start(azurite, { versions: true });
      const id = await blobs.put(name, 'one');
      await blobs.put(name, 'two');
      expect(await blobs.read(name, id)).toBe('one');
      expect((await blobs.list({ includeVersions: true })).map((item) => item.name)).toEqual([name, name]);
    },
  );

  test('refuses what it does not model rather than doing something else', async () => {
    blobs = await ProxiedBlobs.start(azurite, { versions: true });
    const id = await blobs.put('a', 'one');
    await blobs.put('a', 'two');
    expect(await statusOf(blobs.container.getBlobClient('a').withVersion(id).setAccessTier('Cool'))).toBe(
      501,
    );
    expect(await blobs.read('a')).toBe('two');
  });

  test('asks for the same credentials as the blob store, also for what it answers itself', async () => {
    blobs = await ProxiedBlobs.start(azurite, { versions: true, secondary: { lagSeconds: 0 } });
    const id = await blobs.put('a', 'one');
    await blobs.put('a', 'two');
    const base = `${blobs.storage.url}/${blobs.container.containerName}`;
    for (const url of [
      `${base}/a?versionid=${encodeURIComponent(id)}`,
      `${base}?restype=container&comp=list&include=versions`,
      `${blobs.storage.secondaryUrl}/?restype=service&comp=stats`,
      `${blobs.storage.secondaryUrl}/${blobs.container.containerName}?restype=container&comp=list`,
    ])
      expect([url, [401, 403, 404].includes((await fetch(url)).status)]).toEqual([url, true]);
  });
});

describe('an account with soft delete', () => {
  test('shows a deleted blob, gives it to nobody, and brings it back with its content and date', async () => {
    blobs = await ProxiedBlobs.start(azurite, { softDeleteDays: 7 });
    await blobs.put('a', 'one');
    await blobs.put('b', 'other');
    const { createdOn } = await blobs.container.getBlobClient('a').getProperties();
    await blobs.container.getBlobClient('a').delete();
    expect(await statusOf(blobs.read('a'))).toBe(404);
    expect((await blobs.list({})).map((item) => item.name)).toEqual(['b']);
    const [deleted] = await blobs.list({ includeDeleted: true });
    expect(deleted).toMatchObject({ name: 'a', deleted: true });
    expect(deleted!.properties).toMatchObject({ contentLength: 3, remainingRetentionDays: 6 });
    expect(deleted!.properties.deletedOn).toBeInstanceOf(Date);
    await blobs.container.getBlobClient('a').undelete();
    expect(await blobs.read('a')).toBe('one');
    const back = await blobs.container.getBlobClient('a').getProperties();
    expect(back.createdOn).toEqual(createdOn);
    expect(deleted!.properties.createdOn).toEqual(createdOn);
    expect(await blobs.list({ includeDeleted: true })).toHaveLength(2);
  });

  test('has nothing to bring back where nothing was deleted, and forgets after its days', async () => {
    blobs = await ProxiedBlobs.start(azurite, { softDeleteDays: 7 });
    expect(await statusOf(blobs.container.getBlobClient('a').undelete())).toBe(404);
    await blobs.put('a', 'one');
    expect(await statusOf(blobs.container.getBlobClient('a').undelete())).toBe('done');
    expect(await blobs.read('a')).toBe('one');
    await blobs.container.getBlobClient('a').delete();
    blobs.storage.ahead = 8 * 86_400_000;
    expect(await blobs.list({ includeDeleted: true })).toEqual([]);
    expect(await statusOf(blobs.container.getBlobClient('a').undelete())).toBe(404);
  });

  test('leaves an upload that came after the deletion', async () => {
    blobs = await ProxiedBlobs.start(azurite, { softDeleteDays: 7 });
    await blobs.put('a', 'one');
    await blobs.container.getBlobClient('a').delete();
    await blobs.put('a', 'two');
    await blobs.container.getBlobClient('a').undelete();
    expect(await blobs.read('a')).toBe('two');
  });
});

describe('a geo secondary', () => {
  test('has what was written up to its Last Sync Time and nothing later', async () => {
    blobs = await ProxiedBlobs.start(azurite, { secondary: { lagSeconds: 60 } });
    await blobs.put('a', 'one');
    expect(await statusOf(blobs.readSecondary('a'))).toBe(404);
    blobs.storage.ahead = 100_000;
    expect(await blobs.readSecondary('a')).toBe('one');
    await blobs.put('a', 'two');
    await blobs.put('b', 'new');
    expect([await blobs.readSecondary('a'), await blobs.read('a')]).toEqual(['one', 'two']);
    expect((await blobs.list({}, blobs.secondary)).map((item) => item.name)).toEqual(['a']);
    blobs.storage.ahead = 200_000;
    expect([await blobs.readSecondary('a'), await blobs.readSecondary('b')]).toEqual(['two', 'new']);
    await blobs.container.getBlobClient('a').delete();
    expect(await blobs.readSecondary('a')).toBe('two');
    blobs.storage.ahead = 300_000;
    expect(await statusOf(blobs.readSecondary('a'))).toBe(404);
    expect((await blobs.list({}, blobs.secondary)).map((item) => item.name)).toEqual(['b']);
  });

  test('says its Last Sync Time, which a longer lag does not set back', async () => {
    blobs = await ProxiedBlobs.start(azurite, { secondary: { lagSeconds: 60 } });
    const lastSync = async (): Promise<number> => {
      const { geoReplication } = await blobs.storage.service(blobs.storage.secondaryUrl).getStatistics();
      return geoReplication!.lastSyncOn.getTime();
    };
    const before = Date.now();
    const first = await lastSync();
    expect(Math.abs(before - 60_000 - first)).toBeLessThan(5_000);
    await blobs.storage.setLag(3_600);
    expect(await lastSync()).toBeGreaterThanOrEqual(first);
    blobs.storage.ahead = 10_000;
    expect(Math.abs((await lastSync()) - first)).toBeLessThan(5_000);
    await blobs.storage.setLag(0);
    expect(await lastSync()).toBeGreaterThanOrEqual(before + 8_000);
  });

  test('is written by nobody', async () => {
    blobs = await ProxiedBlobs.start(azurite, { secondary: { lagSeconds: 0 } });
    await blobs.put('a', 'one');
    const blob = blobs.secondary.getBlockBlobClient('a');
    expect(await statusOf(blob.upload('x', 1))).toBe(403);
    expect(await statusOf(blob.delete())).toBe(403);
    expect(await blobs.read('a')).toBe('one');
  });
});
