/** The check of the schema on a real database: every kind of object, what it is and what it was. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { checkedShop, type CheckedShop } from '../support/checked-shop.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';

const schemaSql = `
  CREATE ROLE shop_clerk_NUMBER;
  CREATE TYPE shop.state AS ENUM ('open', 'done');
  CREATE DOMAIN shop.amount AS int CHECK (VALUE >= 0);
  CREATE TABLE shop.job (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, state shop.state NOT NULL DEFAULT 'open',
    amount shop.amount, at timestamptz DEFAULT now(), CONSTRAINT sound CHECK (amount < 1000));
  INSERT INTO shop.job (amount) SELECT n FROM generate_series(1, 50) n;
  CREATE INDEX job_at ON shop.job (at) WHERE amount > 1;
  CREATE VIEW shop.open_job AS SELECT id FROM shop.job WHERE state = 'open';
  CREATE MATERIALIZED VIEW shop.total AS SELECT sum(amount) FROM shop.job;
  CREATE FUNCTION shop.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.at := now(); RETURN NEW; END';
  CREATE TRIGGER touched BEFORE UPDATE ON shop.job FOR EACH ROW EXECUTE FUNCTION shop.touch();
  CREATE AGGREGATE shop.all_of(bool) (SFUNC = booland_statefunc, STYPE = bool);
  ALTER TABLE shop.orders ENABLE ROW LEVEL SECURITY;
  CREATE POLICY own ON shop.orders USING (amount > 0);
  GRANT SELECT ON shop.item TO shop_clerk_NUMBER;
  CREATE TABLE shop.part (n int) PARTITION BY RANGE (n);
  CREATE TABLE shop.part_one PARTITION OF shop.part FOR VALUES FROM (0) TO (10);
  CREATE STATISTICS shop.s ON id, amount FROM shop.job;
  CREATE PUBLICATION changes_NUMBER FOR TABLE shop.item`;

let server: TestPostgres;
let shop: CheckedShop;
let databases = 0;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());
beforeEach(async () => {
  const number = String((databases += 1));
  shop = await checkedShop(server, `schema_${number}`, schemaSql.replaceAll('NUMBER', number));
});
const named = (sql: string): string => sql.replaceAll('NUMBER', String(databases));

test('the schema that was recorded passes', async () => {
  expect(await shop.run('schema')).toMatchObject({ status: 'passed', findings: [] });
});

test.each([
  [
    'a type',
    'ALTER TABLE shop.item ALTER name TYPE varchar(9)',
    /^column shop\.item\.name is another: recorded "2\. text, access default", found "2\. character varying\(9\)/,
  ],
  [
    'a default',
    'ALTER TABLE shop.job ALTER at DROP DEFAULT',
    /^column shop\.job\.at is another: recorded ".*default now\(\)/,
  ],
  ['nullability', 'ALTER TABLE shop.item ALTER name SET NOT NULL', /^column shop\.item\.name is another/],
  ['a column', 'ALTER TABLE shop.item ADD extra int', /^column shop\.item\.extra was not there before$/],
  ['a table', 'DROP TABLE shop.part', /^table shop\.part_one is missing$/],
  ['a constraint', 'ALTER TABLE shop.job DROP CONSTRAINT sound', /^constraint shop\.job\.sound is missing$/],
  [
    'a foreign key',
    'ALTER TABLE shop.orders DROP CONSTRAINT orders_item_fkey',
    /^constraint shop\.orders\.orders_item_fkey is missing$/,
  ],
  [
    'an index',
    'DROP INDEX shop.job_at; CREATE INDEX job_at ON shop.job (at)',
    /^index shop\.job_at is another: .*WHERE/,
  ],
  [
    'a view',
    "CREATE OR REPLACE VIEW shop.open_job AS SELECT id FROM shop.job WHERE state = 'done'",
    /^view shop\.open_job is another/,
  ],
  ['a materialized view', 'DROP MATERIALIZED VIEW shop.total', /^materialized view shop\.total is missing$/],
  [
    'a function',
    "CREATE OR REPLACE FUNCTION shop.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    /^function shop\.touch\(\) is another: recorded "sha256-/,
  ],
  [
    'a trigger',
    'ALTER TABLE shop.job DISABLE TRIGGER touched',
    /^trigger shop\.job\.touched is another: .*enabled O".*enabled D"$/,
  ],
  ['a policy', 'ALTER POLICY own ON shop.orders USING (true)', /^policy shop\.orders\.own is another/],
  [
    'row security',
    'ALTER TABLE shop.orders DISABLE ROW LEVEL SECURITY',
    /^table shop\.orders is another: .*row security t.*row security f/,
  ],
  [
    'a grant',
    'REVOKE SELECT ON shop.item FROM shop_clerk_NUMBER',
    /^table shop\.item is another: .*shop_clerk_/,
  ],
  [
    'an owner',
    'ALTER TABLE shop.item OWNER TO shop_clerk_NUMBER',
    /^table shop\.item is another: .*owner shop_clerk_/,
  ],
  [
    'an enum',
    "ALTER TYPE shop.state ADD VALUE 'late'",
    /^type shop\.state is another: .*'open', 'done', 'late'/,
  ],
  ['a domain', 'ALTER DOMAIN shop.amount SET DEFAULT 3', /^type shop\.amount is another/],
  ['an extension', 'DROP EXTENSION pg_prewarm', /^extension pg_prewarm is missing$/],
  [
    'a sequence',
    'ALTER TABLE shop.job ALTER id SET INCREMENT 7',
    /^sequence shop\.job_id_seq is another: .* by 1,.* by 7,/,
  ],
  [
    'what a sequence gave out',
    "SELECT setval('shop.job_id_seq', 10)",
    /^sequence value shop\.job_id_seq is behind: it had given out 50, and stands at 10$/,
  ],
  ['the publication', 'DROP PUBLICATION changes_NUMBER', /^publication changes_\d+ is missing$/],
  ['statistics', 'DROP STATISTICS shop.s', /^statistics shop\.s is missing$/],
  [
    'the default privileges',
    'ALTER DEFAULT PRIVILEGES IN SCHEMA shop GRANT SELECT ON TABLES TO shop_clerk_NUMBER',
    /^default privileges of .* was not there before$/,
  ],
  [
    'a setting of the database',
    "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem = 99999', current_database()); END $$",
    /^setting of everybody was not there before$/,
  ],
])('%s that is another is found and named', async (_what, sql, finding) => {
  const answer = await shop.after(named(sql), 'schema');
  expect(answer.status).toBe('failed');
  expect(answer.findings).toContainEqual(expect.stringMatching(finding));
});

test('a sequence that is ahead is none: recovery lets sequences jump', async () => {
  expect(await shop.after("SELECT setval('shop.job_id_seq', 82)", 'schema')).toMatchObject({
    status: 'passed',
  });
});

describe('there is no answer', () => {
  const { run } = {
    run: (changes: object) => {
      const recorded = shop.context.recorded!;
      return shop.run('schema', {
        recorded: { ...recorded, fingerprint: { ...recorded.fingerprint, ...changes } },
      });
    },
  };

  test('where no schema was recorded, or it was altered meanwhile', async () => {
    expect(await run({ catalogue: undefined })).toMatchObject({ status: 'inconclusive' });
    expect(
      await run({ catalogue: { ...shop.context.recorded!.fingerprint.catalogue, isSteady: false } }),
    ).toMatchObject({
      status: 'inconclusive',
      actual: expect.stringContaining('altered while the point was taken') as string,
    });
    expect(await run({ catalogue: undefined, catalogueProblem: 'denied' })).toMatchObject({
      actual: expect.stringContaining('denied') as string,
    });
  });

  test.each([
    ['cut', (text: string) => text.split('\n').slice(0, -4).join('\n')],
    ['changed', (text: string) => text.replace('shop.orders', 'shop.others')],
    ['spoilt', (text: string) => text.replace('["', '["\\')],
  ])('from a description that was %s', async (_how, change) => {
    shop.world.vault.put('s', change(shop.world.vault.text('s')));
    await expect(shop.run('schema')).rejects.toMatchObject({ code: 'bad-document' });
  });
});
