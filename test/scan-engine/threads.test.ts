/** The scanner's threads: portions side by side, records handed over, tokens asked for, deaths survived, a clean end. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build as esbuild } from 'esbuild';
import { DateTime } from 'luxon';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { issueAuthority, issueServerCertificate } from '../../local/certificates/issue.ts';
import { Failure } from '../../src/policy/failure.ts';
import { ScrubRecords, ScrubRecordWriter } from '../../src/policy/scrub-records.ts';
import type { ScanProgress } from '../../src/ports/blob-scanner.ts';
import type { AuthorizationSource } from '../../src/scan-engine/authorization.ts';
import { ThreadedBlobScanner } from '../../src/scan-engine/threaded-blob-scanner.ts';
import { DyingWorker } from '../support/dying-worker.ts';
import { nowSeconds, portionOf } from '../support/scan-portions.ts';
import { answer, ScanServer, type Reply } from '../support/scan-server.ts';
import { createdAtSeconds, isList, serve, sha256, storedBlob, storedBlobs } from '../support/scan-store.ts';

const clock = {
  now: () => DateTime.fromSeconds(nowSeconds, { zone: 'utc' }),
  monotonicMilliseconds: () => performance.now(),
};
const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

function scannerWith(
  threads: number,
  authorize: AuthorizationSource = () => Promise.resolve({}),
  patienceMilliseconds = 0,
): ThreadedBlobScanner {
  const settings = { busyWaitMilliseconds: 1, longestWaitMilliseconds: 5 };
  const scanner = new ThreadedBlobScanner({ authorize, clock, threads, settings, patienceMilliseconds });
  cleanups.push(() => scanner.close());
  return scanner;
}

async function started(reply: Reply): Promise<ScanServer> {
  const server = await ScanServer.start(reply);
  cleanups.push(() => server.stop());
  return server;
}

const blobs = storedBlobs(300);

test('portions are scanned side by side and one after the other, each with its own records', async () => {
  const server = await started(serve(blobs));
  const scanner = scannerWith(2);
  const prefixes = Array.from('0123456789abcdef', (digit) => `sha256/${digit}`);
  const scanned = await Promise.all(
    prefixes.map((prefix) => scanner.scan(portionOf(server.url, { prefix }))),
  );
  const digests = scanned.flatMap(({ records }) =>
    Array.from({ length: records.length }, (_, index) =>
      Buffer.from(records.digestAt(index)).toString('hex'),
    ),
  );
  expect(digests).toEqual(blobs.map(({ content }) => sha256(content)));
  expect(scanned.flatMap(({ doubtful }) => doubtful)).toEqual([]);
  expect(scanned[0]?.records.verifiedAt(0)).toBeGreaterThanOrEqual(nowSeconds);
  expect(scanned[0]?.records.verifiedAt(0)).toBeLessThan(nowSeconds + 600);
});

test("known records are used, and stay the caller's", async () => {
  const [blob] = [storedBlob('known')];
  const server = await started(serve([blob]));
  const writer = new ScrubRecordWriter(32);
  const digest = Buffer.from(sha256('known'), 'hex');
  writer.add({ digest, size: 5, createdAt: createdAtSeconds, verifiedAt: 77, state: 'ok' });
  // As they come out of a stored document: a view of a pool.
  const known = new ScrubRecords(Buffer.concat([writer.records().bytes]), writer.digestBytes);
  const portion = portionOf(server.url, { known, rule: { unknown: true, bad: true, verifiedBefore: 70 } });
  const scanner = scannerWith(1);
  for (let time = 0; time < 2; time += 1) {
    const scanned = await scanner.scan(portion);
    expect(scanned.hashed.blobs).toBe(0);
    expect(Buffer.from(scanned.records.bytes)).toEqual(Buffer.from(known.bytes));
  }
  expect(known).toHaveLength(1);
});

describe('a further thread', () => {
  /** Scans three portions of a store that answers no listing before so many were asked for; returns how many were. */
  async function listedTogether(patience: number, untilListed: number): Promise<number> {
    const held: (() => void)[] = [];
    let together = 0;
    const answerOf = serve(blobs);
    const server = await started(async (socket, request) => {
      together = isList(request) ? together + 1 : together;
      if (isList(request) && together < untilListed) await new Promise<void>((resolve) => held.push(resolve));
      for (const release of held.splice(0)) release();
      await answerOf(socket, request);
    });
    const scanner = scannerWith(2, undefined, patience);
    const prefixes = ['sha256/0', 'sha256/1', 'sha256/2'];
    await Promise.all(prefixes.map((prefix) => scanner.scan(portionOf(server.url, { prefix }))));
    return together;
  }

  test('is started for portions that wait, once they have waited for a while', async () => {
    // The first portion's listing is answered only when that of another one is asked for.
    expect(await listedTogether(20, 2)).toBe(3);
  });

  test('is not started for portions that do not wait that long', async () => {
    const scanner = scannerWith(2, undefined, 3_600_000);
    let [listings, most] = [0, 0];
    const answerOf = serve(blobs);
    const server = await started(async (socket, request) => {
      listings += Number(isList(request));
      most = Math.max(most, listings);
      await answerOf(socket, request);
      listings -= Number(isList(request));
    });
    const prefixes = ['sha256/0', 'sha256/1', 'sha256/2'];
    await Promise.all(prefixes.map((prefix) => scanner.scan(portionOf(server.url, { prefix }))));
    expect(most).toBe(1);
  });
});

test('progress is told while a portion is scanned', async () => {
  const seen: ScanProgress[] = [];
  let release: () => void = () => undefined;
  const isHeld = new Promise<void>((resolve) => (release = resolve));
  const answerOf = serve(blobs);
  let asked = 0;
  const server = await started(async (socket, request) => {
    if (!isList(request)) asked += 1;
    if (asked > 200) await isHeld;
    await answerOf(socket, request);
  });
  const scanned = scannerWith(1).scan(portionOf(server.url), (progress) => {
    seen.push(progress);
    if (progress.blobs >= 190) release();
  });
  await scanned;
  expect(seen.length).toBeGreaterThan(1);
  expect(seen.at(-1)).toEqual({
    blobs: 300,
    bytes: blobs.reduce((sum, { content }) => sum + content.length, 0),
  });
});

describe('authorization', () => {
  test('is asked for on the main thread and used in all', async () => {
    const server = await started(serve(blobs));
    const scanner = scannerWith(1, ({ account }) =>
      Promise.resolve({ header: `Bearer for ${account}`, usableSeconds: 3_600 }),
    );
    await scanner.scan(portionOf(server.url));
    const headers = new Set(server.requests.map((request) => request.headers.get('authorization')));
    expect([...headers]).toEqual([`Bearer for ${server.url}`]);
  });

  test('that cannot be had fails the portion with the reason', async () => {
    const server = await started(serve(blobs));
    const failure = new Failure('access-denied', 'no identity', 'Give it one.');
    const scanner = scannerWith(1, () => Promise.reject(failure));
    await expect(scanner.scan(portionOf(server.url))).rejects.toMatchObject(failure.facts());
  });
});

test('a store that cannot be listed is a Failure, and the thread goes on', async () => {
  let isBroken = true;
  const server = await started((socket, request) =>
    isBroken ? void socket.write(answer(503, 'no')) : serve(blobs)(socket, request),
  );
  const scanner = scannerWith(1);
  await expect(scanner.scan(portionOf(server.url))).rejects.toThrow(Failure);
  await expect(scanner.scan(portionOf(server.url))).rejects.toMatchObject({ code: 'unavailable' });
  isBroken = false;
  expect((await scanner.scan(portionOf(server.url))).hashed.blobs).toBe(300);
});

test('a thread that dies fails its portion, and the next portion gets a new one', async () => {
  const server = await started(serve(blobs));
  const worker = await DyingWorker.make(`if (isDoomed()) parentPort.on('message', die);`);
  cleanups.push(() => worker.remove());
  const authorize = (): Promise<object> => Promise.resolve({});
  const scanner = new ThreadedBlobScanner({
    authorize,
    clock,
    threads: 1,
    workerFile: worker.program,
  });
  cleanups.push(() => scanner.close());
  await expect(scanner.scan(portionOf(server.url))).rejects.toMatchObject({
    code: 'unavailable',
    message: 'the scan thread ended: dying',
    retryable: true,
  });
  expect((await scanner.scan(portionOf(server.url))).hashed.blobs).toBe(300);
});

test('closing fails what is under way and what waits, and nothing is taken after it', async () => {
  const server = await started((socket, request) =>
    isList(request) ? serve(blobs)(socket, request) : undefined,
  );
  const scanner = scannerWith(1);
  const portions = [scanner.scan(portionOf(server.url)), scanner.scan(portionOf(server.url))];
  const outcomes = Promise.allSettled(portions);
  await expect.poll(() => server.requests.length, { timeout: 30_000 }).toBeGreaterThan(1);
  await scanner.close();
  for (const outcome of await outcomes)
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'unavailable' } });
  await expect(scanner.scan(portionOf(server.url))).rejects.toMatchObject({ code: 'unavailable' });
});

describe('in a process of its own, as a bundle', () => {
  let folder: string;
  const program = `
    import { ThreadedBlobScanner } from ${JSON.stringify(new URL('../../src/scan-engine/threaded-blob-scanner.ts', import.meta.url).pathname)};
    import { ScrubRecords } from ${JSON.stringify(new URL('../../src/policy/scrub-records.ts', import.meta.url).pathname)};
    const clock = { now: () => ({ toMillis: () => 1e12 }), monotonicMilliseconds: () => 0 };
    const scanner = new ThreadedBlobScanner({ authorize: async () => ({}), clock });
    const portion = { store: { account: process.argv[2], container: 'container' }, prefix: '', token: undefined,
      layout: { template: 'sha256/{0:2}/{digest}', algorithm: 'sha256' }, rule: { unknown: true, bad: true, verifiedBefore: 0 },
      known: new ScrubRecords(new Uint8Array(), 32), milliseconds: 60000, concurrency: 8 };
    const { hashed, doubtful } = await scanner.scan(portion);
    console.log(JSON.stringify({ hashed, doubtful }));
  `;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lifeboat-scan-'));
    const common = { bundle: true, platform: 'node', format: 'esm', logLevel: 'silent' } as const;
    const worker = fileURLToPath(new URL('../../src/scan-engine/scan-worker.ts', import.meta.url));
    await esbuild({ ...common, entryPoints: [worker], outfile: join(folder, 'scan-worker.mjs') });
    const stdin = { contents: program, loader: 'ts', resolveDir: folder } as const;
    await esbuild({ ...common, stdin, outfile: join(folder, 'program.mjs') });
    return () => rm(folder, { recursive: true, force: true });
  });

  const run = (url: string, ca = ''): Promise<{ stdout: string }> =>
    promisify(execFile)(process.execPath, [join(folder, 'program.mjs'), url], {
      env: { ...process.env, NODE_EXTRA_CA_CERTS: ca },
      timeout: 50_000,
    });

  test('the scan runs in the built worker, and the process ends by itself though it was not closed', async () => {
    const server = await started(serve(blobs));
    const { stdout } = await run(server.url);
    expect(JSON.parse(stdout)).toMatchObject({ hashed: { blobs: 300 }, doubtful: [] });
  });

  test('over TLS it trusts whom Node trusts, and nobody else', async () => {
    const now = new Date();
    const authority = await issueAuthority(now);
    const { certificatePem, keyPem } = await issueServerCertificate(authority, now);
    const server = await ScanServer.start(serve(blobs), { key: keyPem, cert: certificatePem });
    cleanups.push(() => server.stop());
    const ca = join(folder, 'ca.pem');
    await writeFile(ca, authority.certificatePem);
    expect(JSON.parse((await run(server.url, ca)).stdout)).toMatchObject({
      hashed: { blobs: 300 },
      doubtful: [],
    });
    await expect(run(server.url)).rejects.toMatchObject({
      stderr: expect.stringMatching(/blob store container cannot be listed: .*certificate/) as string,
    });
    expect(server.requests.length).toBeGreaterThan(300);
  });
});
