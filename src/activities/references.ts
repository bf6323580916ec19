/**
 * Which addresses a database's rows refer to: distinct, sorted, streamed in constant memory from the transaction that
 * the caller holds.
 */
import type { BlobReference, EstateBlobStore } from '../contracts/estate.ts';
import { addressFromHex, type ContentAddress, type HashAlgorithm } from '../policy/content-address.ts';
import type { DatabaseSession } from '../ports/database.ts';

const batchRows = 2_000;

/** One reference as found: an address, or a text that is none (cut to 100 characters). */
export type FoundReference = { readonly address: ContentAddress } | { readonly noAddress: string };

/** Every distinct reference from one database into one store, addresses in the order of their hex digits. */
export async function* readReferences(
  session: DatabaseSession,
  store: EstateBlobStore,
  database: string,
): AsyncGenerator<FoundReference> {
  const own = store.references.filter((reference) => reference.database === database);
  const sql = `SELECT DISTINCT digest COLLATE "C" AS digest FROM (${own.map((one) => digestsSql(store.algorithm, one)).join(' UNION ALL ')}) AS found ORDER BY 1`;
  for await (const rows of session.batches(sql, batchRows)) {
    for (const row of rows) {
      const digest = row['digest'] ?? '';
      const address = addressFromHex(store.algorithm, digest);
      yield address === undefined ? { noAddress: digest.slice(0, 100) } : { address };
    }
  }
}

function digestsSql(algorithm: HashAlgorithm, reference: BlobReference): string {
  const column = quoted(reference.column);
  const digest = {
    hex: `lower(${column}::text)`,
    prefixed: `lower(regexp_replace(${column}::text, '^${algorithm}[:-]', '', 'i'))`,
    bytea: `encode(${column}, 'hex')`,
  }[reference.encoding];
  return `SELECT ${digest} AS digest FROM ${reference.table.split('.').map(quoted).join('.')} WHERE ${column} IS NOT NULL`;
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
