/** The fast scanner against servers that misbehave: right verdicts all the same, and never `ok` for what was not read. */
import type { Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { ScanPortion, ScannedPortion } from '../../src/ports/blob-scanner.ts';
import {
  nowSeconds,
  portionOf,
  scanOnce,
  SleepingTime,
  type EngineChanges,
} from '../support/scan-portions.ts';
import { answer, chunkedAnswer, ScanServer, writeInPieces, type Reply } from '../support/scan-server.ts';
import {
  blobXml,
  createdAtSeconds,
  isList,
  nameOf,
  pageXml,
  serve,
  sha256,
  storedBlob,
  storedBlobs,
  type StoreHabits,
  type StoredBlob,
} from '../support/scan-store.ts';

const servers: ScanServer[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.stop())));

async function started(reply: Reply): Promise<ScanServer> {
  const server = await ScanServer.start(reply);
  servers.push(server);
  return server;
}

/** Scans a store served with such habits. */
async function scanWith(
  blobs: readonly StoredBlob[],
  habits: StoreHabits,
  changes: EngineChanges = {},
  portion: Partial<ScanPortion> = {},
): Promise<{ scanned: ScannedPortion; server: ScanServer }> {
  const server = await started(serve(blobs, habits));
  return { scanned: await scanOnce(portionOf(server.url, portion), changes), server };
}

const reasons = (scanned: ScannedPortion): string[] => scanned.doubtful.map(({ why }) => why);
const allRight = (blobs: readonly StoredBlob[]): object => ({
  listed: { blobs: blobs.length, bytes: blobs.reduce((sum, blob) => sum + blob.content.length, 0) },
  hashed: { blobs: blobs.length, bytes: blobs.reduce((sum, blob) => sum + blob.content.length, 0) },
  doubtful: [],
  strays: [],
  next: undefined,
});

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

describe('a busy service', () => {
  const busy = (status: number, headers: Record<string, string>) => (socket: Socket) =>
    socket.write(answer(status, 'busy', headers)) || true;

  test.each([
    [503, { 'Retry-After': '3' }, 3_000],
    [429, { 'Retry-After': '2' }, 2_000],
    [500, {}, 500],
    [503, { 'Retry-After': '86400' }, 15_000],
    [503, { Date: 'Mon, 01 Jun 2026 10:00:00 GMT', 'Retry-After': 'Mon, 01 Jun 2026 10:00:07 GMT' }, 7_000],
  ])('%i with %o is waited for and asked again', async (status, headers, wait) => {
    const waiting = new SleepingTime();
    const blobs = storedBlobs(1);
    let answers = 0;
    const onBlob = (socket: Socket): boolean => {
      answers += 1;
      return answers === 1 && busy(status, headers)(socket);
    };
    const { scanned } = await scanWith(blobs, { onBlob }, { waiting });
    expect(scanned).toMatchObject(allRight(blobs));
    expect(waiting.sleeps).toEqual([wait]);
  });

  test('is asked four times more, longer apart each time, and then doubted', async () => {
    const waiting = new SleepingTime();
    const { scanned, server } = await scanWith(storedBlobs(1), { onBlob: busy(503, {}) }, { waiting });
    expect(reasons(scanned)).toEqual(['the store answered HTTP 503']);
    expect(waiting.sleeps).toEqual([500, 1_000, 2_000, 4_000]);
    expect(server.requests).toHaveLength(6);
  });

  test('is waited for by all requests of the thread, those for lists too', async () => {
    const waiting = new SleepingTime();
    let answers = 0;
    const onList = (socket: Socket): boolean => {
      answers += 1;
      return answers <= 2 && busy(503, { 'Retry-After': '1' })(socket);
    };
    const blobs = storedBlobs(4);
    expect((await scanWith(blobs, { onList }, { waiting })).scanned).toMatchObject(allRight(blobs));
    expect(waiting.sleeps).toEqual([1_000, 1_000]);
  });
});

describe('authorization', () => {
  const blobs = storedBlobs(20);

  test('a header and a signature are sent with every request', async () => {
    const authorize = () => Promise.resolve({ header: 'Bearer t', query: 'sv=1&sig=a%3D' });
    const { scanned, server } = await scanWith(blobs, {}, { authorize });
    expect(scanned).toMatchObject(allRight(blobs));
    expect(server.requests.every(({ headers }) => headers.get('authorization') === 'Bearer t')).toBe(true);
    expect(server.requests.every(({ target }) => /[?&]sv=1&sig=a%3D$/.test(target))).toBe(true);
  });

  test('a token that expires in the middle is replaced once for all, with the claims demanded', async () => {
    const asked: unknown[] = [];
    const authorize = (request: object) => {
      asked.push(request);
      return Promise.resolve({ header: `Bearer token-${asked.length}` });
    };
    const claims = Buffer.from('{"access_token":{}}').toString('base64');
    let seen = 0;
    const server = await started((socket, request) => {
      if (!isList(request)) seen += 1;
      const isExpired = seen > 8 && request.headers.get('authorization') === 'Bearer token-1';
      if (!isExpired) return serve(blobs)(socket, request);
      socket.write(answer(401, 'expired', { 'WWW-Authenticate': `Bearer error="x", claims="${claims}"` }));
    });
    expect(await scanOnce(portionOf(server.url), { authorize })).toMatchObject(allRight(blobs));
    expect(asked).toEqual([
      { account: server.url, isRefused: false },
      { account: server.url, isRefused: true, claims: '{"access_token":{}}' },
    ]);
  });

  test('a token is replaced before its time is over', async () => {
    let fetched = 0;
    const authorize = () => {
      fetched += 1;
      return Promise.resolve({ header: `Bearer ${fetched}`, usableSeconds: fetched === 1 ? 0 : 3_600 });
    };
    const { scanned, server } = await scanWith(blobs, {}, { authorize });
    expect(scanned).toMatchObject(allRight(blobs));
    expect(server.requests.at(-1)?.headers.get('authorization')).toBe('Bearer 2');
  });

  test('refused again, a blob is doubtful and a listing fails', async () => {
    const refuse = (socket: Socket): boolean => socket.write(answer(401, 'no')) || true;
    const { scanned } = await scanWith(storedBlobs(1), { onBlob: refuse });
    expect(reasons(scanned)).toEqual(['the store answered HTTP 401']);
    await expect(scanWith(blobs, { onList: refuse })).rejects.toMatchObject({ code: 'access-denied' });
  });
});

describe('listings', () => {
  const expectFailure = async (
    onList: StoreHabits['onList'],
    code: string,
    message: RegExp,
  ): Promise<void> => {
    const failed = scanWith(storedBlobs(4), onList === undefined ? {} : { onList });
    await expect(failed).rejects.toMatchObject({ code, message: expect.stringMatching(message) as string });
  };
  const says = (bytes: Buffer) => (socket: Socket) => socket.write(bytes) || true;

  test('an empty page with a marker is gone past', async () => {
    const blobs = storedBlobs(4);
    const habits: StoreHabits = {
      onList(socket, request) {
        const marker = /marker=(\d+)/.exec(request.target)?.[1];
        if (marker === '4') socket.write(answer(200, pageXml(blobs.map(blobXml))));
        else socket.write(answer(200, pageXml([], String(Number(marker ?? 0) + 1))));
        return true;
      },
    };
    const { scanned } = await scanWith(blobs, habits);
    expect(scanned).toMatchObject({ ...allRight(blobs), last: blobs.at(-1)?.name });
  });

  test('a page that names itself as the next one is a failure', async () => {
    const habits = says(answer(200, pageXml([], 'again')));
    await expectFailure(habits, 'unavailable', /names the page it has just given/);
  });

  test('XML that is cut anywhere is a failure', async () => {
    const xml = pageXml(storedBlobs(1).map(blobXml), 'more');
    for (let length = 0; length < Buffer.byteLength(xml) - 1; length += 13)
      await expectFailure(
        says(answer(200, Buffer.from(xml).subarray(0, length))),
        'unavailable',
        /not usable/,
      );
  });

  test.each([
    [403, 'access-denied'],
    [404, 'not-found'],
    [302, 'operation-failed'],
    [400, 'operation-failed'],
    [503, 'unavailable'],
  ])('status %i is a failure: %s', async (status, code) => {
    await expectFailure(
      says(answer(status, 'no', { 'x-ms-error-code': 'Said' })),
      code,
      /blob store container .*\(Said\)/,
    );
  });

  test('a connection that always breaks is a failure', async () => {
    await expectFailure((socket) => socket.destroy() !== undefined, 'unavailable', /cannot be listed/);
  });

  test('no server at all is a failure', async () => {
    const server = await ScanServer.start(serve([]));
    const { url } = server;
    await server.stop();
    await expect(scanOnce(portionOf(url))).rejects.toMatchObject({ code: 'unavailable' });
  });
});

describe('names', () => {
  test('that are no addresses are strays, whatever they are made of', async () => {
    const names = ['..', 'a/../b', '', 'ü ☂ 💾', '&<>"\'', 'x'.repeat(1_024), '%2e%2e', 'sha256/00/zz', ' '];
    const blobs = names.map((name) => ({ ...storedBlob('c'), name }));
    const { scanned, server } = await scanWith(blobs, {});
    expect(scanned.strays).toEqual(names.map((name) => ({ name, size: 1 })));
    expect(scanned).toMatchObject({ hashed: { blobs: 0 }, doubtful: [], last: ' ' });
    expect(server.requests).toHaveLength(1);
  });

  test('with strange literals are asked for exactly', async () => {
    const template = `ü ☂&<>"'%2F+${'n'.repeat(900)}/{digest}`;
    const name = template.replace('{digest}', sha256('c'));
    const portion = { layout: { template, algorithm: 'sha256' } } as const;
    const { scanned, server } = await scanWith([{ ...storedBlob('c'), name }], {}, {}, portion);
    expect(scanned).toMatchObject({ hashed: { blobs: 1 }, doubtful: [], last: name });
    const target = server.requests.at(-1)?.target ?? '';
    expect(target).toMatch(/^\/container\/%C3%BC%20%E2%98%82%26%3C%3E%22%27%252F%2Bn+\/[\da-f]{64}$/);
  });

  test.each(['../{digest}', 'a/./{digest}', 'a//{digest}', '/{digest}', '{digest}/..'])(
    'of the layout %s are never asked for',
    async (template) => {
      const name = template.replace('{digest}', sha256('c'));
      const portion = { layout: { template, algorithm: 'sha256' } } as const;
      const { scanned, server } = await scanWith([{ ...storedBlob('c'), name }], {}, {}, portion);
      expect(scanned.doubtful.map((blob) => blob.name)).toEqual([name]);
      expect(reasons(scanned)).toEqual(['no path stands for its name and for nothing else']);
      expect(server.requests).toHaveLength(1);
    },
  );

  test('come back in full when their blobs are doubtful', async () => {
    const blob = { ...storedBlob('c'), content: Buffer.from('d') };
    expect((await scanWith([blob], {})).scanned.doubtful).toMatchObject([{ name: nameOf('c'), size: 1 }]);
  });
});
