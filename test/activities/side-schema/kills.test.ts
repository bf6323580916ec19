/**
 * A copy that dies at any statement, before its effect or after it, and is begun again: every row is there once. And what
 * is not this restore's own is neither written to nor dropped.
 */
import type { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { copyTable } from '../../../src/activities/side-schema/copy.ts';
import { tableRestore } from '../../../src/activities/side-schema/here.ts';
import type { OperationStart } from '../../../src/contracts/operations.ts';
import { vaultPaths } from '../../../src/contracts/vault-paths.ts';
import type { DatabaseSession, Databases } from '../../../src/ports/database.ts';
import { budget } from '../../budget.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';
import { scope } from '../../support/sample-estate.ts';
import {
  keeperOf,
  permitted,
  sideBySide,
  tableRestored,
  type Asked,
  type SideBySide,
} from '../../support/side-by-side.ts';

let server: TestPostgres;
let keeper: Databases;
let shop: SideBySide;
let asked: Asked;
let client: Client;
const schema = 'lifeboat_restored_20260301_020000';
const sql = `CREATE SCHEMA shop; CREATE TABLE shop.item (id int PRIMARY KEY, name text NOT NULL);
  CREATE INDEX item_name ON shop.item (name); INSERT INTO shop.item SELECT n, repeat('x', 100) FROM generate_series(1, 300) n`;

beforeAll(async () => {
  server = await startPostgres();
  keeper = await keeperOf(server);
  shop = await sideBySide(server, keeper, 'shop', { is: `${sql}; DELETE FROM shop.item`, was: sql });
  asked = await shop.plan(['shop.item']);
  await permitted(shop, asked);
  client = await server.connect(shop.source.name);
});
afterAll(() => server.stop());
beforeEach(() => run(`DROP SCHEMA IF EXISTS ${schema} CASCADE`));

const run = async <T extends object>(text: string): Promise<T[]> => (await client.query<T>(text)).rows;

/** A session that dies with its app at the n-th of what it is asked for. */
function dyingAt(
  session: DatabaseSession,
  counter: { left: number },
  fault: 'before' | 'after',
): DatabaseSession {
  const through = async <T>(work: () => Promise<T>): Promise<T> => {
    const isHere = (counter.left -= 1) === -1;
    if (isHere && fault === 'before') throw new Error('killed here');
    const value = await work();
    if (isHere) throw new Error('killed here');
    return value;
  };
  return {
    query: (text, values) => through(() => session.query(text, values)),
    batches: (text, size) => session.batches(text, size),
    copyOut: (text) => session.copyOut(text),
    copyIn: (text, pieces) => through(() => session.copyIn(text, pieces)),
  };
}

/** Copies, with a death once so many statements are through; whether it came to it. */
async function dies(counter: { left: number }, fault: 'before' | 'after'): Promise<boolean> {
  const of = await tableRestore(shop.world.deps, asked.on);
  const work = keeper.withSession(shop.restored, (restored) =>
    keeper.withSession(shop.source, (source) =>
      copyTable({
        ...{ of, table: 'shop.item', restored, timeIsUp: () => false, blocksAtOnce: 2 },
        source: dyingAt(source, counter, fault),
      }),
    ),
  );
  const said = await work.then(
    () => 'nothing',
    (thrown: unknown) => String(thrown),
  );
  if (!/nothing|killed here/.test(said)) throw new Error(said);
  return counter.left < 0;
}

/** Some of the statements, others each day. */
const today = Math.floor(Date.now() / 86_400_000);
const places = Array.from({ length: 2 * budget.restoreKills }, (_, index) => index);

test.each(places)(
  'a copy that dies at a statement (%i) and is begun again has every row once',
  async (place) => {
    await shop.world.value('makeSideSchema', asked.on);
    const counter = { left: 10_000 };
    expect(await dies(counter, 'before')).toBe(false);
    const at = (place * 7919 + today * 104_729) % (10_000 - counter.left);
    for (const fault of ['before', 'after'] as const) {
      await run(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
      await shop.world.value('makeSideSchema', asked.on);
      expect(await dies({ left: at }, fault)).toBe(true);
      const end = await tableRestored(shop.world, asked.on, 'shop.item');
      expect(end, `${fault} statement ${at}`).toMatchObject({ outcome: 'equal', rows: 300, problems: [] });
      const indexes = await run<{ n: number }>(
        `SELECT count(*)::int AS n FROM pg_indexes WHERE schemaname = '${schema}'`,
      );
      expect(indexes).toEqual([{ n: 2 }]);
    }
  },
);

test('two copies of one table at once end with every row once', async () => {
  await shop.world.value('makeSideSchema', asked.on);
  const ends = await Promise.all([1, 2, 3].map(() => tableRestored(shop.world, asked.on, 'shop.item')));
  expect(ends.map(({ outcome, rows }) => [outcome, rows])).toEqual([1, 2, 3].map(() => ['equal', 300]));
});

test('a copy whose rows were changed afterwards is different, and is not said to be taken over', async () => {
  await shop.world.value('makeSideSchema', asked.on);
  await tableRestored(shop.world, asked.on, 'shop.item');
  await run(`UPDATE ${schema}.item SET name = 'y' WHERE id = 7`);
  const end = await tableRestored(shop.world, asked.on, 'shop.item');
  expect(end).toMatchObject({ outcome: 'different', rows: 300, takeOver: [] });
});

test('a schema of that name that is not the restore’s is neither written to nor dropped', async () => {
  await run(`CREATE SCHEMA ${schema}; CREATE TABLE ${schema}.item (id int)`);
  await expect(shop.world.value('makeSideSchema', asked.on)).rejects.toThrow(/not of this restore/);
  await expect(tableRestored(shop.world, asked.on, 'shop.item')).rejects.toThrow(/not the one that/);
  const removed = await shop.world.value<OperationStart>('removeSideSchema', asked.on);
  expect(removed).toMatchObject({ state: 'failed', code: 'RemovalRefused' });
  expect(await run(`SELECT relname FROM pg_class WHERE oid = '${schema}.item'::regclass`)).toHaveLength(1);
  const [ledger] = shop.world.vault.paths(vaultPaths.ledgerSegments(scope));
  expect(shop.world.vault.text(ledger!)).toContain('"stage":"refused"');
  await run(`DROP SCHEMA ${schema} CASCADE`);
});

test('a table of the side schema that somebody else made is not written to', async () => {
  await shop.world.value('makeSideSchema', asked.on);
  await run(`CREATE TABLE ${schema}.item (id int, name text)`);
  await expect(tableRestored(shop.world, asked.on, 'shop.item')).rejects.toThrow(/is not the table that/);
});

test('the restore’s own schema is dropped with all that is in it, and with nothing else', async () => {
  await shop.world.value('makeSideSchema', asked.on);
  await tableRestored(shop.world, asked.on, 'shop.item');
  for (const detail of ['removed', 'absent'])
    expect(await shop.world.value('removeSideSchema', asked.on)).toEqual({ state: 'done', detail });
  expect(await run(`SELECT nspname FROM pg_namespace WHERE nspname IN ('shop', '${schema}')`)).toEqual([
    { nspname: 'shop' },
  ]);
  await shop.world.value('makeSideSchema', asked.on);
});
