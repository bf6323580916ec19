/**
 * Which addresses a database's rows refer to: distinct, sorted, streamed in constant memory from the transaction that
 * the caller holds. Whatever a column holds, the database turns it into lower-case hex, so that it can sort and make
 * distinct; a value that is no address of the column's encoding is passed on as it is.
 */
import type { BlobReference, EstateBlobStore } from '../contracts/estate.ts';
import { addressFromHex, type ContentAddress } from '../policy/content-address.ts';
import type { DatabaseSession } from '../ports/database.ts';
import { digestSql, foreignMark } from './reference-sql.ts';
import { quoted, quotedTable } from './sql-text.ts';

const batchRows = 2_000;

/** One reference as found: an address, or a text that is none (cut to 100 characters). */
export type FoundReference = { readonly address: ContentAddress } | { readonly noAddress: string };

/**
 * Every distinct reference from one database into one store, addresses in the order of their hex digits; `after` some
 * hex digits, those that come later.
 */
export async function* readReferences(
  session: DatabaseSession,
  store: EstateBlobStore,
  database: string,
  after?: string,
): AsyncGenerator<FoundReference> {
  const own = store.references.filter((reference) => reference.database === database);
  const sql = `SELECT DISTINCT digest COLLATE "C" AS digest FROM (${own.map((one) => digestsSql(store, one)).join(' UNION ALL ')}) AS found${after === undefined ? '' : ` WHERE digest COLLATE "C" > '${after}'`} ORDER BY 1`;
  for await (const rows of session.batches(sql, batchRows)) {
    for (const row of rows) {
      const digest = row['digest'] ?? '';
      const address = addressFromHex(store.algorithm, digest);
      yield address === undefined ? { noAddress: unmarked(digest).slice(0, 100) } : { address };
    }
  }
}

function digestsSql({ algorithm }: EstateBlobStore, { column, table, encoding }: BlobReference): string {
  const digest = digestSql(algorithm, encoding, quoted(column));
  return `SELECT ${digest} AS digest FROM ${quotedTable(table)} WHERE ${quoted(column)} IS NOT NULL`;
}

const unmarked = (text: string): string => (text.startsWith(foreignMark) ? text.slice(1) : text);
