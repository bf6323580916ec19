/**
 * What a database administrator runs once in every protected database: a schema of Lifeboat's own, the right to read
 * what is to be checked, and the extensions that verify pages and indexes. Nothing in it can change the system's rows.
 */

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** The SQL for the role that the deployment signs in as. Safe to run again. */
export function databaseSetupSql(role: string): string {
  const to = quoted(role);
  return `CREATE SCHEMA IF NOT EXISTS lifeboat;
CREATE TABLE IF NOT EXISTS lifeboat.heartbeat (
  slot timestamptz PRIMARY KEY,
  written_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  writer text NOT NULL
);
CREATE TABLE IF NOT EXISTS lifeboat.marker (
  id text PRIMARY KEY,
  written_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE IF NOT EXISTS lifeboat.exercise (
  run text,
  item int,
  content text NOT NULL,
  digest text NOT NULL,
  written_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (run, item)
);
GRANT USAGE ON SCHEMA lifeboat TO ${to};
GRANT SELECT, INSERT, UPDATE, DELETE ON lifeboat.heartbeat, lifeboat.marker, lifeboat.exercise TO ${to};
-- Read every table, and lock tables for the moment of an exact fingerprint.
-- (pg_maintain: PostgreSQL 17 and newer; before that, grant the tables' owner role instead.)
GRANT pg_read_all_data, pg_maintain TO ${to};
CREATE EXTENSION IF NOT EXISTS pg_prewarm;
CREATE EXTENSION IF NOT EXISTS amcheck;
GRANT EXECUTE ON FUNCTION
  bt_index_check(regclass, boolean),
  verify_heapam(regclass, boolean, boolean, text, bigint, bigint) TO ${to};
`;
}
