/** The two databases between which tables are carried, and whether the side schema in the source is a restore's own. */
import type { RestorePlan } from '../../contracts/restore-plan.ts';
import { restorePlan } from '../../contracts/restore-plan.ts';
import type { PlannedTables } from '../../contracts/restore-tables.ts';
import { cancelDocument } from '../../contracts/restore.ts';
import { vaultPaths, type Scope } from '../../contracts/vault-paths.ts';
import { Failure } from '../../policy/failure.ts';
import { sideSchemaMark } from '../../policy/side-schema.ts';
import type { DatabaseAddress, DatabaseSession } from '../../ports/database.ts';
import { readPlan } from '../approvals.ts';
import type { Dependencies } from '../dependencies.ts';
import { targetOf } from '../played-plan.ts';
import { needPermit } from '../restore/need-permit.ts';
import { scoped, serverHere } from '../scope.ts';
import { quoted } from '../sql-text.ts';
import { readDocument } from '../vault-documents.ts';

/** A restore of tables that is being carried out. */
export interface TableRestore {
  readonly scope: Scope;
  readonly restore: string;
  readonly digest: string;
  readonly plan: RestorePlan;
  readonly tables: PlannedTables;
  readonly database: string;
}

/** Finds it by what an activity was given; throws `refused` where its plan is not of tables, or nobody permitted it. */
export async function tableRestore(
  deps: Dependencies,
  {
    restore,
    plan: digest,
    database,
    ...of
  }: Scope & Pick<TableRestore, 'restore' | 'database'> & { readonly plan: string },
): Promise<TableRestore> {
  const { scope } = scoped(deps, of);
  const plan = await readPlan(deps, scope, digest, restorePlan);
  if (plan.tables === undefined || plan.restore !== restore)
    throw new Failure(
      'refused',
      `the plan ${digest} is not of tables that ${restore} restores`,
      'The plan and the orchestration do not belong together.',
    );
  await needPermit(deps, scope, restore, digest);
  return { scope, restore, digest, plan, tables: plan.tables, database };
}

/** By whom a restore was cancelled, if it was. */
export async function cancelledBy(
  deps: Dependencies,
  { scope, restore }: Pick<TableRestore, 'scope' | 'restore'>,
): Promise<string | undefined> {
  const order = await readDocument(deps.vault, vaultPaths.restoreCancel(scope, restore), cancelDocument);
  return order && `${order.by} (${order.reason})`;
}

/** Where the source's database is reached. */
export async function sourceAddress(
  deps: Dependencies,
  { plan, database }: Pick<TableRestore, 'plan' | 'database'>,
): Promise<DatabaseAddress> {
  const { source, name } = targetOf(plan, database);
  return { address: (await serverHere(deps, source)).address ?? '', name };
}

/** Where the restored one is reached. */
export async function restoredAddress(
  deps: Dependencies,
  { plan, database }: Pick<TableRestore, 'plan' | 'database'>,
): Promise<DatabaseAddress> {
  const { target, name } = targetOf(plan, database);
  return { address: (await serverHere(deps, target)).address ?? '', name };
}

/** What the comment on a schema says; undefined where there is no such schema, empty where it has none. */
export async function markOf(session: DatabaseSession, schema: string): Promise<string | undefined> {
  const [row] = await session.query(
    "SELECT coalesce(obj_description(n.oid, 'pg_namespace'), '') AS schema_mark FROM pg_namespace n WHERE n.nspname = $1",
    [schema],
  );
  return row === undefined ? undefined : (row['schema_mark'] ?? '');
}

/** Throws `conflict` unless the schema is the restore's own. */
export async function mustBeOurs(
  session: DatabaseSession,
  { tables, restore, digest }: TableRestore,
): Promise<void> {
  const mark = await markOf(session, tables.schema);
  if (mark === sideSchemaMark(restore, digest)) return;
  throw new Failure(
    'conflict',
    mark === undefined
      ? `the schema ${tables.schema} is gone from the source`
      : `the schema ${tables.schema} is not the one that ${restore} made`,
    'Nothing was written. Find out who removed or changed it, and plan again.',
  );
}

/** One transaction in the source, alone among those of this restore: a second run of a step waits, or fails and is tried again. */
export async function inSource<T>(
  session: DatabaseSession,
  { restore }: Pick<TableRestore, 'restore'>,
  work: () => Promise<T>,
): Promise<T> {
  await session.query('BEGIN');
  await session.query("SET LOCAL lock_timeout = '20s'; SET LOCAL search_path = pg_catalog");
  await session.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`lifeboat ${restore}`]);
  const value = await work();
  await session.query('COMMIT');
  return value;
}

/** A text as SQL writes it, where no parameter can stand. */
export const literal = (text: string): string =>
  `${text.includes('\\') ? ' E' : ''}'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;

export const schemaName = ({ tables }: Pick<TableRestore, 'tables'>): string => quoted(tables.schema);
