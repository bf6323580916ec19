/**
 * Writes rows in bulk: one statement carries thousands of rows as JSON, and PostgreSQL casts them to the table's own
 * types. Invariant: all rows of one call name the same columns; a column left out takes its default.
 */
import type { Client } from 'pg';

/** Rows of one table; JSON values, byte strings through `bytea()`. */
export interface TableRows {
  readonly table: string;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

const rowsPerStatement = 4_000;

/** Inserts the tables in the given order and returns the number of rows. */
export async function insertTables(client: Client, tables: readonly TableRows[]): Promise<number> {
  let count = 0;
  for (const table of tables) count += await insertRows(client, table);
  return count;
}

async function insertRows(client: Client, { table, rows }: TableRows): Promise<number> {
  const columns = Object.keys(rows[0] ?? {}).join(', ');
  for (let start = 0; start < rows.length; start += rowsPerStatement) {
    await client.query(
      `INSERT INTO ${table} (${columns}) SELECT ${columns} FROM json_populate_recordset(NULL::${table}, $1::json)`,
      [JSON.stringify(rows.slice(start, start + rowsPerStatement))],
    );
  }
  return rows.length;
}

/** Bytes in the text form that PostgreSQL reads as `bytea`. */
export function bytea(bytes: Uint8Array): string {
  return `\\x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}`;
}

/** Runs the work in one transaction; rolls back and rethrows when it fails. */
export async function inTransaction<T>(client: Client, work: () => Promise<T>): Promise<T> {
  await client.query('BEGIN');
  try {
    const result = await work();
    await client.query('COMMIT');
    return result;
  } catch (error) {
    // A lost connection has rolled back on its own, and its failure must not hide the first one.
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/** Collects rows of several tables and gives them back in the order in which the tables were named. */
export class RowBuffer {
  readonly #rows: Map<string, Readonly<Record<string, unknown>>[]>;

  constructor(tables: readonly string[]) {
    this.#rows = new Map(tables.map((table) => [table, []]));
  }

  /** Adds a row; throws on a table that was not named, because its place in the order would be unknown. */
  add(table: string, row: Readonly<Record<string, unknown>>): void {
    const rows = this.#rows.get(table);
    if (!rows) throw new Error(`the table ${table} has no place in this buffer`);
    rows.push(row);
  }

  tables(): TableRows[] {
    return [...this.#rows].map(([table, rows]) => ({ table, rows }));
  }
}
