import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { ManagedIdentityCredential } from '@azure/identity';
import { decodeJwt } from 'jose';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startIdentityEndpoint, type IdentityEndpoint } from '../../../local/identity/endpoint.ts';
import { TokenIssuer, type Identity } from '../../../local/identity/token-issuer.ts';

const tenant = '72f988bf-0000-4000-8000-000000000001';
const west: Identity = {
  name: 'west',
  clientId: '11111111-1111-4111-8111-111111111111',
  secret: 'west-secret',
  principal: 'lifeboat-west',
};
const north: Identity = {
  name: 'north',
  clientId: '22222222-2222-4222-8222-222222222222',
  secret: 'north-secret',
  principal: 'lifeboat-north',
};
const storage = 'https://storage.azure.com';

let dir: string;
let endpoint: IdentityEndpoint;
let isDown = false;
let handedOut: string[] = [];

beforeEach(async () => {
  dir = await mkdtemp(path.join(os.tmpdir(), 'identity-'));
  isDown = false;
  handedOut = [];
  endpoint = await startEndpoint(await TokenIssuer.open(dir, tenant));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await endpoint.close();
  await rm(dir, { recursive: true, force: true });
});

async function startEndpoint(issuer: TokenIssuer): Promise<IdentityEndpoint> {
  return startIdentityEndpoint({
    port: 0,
    issuer,
    identities: [west, north],
    beforeHandingOut: async (identity, resource) => void handedOut.push(`${identity.name} ${resource}`),
    isDown: () => isDown,
  });
}

test('the unmodified credential of the SDK gets a token that Azurite and the resource manager understand', async () => {
  vi.stubEnv('IDENTITY_ENDPOINT', endpoint.url);
  vi.stubEnv('IDENTITY_HEADER', west.secret);
  const { token, expiresOnTimestamp } = await new ManagedIdentityCredential().getToken(`${storage}/.default`);
  const answeredAt = Date.now();
  const claims = decodeJwt(token);
  expect(claims).toMatchObject({
    aud: storage,
    iss: `https://sts.windows.net/${tenant}/`,
    appid: west.clientId,
    oid: west.clientId,
    tid: tenant,
  });
  // The SDK reckons the end from when it got the answer, in whole seconds: never before the token's own end by more than
  // that rounding, and never later than the answer was.
  expect(expiresOnTimestamp).toBeGreaterThanOrEqual(claims.exp! * 1000 - 1_000);
  expect(expiresOnTimestamp).toBeLessThanOrEqual(Math.ceil(answeredAt / 1000 + 3600) * 1000);
  expect(claims.exp! - claims.iat!).toBe(3600);
  expect(claims.nbf).toBeLessThanOrEqual(claims.iat!);
  expect(handedOut).toEqual([`west ${storage}`]);
});

test('concurrent callers and a restarted endpoint share one token', async () => {
  const tokens = await Promise.all(Array.from({ length: 8 }, () => request(west.secret, storage)));
  await endpoint.close();
  endpoint = await startEndpoint(await TokenIssuer.open(dir, tenant));
  tokens.push(await request(west.secret, `${storage}/`));
  expect(new Set(tokens.map((each) => each.body['access_token'])).size).toBe(1);
});

test('identities and resources have tokens of their own', async () => {
  const answers = [
    await request(west.secret, storage),
    await request(north.secret, storage),
    await request(west.secret, 'https://management.azure.com'),
  ];
  expect(new Set(answers.map((each) => each.body['access_token'])).size).toBe(3);
});

test('a token is replaced when it comes close to its end', async () => {
  const issuer = await TokenIssuer.open(dir, tenant, { lifetimeSeconds: 600, renewBeforeSeconds: 300 });
  const first = await issuer.issue(west, storage);
  expect((await issuer.issue(west, storage)).token).toBe(first.token);
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 299_000 });
  expect((await issuer.issue(west, storage)).token).toBe(first.token);
  vi.setSystemTime(Date.now() + 2_000);
  expect((await issuer.issue(west, storage)).token).not.toBe(first.token);
  expect(await issuer.check(first.token, [storage])).toBeUndefined();
  vi.setSystemTime(Date.now() + 400_000);
  expect(await issuer.check(first.token, [storage])).toBe('expired');
  vi.useRealTimers();
});

test('a token is refused for another audience, and when it was signed elsewhere', async () => {
  const issuer = await TokenIssuer.open(dir, tenant);
  const { token } = await issuer.issue(west, storage);
  expect(await issuer.check(token, ['https://management.azure.com/'])).toBe('wrong-audience');
  const elsewhere = await TokenIssuer.open(path.join(dir, 'elsewhere'), tenant);
  expect(await elsewhere.check(token, [storage])).toBe('invalid');
  expect(await issuer.check('not.a.token', [storage])).toBe('invalid');
});

test('requests that App Service would refuse are refused', async () => {
  expect((await request(undefined, storage)).status).toBe(400);
  expect((await request('guessed', storage)).status).toBe(401);
  expect((await request(west.secret, '')).status).toBe(400);
  expect((await request(west.secret, storage, { client_id: north.clientId })).status).toBe(400);
  expect((await request(west.secret, storage, { client_id: west.clientId })).status).toBe(200);
  expect((await request(west.secret, storage, { 'api-version': '2017-09-01' })).status).toBe(400);
});

test('a service that is switched off answers 500 and hands nothing out', async () => {
  isDown = true;
  expect((await request(west.secret, storage)).status).toBe(500);
  expect(handedOut).toEqual([]);
});

async function request(
  secret: string | undefined,
  resource: string,
  extra: Record<string, string> = {},
): Promise<{ status: number; body: Record<string, string> }> {
  const query = new URLSearchParams({ 'api-version': '2019-08-01', resource, ...extra });
  const headers = secret === undefined ? {} : { 'x-identity-header': secret };
  const response = await fetch(`${endpoint.url}?${query.toString()}`, { headers });
  return { status: response.status, body: (await response.json()) as Record<string, string> };
}
