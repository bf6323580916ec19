/** The sample application by itself: what it says before it is pointed at a database, and whose orders it follows. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ensureCertificates } from '../../../local/certificates/ensure-certificates.ts';
import {
  startSampleApplication,
  type SampleApplication,
} from '../../../local/sample-application/application.ts';
import { PlainHttpRequests } from '../../../src/azure/http-requests.ts';
import type { SmokeStart } from '../../../src/contracts/smoke.ts';

const http = new PlainHttpRequests({ getToken: () => Promise.resolve(null) });
const trusted = tls.getCACertificates('default');
let folder: string;
let application: SampleApplication;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sample-application-'));
  const { certFile, keyFile, caFile } = await ensureCertificates(folder);
  tls.setDefaultCACertificates([...trusted, await readFile(caFile, 'utf8')]);
  const identity = { endpoint: 'http://127.0.0.1:1/msi/token', clientId: 'c', header: 'h', role: 'r' };
  application = await startSampleApplication({ port: 0, tls: { certFile, keyFile }, identity });
});
afterAll(async () => {
  await application.close();
  tls.setDefaultCACertificates(trusted);
  await rm(folder, { recursive: true });
});

const ask = async (method: 'GET' | 'POST', at: string, body?: object): Promise<number> => {
  const url = `${application.url}${at}`;
  const more = body === undefined ? {} : { body };
  return (await http.send({ method, url, ...more, timeoutSeconds: 10, mostBytes: 1000 })).status;
};

const scope = { system: 'lms', region: 'eastus' };
const start: SmokeStart = {
  ...{ schema: 'lifeboat/smoke-start/v1', run: 'drill-1', ...scope },
  databases: [
    { database: 'lms', host: '127.0.0.1', port: 1, name: 'lms', instant: '2026-03-01T01:30:00.000Z' },
  ],
  until: '2026-03-02T01:30:00.000Z',
};
const stop = (run: string): object => ({ schema: 'lifeboat/smoke-stop/v1', run, ...scope });

test('it is not ready without a database, follows no order that is none, and forgets only its own run', async () => {
  expect(await ask('GET', '/health')).toBe(503);
  expect(await ask('GET', '/constructor')).toBe(404);
  expect(await ask('POST', '/hooks/start', { run: 'drill-1' })).toBe(400);
  expect(await ask('POST', '/hooks/start', start)).toBe(202);
  // Pointed at a server that is not there.
  expect(await ask('GET', '/health')).toBe(500);
  expect(await ask('POST', '/hooks/stop', stop('drill-2'))).toBe(200);
  expect(await ask('GET', '/health')).toBe(500);
  expect(await ask('POST', '/hooks/stop', stop('drill-1'))).toBe(200);
  expect(await ask('GET', '/health')).toBe(503);
});

test('a system runs where it was pointed last, whatever a drill does meanwhile', async () => {
  const point = {
    schema: 'sample-application/point/v1',
    system: 'lms',
    host: '127.0.0.1',
    port: '1',
    database: 'lms',
  };
  expect(await ask('GET', '/production/lms')).toBe(503);
  expect(await ask('POST', '/hooks/point', { ...point, port: 'x' })).toBe(400);
  expect(await ask('POST', '/hooks/point', point)).toBe(200);
  // Pointed at a server that is not there.
  expect(await ask('GET', '/production/lms')).toBe(500);
  expect(await ask('GET', '/production/other')).toBe(503);
  expect(await ask('GET', '/health')).toBe(503);
});
