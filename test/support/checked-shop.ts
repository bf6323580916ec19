/**
 * A restored database on a real PostgreSQL as a check sees it: a shop of three items, its blobs, and what a snapshot
 * recorded of them.
 */
import { createHash } from 'node:crypto';
import type { Client } from 'pg';
import type { CheckAnswer, CheckContext, Recorded } from '../../src/activities/checks/check.ts';
import { checkById } from '../../src/activities/checks/registry.ts';
import { takeFingerprintOf, type FingerprintSource } from '../../src/activities/fingerprint.ts';
import { writeInventory, type InventoryEntry } from '../../src/activities/inventory.ts';
import { scoped } from '../../src/activities/scope.ts';
import { describeSchema, writeSchema } from '../../src/activities/schema/schema-document.ts';
import { isoOf } from '../../src/contracts/values.ts';
import { addressFromHex, type ContentAddress } from '../../src/policy/content-address.ts';
import type { DatabaseAddress } from '../../src/ports/database.ts';
import { digest, examplePlan, examplePoint } from './documents.ts';
import type { TestPostgres } from './postgres.ts';
import { scope } from './sample-estate.ts';
import { VirtualWallClock } from './wall-clock.ts';
import { makeWorld, type World } from './world.ts';

export const contents = ['one', 'two', 'three'];
export const hexOf = (content: string): string => createHash('sha256').update(content).digest('hex');

const shopSql = `
  CREATE SCHEMA shop;
  CREATE TABLE shop.item (id int PRIMARY KEY, name text, content text);
  CREATE TABLE shop.orders (id int PRIMARY KEY, item int REFERENCES shop.item, amount int);
  INSERT INTO shop.item VALUES ${contents.map((one, n) => `(${n}, 'item', '${hexOf(one)}')`).join(', ')};
  INSERT INTO shop.orders SELECT n, n % 3, n FROM generate_series(1, 100) n;
  INSERT INTO lifeboat.heartbeat (slot, writer) VALUES (date_trunc('minute', now()), 'x')`;

/** Writes the inventory that a snapshot would have written. */
async function inventoryOf(
  world: World,
  addresses: readonly string[],
): Promise<{ path: string; digest: string; addresses: number }> {
  async function* entries(): AsyncGenerator<InventoryEntry> {
    for (const hex of addresses.toSorted())
      yield { address: addressFromHex('sha256', hex) as ContentAddress, held: 'both' };
  }
  return { path: 'i', ...(await writeInventory(world.vault, 'i', {}, entries())) };
}

async function catalogueOf(
  server: TestPostgres,
  at: DatabaseAddress,
  world: World,
): Promise<NonNullable<Recorded['fingerprint']['catalogue']>> {
  const { definitions: _definitions, ...written } = await server.databases.withSession(at, (session) =>
    writeSchema(world.vault, 's', {}, describeSchema(session)),
  );
  return { ...written, isSteady: true };
}

export interface CheckedShop {
  readonly world: World;
  readonly context: CheckContext;
  /** A session outside the product. */
  readonly client: Client;
  /** Runs a check to its end, however many portions it takes. */
  readonly run: (id: string, changes?: Partial<CheckContext>) => Promise<CheckAnswer>;
  /** Runs a check after changing the restored database. */
  readonly after: (sql: string, id: string) => Promise<CheckAnswer>;
}

/** A shop in a new database of a server; `sql` adds to it before the fingerprint is taken; `counting`, the time that it has. */
export async function checkedShop(
  server: TestPostgres,
  name: string,
  sql = '',
  counting: Partial<Pick<FingerprintSource, 'bounds' | 'clock'>> = {},
): Promise<CheckedShop> {
  const at = await server.create(name, `${shopSql}; ${sql}`);
  const world = makeWorld(new VirtualWallClock(), { databases: server.databases });
  const here = scoped(world.deps, scope);
  const database = here.region.databases[0]!;
  const taken = await takeFingerprintOf(
    { databases: server.databases, clock: world.deps.clock, at, ...counting },
    database,
    async () => undefined,
  );
  const fingerprint: Recorded['fingerprint'] = {
    schema: 'lifeboat/fingerprint/v1',
    ...{ ...scope, point: examplePoint.id, database: 'main', mode: taken.mode, marker: taken.marker },
    ...{ instant: isoOf(taken.instant), newestHeartbeat: isoOf(taken.newestHeartbeat!) },
    before: [...taken.before],
    ...(taken.divided.length === 0 ? {} : { divided: [...taken.divided] }),
    catalogue: await catalogueOf(server, at, world),
    stores: [{ store: 'files', database: 'main', inventory: await inventoryOf(world, contents.map(hexOf)) }],
  };
  const context: CheckContext = {
    ...{ deps: world.deps, here, plan: examplePlan, database, at, instant: fingerprint.instant },
    recorded: { point: examplePoint, fingerprint },
    ...{ seed: digest, timeIsUp: () => false, blocksAtOnce: 131_072 },
  };
  const client = await server.connect(name);
  const run: CheckedShop['run'] = async (id, changes = {}) => {
    let ran = await checkById(id).run({ ...context, ...changes });
    // What is handed on crosses the boundary of an activity as JSON.
    while ('next' in ran)
      ran = await checkById(id).run({ ...context, ...changes }, JSON.parse(JSON.stringify(ran.next)));
    return ran;
  };
  const after: CheckedShop['after'] = async (change, id) => {
    await client.query(change);
    return run(id);
  };
  return { world, context, client, run, after };
}
