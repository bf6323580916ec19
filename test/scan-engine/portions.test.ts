/** What of a store is hashed, what stays known of the rest, where portions end, and how fast they may read. */
import { afterEach, describe, expect, test } from 'vitest';
import { addressFromDigest, blobNameFor } from '../../src/policy/content-address.ts';
import { ScrubRecordWriter, type ScrubRecord, type ScrubRecords } from '../../src/policy/scrub-records.ts';
import type { ScanPortion, ScannedPortion } from '../../src/ports/blob-scanner.ts';
import { loadHashers } from '../../src/scan-engine/hasher.ts';
import { nothingKnown, nowSeconds, portionOf, scanOnce } from '../support/scan-portions.ts';
import { ScanServer } from '../support/scan-server.ts';
import {
  createdAtSeconds,
  isList,
  serve,
  sha256,
  storedBlob,
  storedBlobs,
  type StoredBlob,
} from '../support/scan-store.ts';

const servers: ScanServer[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.stop())));

const digestOf = (blob: StoredBlob): Buffer => Buffer.from(sha256(blob.content), 'hex');

/** Records of blobs as they are listed, sorted, changed as given. */
function knownOf(
  blobs: readonly StoredBlob[],
  changes: (index: number) => Partial<ScrubRecord>,
): ScrubRecords {
  const writer = new ScrubRecordWriter(32);
  for (const [index, blob] of blobs.entries())
    writer.add({
      digest: digestOf(blob),
      size: blob.content.length,
      createdAt: createdAtSeconds,
      verifiedAt: 1_000,
      state: 'ok',
      ...changes(index),
    });
  return writer.records();
}

async function scan(
  blobs: readonly StoredBlob[],
  portion: Partial<ScanPortion>,
  pageSize = 5_000,
): Promise<{ scanned: ScannedPortion; read: Set<string> }> {
  const read = new Set<string>();
  const onBlob = (_socket: unknown, _request: unknown, blob: StoredBlob): boolean => {
    read.add(blob.name);
    return false;
  };
  const server = await ScanServer.start(serve(blobs, { pageSize, onBlob }));
  servers.push(server);
  return { scanned: await scanOnce(portionOf(server.url, portion)), read };
}

describe('the rule', () => {
  const blobs = storedBlobs(8);
  const known = knownOf(blobs.slice(0, 7), (index) => {
    const changes: readonly Partial<ScrubRecord>[] = [
      {},
      { verifiedAt: 2_000 },
      { state: 'bad' },
      { state: 'unread', verifiedAt: 0 },
      { state: 'missing' },
      { size: 1 },
      { createdAt: 5 },
    ];
    return changes[index] ?? {};
  });
  const namesOf = (...indices: number[]): Set<string> => new Set(indices.map((index) => blobs[index]!.name));

  test.each([
    [
      'new blobs alone, replaced and never read ones among them',
      { unknown: true, bad: false, verifiedBefore: 0 },
      [3, 5, 6, 7],
    ],
    ['bad ones alone', { unknown: false, bad: true, verifiedBefore: 0 }, [2, 3, 4]],
    ['those verified before a time', { unknown: false, bad: false, verifiedBefore: 2_000 }, [0]],
    ['those verified before a later time', { unknown: false, bad: false, verifiedBefore: 2_001 }, [0, 1]],
    ['everything', { unknown: true, bad: true, verifiedBefore: nowSeconds }, [0, 1, 2, 3, 4, 5, 6, 7]],
    ['nothing', { unknown: false, bad: false, verifiedBefore: 0 }, []],
  ])('%s', async (_title, rule, expected) => {
    const { scanned, read } = await scan(blobs, { rule, known });
    expect(read).toEqual(namesOf(...expected));
    expect(scanned.hashed.blobs).toBe(expected.length);
    expect(scanned.records).toHaveLength(8);
    // What was read is right now; the others keep what was known of them, and of replaced and new ones that is nothing.
    const verified = { state: 'ok', verifiedAt: nowSeconds };
    const neverRead = { state: 'unread', verifiedAt: 0 };
    for (const [index, blob] of blobs.entries()) {
      const digest = new Uint8Array(digestOf(blob));
      const listed = { digest, size: blob.content.length, createdAt: createdAtSeconds };
      const kept = index < 5 ? known.recordAt(index) : { ...listed, ...neverRead };
      const wanted = expected.includes(index) ? { ...listed, ...verified } : kept;
      expect(scanned.records.recordAt(index)).toEqual(wanted);
    }
  });

  test('a doubtful blob keeps what was known of it', async () => {
    const damaged = { ...blobs[1]!, content: Buffer.from(blobs[1]!.content.toString().toUpperCase()) };
    const { scanned } = await scan([blobs[0]!, damaged, ...blobs.slice(2)], { known });
    expect(scanned.doubtful.map(({ name }) => name)).toEqual([damaged.name]);
    expect(scanned.records.recordAt(1)).toEqual(known.recordAt(1));
  });
});

describe('the end of a portion', () => {
  const blobs = storedBlobs(95);

  test('no time: one page at a time, and together everything once', async () => {
    const server = await ScanServer.start(serve(blobs, { pageSize: 10 }));
    servers.push(server);
    const found: string[] = [];
    let token: string | undefined;
    do {
      const scanned = await scanOnce(portionOf(server.url, { milliseconds: 0, token }));
      expect(scanned.listed.blobs).toBe(scanned.next === undefined ? 5 : 10);
      for (let index = 0; index < scanned.records.length; index += 1)
        found.push(Buffer.from(scanned.records.digestAt(index)).toString('hex'));
      token = scanned.next;
    } while (token !== undefined);
    expect(found).toEqual(blobs.map(({ content }) => sha256(content)));
  });

  test('a number of blobs: the first page that reaches it is the last', async () => {
    const { scanned } = await scan(blobs, { blobs: 25 }, 10);
    expect(scanned).toMatchObject({ listed: { blobs: 30 }, hashed: { blobs: 30 }, next: '30' });
    expect(scanned.last).toBe(blobs[29]?.name);
  });
});

describe('records', () => {
  test('are in the order of digests though the listing is not', async () => {
    const blobs = storedBlobs(40);
    const shuffled = [...blobs.slice(20), ...blobs.slice(0, 20).toReversed()];
    const known = knownOf(blobs, () => ({}));
    const { scanned, read } = await scan(
      shuffled,
      { known, rule: { unknown: true, bad: true, verifiedBefore: 0 } },
      7,
    );
    expect(read.size).toBe(0);
    expect(Buffer.from(scanned.records.bytes)).toEqual(Buffer.from(known.bytes));
  });

  test('stand once though a blob is listed twice, and what is worse stays', async () => {
    const blob = storedBlob('twice', '1');
    const damaged = { ...blob, content: Buffer.from('ecwit'), etag: '2' };
    const { scanned } = await scan([blob, damaged], {});
    expect(scanned).toMatchObject({ hashed: { blobs: 1 }, doubtful: [{ version: '"2"' }] });
    expect(scanned.records).toHaveLength(1);
    expect(scanned.records.recordAt(0)).toMatchObject({ state: 'unread', verifiedAt: 0 });
  });
});

test('no more blobs are read at once than the portion allows', async () => {
  const blobs = storedBlobs(60);
  const answerOf = serve(blobs);
  let [now, most] = [0, 0];
  const server = await ScanServer.start(async (socket, request) => {
    if (!isList(request)) now += 1;
    most = Math.max(most, now);
    await new Promise((resolve) => setImmediate(resolve));
    await answerOf(socket, request);
    if (!isList(request)) now -= 1;
  });
  servers.push(server);
  const scanned = await scanOnce(portionOf(server.url, { concurrency: 3 }));
  expect(scanned.hashed.blobs).toBe(60);
  expect(most).toBeLessThanOrEqual(3);
});

test('blobs are read no faster than the portion allows', async () => {
  const blobs = Array.from({ length: 6 }, (_, index) => storedBlob(Buffer.alloc(200_000, index)));
  const startedAt = performance.now();
  const { scanned } = await scan(
    blobs.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    { bytesPerSecond: 1_000_000 },
  );
  expect(scanned.hashed).toEqual({ blobs: 6, bytes: 1_200_000 });
  // A tenth of a second's bytes may come at once, and the last piece is not waited for.
  expect(performance.now() - startedAt).toBeGreaterThan(900);
});

test.each([
  { template: '{0:2}/{digest}', algorithm: 'sha512', encoding: 'base32-lower' },
  { template: 'cids/{digest}', algorithm: 'blake3', encoding: 'cid' },
  { template: '{digest}', algorithm: 'blake2b-256', encoding: 'hex-upper' },
] as const)('a store with $algorithm in $encoding', async (other) => {
  const hashers = await loadHashers(other.algorithm);
  const blobs = Array.from({ length: 50 }, (_, index) => Buffer.alloc(index * 50_000, index)).map(
    (content) => ({
      ...storedBlob(content),
      name: blobNameFor(other, addressFromDigest(other.algorithm, hashers.hashOnce(content))),
    }),
  );
  const damaged = { ...blobs[7]!, content: Buffer.alloc(350_000, 8) };
  const served = blobs.map((blob, index) => (index === 7 ? damaged : blob));
  const known = nothingKnown(hashers.hashOnce(Buffer.alloc(0)).length);
  const { scanned } = await scan(served, { layout: other, known });
  expect(scanned).toMatchObject({ hashed: { blobs: 49 }, doubtful: [{ name: damaged.name }], strays: [] });
});
