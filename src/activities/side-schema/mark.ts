/**
 * How far a table of the side schema came, kept in the comment on it: written in the transaction that copies the rows it
 * tells of, so that rows are copied once however often a copy is begun again.
 */
import { tableMark, type TableMark } from '../../contracts/restore-tables.ts';
import { Failure } from '../../policy/failure.ts';
import { sideTable } from '../../policy/side-schema.ts';
import type { DatabaseSession } from '../../ports/database.ts';
import { literal } from './here.ts';

/** The mark of a table; undefined where it is not made yet. Throws `conflict` where it has none of this restore. */
export async function readMark(
  session: DatabaseSession,
  { schema, table, restore }: { readonly schema: string; readonly table: string; readonly restore: string },
): Promise<TableMark | undefined> {
  const [row] = await session.query(
    `SELECT coalesce(obj_description(c.oid, 'pg_class'), '') AS table_mark FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND c.relname = $2`,
    [schema, table.split('.').at(-1) ?? ''],
  );
  if (row === undefined) return undefined;
  const mark = markFrom(row['table_mark'] ?? '');
  if (mark?.restore === restore && mark.table === table) return mark;
  throw new Failure(
    'conflict',
    `${sideTable(schema, table)} is not the table that ${restore} made`,
    'Nothing was written. Find out who changed it, and plan again.',
  );
}

function markFrom(text: string): TableMark | undefined {
  try {
    return tableMark.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Sets the mark, in the transaction that the caller holds. */
export async function setMark(session: DatabaseSession, schema: string, mark: TableMark): Promise<void> {
  const text = literal(JSON.stringify(mark));
  await session.query(`COMMENT ON TABLE ${sideTable(schema, mark.table)} IS ${text}`);
}
