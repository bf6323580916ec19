/**
 * Counts and order-independent checksums of every table of a database, in the transaction that the caller holds. The
 * checksum is the sum of the rows' hashes: a sum, not an exclusive-or, because equal rows would cancel out.
 */
import type { TableFingerprint } from '../policy/fingerprint.ts';
import type { BlockRange, SizedTable, TablePiece } from '../policy/table-parts.ts';
import { DatabaseError, type DatabaseSession } from '../ports/database.ts';

/**
 * Every ordinary table that holds the system's own data, quoted; partitions count as tables of their own. What a restore of
 * tables put beside them is a copy, which comes and goes.
 */
const tablesSql = `
  SELECT format('%I.%I', n.nspname, c.relname) AS name,
    CASE WHEN a.amname = 'heap' THEN pg_relation_size(c.oid) / current_setting('block_size')::int END AS blocks
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_am a ON a.oid = c.relam
  WHERE c.relkind = 'r' AND c.relpersistence = 'p'
    AND n.nspname <> 'information_schema' AND n.nspname <> 'lifeboat' AND n.nspname !~ '^(pg_|lifeboat_restored_)'
  ORDER BY 1`;

/** Everything that the text form of a value depends on, pinned. */
const pinnedSettings = `
  SET LOCAL extra_float_digits = 1; SET LOCAL DateStyle = 'ISO'; SET LOCAL IntervalStyle = 'postgres';
  SET LOCAL TimeZone = 'UTC'; SET LOCAL bytea_output = 'hex'; SET LOCAL xmlbinary = 'base64'; SET LOCAL lc_monetary = 'C'`;

const seed = 42;
// A record's own hash is linear in the hashes of its columns: without the second hash, values that two rows exchanged
// would leave the sum as it was.
const hashOfRecord = `hashtextextended(hash_record_extended(ROW(x.*), ${seed})::text, ${seed})`;
const hashOfText = `hashtextextended(ROW(x.*)::text, ${seed})`;
const undefinedFunction = '42883';

/** The tables of a database, in order. */
export async function listTables(session: DatabaseSession): Promise<SizedTable[]> {
  const rows = await session.query(tablesSql);
  return rows.map(({ name, blocks }) => ({ name: name ?? '', blocks: Number(blocks ?? 0) }));
}

/** Fixes what the text form of a value depends on, for the transaction that the caller holds. */
export async function pinTextForms(session: DatabaseSession): Promise<void> {
  await session.query(pinnedSettings);
}

/** Counts a table or a part of one; must run in a transaction whose snapshot is the instant in question. */
export async function fingerprintPiece(
  session: DatabaseSession,
  { table, blocks }: TablePiece,
): Promise<TableFingerprint> {
  const sum = (await sumOfRecords(session, table, blocks)) ?? (await sumOver(session, table, 'text', blocks));
  return blocks === undefined ? sum : { ...sum, blocks };
}

/** Undefined where a column's type has no hash function (json, point …): such a table is hashed by its rows' text. */
export async function sumOfRecords(
  session: DatabaseSession,
  table: string,
  range: BlockRange | undefined,
): Promise<TableFingerprint | undefined> {
  await session.query('SAVEPOINT one_table');
  try {
    const sum = await sumOver(session, table, 'record', range);
    await session.query('RELEASE SAVEPOINT one_table');
    return sum;
  } catch (thrown) {
    if (!(thrown instanceof DatabaseError) || thrown.sqlState !== undefinedFunction) throw thrown;
    await session.query('ROLLBACK TO SAVEPOINT one_table');
    return undefined;
  }
}

/** Count and sum over a table, or over a range of its blocks; sums of ranges add up to that of the table. */
export async function sumOver(
  session: DatabaseSession,
  table: string,
  method: TableFingerprint['method'],
  range: BlockRange | undefined,
): Promise<TableFingerprint> {
  const hash = method === 'record' ? hashOfRecord : hashOfText;
  const [row] = await session.query(
    `SELECT count(*) AS rows, coalesce(sum(${hash}::numeric), 0)::text AS checksum FROM ${table} AS x${within(range)}`,
  );
  return { table, rows: Number(row?.['rows']), checksum: row?.['checksum'] ?? '0', method };
}

function within(range: BlockRange | undefined): string {
  if (range === undefined) return '';
  const end = range.end === undefined ? '' : ` AND x.ctid < '(${range.end},0)'`;
  return ` WHERE x.ctid >= '(${range.first},0)'${end}`;
}
