/** Requests to an operator's addresses, against a real HTTPS server: what is followed, read, trusted and waited for. */
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import https from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import tls from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ensureCertificates } from '../../local/certificates/ensure-certificates.ts';
import { listenOnLoopback, type LoopbackServer } from '../../local/identity/loopback-server.ts';
import { PlainHttpRequests } from '../../src/azure/http-requests.ts';
import { Failure } from '../../src/policy/failure.ts';
import { NotSent } from '../../src/ports/http-requests.ts';

const scopes: unknown[] = [];
const http = new PlainHttpRequests({
  getToken: (scope) => {
    scopes.push(scope);
    return Promise.resolve({ token: 'own', expiresOnTimestamp: 0 });
  },
});
const heard: { method: string; path: string; headers: object; body: string }[] = [];
const trusted = tls.getCACertificates('default');
let folder: string;
let authority: string;
let server: LoopbackServer;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'http-requests-'));
  const { certFile, keyFile, caFile } = await ensureCertificates(folder);
  authority = await readFile(caFile, 'utf8');
  tls.setDefaultCACertificates([...trusted, authority]);
  const options = { cert: readFileSync(certFile), key: readFileSync(keyFile) };
  const listener = https.createServer(options, (request, response) => {
    const { method = '', url = '', headers } = request;
    void text(request).then((body) => {
      heard.push({ method, path: url, headers, body });
      if (url === '/silent') return;
      if (url === '/moved') response.writeHead(302, { location: '/' });
      response.end(url === '/long' ? 'x'.repeat(1_000_000) : 'hello');
    });
  });
  server = await listenOnLoopback(listener, 0);
});
afterAll(async () => {
  await server.close();
  tls.setDefaultCACertificates(trusted);
  await rm(folder, { recursive: true });
});

const get = (at: string, change: object = {}) =>
  http.send({
    ...{ method: 'GET', url: `https://127.0.0.1:${server.port}${at}` },
    ...{ timeoutSeconds: 5, mostBytes: 1000, ...change },
  });

test('an answer comes with its status and its body, and nothing of ours was sent but what was said', async () => {
  expect(await get('/', { method: 'POST', body: { a: 'ä' } })).toEqual({
    ...{ status: 200, text: 'hello', isCut: false },
  });
  expect(heard.at(-1)).toMatchObject({ method: 'POST', body: '{"a":"ä"}' });
  expect(Object.keys(heard.at(-1)!.headers)).not.toContain('authorization');
  expect(Object.keys(heard.at(-1)!.headers)).not.toContain('cookie');
});

test('a redirect is an answer, and is not followed', async () => {
  heard.length = 0;
  expect(await get('/moved')).toMatchObject({ status: 302 });
  expect(heard.map((one) => one.path)).toEqual(['/moved']);
});

test('no more of a body is read than was asked for', async () => {
  expect(await get('/long')).toEqual({ status: 200, text: 'x'.repeat(1000), isCut: true });
  expect(await get('/', { mostBytes: 5 })).toMatchObject({ text: 'hello', isCut: false });
});

test.each<[string, string, object, RegExp]>([
  ['one that never answers', '/silent', { timeoutSeconds: 0.2 }, /did not answer within 0.2 s/],
  ['where nobody listens', '/', { url: 'https://127.0.0.1:1/' }, /127\.0\.0\.1:1 cannot be reached/],
])('%s is unavailable', async (_, at, change, message) => {
  await expect(get(at, change)).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringMatching(message) as string,
  });
});

test.each<[string, string, object, boolean]>([
  ['nobody listens', '/', { url: 'https://127.0.0.1:1/' }, true],
  ['it arrived and no answer came', '/silent', { timeoutSeconds: 0.2 }, false],
])('it is known that nothing was sent: %s', async (_, at, change, isKnown) => {
  const thrown: unknown = await get(at, change).catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(Failure);
  expect(thrown instanceof NotSent).toBe(isKnown);
});

test('a certificate that is not trusted is no answer', async () => {
  tls.setDefaultCACertificates(trusted);
  heard.length = 0;
  const thrown: unknown = await get('/').catch((error: unknown) => error);
  expect(thrown).toMatchObject({ code: 'unavailable' });
  expect([thrown instanceof NotSent, heard]).toEqual([true, []]);
  tls.setDefaultCACertificates([...trusted, authority]);
});

test('what is not https is refused before anything is sent', async () => {
  heard.length = 0;
  await expect(get('/', { url: `http://127.0.0.1:${server.port}/` })).rejects.toMatchObject({
    code: 'refused',
  });
  expect(heard).toEqual([]);
});

test('a token goes with a request that names its scope, and with no other', async () => {
  const url = `https://127.0.0.1:${server.port}/`;
  const order = { method: 'POST', url, timeoutSeconds: 5, mostBytes: 100 } as const;
  await http.send({
    ...order,
    body: { a: 1 },
    headers: { 'idempotency-key': 'k' },
    tokenScope: 'api://app/.default',
  });
  expect(heard.at(-1)?.headers).toMatchObject({ authorization: 'Bearer own', 'idempotency-key': 'k' });
  await http.send(order);
  expect(heard.at(-1)?.headers).not.toHaveProperty('authorization');
  expect(scopes).toEqual(['api://app/.default']);
});
