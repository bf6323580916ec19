/** A portion that is read by two threads: the same records as by one, in the same order, and the same doubts. */
import { setTimeout as delay } from 'node:timers/promises';
import { DateTime } from 'luxon';
import { afterEach, expect, test } from 'vitest';
import { Failure } from '../../src/policy/failure.ts';
import type { ScanPortion } from '../../src/ports/blob-scanner.ts';
import type { EngineSettings } from '../../src/scan-engine/settings.ts';
import { ThreadedBlobScanner } from '../../src/scan-engine/threaded-blob-scanner.ts';
import { DyingWorker } from '../support/dying-worker.ts';
import { nowSeconds, portionOf } from '../support/scan-portions.ts';
import { ScanServer, type Reply, type SeenRequest } from '../support/scan-server.ts';
import { isList, serve, storedBlob, storedBlobs, type StoredBlob } from '../support/scan-store.ts';

const clock = {
  now: () => DateTime.fromSeconds(nowSeconds, { zone: 'utc' }),
  monotonicMilliseconds: () => performance.now(),
};
const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

/** Another thread is asked for whatever there is to do. */
const always: Partial<EngineSettings> = { saturatedShare: 0, helpFromSeconds: 0, startFromSeconds: 0 };

interface Scanning {
  readonly scanner: ThreadedBlobScanner;
  /** From 1, in the order in which the threads asked for their authorization. */
  readonly threadOf: (request: SeenRequest) => number;
}

/** A scanner whose threads can be told apart by what they are authorized with. */
function scanning(settings = always, threads = 2, workerFile?: URL): Scanning {
  let asked = 0;
  const scanner = new ThreadedBlobScanner({
    ...{ clock, threads, settings, patienceMilliseconds: 3_600_000 },
    ...(workerFile === undefined ? {} : { workerFile }),
    authorize: () => {
      asked += 1;
      return Promise.resolve({ header: `thread ${asked}` });
    },
  });
  cleanups.push(() => scanner.close());
  return {
    scanner,
    threadOf: ({ headers }) => Number(/\d+/.exec(headers.get('authorization') ?? '')?.[0]),
  };
}

async function started(reply: Reply): Promise<ScanServer> {
  const server = await ScanServer.start(reply);
  cleanups.push(() => server.stop());
  return server;
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await delay(5);
}

/** Serves blobs to the first thread only once another one has asked for some; counts what each thread asks for. */
function heldFor(blobs: readonly StoredBlob[], threadOf: Scanning['threadOf']) {
  const held: (() => void)[] = [];
  const asked: number[] = [0, 0, 0];
  const most: number[] = [0, 0, 0];
  const under: number[] = [0, 0, 0];
  const answerOf = serve(blobs);
  const reply: Reply = async (socket, request) => {
    if (isList(request)) return answerOf(socket, request);
    const thread = threadOf(request);
    asked[thread] = (asked[thread] ?? 0) + 1;
    under[thread] = (under[thread] ?? 0) + 1;
    most[thread] = Math.max(most[thread] ?? 0, under[thread]);
    if (thread > 1) for (const release of held.splice(0)) release();
    if (asked[2] === 0) await new Promise<void>((resolve) => held.push(resolve));
    under[thread] -= 1;
    return answerOf(socket, request);
  };
  return { reply, asked, most };
}

const sized = { concurrency: 8 } satisfies Partial<ScanPortion>;
const damaged = (blob: StoredBlob): StoredBlob => ({ ...blob, content: Buffer.from(blob.content).fill('!') });

test('another thread reads a part, and what comes of it is as if one had read all', async () => {
  // One version is not plain, as a service may write it.
  const right = storedBlobs(400).map((blob, index) => (index === 7 ? { ...blob, etag: 'a&b' } : blob));
  const blobs = right.map((blob, index) => (index % 50 === 11 ? damaged(blob) : blob));
  const together = scanning();
  const { reply, asked, most } = heldFor(blobs, together.threadOf);
  const server = await started(reply);
  const progress: number[] = [];
  const byTwo = await together.scanner.scan(portionOf(server.url, sized), (one) => progress.push(one.blobs));
  const alone = scanning(always, 1);
  const single = await started(serve(blobs));
  const byOne = await alone.scanner.scan(portionOf(single.url, sized));

  expect(asked[1]).toBeGreaterThan(0);
  expect(asked[2]).toBeGreaterThan(0);
  expect(most[2]).toBeLessThanOrEqual(4);
  expect(byTwo.hashed).toEqual(byOne.hashed);
  expect(byTwo.hashed.blobs).toBe(392);
  expect(byTwo.listed).toEqual(byOne.listed);
  const inOrder = ({ doubtful }: typeof byOne): unknown[] =>
    doubtful.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  expect(inOrder(byTwo)).toEqual(inOrder(byOne));
  expect(byTwo.doubtful).toHaveLength(8);
  expect(byTwo.records.length).toBe(400);
  for (let index = 0; index < 400; index += 1) {
    expect(byTwo.records.digestAt(index)).toEqual(byOne.records.digestAt(index));
    expect(byTwo.records.stateAt(index)).toBe(byOne.records.stateAt(index));
    const isRead = byTwo.records.stateAt(index) === 'ok';
    expect(byTwo.records.verifiedAt(index)).toBeGreaterThanOrEqual(isRead ? nowSeconds : 0);
  }
  expect(progress.at(-1)).toBe(400);
});

test('a thread that helped is there for the next portion, in either part', async () => {
  const blobs = storedBlobs(200);
  const { scanner, threadOf } = scanning();
  const { reply } = heldFor(blobs, threadOf);
  const server = await started(reply);
  await scanner.scan(portionOf(server.url, sized));
  const prefixes = Array.from('0123456789abcdef', (digit) => `sha256/${digit}`);
  const scanned = await Promise.all(
    prefixes.map((prefix) => scanner.scan(portionOf(server.url, { ...sized, prefix }))),
  );
  expect(scanned.reduce((sum, { hashed }) => sum + hashed.blobs, 0)).toBe(200);
});

test('where the rate is limited, or one blob at a time may be read, one thread reads alone', async () => {
  const blobs = storedBlobs(300);
  const { scanner, threadOf } = scanning();
  const server = await started(serve(blobs));
  await scanner.scan(portionOf(server.url, { ...sized, bytesPerSecond: 200_000 }));
  await scanner.scan(portionOf(server.url, { concurrency: 1 }));
  expect(new Set(server.requests.map((request) => threadOf(request)))).toEqual(new Set([1]));
});

test('a thread is not started for little', async () => {
  const blobs = storedBlobs(300);
  const { scanner, threadOf } = scanning({ ...always, startFromSeconds: 1 });
  const server = await started(serve(blobs));
  await scanner.scan(portionOf(server.url, sized));
  expect(new Set(server.requests.map((request) => threadOf(request)))).toEqual(new Set([1]));
});

test('a thread is started for much, though each page lists little', async () => {
  const blobs = storedBlobs(300);
  const late = new Set(blobs.slice(250).map(({ name }) => name));
  // A page of 100 blobs is a good 3 ms of work, everything a good 9.
  const { scanner, threadOf } = scanning({ ...always, startFromSeconds: 0.007 });
  const { reply, asked } = heldFor(blobs, threadOf);
  const answerOf = serve(blobs);
  const server = await started((socket, request) =>
    [...late].some((name) => request.target.endsWith(name))
      ? reply(socket, request)
      : answerOf(socket, request),
  );
  const scanned = await scanner.scan(portionOf(server.url, { ...sized, pageSize: 100 }));
  expect(scanned.hashed.blobs).toBe(300);
  expect(asked[2]).toBeGreaterThan(0);
});

test('a thread that dies while it helps fails the portion, which can be scanned again', async () => {
  const blobs = storedBlobs(100);
  const worker = await DyingWorker.make(`parentPort.on('message', ({ kind, port }) => {
    if (kind === 'read-for' && isDoomed()) port.on('message', die);
  });`);
  cleanups.push(() => worker.remove());
  const { scanner } = scanning(always, 2, worker.program);
  const answerOf = serve(blobs);
  const server = await started(async (socket, request) => {
    if (!isList(request)) await until(() => worker.isDead);
    await answerOf(socket, request);
  });
  await expect(scanner.scan(portionOf(server.url, sized))).rejects.toMatchObject({ code: 'unavailable' });
  expect((await scanner.scan(portionOf(server.url, sized))).hashed.blobs).toBe(100);
});

test('an authorization that the other thread cannot get fails the portion with the reason', async () => {
  const failure = new Failure('access-denied', 'no identity', 'Give it one.');
  let asked = 0;
  const authorize = (): Promise<{ header: string }> => {
    asked += 1;
    return asked === 1 ? Promise.resolve({ header: 'thread 1' }) : Promise.reject(failure);
  };
  const scanner = new ThreadedBlobScanner({
    ...{ clock, threads: 2, settings: always, patienceMilliseconds: 0, authorize },
  });
  cleanups.push(() => scanner.close());
  const answerOf = serve(storedBlobs(200));
  const server = await started(async (socket, request) => {
    if (!isList(request)) await until(() => asked === 2);
    await answerOf(socket, request);
  });
  await expect(scanner.scan(portionOf(server.url, sized))).rejects.toMatchObject(failure.facts());
});

test('one blob that is not there any more is a doubt of the other thread too', async () => {
  const blobs = storedBlobs(60);
  const gone = storedBlob('gone', '0x1');
  const listed = [...blobs, gone].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const { scanner, threadOf } = scanning();
  const { reply } = heldFor(listed, threadOf);
  const server = await started((socket, request) =>
    request.target.includes(gone.name) ? serve([])(socket, request) : reply(socket, request),
  );
  const scanned = await scanner.scan(portionOf(server.url, sized));
  expect(scanned.doubtful.map(({ name, why }) => [name, why])).toEqual([
    [gone.name, 'it was changed after it was listed'],
  ]);
});
