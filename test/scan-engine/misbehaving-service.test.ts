/** The fast scanner against services that are busy, refuse, or list strangely: it is patient, exact, and says why it fails. */
import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { portionOf, scanOnce, SleepingTime } from '../support/scan-portions.ts';
import { answer, ScanServer } from '../support/scan-server.ts';
import {
  blobXml,
  isList,
  nameOf,
  pageXml,
  serve,
  sha256,
  storedBlob,
  storedBlobs,
  type StoreHabits,
} from '../support/scan-store.ts';
import { allRight, reasons, scanWith, started } from './scan-with.ts';

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
