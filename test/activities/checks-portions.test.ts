/** Checks of whole databases on a real PostgreSQL: stretch by stretch, in as many portions, they say what one reading says. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { CheckAnswer, CheckContext } from '../../src/activities/checks/check.ts';
import { boundedDatabases } from '../../src/activities/checks/bounded-databases.ts';
import { DatabaseError, isBrokenOff, type Databases } from '../../src/ports/database.ts';
import { checkedShop, type CheckedShop } from '../support/checked-shop.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';

/** Tables of many blocks. Of `late` the rows of the last blocks alone cannot be hashed as records. */
const largeSql = `
  CREATE TABLE shop.big AS SELECT n AS id, repeat('x', 300) AS filler FROM generate_series(1, 1000) n;
  CREATE INDEX big_id ON shop.big (id);
  CREATE TABLE shop.late AS
    SELECT n AS id, repeat('y', 300) AS filler, CASE WHEN n > 700 THEN ARRAY['{"a": 1}'::json] END AS docs
    FROM generate_series(1, 1000) n;
  CREATE TABLE shop.empty (id int)`;
const looksOfPortion = 12;
const wholly = { timeIsUp: () => false, blocksAtOnce: 1_000_000 };

let server: TestPostgres;
let shop: CheckedShop;
let databases = 0;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());
beforeEach(async () => {
  shop = await checkedShop(server, `portions_${(databases += 1)}`, largeSql);
});

/** Runs a check in stretches of four blocks, some of them a portion; the portions come with the answer. */
async function inPortions(
  id: string,
  changes: Partial<CheckContext> = {},
): Promise<{ answer: CheckAnswer; portions: number }> {
  let looks = 0;
  const timeIsUp = (): boolean => (looks += 1) % looksOfPortion === 0;
  const answer = await shop.run(id, { timeIsUp, blocksAtOnce: 4, ...changes });
  return { answer, portions: Math.ceil(looks / looksOfPortion) };
}

test.each([
  ['fingerprint', 1],
  ['pages', 10],
  ['indexes', 10],
])('the check of %s answers in many portions as in one', async (id, atLeast) => {
  const whole = await shop.run(id, wholly);
  expect(whole).toMatchObject({ status: 'passed' });
  const { answer, portions } = await inPortions(id);
  expect(answer).toEqual(whole);
  expect(portions).toBeGreaterThan(atLeast);
});

test.each([
  ['a row of a late block is another', "UPDATE shop.big SET filler = 'z' WHERE id = 990", 'content-differs'],
  ['the last rows are gone', 'DELETE FROM shop.big WHERE id > 900; VACUUM shop.big', 'rows-differ'],
  [
    'two rows have exchanged a value',
    'UPDATE shop.late SET id = 1001 - id WHERE id IN (1, 1000)',
    'content-differs',
  ],
])('the fingerprint tells in many portions that %s', async (_what, sql, verdict) => {
  for (const statement of sql.split('; ')) await shop.client.query(statement);
  const { answer } = await inPortions('fingerprint');
  expect(answer).toMatchObject({ status: 'failed', findingCount: 1 });
  expect(answer.detail).toContainEqual(expect.objectContaining({ verdict }));
  expect(await shop.run('fingerprint', wholly)).toEqual(answer);
});

test('an index that does not know a row is found in many portions', async () => {
  await shop.client.query(
    "UPDATE pg_index SET indisready = false WHERE indexrelid = 'shop.big_id'::regclass",
  );
  await shop.client.query("INSERT INTO shop.big VALUES (5000, 'unknown to the index')");
  await shop.client.query("UPDATE pg_index SET indisready = true WHERE indexrelid = 'shop.big_id'::regclass");
  expect((await inPortions('indexes')).answer).toMatchObject({
    status: 'failed',
    findings: [expect.stringMatching(/^index shop\.big_id: heap tuple .* lacks matching index tuple/)],
  });
});

/** The server, but for the verification of one index, which it breaks off. */
const breakingOff = (index: string): Databases => ({
  ...server.databases,
  withSession: (at, work) =>
    server.databases.withSession(at, (session) =>
      work({
        ...session,
        async query(sql, values) {
          if (!sql.includes('bt_index_check')) return session.query(sql, values);
          const [row] = await session.query('SELECT $1::oid::regclass::text AS name', values);
          if (row?.['name'] === index) throw new DatabaseError('57014', 'canceling statement');
          return session.query(sql, values);
        },
      }),
    ),
  tryToConnect: (at) => server.databases.tryToConnect(at),
});

test('an index that takes too long is named with its size, and the others are looked at all the same', async () => {
  const deps = { ...shop.context.deps, databases: breakingOff('shop.big_id') };
  const { answer } = await inPortions('indexes', { deps });
  expect(answer).toMatchObject({ status: 'inconclusive', findingCount: 1 });
  expect(answer.findings[0]).toMatch(/^index shop\.big_id \(\d+ kB\) was not verified within 1200 s;/);
  await shop.client.query(
    "UPDATE pg_index SET indisready = false WHERE indexrelid = 'shop.item_pkey'::regclass",
  );
  await shop.client.query("INSERT INTO shop.item VALUES (5000, 'unknown to the index')");
  await shop.client.query(
    "UPDATE pg_index SET indisready = true WHERE indexrelid = 'shop.item_pkey'::regclass",
  );
  expect(await shop.run('indexes', { deps })).toMatchObject({ status: 'failed', findingCount: 1 });
});

test('no statement of a check lasts longer than its bound', async () => {
  const bounded = boundedDatabases(server.databases, 1);
  const broken = await bounded
    .withSession(shop.context.at, (session) => session.query('SELECT pg_sleep(20)'))
    .catch((thrown: unknown) => thrown);
  expect(isBrokenOff(broken)).toBe(true);
});
