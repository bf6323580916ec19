/** Damage of every kind is doubted, over a socket, and nothing that is undamaged. Small counts; all with the full budget. */
import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { budget } from '../budget.ts';
import { portionOf, scanOnce } from '../support/scan-portions.ts';
import { answer, ScanServer } from '../support/scan-server.ts';
import { nameOf, serve, storedBlob, storedBlobs, type StoredBlob } from '../support/scan-store.ts';

const servers: ScanServer[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.stop())));

/** Scans a listing of so many versions of one blob; `reply` gives the bytes of each. */
async function scanVersions(
  blob: StoredBlob,
  count: number,
  reply: (socket: Socket, version: number) => void,
): Promise<{ hashed: number; doubtful: number; whys: string[] }> {
  const versions = Array.from({ length: count }, (_, version) => ({ ...blob, etag: String(version) }));
  const server = await ScanServer.start(
    serve(versions, {
      onBlob(socket, request) {
        reply(socket, Number(request.headers.get('if-match')?.slice(1, -1)));
        return true;
      },
    }),
  );
  servers.push(server);
  const scanned = await scanOnce(portionOf(server.url, { concurrency: 4 }));
  expect(scanned.listed.blobs).toBe(count);
  const whys = new Set(scanned.doubtful.map(({ why }) => why.replace(/[\da-f]{64}|\d+/g, '*')));
  return { hashed: scanned.hashed.blobs, doubtful: scanned.doubtful.length, whys: [...whys] };
}

/** So many numbers spread over 0 … total - 1; all of them where so many are asked for. */
const spread = (count: number, total: number): number[] =>
  Array.from({ length: Math.min(count, total) }, (_, index) =>
    Math.floor((index * total) / Math.min(count, total)),
  );

function flipped(content: Buffer, bit: number): Buffer {
  const copy = Buffer.from(content);
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
}

/** Content that does not repeat. */
const contentOf = (bytes: number): Buffer => {
  const blocks: Buffer[] = [];
  for (let index = 0; index * 64 < bytes; index += 1)
    blocks.push(createHash('sha512').update(String(index)).digest());
  return Buffer.concat(blocks).subarray(0, bytes);
};

const minutes = 60_000;

describe('a blob of 16 KiB', () => {
  const blob = storedBlob(contentOf(16_384));

  test('with any bit flipped', { timeout: 20 * minutes }, async () => {
    const bits = spread(budget.bitFlips, 131_072);
    const found = await scanVersions(blob, bits.length, (socket, version) =>
      socket.write(answer(200, flipped(blob.content, bits[version] ?? 0))),
    );
    expect(found).toEqual({ hashed: 0, doubtful: bits.length, whys: ['its content hashes to *'] });
  });

  test('cut off after any byte', { timeout: 10 * minutes }, async () => {
    const lengths = spread(budget.truncations, 16_384);
    const found = await scanVersions(blob, lengths.length, (socket, version) =>
      socket.write(answer(200, blob.content.subarray(0, lengths[version]))),
    );
    expect(found).toEqual({
      hashed: 0,
      doubtful: lengths.length,
      whys: ['* bytes were announced, * were listed'],
    });
  });

  test('cut off after any byte, announced as a whole', { timeout: 10 * minutes }, async () => {
    const lengths = spread(budget.truncations, 16_384);
    const found = await scanVersions(blob, lengths.length, (socket, version) =>
      socket.end(answer(200, blob.content.subarray(0, lengths[version]), { 'Content-Length': 16_384 })),
    );
    expect(found).toMatchObject({ hashed: 0, doubtful: lengths.length });
  });

  test('with bytes appended, swapped with another, or lying under the wrong address', async () => {
    const [other] = [storedBlob(contentOf(20_000).subarray(3_616))];
    const swapped = [
      { ...blob, content: other.content },
      { ...other, content: blob.content },
    ];
    const longer = { ...storedBlob('x'), content: Buffer.from('xy') };
    const misplaced = { ...storedBlob('right content'), name: nameOf('another') };
    const server = await ScanServer.start(serve([...swapped, longer, misplaced]));
    servers.push(server);
    const scanned = await scanOnce(portionOf(server.url));
    expect(scanned.doubtful.map(({ name }) => name).toSorted()).toEqual(
      [blob.name, other.name, longer.name, misplaced.name].toSorted(),
    );
    expect(scanned.hashed).toEqual({ blobs: 0, bytes: 0 });
  });

  test('as it should be', async () => {
    const found = await scanVersions(blob, 200, (socket) => socket.write(answer(200, blob.content)));
    expect(found).toEqual({ hashed: 200, doubtful: 0, whys: [] });
  });
});

test('any bit flipped in a blob of 64 MiB is found', { timeout: 60 * minutes }, async () => {
  const size = 64 * 1_048_576;
  const blob = storedBlob(Buffer.alloc(size, contentOf(1_000)));
  const bits = spread(budget.largeBlobFlips, 8 * size - 1);
  const found = await scanVersions(blob, bits.length + 1, (socket, version) => {
    const bit = bits[version];
    const at = (bit ?? 0) >> 3;
    const wrong =
      bit === undefined
        ? blob.content.subarray(at, at + 1)
        : flipped(blob.content.subarray(at, at + 1), bit & 7);
    socket.write(answer(200, '', { 'Content-Length': size }));
    socket.write(blob.content.subarray(0, at));
    socket.write(wrong);
    socket.write(blob.content.subarray(at + 1));
  });
  expect(found).toEqual({ hashed: 1, doubtful: bits.length, whys: ['its content hashes to *'] });
});

test('of undamaged blobs none is doubted', { timeout: 20 * minutes }, async () => {
  const blobs = storedBlobs(budget.cleanBlobs);
  const server = await ScanServer.start(serve(blobs));
  servers.push(server);
  const scanned = await scanOnce(portionOf(server.url, { concurrency: 16 }));
  expect(scanned).toMatchObject({ hashed: { blobs: blobs.length }, doubtful: [], strays: [] });
  expect(scanned.records).toHaveLength(blobs.length);
});

test('a blob larger than any other is read in pieces', { timeout: 20 * minutes }, async () => {
  const piece = Buffer.alloc(1_048_576);
  const hash = createHash('sha256');
  for (let index = 0; index < budget.hugeBlobMiB; index += 1) hash.update(piece);
  const digest = hash.digest('hex');
  const size = budget.hugeBlobMiB * piece.length;
  const blob: StoredBlob = {
    name: `sha256/${digest.slice(0, 2)}/${digest}`,
    content: Buffer.alloc(0),
    etag: 'huge',
    listedSize: size,
  };
  const server = await ScanServer.start(
    serve([blob, storedBlob('small')], {
      onBlob(socket, _request, asked) {
        if (asked.name !== blob.name) return false;
        socket.write(answer(200, '', { 'Content-Length': size }));
        void writeMany(socket, piece, budget.hugeBlobMiB);
        return true;
      },
    }),
  );
  servers.push(server);
  const before = process.memoryUsage.rss();
  const scanned = await scanOnce(portionOf(server.url));
  expect(scanned).toMatchObject({ hashed: { blobs: 2, bytes: size + 5 }, doubtful: [] });
  expect(scanned.records.sizeAt(scanned.records.find(Buffer.from(digest, 'hex')))).toBe(size);
  expect(process.memoryUsage.rss() - before).toBeLessThan(100 * 1_048_576);
});

async function writeMany(socket: Socket, piece: Buffer, times: number): Promise<void> {
  for (let index = 0; index < times && socket.writable; index += 1)
    await new Promise<void>((resolve) => socket.write(piece, () => resolve()));
}
