/**
 * Tells whether a database has been seeded: one row in `sample_estate.seeded`, written after everything else.
 * Invariant: without the row, whatever is in the system's schema is the rest of an interrupted seed.
 */
import type { Client } from 'pg';

/** What was seeded. */
export interface SeedMarker {
  readonly system: string;
  readonly region: string;
  readonly seed: number;
  readonly rows: number;
  readonly blobs: number;
  readonly bytes: number;
}

/** Reads the marker; undefined when the database has none. */
export async function readMarker(client: Client): Promise<SeedMarker | undefined> {
  const { rows: found } = await client.query<{ table: string | null }>(
    `SELECT to_regclass('sample_estate.seeded')::text AS table`,
  );
  if (!found[0]?.table) return undefined;
  const { rows } = await client.query<SeedMarker>(
    `SELECT system, region, seed::float8, row_count::float8 AS rows, blob_count::float8 AS blobs,
       byte_count::float8 AS bytes FROM sample_estate.seeded`,
  );
  return rows[0];
}

/** Creates the marker's empty table, replacing an earlier one. */
export async function createMarkerTable(client: Client): Promise<void> {
  await client.query(`DROP SCHEMA IF EXISTS sample_estate CASCADE`);
  await client.query(`CREATE SCHEMA sample_estate`);
  await client.query(`CREATE TABLE sample_estate.seeded (
    system text NOT NULL, region text NOT NULL, seed bigint NOT NULL,
    row_count bigint NOT NULL, blob_count bigint NOT NULL, byte_count bigint NOT NULL,
    finished_at timestamptz NOT NULL DEFAULT clock_timestamp(), PRIMARY KEY (system, region))`);
}

/** Writes the marker in the caller's transaction. */
export async function writeMarker(client: Client, marker: SeedMarker): Promise<void> {
  await client.query(
    `INSERT INTO sample_estate.seeded (system, region, seed, row_count, blob_count, byte_count)
     VALUES ($1, $2, $3, $4, $5, $6)`,
    [marker.system, marker.region, marker.seed, marker.rows, marker.blobs, marker.bytes],
  );
}
