/**
 * Reads the rows of a change log from the transaction that the caller holds, in the order of their sequence, in
 * batches. Columns come in the form of what is signed: digests in hex, instants in epoch milliseconds.
 */
import type { ChangeRecordSource } from '../../contracts/change-records.ts';
import { rowColumns, type ChangeRow, type RowColumn } from '../../policy/change-records.ts';
import type { EarlierHead } from '../../policy/change-sequence.ts';
import type { HashAlgorithm } from '../../policy/content-address.ts';
import type { DatabaseSession, TextRow } from '../../ports/database.ts';
import { quoted, quotedTable } from '../sql-text.ts';
import { longestRecord } from './record.ts';

/** A row with its record's text, cut where it is too long to be a record. */
export interface LoggedRow extends ChangeRow {
  readonly jws: string | null;
}

const batchRows = 256;
const lists = { most: 64, longest: 16 * 1024 * 1024 } as const;

/** The rows of the log, in batches of a few hundred; `from` a sequence on, if one is named. */
export async function* readChangeRows(
  session: DatabaseSession,
  source: ChangeRecordSource,
  algorithm: HashAlgorithm,
  from?: number,
): AsyncGenerator<readonly LoggedRow[]> {
  await session.query("SET LOCAL bytea_output = 'hex'");
  for await (const rows of session.batches(changeRowsSql(source, from), batchRows))
    yield rows.map((row) => loggedRow(row, source, algorithm));
}

/** How far a log reaches: its last sequence, and the SHA-256 of the record there; undefined for an empty log. */
export async function readChangeHead(
  session: DatabaseSession,
  { table, columns }: ChangeRecordSource,
): Promise<EarlierHead | undefined> {
  // Qualified: a bare name would mean the text that is put out under it.
  const [sequence, record] = [`log.${quoted(columns.sequence)}`, `log.${quoted(columns.record)}::text`];
  const [row] = await session.query(
    `SELECT ${sequence}::bigint::text AS sequence, encode(sha256(convert_to(coalesce(${record}, ''), 'UTF8')), 'hex') AS hash
     FROM ${quotedTable(table)} AS log WHERE ${sequence} IS NOT NULL ORDER BY ${sequence} DESC, md5(${record}) LIMIT 1`,
  );
  return row === undefined ? undefined : { sequence: Number(row['sequence']), hash: row['hash'] ?? '' };
}

/** How many rows a log has. */
export async function countChangeRows(
  session: DatabaseSession,
  { table }: ChangeRecordSource,
): Promise<number> {
  const [row] = await session.query(`SELECT count(*) AS records FROM ${quotedTable(table)}`);
  return Number(row?.['records']);
}

/** The revocation lists of a source as PEM texts. */
export async function readRevocationLists(
  session: DatabaseSession,
  { revocationLists }: ChangeRecordSource,
): Promise<readonly string[]> {
  if (Array.isArray(revocationLists)) return revocationLists;
  const { table, column } = revocationLists;
  const rows = await session.query(
    `SELECT left(${quoted(column)}::text, ${lists.longest}) AS list FROM ${quotedTable(table)}
     WHERE ${quoted(column)} IS NOT NULL LIMIT ${lists.most}`,
  );
  return rows.map((row) => row['list'] ?? '');
}

function changeRowsSql({ table, columns }: ChangeRecordSource, from: number | undefined): string {
  const sequence = `log.${quoted(columns.sequence)}`;
  const text: Record<RowColumn, (column: string) => string> = {
    object: (column) => `${column}::text`,
    operation: (column) => `${column}::text`,
    address: (column) => `${column}::text`,
    at: (column) => `round(extract(epoch FROM ${column}) * 1000)::bigint::text`,
    hash: (column) => `${column}::text`,
  };
  const repeated = rowColumns.flatMap((name) => {
    const column = columns[name];
    return column === undefined ? [] : [`${text[name](quoted(column))} AS ${name}`];
  });
  const selected = [
    `${quoted(columns.sequence)}::text AS sequence`,
    `left(${quoted(columns.record)}::text, ${longestRecord + 1}) AS record`,
    ...repeated,
  ];
  return `SELECT ${selected.join(', ')} FROM ${quotedTable(table)} AS log
    ${from === undefined ? '' : `WHERE ${sequence} >= ${from} OR ${sequence} IS NULL`}
    ORDER BY ${sequence}, md5(log.${quoted(columns.record)}::text)`;
}

function loggedRow(row: TextRow, { columns }: ChangeRecordSource, algorithm: HashAlgorithm): LoggedRow {
  const sequence = Number(row['sequence'] ?? Number.NaN);
  const repeated = rowColumns.flatMap((name) =>
    columns[name] === undefined ? [] : [[name, normalized(name, row[name] ?? null, algorithm)] as const],
  );
  return {
    sequence: Number.isSafeInteger(sequence) ? sequence : undefined,
    jws: row['record'] ?? null,
    columns: Object.fromEntries(repeated),
  };
}

function normalized(name: RowColumn, value: string | null, algorithm: HashAlgorithm): string | null {
  if (value === null || (name !== 'address' && name !== 'hash')) return value;
  const prefix = new RegExp(`^(?:\\\\x|${name === 'hash' ? 'sha256' : algorithm}[:-])`, 'i');
  return value.replace(prefix, '').toLowerCase();
}
