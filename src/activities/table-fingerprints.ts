/**
 * Counts and order-independent checksums of every table of a database, in the transaction that the caller holds. The
 * checksum is the sum of the rows' hashes: a sum, not an exclusive-or, because equal rows would cancel out.
 */
import type { TableFingerprint } from '../policy/fingerprint.ts';
import { DatabaseError, type DatabaseSession } from '../ports/database.ts';

/** Every ordinary table that holds the system's own data, quoted; partitions count as tables of their own. */
const tablesSql = `
  SELECT format('%I.%I', n.nspname, c.relname) AS name
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind = 'r' AND c.relpersistence = 'p'
    AND n.nspname <> 'information_schema' AND n.nspname <> 'lifeboat' AND n.nspname !~ '^pg_'
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

/** The tables of a database, quoted, in order. */
export async function listTables(session: DatabaseSession): Promise<string[]> {
  return (await session.query(tablesSql)).map((row) => row['name'] ?? '');
}

/** The fingerprint of every table; must run in a transaction whose snapshot is the instant in question. */
export async function fingerprintTables(session: DatabaseSession): Promise<TableFingerprint[]> {
  await session.query(pinnedSettings);
  const fingerprints: TableFingerprint[] = [];
  for (const table of await listTables(session)) fingerprints.push(await fingerprintTable(session, table));
  return fingerprints;
}

async function fingerprintTable(session: DatabaseSession, table: string): Promise<TableFingerprint> {
  await session.query('SAVEPOINT one_table');
  try {
    return await sumOver(session, table, 'record');
  } catch (thrown) {
    // A column type without a hash function (json, point …) is hashed by its text.
    if (!(thrown instanceof DatabaseError) || thrown.sqlState !== undefinedFunction) throw thrown;
    await session.query('ROLLBACK TO SAVEPOINT one_table');
    return await sumOver(session, table, 'text');
  }
}

async function sumOver(
  session: DatabaseSession,
  table: string,
  method: TableFingerprint['method'],
): Promise<TableFingerprint> {
  const hash = method === 'record' ? hashOfRecord : hashOfText;
  const [row] = await session.query(
    `SELECT count(*) AS rows, coalesce(sum(${hash}::numeric), 0)::text AS checksum FROM ${table} AS x`,
  );
  return { table, rows: Number(row?.['rows']), checksum: row?.['checksum'] ?? '0', method };
}
