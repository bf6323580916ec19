/**
 * The chosen tables of a plan, held against the estate, the recovery point and the source as it is: what cannot be carried
 * is refused here where it can be seen, and again when it is carried out.
 */
import { fingerprintDocument, type RecoveryPoint } from '../../contracts/documents.ts';
import type { RestorePlan } from '../../contracts/restore-plan.ts';
import type { PlannedTables } from '../../contracts/restore-tables.ts';
import { isPartlyCounted } from '../../policy/fingerprint.ts';
import { Failure } from '../../policy/failure.ts';
import {
  removalCall,
  sameInSideSchema,
  sideSchemaMark,
  sideSchemaOf,
  takeOverSql,
} from '../../policy/side-schema.ts';
import type { DatabaseAddress, DatabaseSession } from '../../ports/database.ts';
import type { Dependencies } from '../dependencies.ts';
import type { Scoped } from '../scope.ts';
import { needDocument } from '../vault-documents.ts';
import { describeTable } from './describe.ts';
import { markOf, sourceAddress } from './here.ts';
import { notOurs } from './make.ts';
import { tableToFill } from './restore-table.ts';
import { leftOutOf, objectionsTo } from './structure.ts';

export interface TableWish {
  readonly restore: string;
  readonly tables: readonly string[];
  readonly database: string;
  readonly point: RecoveryPoint | undefined;
  /** Of an instant: the newest recorded point before it, which tells what tables there were. */
  readonly before: RecoveryPoint | undefined;
  readonly at: DatabaseAddress;
}

/** The part of the plan that is about tables; throws with the reason where one of them cannot be restored so. */
export async function chooseTables(
  deps: Dependencies,
  here: Scoped,
  wish: TableWish,
): Promise<PlannedTables> {
  mustBeAllowed(here);
  const same = sameInSideSchema(wish.tables);
  if (same !== undefined)
    throw new Failure(
      'bad-input',
      `tables: ${same.join(' and ')} would have one name beside each other`,
      'Restore them one after the other.',
    );
  const schema = sideSchemaOf(wish.restore);
  const { database, point, before } = wish;
  const recorded = await recordedRows(deps, database, point ?? before);
  return deps.databases.withSession(wish.at, async (session) => {
    await session.query('BEGIN READ ONLY');
    await mustTake(session, schema, undefined);
    const chosen: PlannedTables['chosen'] = [];
    for (const table of wish.tables)
      chosen.push(await choose(session, schema, table, { recorded, isOfInstant: point === undefined }));
    await session.query('COMMIT');
    return { schema, chosen, remove: removalCall(schema) };
  });
}

/** Throws `refused` unless the estate lets tables be restored into the source's database. */
export function mustBeAllowed({ scope, region }: Scoped): void {
  if (region.restore?.tables === 'allowed') return;
  throw new Failure(
    'refused',
    `the estate does not let tables of ${scope.system} in ${scope.region} be restored beside what its databases hold`,
    'Add "tables: allowed" to "restore" of the region in the estate file and run what "lifeboat estate setup-sql --tables" prints, or restore the whole database.',
  );
}

/** Throws unless Lifeboat may make the schema, and nobody else’s has its name. */
async function mustTake(session: DatabaseSession, schema: string, own: string | undefined): Promise<void> {
  const [row] = await session.query(
    "SELECT has_database_privilege(current_database(), 'CREATE')::text AS may_create",
  );
  if (row?.['may_create'] !== 'true')
    throw new Failure(
      'refused',
      'Lifeboat may not make a schema in the source’s database',
      'As administrator, run in this database what "lifeboat estate setup-sql --tables" prints.',
    );
  const mark = await markOf(session, schema);
  if (mark !== undefined && mark !== own) throw notOurs(schema);
}

/** What a plan of tables says, held against the source again; throws with what changed. */
export async function tablesMustFit(
  deps: Dependencies,
  here: Scoped,
  plan: RestorePlan,
  digest: string,
): Promise<void> {
  const [target] = plan.targets;
  if (plan.tables === undefined || target === undefined) return;
  mustBeAllowed(here);
  const { schema } = plan.tables;
  const at = await sourceAddress(deps, { plan, database: target.database });
  await deps.databases.withSession(at, (session) =>
    mustTake(session, schema, sideSchemaMark(plan.restore, digest)),
  );
}

/** Rows of a table as the point recorded them; `unknown` where not all of it was counted. */
type RecordedRows = ReadonlyMap<string, number | 'unknown'>;

/** Of every table that the point holds; undefined where nothing was recorded of the instant. */
async function recordedRows(
  deps: Dependencies,
  database: string,
  point: RecoveryPoint | undefined,
): Promise<RecordedRows | undefined> {
  const part = point?.databases.find((one) => one.database === database);
  if (part === undefined) return undefined;
  const { before, divided = [] } = await needDocument(deps.vault, part.fingerprint.path, fingerprintDocument);
  const rowsOf = new Map<string, number | 'unknown'>();
  const nameOf = (table: string): string => table.replaceAll('"', '');
  for (const { table, rows } of before)
    rowsOf.set(nameOf(table), Number(rowsOf.get(nameOf(table)) ?? 0) + rows);
  for (const one of divided) if (isPartlyCounted(one)) rowsOf.set(nameOf(one.table), 'unknown');
  return rowsOf;
}

async function choose(
  session: DatabaseSession,
  schema: string,
  table: string,
  { recorded, isOfInstant }: { readonly recorded: RecordedRows | undefined; readonly isOfInstant: boolean },
): Promise<PlannedTables['chosen'][number]> {
  const standing = await describeTable(session, table);
  const [objection] = standing === undefined ? [] : objectionsTo(standing);
  if (objection !== undefined)
    throw new Failure(
      'refused',
      `${table} cannot be restored alone: ${objection}`,
      'Nothing was planned. Restore the whole database, or choose other tables.',
    );
  const known = recorded?.get(table);
  // A table of an instant may be younger than the point before it: then it stands in the source.
  if (recorded !== undefined && known === undefined && (!isOfInstant || standing === undefined))
    throw new Failure(
      'not-found',
      isOfInstant
        ? `neither the source nor the newest recovery point before that holds a table ${table}`
        : `the recovery point holds no table ${table}`,
      'Write it as schema.table; compare with the list of tables in the database, or use another point.',
    );
  return {
    table,
    ...(typeof known === 'number' && !isOfInstant ? { rows: known } : {}),
    ...(standing === undefined ? {} : { bytes: standing.bytes }),
    leftOut: standing === undefined ? [] : leftOutOf(standing),
    takeOver: takeOverSql(schema, table, standing && tableToFill(table, standing)),
  };
}
