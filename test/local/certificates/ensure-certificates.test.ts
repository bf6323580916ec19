import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ensureCertificates } from '../../../local/certificates/ensure-certificates.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(path.join(os.tmpdir(), 'certificates-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const days = (count: number): Date => new Date(Date.now() + count * 86_400_000);

test('a client that trusts ca.pem alone reaches the server by each loopback name', async () => {
  const paths = await ensureCertificates(dir);
  const ca = await readFile(paths.caFile);
  const server = https.createServer(
    { cert: await readFile(paths.certFile), key: await readFile(paths.keyFile) },
    (_request, response) => response.end('hello'),
  );
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const address = server.address() as AddressInfo;
  const ownHost = address.family === 'IPv6' ? '[::1]' : '127.0.0.1';
  try {
    for (const host of ['localhost', ownHost]) {
      expect(await getText(`https://${host}:${address.port}/`, ca)).toBe('hello');
    }
    await expect(getText(`https://localhost:${address.port}/`)).rejects.toThrow(/certificate/);
  } finally {
    server.close();
    server.closeAllConnections();
  }
});

test('names, validity and modes are as the stack needs them', async () => {
  const paths = await ensureCertificates(dir);
  const certificate = new X509Certificate(await readFile(paths.certFile));
  expect(certificate.subjectAltName).toContain('DNS:localhost');
  expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1');
  expect(certificate.checkIP('::1')).toBe('::1');
  expect(Date.parse(certificate.validFrom)).toBeLessThan(Date.now() - 23 * 3_600_000);
  expect((await stat(paths.keyFile)).mode & 0o777).toBe(0o600);
  expect((await stat(path.join(dir, 'ca.key'))).mode & 0o777).toBe(0o600);
});

test('good certificates are kept', async () => {
  const paths = await ensureCertificates(dir);
  const before = await readAll(paths);
  await ensureCertificates(dir);
  expect(await readAll(paths)).toEqual(before);
});

test('a server certificate that ends within 30 days is renewed by the same authority', async () => {
  const paths = await ensureCertificates(dir);
  const before = await readAll(paths);
  await ensureCertificates(dir, days(380));
  const after = await readAll(paths);
  expect(after[0]).toBe(before[0]);
  expect(after[1]).not.toBe(before[1]);
});

test('a server certificate that does not parse is renewed', async () => {
  const paths = await ensureCertificates(dir);
  await writeFile(paths.certFile, 'not a certificate');
  await ensureCertificates(dir);
  expect(new X509Certificate(await readFile(paths.certFile)).checkIP('127.0.0.1')).toBe('127.0.0.1');
});

test('a server key that belongs to another certificate is replaced', async () => {
  const paths = await ensureCertificates(dir);
  await writeFile(paths.keyFile, await readFile(path.join(dir, 'ca.key')));
  await ensureCertificates(dir);
  expect(await readFile(paths.keyFile, 'utf8')).not.toBe(await readFile(path.join(dir, 'ca.key'), 'utf8'));
});

test('a lost authority key makes a new authority and a server certificate signed by it', async () => {
  const paths = await ensureCertificates(dir);
  const [oldAuthority] = await readAll(paths);
  await rm(path.join(dir, 'ca.key'));
  await ensureCertificates(dir);
  const [authority, server] = await readAll(paths);
  expect(authority).not.toBe(oldAuthority);
  expect(new X509Certificate(server!).verify(new X509Certificate(authority!).publicKey)).toBe(true);
});

async function readAll(paths: { caFile: string; certFile: string; keyFile: string }): Promise<string[]> {
  return Promise.all([paths.caFile, paths.certFile, paths.keyFile].map((file) => readFile(file, 'utf8')));
}

async function getText(url: string, ca?: Buffer): Promise<string> {
  const request = https.get(url, { agent: false, ...(ca === undefined ? {} : { ca }) });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return text;
}
