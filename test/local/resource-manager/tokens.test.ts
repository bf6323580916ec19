import type { Server } from '@azure/arm-postgresql-flexible';
import { ManagedIdentityCredential } from '@azure/identity';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fast, group, identity, location, StandInFixture } from './fixture.ts';

const databaseScope = 'https://ossrdbms-aad.database.windows.net/.default';
let standIn: StandInFixture;
let prod: Server;
let password: string;

beforeAll(async () => {
  // Tokens are due for renewal two seconds after they were made.
  standIn = await StandInFixture.create({
    timing: { tokenLifetimeSeconds: 302, tokenRenewBeforeSeconds: 300 },
  });
  await standIn.start();
  prod = await standIn.createServer('prod');
  await standIn.admit('prod');
}, 30_000);
afterAll(() => standIn.remove());

test('a database token is the password of the identity, which is an administrator', async () => {
  password = await databaseToken();
  const [row] = await signIn<{ name: string; member: boolean }>(
    prod,
    password,
    "SELECT current_user AS name, pg_has_role('azure_pg_admin', 'MEMBER') AS member",
  );
  expect(row).toEqual({ name: identity.principal, member: true });
  await signIn(prod, password, 'CREATE DATABASE cases');
  await expect(signIn(prod, 'guess', 'SELECT 1')).rejects.toThrow(/password authentication failed/);
});

test('a restored server knows the token that was given out before it existed', async () => {
  const drill = await standIn.client().servers.beginCreateOrUpdateAndWait(
    group,
    'drill',
    {
      location,
      createMode: 'PointInTimeRestore',
      sourceServerResourceId: prod.id!,
      pointInTimeUTC: new Date(),
    },
    fast,
  );
  await standIn.admit('drill');
  expect(await signIn(drill, password, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  await standIn.client().servers.beginDeleteAndWait(group, 'drill', fast);
});

test('after a renewal the new token is the password and the old one is not', async () => {
  let renewed = password;
  await expect.poll(async () => (renewed = await databaseToken()), { timeout: 10_000 }).not.toBe(password);
  expect(await signIn(prod, renewed, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  await expect(signIn(prod, password, 'SELECT 1')).rejects.toThrow(/password authentication failed/);
  password = renewed;
});

test('the password survives a restart of the stand-in', async () => {
  expect(await standIn.stop('SIGTERM')).toBe(0);
  await standIn.start();
  expect(await signIn(prod, password, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

test('the credential fails while the identity service is down', async () => {
  await standIn.control('POST', '/identity', { down: true });
  const response = await fetch(`${standIn.addresses!.identityEndpoint}?api-version=2019-08-01&resource=x`);
  expect(response.status).toBe(500);
  await standIn.control('POST', '/identity', { down: false });
  expect(await databaseToken()).toMatch(/^ey/);
});

async function databaseToken(): Promise<string> {
  return (await new ManagedIdentityCredential().getToken(databaseScope)).token;
}

async function signIn<T extends Record<string, unknown>>(
  server: Server,
  secret: string,
  sql: string,
): Promise<T[]> {
  return standIn.query<T>(server, sql, { user: identity.principal, password: secret });
}
