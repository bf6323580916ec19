/** Whether the setup of a database is there, asked of a real server by a role that has it and by one that has not. */
import type { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { databaseSetupSql, databaseSetupStateSql } from '../../src/contracts/database-setup.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';

let server: TestPostgres;
let client: Client;
beforeAll(async () => {
  server = await startPostgres();
  await server.create('prepared', '');
  client = await server.connect('prepared');
  await client.query('CREATE ROLE app; CREATE ROLE stranger');
  await client.query(databaseSetupSql('app'));
});
afterAll(() => server.stop());

async function statesFor(role: string, on = client): Promise<Record<string, string>> {
  await on.query(`SET ROLE ${role}`);
  const { rows } = await on.query<{ part: string; state: string }>(databaseSetupStateSql);
  await on.query('RESET ROLE');
  return Object.fromEntries(rows.map(({ part, state }) => [part, state]));
}

const parts = [
  ...['heartbeat', 'marker', 'exercise'].map((name) => `table lifeboat.${name}`),
  ...['role pg_read_all_data', 'role pg_maintain', 'extension pg_prewarm', 'extension amcheck'],
  ...['function bt_index_check', 'function verify_heapam'],
];

test('the role that it was made for finds every part', async () => {
  expect(await statesFor('app')).toEqual(Object.fromEntries(parts.map((part) => [part, 'ok'])));
});

test('another role finds what was not granted to it', async () => {
  const states = await statesFor('stranger');
  expect(Object.keys(states).toSorted()).toEqual(parts.toSorted());
  expect(parts.filter((part) => states[part] !== 'not granted')).toEqual([
    'extension pg_prewarm',
    'extension amcheck',
  ]);
});

test('one right that is missing is enough', async () => {
  await client.query('REVOKE DELETE ON lifeboat.marker FROM app; DROP EXTENSION pg_prewarm');
  const states = await statesFor('app');
  expect(parts.filter((part) => states[part] !== 'ok')).toEqual([
    'table lifeboat.marker',
    'extension pg_prewarm',
  ]);
  expect(states).toMatchObject({ 'table lifeboat.marker': 'not granted', 'extension pg_prewarm': 'missing' });
});

test('in a database without the setup everything is missing', async () => {
  const bare = await server.connect('postgres');
  const states = await statesFor('app', bare);
  expect(parts.filter((part) => !part.startsWith('role') && states[part] !== 'missing')).toEqual([]);
});
