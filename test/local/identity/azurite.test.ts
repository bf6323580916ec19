import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import os from 'node:os';
import path from 'node:path';
import { ManagedIdentityCredential } from '@azure/identity';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { ensureCertificates } from '../../../local/certificates/ensure-certificates.ts';
import { startIdentityEndpoint, type IdentityEndpoint } from '../../../local/identity/endpoint.ts';
import { TokenIssuer } from '../../../local/identity/token-issuer.ts';
import { chooseFreePort } from '../../../local/postgres/free-port.ts';

const account = 'clinicblobs';
let dir: string;
let azurite: ChildProcess;
let endpoint: IdentityEndpoint;
let ca: string;
let port: number;

beforeAll(async () => {
  dir = await mkdtemp(path.join(os.tmpdir(), 'azurite-'));
  const tls = await ensureCertificates(path.join(dir, 'certificates'));
  ca = await readFile(tls.caFile, 'utf8');
  port = await chooseFreePort();
  const args = ['--location', path.join(dir, 'blobs'), '--blobPort', String(port), '--oauth', 'basic'];
  azurite = spawn(
    process.execPath,
    [
      'node_modules/azurite/dist/src/blob/main.js',
      ...args,
      ...['--cert', tls.certFile, '--key', tls.keyFile, '--skipApiVersionCheck'],
    ],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, AZURITE_ACCOUNTS: `${account}:${btoa('a key that nobody uses here')}` },
    },
  );
  const identity = {
    name: 'app',
    clientId: '11111111-1111-4111-8111-111111111111',
    secret: 'app-secret',
    principal: 'app',
  };
  endpoint = await startIdentityEndpoint({
    port: 0,
    issuer: await TokenIssuer.open(path.join(dir, 'identity'), '44444444-4444-4444-8444-444444444444'),
    identities: [identity],
    beforeHandingOut: async () => undefined,
    isDown: () => false,
  });
  vi.stubEnv('IDENTITY_ENDPOINT', endpoint.url);
  vi.stubEnv('IDENTITY_HEADER', identity.secret);
  await waitUntilListening();
});

afterAll(async () => {
  vi.unstubAllEnvs();
  azurite.kill('SIGKILL');
  if (azurite.exitCode === null && azurite.signalCode === null) await once(azurite, 'exit');
  await endpoint.close();
  await rm(dir, { recursive: true, force: true });
});

test('Azurite accepts a token that the SDK gets from the endpoint, and no other', async () => {
  const { token } = await new ManagedIdentityCredential().getToken('https://storage.azure.com/.default');
  expect(await createContainer(token)).toBe(201);
  const forManagement = await new ManagedIdentityCredential().getToken(
    'https://management.azure.com/.default',
  );
  expect(await createContainer(forManagement.token)).toBe(403);
});

async function createContainer(token: string): Promise<number | undefined> {
  const request = https.request(`https://127.0.0.1:${port}/${account}/cases?restype=container`, {
    method: 'PUT',
    ca,
    agent: false,
    headers: { authorization: `Bearer ${token}`, 'x-ms-version': '2026-02-06', 'content-length': 0 },
  });
  request.end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode;
}

async function waitUntilListening(): Promise<void> {
  let output = '';
  await new Promise<void>((resolve, reject) => {
    azurite.stdout?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes('successfully listens')) resolve();
    });
    azurite.once('exit', () => reject(new Error(`Azurite ended: ${output}`)));
  });
}
