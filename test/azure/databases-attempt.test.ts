/** A connection that is tried only to see whether it is let in, against a real server. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AzureDatabases } from '../../src/azure/databases.ts';
import { chooseFreePort } from '../../local/postgres/free-port.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';

let server: TestPostgres;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

const at = () => ({ address: server.address, name: 'postgres' });

test('a server that admits its client has let the connection in', async () => {
  expect(await server.databases.tryToConnect(at())).toMatchObject({ outcome: 'connected' });
});

test('a login that is refused was let in all the same: the network did not stop it', async () => {
  const stranger = new AzureDatabases(
    { getToken: async () => ({ token: 'wrong', expiresOnTimestamp: Date.now() + 60_000 }) },
    'nobody',
  );
  expect(await stranger.tryToConnect(at())).toMatchObject({
    outcome: 'connected',
    detail: expect.stringContaining('nobody') as string,
  });
});

test('a server whose rules admit nobody refuses', async () => {
  await server.cluster.admitClients(false);
  await server.cluster.reload();
  const stranger = new AzureDatabases(
    { getToken: async () => ({ token: 'wrong', expiresOnTimestamp: Date.now() + 60_000 }) },
    'nobody',
  );
  await expect.poll(() => stranger.tryToConnect(at())).toMatchObject({ outcome: 'refused' });
});

test('where nobody listens it is unclear', async () => {
  const address = `127.0.0.1:${await chooseFreePort()}`;
  expect(await server.databases.tryToConnect({ address, name: 'postgres' })).toMatchObject({
    outcome: 'unclear',
  });
});
