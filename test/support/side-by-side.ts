/**
 * A database as it is and as it was, both on a real PostgreSQL, and a restore of tables from the one into the other that was
 * asked for and approved. Lifeboat signs in as a role that has no more than the setup gives it.
 */
import { AzureDatabases } from '../../src/azure/databases.ts';
import { proposeRestore } from '../../src/activities/restore/propose.ts';
import { orderRestore } from '../../src/activities/restore/request.ts';
import type { RestorePlan } from '../../src/contracts/restore-plan.ts';
import type { TableOutcome, TableRun, TableState } from '../../src/contracts/restore-tables.ts';
import { databaseSetupSql } from '../../src/contracts/database-setup.ts';
import type { DatabaseAddress, Databases } from '../../src/ports/database.ts';
import { addressOf } from './memory-servers.ts';
import type { TestPostgres } from './postgres.ts';
import { allowTables, approve } from './restore-steps.ts';
import { scope, sourceServer } from './sample-estate.ts';
import { VirtualWallClock } from './wall-clock.ts';
import { makeWorld, type World } from './world.ts';

export const role = 'keeper';

/** Makes the role that Lifeboat signs in as; its databases. */
export async function keeperOf({ cluster }: TestPostgres): Promise<Databases> {
  const { superuserPassword: password } = cluster.options;
  await cluster.withSession((client) => client.query(`CREATE ROLE ${role} LOGIN PASSWORD '${password}'`));
  const getToken = async () => ({ token: password, expiresOnTimestamp: Date.now() + 3_600_000 });
  return new AzureDatabases({ getToken }, role);
}

export interface SideBySide {
  readonly world: World;
  readonly source: DatabaseAddress;
  readonly restored: DatabaseAddress;
  plan(tables: readonly string[]): Promise<Asked>;
}

export interface Asked {
  readonly digest: string;
  readonly plan: RestorePlan;
  /** The input of the activities. */
  readonly on: { system: string; region: string; restore: string; plan: string; database: string };
}

/** `is` and `was` fill the two databases; `tables` is what the role may beside the ordinary. */
export async function sideBySide(
  server: TestPostgres,
  keeper: Databases,
  name: string,
  { is, was, tables = true }: { readonly is: string; readonly was: string; readonly tables?: boolean },
): Promise<SideBySide> {
  const source = await server.create(`${name}_is`, `${databaseSetupSql(role, { tables })}; ${is}`);
  const restored = await server.create(`${name}_was`, `${databaseSetupSql(role)}; ${was}`);
  const routes = new Map([[addressOf(sourceServer), source]]);
  const databases: Databases = {
    withSession: ({ address }, work) => keeper.withSession(routes.get(address)!, work),
    tryToConnect: () => Promise.resolve({ outcome: 'refused', detail: '' }),
  };
  const world = makeWorld(new VirtualWallClock('2026-03-01T02:00:00.000Z'), { databases });
  allowTables(world);
  return {
    ...{ world, source, restored },
    async plan(chosen) {
      const wish = { to: '2026-03-01T01:50:00.000Z', tables: chosen };
      const { digest, plan } = await proposeRestore(world.deps, scope, wish);
      const [target] = plan.targets;
      routes.set(addressOf(target!.target), restored);
      const on = { ...scope, restore: plan.restore, plan: digest, database: 'main' };
      return { digest, plan, on };
    },
  };
}

/** Has it asked for, approved, permitted, and the server stand from which the tables are taken. */
export async function permitted({ world }: SideBySide, { digest, plan, on }: Asked): Promise<void> {
  const order = { digest, confirm: plan.name, reason: 'rows are gone', by: 'Jane' };
  await orderRestore(world.deps, scope, order);
  await approve(world, { restore: plan.restore, digest });
  await world.value('permitRestore', { ...scope, restore: plan.restore, plan: on.plan });
  world.servers.put({ id: plan.targets[0]!.target });
}

/** Runs one table to its end, however many portions it takes. */
export async function tableRestored(world: World, on: Asked['on'], table: string): Promise<TableOutcome> {
  let state: TableState = { phase: 'copy' };
  for (;;) {
    const run: TableRun = await world.value('restoreTable', { ...on, table, state });
    if ('ended' in run) return run.ended;
    if ('cancelledBy' in run) throw new Error(`cancelled by ${run.cancelledBy}`);
    state = run.goesOn;
  }
}
