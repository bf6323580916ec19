/** Makes the side schema of a restore in the source's database: with its mark, in one transaction, and onto nothing that stands. */
import { makeSideSchema } from '../../contracts/restore-tables.ts';
import { Failure } from '../../policy/failure.ts';
import { removeSideSchemaSql, sideSchemaMark } from '../../policy/side-schema.ts';
import type { DatabaseSession } from '../../ports/database.ts';
import { implement, type Activity } from '../activity.ts';
import { audited } from '../audited.ts';
import type { Dependencies } from '../dependencies.ts';
import {
  cancelledBy,
  inSource,
  literal,
  markOf,
  schemaName,
  sourceAddress,
  tableRestore,
  type TableRestore,
} from './here.ts';

export function makeSideSchemaActivity(deps: Dependencies): Activity {
  return implement(makeSideSchema, async (on) => {
    const of = await tableRestore(deps, on);
    const { schema } = of.tables;
    const own = sideSchemaMark(of.restore, of.digest);
    const action = {
      ...{ action: 'make-side-schema', target: `${of.database}/${schema}` },
      detail: { restore: of.restore, tables: of.tables.chosen.map(({ table }) => table) },
    };
    await audited(deps, of.scope, action, async () => makeIn(deps, of, own));
    return { schema };
  });
}

async function makeIn(deps: Dependencies, of: TableRestore, own: string): Promise<void> {
  const at = await sourceAddress(deps, of);
  await deps.databases.withSession(at, (session) =>
    inSource(session, of, async () => {
      if (await isMade(session, of.tables.schema, own)) return;
      // Asked last: whatever holds an attempt up before this, nothing is made after the removal was ordered.
      const by = await cancelledBy(deps, of);
      if (by !== undefined) throw new Failure('refused', `cancelled by ${by}`, 'Nothing was made.');
      await session.query(`CREATE SCHEMA ${schemaName(of)}`);
      await session.query(`COMMENT ON SCHEMA ${schemaName(of)} IS ${literal(own)}`);
      await makeRemovable(session, of);
    }),
  );
}

/**
 * The schema is Lifeboat's, and nobody else may drop it: so it comes with a function that does, for the owner of the database
 * and those of the tables.
 */
async function makeRemovable(session: DatabaseSession, of: TableRestore): Promise<void> {
  const schema = schemaName(of);
  const body = literal(`BEGIN ${removeSideSchemaSql(of.tables.schema)} END`);
  await session.query(
    `CREATE FUNCTION ${schema}.remove() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS ${body}`,
  );
  await session.query(`REVOKE ALL ON FUNCTION ${schema}.remove() FROM PUBLIC`);
  const [row] = await session.query(
    'SELECT quote_ident(pg_get_userbyid(datdba)) AS database_owner FROM pg_database WHERE datname = current_database()',
  );
  const owner = row?.['database_owner'] ?? '';
  await session.query(`GRANT USAGE ON SCHEMA ${schema} TO ${owner}`);
  await session.query(`GRANT EXECUTE ON FUNCTION ${schema}.remove() TO ${owner}`);
}

/** Whether the restore’s own schema stands already; throws `conflict` where another one has its name. */
async function isMade(session: DatabaseSession, schema: string, own: string): Promise<boolean> {
  const mark = await markOf(session, schema);
  if (mark === undefined) return false;
  if (mark === own) return true;
  throw notOurs(schema);
}

/** Nothing is ever written into a schema that stands. */
export const notOurs = (schema: string): Failure =>
  new Failure(
    'conflict',
    `the source has a schema ${schema} already, and it is not of this restore`,
    'Nothing was written. Plan again: the name follows from the second of the plan.',
  );
