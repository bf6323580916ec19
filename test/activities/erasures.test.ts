/** Erasures applied again to a real database that was restored: whole after whatever cuts them off, told where they fail. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { addErasures } from '../../src/activities/erasures.ts';
import { AzureDatabases } from '../../src/azure/databases.ts';
import { systemClock } from '../../src/azure/clock.ts';
import type { ErasuresApplied } from '../../src/contracts/erasures.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { canonicalJson, digestOf } from '../../src/policy/canonical-json.ts';
import type { Databases, DatabaseSession } from '../../src/ports/database.ts';
import { actorOf } from '../support/actors.ts';
import { examplePlan } from '../support/documents.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { scope, serverId } from '../support/sample-estate.ts';
import { makeWorld, type World } from '../support/world.ts';

const target = serverId('rg-restored-westeurope', 'shop-again');
const direct = 'DELETE FROM shop.person WHERE erasure = $1';
const called = 'SELECT shop.erase($1)';
const tables = `
  CREATE SCHEMA shop;
  CREATE TABLE shop.person (id int PRIMARY KEY, erasure text NOT NULL, name text NOT NULL);
  CREATE TABLE shop.address (person int NOT NULL REFERENCES shop.person ON DELETE CASCADE, street text);
  CREATE TABLE shop.invoice (person int NOT NULL REFERENCES shop.person, amount int);
  CREATE FUNCTION shop.erase(which text) RETURNS void LANGUAGE sql SECURITY DEFINER AS $$
    DELETE FROM shop.invoice USING shop.person p WHERE p.id = person AND p.erasure = which;
    DELETE FROM shop.person WHERE erasure = which $$;
  CREATE ROLE reader LOGIN IN ROLE pg_read_all_data;
  GRANT USAGE ON SCHEMA shop TO reader`;
const fill = `
  TRUNCATE shop.person, shop.address, shop.invoice;
  INSERT INTO shop.person SELECT n, 'e-' || lpad(n::text, 4, '0'), 'somebody ' || n FROM generate_series(1, 600) n;
  INSERT INTO shop.address SELECT n, 'a street' FROM generate_series(1, 600) n;
  INSERT INTO shop.invoice VALUES (7, 100), (600, 5)`;
let server: TestPostgres;
let world: World;
let digest: string;

beforeAll(async () => {
  server = await startPostgres();
  await server.create('shop', tables);
  const { superuserPassword } = server.cluster.options;
  await query(`ALTER ROLE reader PASSWORD '${superuserPassword}'`);
});
afterAll(() => server.stop());
beforeEach(async () => {
  await query(fill);
  worldOver(server.databases);
  const plan = {
    ...examplePlan,
    targets: [{ ...examplePlan.targets[0]!, target, name: 'shop' }],
  };
  digest = digestOf(plan);
  await world.vault.create(
    vaultPaths.plan(scope, digest),
    Buffer.from(canonicalJson(plan)),
    'application/json',
  );
});

async function query(sql: string): Promise<Record<string, unknown>[]> {
  const client = await server.connect('shop');
  return (await client.query<Record<string, unknown>>(sql)).rows;
}

function worldOver(databases: Databases, vault?: World['vault']): void {
  world = makeWorld(systemClock, { databases, ...(vault === undefined ? {} : { vault }) });
  world.servers.put({ id: target, address: server.address });
}
/** As the estate names it. */
const names = (erasure: string): void =>
  void Object.assign(world.deps.estate.systems[0]!.regions[0]!.databases[0]!, { erasure });
const ids = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => `e-${String(from + index).padStart(4, '0')}`);
const add = (some: readonly string[]): Promise<unknown> =>
  addErasures(world.deps, scope, { ids: some, erasedAt: undefined }, actorOf('clerk'));
const apply = (after?: string): Promise<ErasuresApplied & { next?: string }> =>
  world.value('applyErasures', {
    ...{ ...scope, plan: digest, database: 'main' },
    ...(after === undefined ? {} : { after }),
  });
const left = async (): Promise<string[]> =>
  (await query('SELECT erasure FROM shop.person ORDER BY 1')).map(({ erasure }) => String(erasure));
const count = async (table: string): Promise<number> =>
  Number((await query(`SELECT count(*) AS n FROM shop.${table}`))[0]!['n']);

test('go with what refers to them, and nobody else does', async () => {
  names(called);
  await add([...ids(1, 3), 'e-0007']);
  expect(await apply()).toEqual({ due: 4, applied: 4, problems: [] });
  expect(await left()).toEqual([...ids(4, 6), ...ids(8, 600)]);
  expect([await count('address'), await count('invoice')]).toEqual([596, 1]);
});

test('that were applied are applied again without harm, and one that finds nobody is no trouble', async () => {
  names(called);
  await add([...ids(1, 2), 'nobody-here']);
  const first = await apply();
  const before = await left();
  expect(await apply()).toEqual(first);
  expect(first).toEqual({ due: 3, applied: 3, problems: [] });
  expect(await left()).toEqual(before);
});

test('go on from portion to portion', async () => {
  names(called);
  await add(ids(1, 600));
  const { next, ...first } = await apply();
  expect(first).toEqual({ due: 500, applied: 500, problems: [] });
  expect(next).toBe('e-0500');
  expect(await left()).toEqual(ids(501, 600));
  expect(await apply(next)).toEqual({ due: 100, applied: 100, problems: [] });
  expect(await left()).toEqual([]);
});

test('that something else refers to stay, are told with why, and keep no other from going', async () => {
  names(direct);
  await add([...ids(5, 9), 'e-0600']);
  const { applied, due, problems } = await apply();
  expect([due, applied]).toEqual([6, 4]);
  expect(problems).toEqual([
    { id: 'e-0007', problem: expect.stringContaining('SQLSTATE 23503') as string },
    { id: 'e-0600', problem: expect.stringContaining('SQLSTATE 23503') as string },
  ]);
  // What the server says of it names tables, and nothing of the person.
  expect(JSON.stringify(problems)).not.toContain('somebody');
  expect(await left()).toEqual([...ids(1, 4), 'e-0007', ...ids(10, 600)]);
});

test.each([
  ['DELETE FROM shop.person WHERE', '42601'],
  ['SELECT shop.no_such_function($1)', '42883'],
  ['SELECT 1 / (length($1) - length($1))', '22012'],
])('by a statement that fails (%s) are told one by one, and nothing is gone', async (sql, state) => {
  names(sql);
  await add(ids(1, 2));
  const { applied, problems } = await apply();
  expect(applied).toBe(0);
  expect(problems.map(({ id, problem }) => `${id} ${/SQLSTATE \w+/.exec(problem)?.[0]}`)).toEqual(
    ids(1, 2).map((id) => `${id} SQLSTATE ${state}`),
  );
  expect(await count('person')).toBe(600);
});

test('are applied by a role that may only read, through a function that may more; without it they are told', async () => {
  const { superuserPassword } = server.cluster.options;
  const credential = {
    getToken: async () => ({ token: superuserPassword, expiresOnTimestamp: Date.now() + 3_600_000 }),
  };
  const vault = world.vault;
  worldOver(new AzureDatabases(credential, 'reader'), vault);
  names(direct);
  await add(ids(1, 1));
  expect((await apply()).problems).toMatchObject([{ id: 'e-0001', problem: /42501/ }]);
  expect(await count('person')).toBe(600);
  names(called);
  expect(await apply()).toEqual({ due: 1, applied: 1, problems: [] });
  expect(await count('person')).toBe(599);
});

describe('cut off', () => {
  /** A session that is lost before or behind its n-th erasure. */
  const losing = (nth: number, when: 'before' | 'after'): Databases => ({
    tryToConnect: (at) => server.databases.tryToConnect(at),
    withSession: (at, work) =>
      server.databases.withSession(at, async (session) => {
        let calls = 0;
        const lose = (): Promise<unknown> =>
          session.query('SELECT pg_terminate_backend(pg_backend_pid())').catch(() => undefined);
        const cut: DatabaseSession = {
          ...session,
          query: async (sql, values) => {
            calls += 1;
            if (calls === nth && when === 'before') await lose();
            const rows = await session.query(sql, values);
            if (calls === nth && when === 'after') await lose();
            return rows;
          },
        };
        return work(cut);
      }),
  });

  test.each([
    [1, 'before', 10],
    [1, 'after', 9],
    [4, 'before', 7],
    [4, 'after', 6],
  ] as const)(
    'at the %i. %s it, are tried again and end as if they had not been',
    async (nth, when, standing) => {
      const vault = world.vault;
      worldOver(losing(nth, when), vault);
      names(called);
      await add(ids(1, 10));
      const cut = await world.run('applyErasures', { ...scope, plan: digest, database: 'main' });
      expect(cut).toMatchObject({ outcome: 'failed', failure: { code: 'unavailable', retryable: true } });
      expect((await left()).filter((one) => one <= 'e-0010')).toHaveLength(standing);
      worldOver(server.databases, vault);
      names(called);
      expect(await apply()).toEqual({ due: 10, applied: 10, problems: [] });
      expect(await left()).toEqual(ids(11, 600));
    },
  );
});
