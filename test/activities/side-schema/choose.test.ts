/** What is refused when tables are planned, and again when the plan is carried out. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Databases } from '../../../src/ports/database.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';
import {
  keeperOf,
  permitted,
  sideBySide,
  tableRestored,
  type SideBySide,
} from '../../support/side-by-side.ts';

let server: TestPostgres;
let keeper: Databases;
const refusal = (text: string) => ({ code: 'refused', message: expect.stringContaining(text) as string });
const sql =
  'CREATE SCHEMA shop; CREATE TABLE shop.item (id int PRIMARY KEY); INSERT INTO shop.item VALUES (1)';

beforeAll(async () => {
  server = await startPostgres();
  keeper = await keeperOf(server);
});
afterAll(() => server.stop());
const shopOf = (name: string, is = sql, was = sql, tables = true): Promise<SideBySide> =>
  sideBySide(server, keeper, name, { is, was, tables });

test('an estate that does not say so lets no table be restored', async () => {
  const shop = await shopOf('unsaid');
  for (const { regions } of shop.world.deps.estate.systems) delete regions[0]!.restore!.tables;
  await expect(shop.plan(['shop.item'])).rejects.toMatchObject(refusal('does not let tables'));
});

test('a role that may make no schema is told what an administrator runs', async () => {
  const shop = await shopOf('rightless', sql, sql, false);
  await expect(shop.plan(['shop.item'])).rejects.toMatchObject({
    ...refusal('may not make a schema'),
    hint: expect.stringContaining('setup-sql --tables') as string,
  });
});

test('a plan goes stale where the right is taken away, or somebody takes the name', async () => {
  const shop = await shopOf('stale');
  const asked = await shop.plan(['shop.item']);
  const client = await server.connect(shop.source.name);
  await client.query(`CREATE SCHEMA ${asked.plan.name}`);
  await expect(permitted(shop, asked)).rejects.toMatchObject(refusal('has a schema'));
  await client.query(`DROP SCHEMA ${asked.plan.name}; REVOKE CREATE ON DATABASE stale_is FROM keeper`);
  await expect(permitted(shop, asked)).rejects.toMatchObject(refusal('may not make a schema'));
});

test('a table that the source does not have any more comes back by the statement that is told', async () => {
  const shop = await shopOf('dropped', 'CREATE SCHEMA shop');
  const asked = await shop.plan(['shop.item']);
  await permitted(shop, asked);
  await shop.world.value('makeSideSchema', asked.on);
  const end = await tableRestored(shop.world, asked.on, 'shop.item');
  expect(end).toMatchObject({ outcome: 'equal', rows: 1 });
  const client = await server.connect(shop.source.name);
  await client.query(end.takeOver[0]!.sql);
  expect((await client.query('SELECT * FROM shop.item')).rows).toEqual([{ id: 1 }]);
  await expect(client.query('INSERT INTO shop.item VALUES (1)')).rejects.toThrow(/duplicate key/);
});

test('a type that the source does not have is named when the table is carried', async () => {
  const typed =
    "CREATE SCHEMA shop; CREATE TYPE shop.mood AS ENUM ('good'); CREATE TABLE shop.item (mood shop.mood)";
  const shop = await shopOf('typeless', 'CREATE SCHEMA shop', typed);
  const asked = await shop.plan(['shop.item']);
  await permitted(shop, asked);
  await shop.world.value('makeSideSchema', asked.on);
  await expect(tableRestored(shop.world, asked.on, 'shop.item')).rejects.toThrow(/the type shop\.mood/);
});

test('a table that what was restored does not have is named', async () => {
  const shop = await shopOf('later', sql, 'CREATE SCHEMA shop');
  const asked = await shop.plan(['shop.item']);
  await permitted(shop, asked);
  await shop.world.value('makeSideSchema', asked.on);
  await expect(tableRestored(shop.world, asked.on, 'shop.item')).rejects.toThrow(
    /is not in what was restored/,
  );
});

test('nothing is carried without a permit, nor a table that is not in the plan', async () => {
  const shop = await shopOf('unpermitted');
  const asked = await shop.plan(['shop.item']);
  await expect(shop.world.value('makeSideSchema', asked.on)).rejects.toThrow(/is not permitted/);
  await permitted(shop, asked);
  await expect(tableRestored(shop.world, asked.on, 'shop.other')).rejects.toThrow(/is not in the plan/);
});
