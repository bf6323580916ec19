/** Damage at rest behind the proxy, and what of its state survives a restart. */
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

describe('damage at rest', () => {
  const changes: [object, string][] = [
    [{ kind: 'flip', bit: 0 }, 'nne'],
    [{ kind: 'truncate', bytes: 1 }, 'on'],
    [{ kind: 'append', text: '!' }, 'one!'],
    [{ kind: 'empty' }, ''],
    [{ kind: 'replace', base64: btoa('else') }, 'else'],
  ];

  test.each(changes)('%j changes the primary alone', async (change, expected) => {
    blobs = await ProxiedBlobs.start(azurite, { versions: true, secondary: { lagSeconds: 0 } });
    const first = await blobs.put('a', 'one');
    await blobs.put('a', 'one');
    await blobs.storage.damage({ ...blobs.where('a'), place: 'primary', change });
    expect([await blobs.read('a'), await blobs.readSecondary('a'), await blobs.read('a', first)]).toEqual([
      expected,
      'one',
      'one',
    ]);
    expect(await blobs.list({ includeVersions: true })).toHaveLength(2);
  });

  test('of the secondary leaves the primary, of a version both', async () => {
    blobs = await ProxiedBlobs.start(azurite, { versions: true, secondary: { lagSeconds: 0 } });
    const first = await blobs.put('a', 'one');
    await blobs.put('a', 'two');
    await blobs.storage.damage({ ...blobs.where('a'), place: 'secondary', change: { kind: 'empty' } });
    expect([await blobs.read('a'), await blobs.readSecondary('a'), await blobs.read('a', first)]).toEqual([
      'two',
      '',
      'one',
    ]);
    await blobs.storage.damage({
      ...blobs.where('a'),
      place: 'version',
      versionId: first,
      change: { kind: 'append' },
    });
    expect([await blobs.read('a'), await blobs.readSecondary('a'), await blobs.read('a', first)]).toEqual([
      'two',
      '',
      'onex',
    ]);
    await blobs.storage.damage({
      ...blobs.where('a'),
      place: 'version',
      versionId: first,
      change: { kind: 'lose' },
    });
    expect(await statusOf(blobs.read('a', first))).toBe(404);
    await blobs.storage.damage({ ...blobs.where('a'), place: 'secondary', change: { kind: 'lose' } });
    expect(await statusOf(blobs.readSecondary('a'))).toBe(404);
  });

  test('that loses a blob makes neither a version nor a deletion, and the secondary still has it', async () => {
    blobs = await ProxiedBlobs.start(azurite, {
      versions: true,
      softDeleteDays: 7,
      secondary: { lagSeconds: 0 },
    });
    await blobs.put('a', 'one');
    await blobs.storage.damage({ ...blobs.where('a'), place: 'primary', change: { kind: 'lose' } });
    expect(await statusOf(blobs.read('a'))).toBe(404);
    expect(await blobs.list({ includeVersions: true, includeDeleted: true })).toEqual([]);
    expect(await blobs.readSecondary('a')).toBe('one');
    await blobs.storage.restart();
    expect(await blobs.readSecondary('a')).toBe('one');
    await blobs.put('a', 'again');
    expect([await blobs.read('a'), await blobs.readSecondary('a')]).toEqual(['again', 'again']);
  });

  test('becomes an earlier version when the blob is written over', async () => {
    blobs = await ProxiedBlobs.start(azurite, { versions: true });
    await blobs.put('a', 'one');
    await blobs.storage.damage({ ...blobs.where('a'), place: 'primary', change: { kind: 'truncate' } });
    await blobs.put('a', 'one');
    const [earlier] = await blobs.list({ includeVersions: true });
    expect(await blobs.read('a', earlier!.versionId)).toBe('on');
  });

  test('is done by nobody without the secret', async () => {
    blobs = await ProxiedBlobs.start(azurite, { versions: true });
    await blobs.put('a', 'one');
    const order = { ...blobs.where('a'), account: 'account', place: 'primary', change: { kind: 'empty' } };
    expect((await blobs.storage.control('damage', order, 'another secret')).status).toBe(403);
    expect((await blobs.storage.control('lag', order, 'another secret')).status).toBe(403);
    expect((await fetch(`${blobs.storage.url}/damage`, { method: 'POST' })).status).toBeGreaterThanOrEqual(
      400,
    );
    expect(await blobs.read('a')).toBe('one');
    const missing = blobs.storage.damage({
      ...blobs.where('none'),
      place: 'primary',
      change: { kind: 'empty' },
    });
    await expect(missing).rejects.toThrow('there is no such primary of none');
  });
});

describe('the state', () => {
  test('is there after a restart: versions, soft-deleted blobs, what the secondary lacks', async () => {
    blobs = await ProxiedBlobs.start(azurite, { versions: true, secondary: { lagSeconds: 60 } });
    const first = await blobs.put('a', 'one');
    blobs.storage.ahead = 100_000;
    await blobs.put('a', 'two');
    await blobs.storage.restart();
    expect([await blobs.read('a'), await blobs.read('a', first), await blobs.readSecondary('a')]).toEqual([
      'two',
      'one',
      'one',
    ]);
    const third = await blobs.put('a', 'three');
    expect(third > first).toBe(true);
    expect(await blobs.list({ includeVersions: true })).toHaveLength(3);
  });

  test('takes over blobs that were written past the proxy, and those that went', async () => {
    blobs = await ProxiedBlobs.start(azurite, { versions: true });
    await blobs.put('a', 'one');
    await blobs.put('b', 'two');
    const beside = blobs.storage.service(azurite.url).getContainerClient(blobs.container.containerName);
    await beside.getBlockBlobClient('new').upload('new', 3);
    await beside.getBlobClient('b').delete();
    await blobs.storage.restart();
    expect((await blobs.list({ includeVersions: true })).map((item) => item.name)).toEqual(['a', 'new']);
    const id = (await blobs.list({ includeVersions: true })).at(-1)!.versionId!;
    await blobs.put('new', 'newer');
    expect(await blobs.read('new', id)).toBe('new');
  });

  test('stays whole when many write at once', async () => {
    blobs = await ProxiedBlobs.start(azurite, { versions: true });
    await Promise.all(Array.from({ length: 20 }, (_, n) => blobs.put('same', `content ${n}`)));
    const found = await blobs.list({ includeVersions: true });
    expect(found).toHaveLength(20);
    const texts = await Promise.all(found.map((item) => blobs.read('same', item.versionId)));
    expect(new Set(texts).size).toBe(20);
  });
});
