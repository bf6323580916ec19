/** The API client: what it sends, and what it makes of every kind of answer. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer as createPlainServer } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ensureCertificates } from '../../local/certificates/ensure-certificates.ts';
import { ApiClient } from '../../src/cli/client.ts';
import * as forms from '../../src/cli/report-forms.ts';
import * as lists from '../../src/cli/whole-lists.ts';
import { Failure, failureFrom } from '../../src/policy/failure.ts';
import { drillId } from './canned-names.ts';
import { viewOf } from './canned-operations.ts';
import { reportOf } from './canned-report.ts';
import { passed, pointsOf, statusOf } from './canned-status.ts';
import { fakeToken, FakeApp, problem, started, type Reply } from './fake-app.ts';

const region = 'westeurope';
const tokens = (): Promise<string> => Promise.resolve(fakeToken);
const id = 'drill.lms.westeurope.20260301T013000Z';

async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  const thrown: unknown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(Failure);
  return failureFrom(thrown);
}

test('each call asks its route with the token and returns the checked answer', async () => {
  await using app = await new FakeApp(region, {
    'GET status': { json: statusOf(region, [passed('lms', region)]) },
    'POST cycles': started('cycle.lms.westeurope.20260301T013000Z'),
    'POST snapshots': started('snapshot.lms.westeurope.20260301T013000Z'),
    'POST drills': started(id),
    'POST scans': started('scan.lms.westeurope.20260301T013000Z'),
    'POST prunes': started('prune.lms.westeurope.20260301T013000Z'),
    [`GET operations/${id}`]: { json: viewOf(id), status: 202 },
    'GET points/lms': { json: pointsOf('lms', region) },
    [`GET reports/lms/${drillId}`]: { json: reportOf('lms', region) },
    [`GET reports/lms/${drillId}?format=markdown`]: {
      status: 200,
      type: 'text/markdown; charset=utf-8',
      text: '# PASS\n',
    },
  }).start();
  const client = new ApiClient({ region, url: `${app.url}/` }, tokens);
  expect((await client.call('status', {})).systems).toHaveLength(1);
  await client.call('startCycle', { body: {} });
  await client.call('startSnapshot', { body: { system: 'lms' } });
  expect(
    (await client.call('startDrill', { body: { system: 'lms', point: 'latest', cleanUpDelaySeconds: 5 } }))
      .operations[0]?.id,
  ).toBe(id);
  await client.call('startScan', { body: { system: 'lms' } });
  await client.call('startPrune', { body: { system: 'lms', dryRun: true } });
  expect((await client.call('operation', { params: { id } })).state).toBe('running');
  expect((await lists.pointsOf(client, 'lms')).points).toHaveLength(2);
  expect((await forms.reportOf(client, 'lms', drillId)).result).toBe('PASS');
  expect(await forms.reportMarkdown(client, 'lms', drillId)).toBe('# PASS\n');
  expect(app.asked.map(({ body }) => body).filter((body) => body !== undefined)).toEqual([
    {},
    { system: 'lms' },
    { system: 'lms', point: 'latest', cleanUpDelaySeconds: 5 },
    { system: 'lms' },
    { system: 'lms', dryRun: true },
  ]);
  expect(new Set(app.asked.map(({ token }) => token))).toEqual(new Set([fakeToken]));
});

test.each<[string, Reply, string, RegExp]>([
  [
    'a problem document',
    problem(409, 'conflict', 'A drill of lms is running.', 'Wait for it.'),
    'conflict',
    /^A drill of lms is running\.$/,
  ],
  [
    'a problem with a code of a later version',
    problem(404, 'gone-fishing', 'Not here.', ''),
    'not-found',
    /^Not here\.$/,
  ],
  ['401 without a body', { status: 401, type: 'text/plain', text: '' }, 'access-denied', /lets nobody in/],
  [
    '404 without a body',
    { status: 404, type: 'text/plain', text: '' },
    'not-found',
    /knows no \/api\/v1\/status/,
  ],
  ['503 from a proxy', { status: 503, type: 'text/html', text: '<h1>down</h1>' }, 'unavailable', /HTTP 503/],
  [
    '500 without a reason',
    { status: 500, type: 'text/plain', text: 'oops' },
    'unexpected',
    /HTTP 500 without a reason/,
  ],
  ['a redirection', { status: 302, type: 'text/plain', text: '' }, 'unexpected', /HTTP 302/],
  [
    'a web page',
    { status: 200, type: 'text/html', text: '<html></html>' },
    'bad-document',
    /in a form that this command does not know/,
  ],
  ['JSON of another shape', { json: { schema: 'lifeboat/status/v2' } }, 'bad-document', /schema: /],
])('%s becomes a failure that says so', async (_, reply, code, message) => {
  await using app = await new FakeApp(region, { 'GET status': reply }).start();
  const failure = await failureOf(new ApiClient({ region, url: app.url }, tokens).call('status', {}));
  expect(failure.code).toBe(code);
  expect(failure.message).toMatch(message);
  expect(failure.message + failure.hint).not.toContain(fakeToken);
});

test.each([
  ['markdown', forms.reportMarkdown],
  ['jws', forms.reportSignature],
] as const)('a report as %s of another form is refused', async (form, read) => {
  await using app = await new FakeApp(region, {
    [`GET reports/lms/${drillId}?format=${form}`]: { json: {} },
  }).start();
  const client = new ApiClient({ region, url: app.url }, tokens);
  await expect(read(client, 'lms', drillId)).rejects.toMatchObject({ code: 'bad-document' });
});

test('a report that is no Markdown is refused', async () => {
  await using app = await new FakeApp(region, {
    [`GET reports/lms/${drillId}?format=markdown`]: { json: {} },
  }).start();
  const failure = await failureOf(
    forms.reportMarkdown(new ApiClient({ region, url: app.url }, tokens), 'lms', drillId),
  );
  expect(failure.code).toBe('bad-document');
});

test('a refused connection names the URL and what may be wrong', async () => {
  const app = await new FakeApp(region).start();
  await app.stop();
  const failure = await failureOf(new ApiClient({ region, url: app.url }, tokens).call('status', {}));
  expect(failure.code).toBe('unavailable');
  expect(failure.message).toBe(`${app.url} cannot be reached: the connection was refused.`);
  expect(failure.hint).toMatch(/may not be running/);
});

test('a server that never answers is given up after the deadline, and at once when the person interrupts', async () => {
  const server = createPlainServer(() => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const late = await failureOf(
    new ApiClient({ region, url }, tokens, { timeoutSeconds: 0.2 }).call('status', {}),
  );
  expect(late.message).toBe(`${url} did not answer within 0.2 s.`);
  const interruption = new AbortController();
  const asking = new ApiClient({ region, url }, tokens, { signal: interruption.signal }).call('status', {});
  interruption.abort(new Error('interrupted by the test'));
  await expect(asking).rejects.toThrow('interrupted by the test');
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

test('a further certificate authority is trusted when it is named, and only then', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lifeboat-tls-'));
  const { caFile, certFile, keyFile } = await ensureCertificates(folder);
  const [ca, cert, key] = await Promise.all(
    [caFile, certFile, keyFile].map((file) => readFile(file, 'utf8')),
  );
  const server = createServer({ cert, key }, (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(statusOf(region, [])));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const deployment = {
    region,
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
  };
  try {
    expect((await new ApiClient(deployment, tokens, { ca }).call('status', {})).region).toBe(region);
    const failure = await failureOf(new ApiClient(deployment, tokens).call('status', {}));
    expect(failure.message).toMatch(/certificate .* is not trusted/);
    expect(failure.retryable).toBe(false);
    expect(failure.hint).toContain('caFile');
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true });
  }
});
