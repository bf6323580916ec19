/**
 * What a database administrator runs once in every protected database: a schema of Lifeboat's own, the right to read
 * what is to be checked, and the extensions that verify pages and indexes. Nothing in it can change the system's rows.
 */

/** What is wanted beside what every system needs. */
export interface SetupWish {
  /** Chosen tables may be restored into a schema of their own, beside what the database holds. */
  readonly tables?: boolean | undefined;
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** The SQL for the role that the deployment signs in as. Safe to run again. */
export function databaseSetupSql(role: string, { tables = false }: SetupWish = {}): string {
  return tables ? `${ordinarySql(role)}${tablesSql(role)}` : ordinarySql(role);
}

/** CREATE on the database is the least with which PostgreSQL lets a schema be made; it gives no right to anything that stands there. */
function tablesSql(role: string): string {
  const name = `'${role.replaceAll("'", "''")}'`;
  return `-- Restores of chosen tables (restore.tables: allowed): each makes a schema of its own, lifeboat_restored_….
DO $do$ BEGIN
  EXECUTE format('GRANT CREATE ON DATABASE %I TO %I', current_database(), ${name});
END $do$;
`;
}

function ordinarySql(role: string): string {
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

/** The same of what restores of chosen tables need. */
export const tablesSetupStateSql = `
  SELECT 'CREATE on the database (setup-sql --tables)' AS part,
         CASE WHEN has_database_privilege(current_database(), 'CREATE') THEN 'ok' ELSE 'not granted' END AS state`;

/**
 * Whether the role that asks finds all of it: a row for each part, its state `ok`, `missing` or `not granted`. Names are
 * looked up in the catalogue, so that what is missing is an answer and no error.
 */
export const databaseSetupStateSql = `
  SELECT 'table lifeboat.' || wanted.name AS part,
         CASE WHEN c.oid IS NULL THEN 'missing'
              WHEN has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
               AND has_table_privilege(c.oid, 'INSERT') AND has_table_privilege(c.oid, 'UPDATE')
               AND has_table_privilege(c.oid, 'DELETE') THEN 'ok' ELSE 'not granted' END AS state
    FROM (VALUES ('heartbeat'), ('marker'), ('exercise')) AS wanted (name)
    LEFT JOIN pg_catalog.pg_namespace AS n ON n.nspname = 'lifeboat'
    LEFT JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = wanted.name
  UNION ALL
  SELECT 'role ' || wanted.name,
         CASE WHEN r.oid IS NULL THEN 'missing'
              WHEN pg_has_role(r.oid, 'USAGE') THEN 'ok' ELSE 'not granted' END
    FROM (VALUES ('pg_read_all_data'), ('pg_maintain')) AS wanted (name)
    LEFT JOIN pg_catalog.pg_roles AS r ON r.rolname = wanted.name
  UNION ALL
  SELECT 'extension ' || wanted.name, CASE WHEN e.oid IS NULL THEN 'missing' ELSE 'ok' END
    FROM (VALUES ('pg_prewarm'), ('amcheck')) AS wanted (name)
    LEFT JOIN pg_catalog.pg_extension AS e ON e.extname = wanted.name
  UNION ALL
  SELECT 'function ' || wanted.name,
         CASE WHEN count(p.oid) = 0 THEN 'missing'
              WHEN bool_or(has_function_privilege(p.oid, 'EXECUTE')) THEN 'ok' ELSE 'not granted' END
    FROM (VALUES ('bt_index_check', 2), ('verify_heapam', 6)) AS wanted (name, arguments)
    LEFT JOIN pg_catalog.pg_proc AS p ON p.proname = wanted.name AND p.pronargs = wanted.arguments
   GROUP BY wanted.name`;
