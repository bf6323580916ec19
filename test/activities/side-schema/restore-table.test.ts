/** Chosen tables from a restored database into a side schema of the source's, on a real PostgreSQL, as the role of the setup. */
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
let shop: SideBySide;

const structure = `
  CREATE ROLE clerk; CREATE SCHEMA shop;
  CREATE TYPE shop.state AS ENUM ('new', 'paid');
  CREATE DOMAIN shop.email AS varchar(80) CHECK (VALUE LIKE '%@%');
  CREATE FUNCTION shop.is_fine(int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 > 0';
  CREATE TABLE shop.person (id int PRIMARY KEY, mail shop.email);
  CREATE TABLE shop.orders (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, serial bigserial, person int REFERENCES shop.person,
    state shop.state NOT NULL DEFAULT 'new', mail shop.email, amount numeric(12,2) CHECK (amount >= 0),
    double numeric GENERATED ALWAYS AS (amount * 2) STORED, at timestamptz DEFAULT now(), note text COLLATE "C", raw bytea,
    body jsonb, tags text[], ratio float8, span interval, code char(4) UNIQUE, fine int CHECK (shop.is_fine(fine)),
    states shop.state[]);
  CREATE INDEX orders_note ON shop.orders (lower(note)) WHERE note IS NOT NULL;
  CREATE INDEX "odd USING name" ON shop.orders USING hash (state);
  CREATE INDEX orders_fine ON shop.orders (shop.is_fine(fine));
  CREATE TABLE shop.plain (body json, place point);
  CREATE TABLE shop.empty (id int PRIMARY KEY);
  CREATE TABLE shop.guarded (id int); ALTER TABLE shop.guarded ENABLE ROW LEVEL SECURITY;
  CREATE TABLE shop.parts (id int) PARTITION BY RANGE (id); CREATE TABLE shop.parts_1 PARTITION OF shop.parts FOR VALUES FROM (0) TO (9);
  CREATE TYPE shop.pair AS (a int, b int); CREATE TABLE shop.paired (id int, pair shop.pair);
  ALTER TABLE shop.orders OWNER TO clerk`;
const rows = `
  INSERT INTO shop.person SELECT n, 'p' || n || '@example' FROM generate_series(1, 50) n;
  INSERT INTO shop.orders (person, state, mail, amount, at, note, raw, body, tags, ratio, span, code, fine, states)
    SELECT n, CASE WHEN n % 2 = 0 THEN 'paid' ELSE 'new' END::shop.state, 'a@b', n / 7.0,
      CASE n WHEN 1 THEN 'infinity'::timestamptz ELSE now() - n * interval '1 hour' END,
      CASE n % 5 WHEN 0 THEN NULL WHEN 1 THEN E'tab\\t new\\nline \\\\. back\\\\slash' WHEN 2 THEN '' ELSE 'ünïcode ☃' || repeat('x', n * 90) END,
      decode(lpad(to_hex(n), 4, '0'), 'hex'), jsonb_build_object('n', n, 'a', ARRAY[1, n]), ARRAY['a,b', NULL, '"q"'],
      CASE n WHEN 3 THEN 'NaN'::float8 WHEN 4 THEN 1e-300 ELSE 1.0 / n END, n * interval '1 month 3.5 seconds', n::text, n, ARRAY['new']::shop.state[]
    FROM generate_series(1, 50) n;
  INSERT INTO shop.plain SELECT '{"a": 1}', point(1, 2) FROM generate_series(1, 9)`;

beforeAll(async () => {
  server = await startPostgres();
  keeper = await keeperOf(server);
  const is = `${structure}; ${rows}; DELETE FROM shop.orders WHERE id > 10; UPDATE shop.orders SET note = 'changed' WHERE id < 5; ALTER TABLE shop.orders ADD COLUMN later int`;
  shop = await sideBySide(server, keeper, 'shop', {
    is,
    was: `${structure.replace('CREATE ROLE clerk;', '')}; ${rows}`,
  });
});
afterAll(() => server.stop());

test.each([
  ['shop.parts', 'it is partitioned: choose its partitions'],
  ['shop.guarded', 'it has row security'],
  ['shop.paired', 'its column pair is of the type shop.pair, which is the database’s own'],
])('of which %s cannot be carried are refused in the plan, with the reason', async (table, reason) => {
  await expect(shop.plan(['shop.plain', table])).rejects.toMatchObject({
    code: 'refused',
    message: expect.stringContaining(reason) as string,
  });
});

test('come with every row, with keys, indexes and checks, and leave what the source has as it is', async () => {
  const asked = await shop.plan(['shop.orders', 'shop.plain', 'shop.empty', 'shop.parts_1']);
  const { schema, chosen } = asked.plan.tables!;
  expect(schema).toBe('lifeboat_restored_20260301_020000');
  expect(chosen[0]!.leftOut).toEqual([
    'the numbering of column id',
    "the default of column serial: nextval('shop.orders_serial_seq'::regclass)",
    'the domain shop.email of column mail, which is character varying(80)',
    'the expression of column double, which holds what it held',
    'check orders_fine_check, which calls code of the database’s own',
    'foreign key orders_person_fkey: FOREIGN KEY (person) REFERENCES shop.person(id)',
    'index orders_fine, which calls code of the database’s own',
  ]);
  await permitted(shop, asked);
  const client = await server.connect(shop.source.name);
  const before = await client.query('SELECT * FROM shop.orders ORDER BY id');
  await shop.world.value('makeSideSchema', asked.on);
  const orders = await tableRestored(shop.world, asked.on, 'shop.orders');
  expect(orders).toMatchObject({ outcome: 'equal', rows: 50, problems: [], leftOut: chosen[0]!.leftOut });
  for (const [table, many] of [
    ['shop.plain', 9],
    ['shop.empty', 0],
    ['shop.parts_1', 0],
  ] as const)
    expect(await tableRestored(shop.world, asked.on, table)).toMatchObject({ outcome: 'equal', rows: many });
  const again = await tableRestored(shop.world, asked.on, 'shop.orders');
  expect(again).toEqual(orders);

  const { rows: parts } = await client.query<{ name: string }>(
    `SELECT conname AS name FROM pg_constraint WHERE conrelid = '${schema}.orders'::regclass AND contype <> 'n'
     UNION ALL SELECT indexname FROM pg_indexes WHERE schemaname = '${schema}' AND tablename = 'orders' ORDER BY 1`,
  );
  expect(parts.map(({ name }) => name)).toEqual([
    ...['odd USING name', 'orders_amount_check', 'orders_code_key', 'orders_code_key', 'orders_note'],
    ...['orders_pkey', 'orders_pkey'],
  ]);
  expect((await client.query('SELECT * FROM shop.orders ORDER BY id')).rows).toEqual(before.rows);

  const [back, overwrite] = orders.takeOver;
  await client.query(back!.sql);
  const gone =
    "SELECT count(*)::int AS rows, count(*) FILTER (WHERE note = 'changed')::int AS changed FROM shop.orders";
  expect((await client.query(gone)).rows).toEqual([{ rows: 50, changed: 4 }]);
  await client.query(overwrite!.sql);
  expect((await client.query(gone)).rows).toEqual([{ rows: 50, changed: 0 }]);
  await client.query(`SET ROLE clerk; SELECT count(*) FROM ${schema}.orders; RESET ROLE`);
  await client.query(`SET ROLE clerk; ${asked.plan.tables!.remove}; RESET ROLE`);
  const left = 'SELECT count(*)::int AS n FROM pg_namespace WHERE nspname = $1';
  expect((await client.query(left, [schema])).rows).toEqual([{ n: 0 }]);
});
