/** The fast scanner against servers that answer strangely: right verdicts all the same, and never `ok` for what was not read. */
import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { nowSeconds, portionOf, scanOnce } from '../support/scan-portions.ts';
import { answer, chunkedAnswer, writeInPieces } from '../support/scan-server.ts';
import {
  blobXml,
  createdAtSeconds,
  isList,
  pageXml,
  serve,
  sha256,
  storedBlob,
  storedBlobs,
  type StoreHabits,
  type StoredBlob,
} from '../support/scan-store.ts';
import { allRight, reasons, scanWith, started } from './scan-with.ts';

describe('an honest store', () => {
  test('is found right, page by page, with a record for each blob in the order of digests', async () => {
    const blobs = storedBlobs(57);
    const { scanned, server } = await scanWith(blobs, { pageSize: 10 });
    expect(scanned).toMatchObject(allRight(blobs));
    expect(scanned.last).toBe(blobs.at(-1)?.name);
    const { records } = scanned;
    expect(Array.from({ length: records.length }, (_, index) => records.recordAt(index))).toEqual(
      blobs.map(({ content }) => ({
        digest: new Uint8Array(Buffer.from(sha256(content), 'hex')),
        size: content.length,
        createdAt: createdAtSeconds,
        verifiedAt: nowSeconds,
        state: 'ok',
      })),
    );
    expect(server.requests.filter(isList)).toHaveLength(6);
    expect(server.connections).toBeLessThanOrEqual(9);
  });

  test('an empty blob, and an empty store', async () => {
    const empty = storedBlob('');
    expect((await scanWith([empty], {})).scanned).toMatchObject(allRight([empty]));
    const nothing = (await scanWith([], {})).scanned;
    expect(nothing).toMatchObject({ ...allRight([]), last: undefined });
    expect(nothing.records).toHaveLength(0);
  });

  test('a request names the version, the service version and the host', async () => {
    const { server } = await scanWith([storedBlob('a', '0x1')], {});
    const request = server.requests.find((one) => !isList(one));
    expect(Object.fromEntries(request?.headers ?? [])).toEqual({
      host: server.url.slice('http://'.length),
      'x-ms-version': '2021-12-02',
      'if-match': '"0x1"',
    });
  });
});

describe('answers that come strangely but right', () => {
  const blobs = storedBlobs(5);

  test('byte by byte', async () => {
    const habits: StoreHabits = {
      onBlob: (socket, _request, blob) => (void writeInPieces(socket, answer(200, blob.content), 1), true),
    };
    expect((await scanWith(blobs, habits)).scanned).toMatchObject(allRight(blobs));
  });

  test('cut in two at every byte of head and body', async () => {
    const [blob] = [storedBlob('twelve bytes')];
    const bytes = answer(200, blob.content);
    const copies = Array.from({ length: bytes.length - 1 }, (_, index) => ({ ...blob, etag: `0x${index}` }));
    const habits: StoreHabits = {
      onBlob(socket, request) {
        const at = Number.parseInt(request.headers.get('if-match')?.slice(3, -1) ?? '', 10) + 1;
        void writeInPieces(socket, bytes.subarray(0, at), at).then(() => socket.write(bytes.subarray(at)));
        return true;
      },
    };
    const { scanned } = await scanWith(copies, habits);
    expect(scanned).toMatchObject({ hashed: { blobs: bytes.length - 1 }, doubtful: [] });
  });

  test.each([1, 7, 100, 5_000])('a listing in chunks of %i bytes', async (chunkBytes) => {
    const xml = pageXml(blobs.map(blobXml));
    const habits: StoreHabits = { onList: (socket) => socket.write(chunkedAnswer(xml, chunkBytes)) || true };
    expect((await scanWith(blobs, habits)).scanned).toMatchObject(allRight(blobs));
  });

  test('after interim answers', async () => {
    const interim = Buffer.from('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n');
    const habits: StoreHabits = {
      onBlob: (socket, _request, blob) =>
        socket.write(Buffer.concat([interim, answer(200, blob.content)])) || true,
    };
    expect((await scanWith(blobs, habits)).scanned).toMatchObject(allRight(blobs));
  });

  test('a Content-Encoding that is only a header: the stored bytes are what is hashed', async () => {
    const habits: StoreHabits = {
      onBlob: (socket, _request, blob) =>
        socket.write(answer(200, blob.content, { 'Content-Encoding': 'gzip' })) || true,
    };
    expect((await scanWith(blobs, habits)).scanned).toMatchObject(allRight(blobs));
  });

  test('a connection that ends with each answer, said or unsaid', async () => {
    const habits: StoreHabits = {
      onBlob(socket, request, blob) {
        socket.end(answer(200, blob.content, request.nth % 2 === 0 ? { Connection: 'close' } : {}));
        return true;
      },
    };
    expect((await scanWith(blobs, habits)).scanned).toMatchObject(allRight(blobs));
  });

  test('a connection that is cut before the answer is made anew, once', async () => {
    const cut = new Set<string>();
    const habits: StoreHabits = {
      onBlob(socket, _request, blob) {
        if (cut.has(blob.name)) return false;
        cut.add(blob.name);
        socket.destroy();
        return true;
      },
    };
    expect((await scanWith(blobs, habits)).scanned).toMatchObject(allRight(blobs));
    expect(cut.size).toBe(blobs.length);
  });

  test('something unasked for on a connection that nobody uses: the connection is not used again', async () => {
    const server = await started(
      serve(blobs, {
        pageSize: 1,
        onBlob(socket, _request, blob) {
          socket.write(answer(200, blob.content), () => socket.write(answer(408, 'too late')));
          return true;
        },
      }),
    );
    const scanned = await scanOnce(portionOf(server.url));
    const isTold = scanned.doubtful.every(({ why }) => why === 'more came than the answer announced');
    expect(isTold).toBe(true);
    expect(scanned.hashed.blobs + scanned.doubtful.length).toBe(blobs.length);
  });
});

describe('answers that are not right are doubtful', () => {
  const blob = storedBlob('some content that is quite right');
  const cases: readonly (readonly [string, (socket: Socket, blob: StoredBlob) => unknown, RegExp])[] = [
    ['cut in the body', (s, b) => s.end(answer(200, b.content).subarray(0, -5)), /closed in the middle/],
    ['cut in the head', (s) => s.end('HTTP/1.1 200 OK\r\nContent-Le'), /closed before the answer/],
    ['always cut before', (s) => s.destroy(), /closed before|ECONNRESET|EPIPE/],
    [
      'longer',
      (s, b) => s.write(answer(200, `${b.content.toString()}!`)),
      /33 bytes were announced, 32 were listed/,
    ],
    ['shorter', (s, b) => s.write(answer(200, b.content.subarray(1))), /31 bytes were announced/],
    [
      'more than announced',
      (s, b) => s.write(answer(200, `${b.content.toString()}!`, { 'Content-Length': 32 })),
      /more came/,
    ],
    [
      'no length',
      (s, b) => s.end(Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\n\r\n'), b.content])),
      /unknown number/,
    ],
    ['in chunks', (s, b) => s.write(chunkedAnswer(b.content, 8)), /unknown number/],
    [
      'two lengths',
      (s, b) =>
        s.write(`HTTP/1.1 200 OK\r\nContent-Length: 32\r\nContent-Length: 31\r\n\r\n${b.content.toString()}`),
      /length is "31"/,
    ],
    [
      'length and chunks',
      (s, b) =>
        s.write(
          `HTTP/1.1 200 OK\r\nContent-Length: 32\r\nTransfer-Encoding: chunked\r\n\r\n${b.content.toString()}`,
        ),
      /length and comes in chunks/,
    ],
    [
      'a length that is none',
      (s, b) => s.write(answer(200, b.content, { 'Content-Length': '0x20' })),
      /length is "0x20"/,
    ],
    [
      'another coding',
      (s, b) => s.write(`HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n${b.content.toString()}`),
      /transfer coding/,
    ],
    ['a folded header', (s, b) => s.write(answer(200, b.content, { 'X-A': 'b\r\n c' })), /folded/],
    [
      'too long a header',
      (s, b) => s.write(answer(200, b.content, { 'X-A': 'b'.repeat(70_000) })),
      /header is too long/,
    ],
    ['another protocol', (s) => s.write('SSH-2.0-OpenSSH_9.2\r\n\r\n'), /not HTTP/],
    [
      'a change of protocol',
      (s) => s.write('HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\n\r\n'),
      /changes the protocol/,
    ],
    ['a part', (s, b) => s.write(answer(206, b.content, { 'Content-Range': 'bytes 0-31/32' })), /HTTP 206/],
    ['a redirect', (s) => s.write(answer(302, '', { Location: 'http://127.0.0.1:1/elsewhere' })), /HTTP 302/],
    ['an unknown status', (s) => s.write(answer(299, 'hm')), /HTTP 299/],
    [
      'changed',
      (s) => s.write(answer(412, 'no', { 'x-ms-error-code': 'ConditionNotMet' })),
      /changed after it was listed/,
    ],
    ['gone', (s) => s.write(answer(404, 'no')), /gone after it was listed/],
    [
      'forbidden',
      (s) => s.write(answer(403, 'no', { 'x-ms-error-code': 'AuthorizationFailure' })),
      /HTTP 403 \(AuthorizationFailure\)/,
    ],
    [
      'other content',
      (s, b) => s.write(answer(200, b.content.toString().toUpperCase())),
      /its content hashes to/,
    ],
  ];

  test.each(cases)('%s', async (title, reply, why) => {
    const others = storedBlobs(3);
    const { scanned } = await scanWith([blob, ...others], {
      onBlob(socket, _request, asked) {
        if (asked.name !== blob.name) return false;
        reply(socket, asked);
        return true;
      },
    });
    const isWrong = title === 'other content';
    const [size, version] = [32, `"${blob.etag}"`];
    expect(scanned.doubtful).toEqual([
      { name: blob.name, size, version, why: expect.stringMatching(why) as string, isWrong },
    ]);
    expect(scanned.hashed.blobs).toBe(3);
    const record = scanned.records.recordAt(scanned.records.find(Buffer.from(sha256(blob.content), 'hex')));
    expect(record).toMatchObject({ state: 'unread', verifiedAt: 0 });
  });

  test('nothing for too long', async () => {
    const settings = { silenceMilliseconds: 200 };
    const { scanned, server } = await scanWith([blob], { onBlob: () => true }, { settings });
    expect(reasons(scanned)).toEqual(['nothing came for 0.2 s']);
    expect(server.requests).toHaveLength(3);
  });
});
