/**
 * Copies one table from the restored server into the side schema, in stretches of its blocks, then makes its keys and
 * indexes. Each stretch is one transaction in the source, which moves the mark on: killed anywhere, it goes on after the
 * last stretch that was committed. Rows pass through in constant memory.
 */
import type { TableMark } from '../../contracts/restore-tables.ts';
import { Failure } from '../../policy/failure.ts';
import { safetyMargins } from '../../policy/safety-margins.ts';
import { sideTable } from '../../policy/side-schema.ts';
import { tableShare } from '../../policy/time-left.ts';
import { DatabaseError, type DatabaseSession } from '../../ports/database.ts';
import { pinTextForms } from '../table-fingerprints.ts';
import { describeTable, missingTypes, type TableDescription } from './describe.ts';
import { inSource, mustBeOurs, schemaName, type TableRestore } from './here.ts';
import { readMark, setMark } from './mark.ts';
import { columnList, createSql, objectionsTo, partsSql } from './structure.ts';

/** A table on its way, and the two sessions that it takes. */
export interface CopiedTable {
  readonly of: TableRestore;
  readonly table: string;
  readonly restored: DatabaseSession;
  readonly source: DatabaseSession;
  readonly timeIsUp: () => boolean;
  readonly blocksAtOnce?: number;
}

/** What came of a table that is copied as a whole: what it is made of, and what could not be made of that. */
export interface Copied {
  readonly description: TableDescription;
  readonly problems: readonly string[];
}

/** Goes on with the copy; where the time was up before it was through, how far it came. */
export async function copyTable(copied: CopiedTable): Promise<Copied | { readonly share: number }> {
  const { restored, timeIsUp } = copied;
  await restored.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  const description = await neededTable(copied);
  await pinTextForms(restored);
  for (;;) {
    const mark = await copyStretch(copied, description);
    if (mark.copied === 'whole') return { description, problems: mark.problems };
    if (timeIsUp()) return { share: shareAt(mark, description) };
  }
}

const shareAt = ({ copied }: TableMark, { blocks }: TableDescription): number =>
  tableShare('copy', typeof copied === 'number' ? copied : blocks, blocks);

async function neededTable({ restored, table }: CopiedTable): Promise<TableDescription> {
  const description = await describeTable(restored, table);
  if (description === undefined)
    throw new Failure(
      'not-found',
      `${table} is not in what was restored`,
      'Use an earlier or a later point.',
    );
  const [objection] = objectionsTo(description);
  if (objection === undefined) return description;
  throw new Failure('refused', `${table} cannot be carried: ${objection}`, 'Restore the whole database.');
}

/** One step of the copy, in one transaction; the mark that it left. */
function copyStretch(copied: CopiedTable, description: TableDescription): Promise<TableMark> {
  const { of, table, source } = copied;
  const { schema } = of.tables;
  return inSource(source, of, async () => {
    await mustBeOurs(source, of);
    const mark = await readMark(source, { schema, table, restore: of.restore });
    if (mark?.copied === 'whole') return mark;
    const next =
      mark === undefined
        ? await makeTable(copied, description)
        : mark.copied === 'rows'
          ? await finishTable(copied, description)
          : await copyRows(copied, description, mark.copied);
    const moved: TableMark = { restore: of.restore, table, problems: [], ...next };
    await setMark(source, schema, moved);
    return moved;
  });
}

type Moved = Pick<TableMark, 'copied'> & Partial<Pick<TableMark, 'problems'>>;

async function makeTable({ of, table, source }: CopiedTable, description: TableDescription): Promise<Moved> {
  const [missing] = await missingTypes(source, description.columns);
  if (missing !== undefined)
    throw new Failure(
      'refused',
      `${table} cannot be carried: the source does not have the type ${missing}`,
      'Make the type or its extension in the source first, or restore the whole database.',
    );
  await source.query(createSql(sideTable(of.tables.schema, table), description));
  return { copied: 0 };
}

async function copyRows(
  { of, table, restored, source, blocksAtOnce = safetyMargins.checkedBlocksAtOnce }: CopiedTable,
  description: TableDescription,
  first: number,
): Promise<Moved> {
  const { blocks } = description;
  const end = first + blocksAtOnce;
  const isLast = end >= blocks;
  const from = first === 0 ? '' : ` AND x.ctid >= '(${first},0)'`;
  const rows = `SELECT ${columnList(description)} FROM ONLY ${nameOf(table)} AS x WHERE true${from}${isLast ? '' : ` AND x.ctid < '(${end},0)'`}`;
  await pinTextForms(source);
  await source.query("SET LOCAL client_encoding = 'UTF8'");
  await source.copyIn(
    `COPY ${sideTable(of.tables.schema, table)} (${columnList(description)}) FROM STDIN`,
    restored.copyOut(`COPY (${rows}) TO STDOUT`),
  );
  return { copied: isLast ? 'rows' : end };
}

const nameOf = (table: string): string => {
  const [schema = '', name = ''] = table.split('.');
  return sideTable(schema, name);
};

/** Keys, indexes and checks; one that the source refuses is a problem that is told, and the rest is made. */
async function finishTable(
  { of, table, source }: CopiedTable,
  description: TableDescription,
): Promise<Moved> {
  const side = sideTable(of.tables.schema, table);
  const problems: string[] = [];
  for (const { what, sql } of partsSql(side, description)) {
    const problem = await tryStatement(source, sql);
    if (problem !== undefined) problems.push(`${what}: ${problem}`);
  }
  await letOwnerRead(source, of, side, description.owner);
  return { copied: 'whole', problems };
}

async function tryStatement(source: DatabaseSession, sql: string): Promise<string | undefined> {
  await source.query('SAVEPOINT a_part');
  try {
    await source.query(sql);
    return undefined;
  } catch (thrown) {
    if (!(thrown instanceof DatabaseError) || thrown.retryable) throw thrown;
    await source.query('ROLLBACK TO SAVEPOINT a_part');
    return thrown.message;
  }
}

/** Whoever owned the table reads what was restored of it, and may remove it, where the source has that role. */
async function letOwnerRead(
  source: DatabaseSession,
  of: TableRestore,
  side: string,
  owner: string,
): Promise<void> {
  await tryStatement(source, `GRANT USAGE ON SCHEMA ${schemaName(of)} TO ${owner}`);
  await tryStatement(source, `GRANT SELECT ON ${side} TO ${owner}`);
  await tryStatement(source, `GRANT EXECUTE ON FUNCTION ${schemaName(of)}.remove() TO ${owner}`);
}
