/**
 * What a table is made of, read from the catalogue of the server that holds it. Expressions that call code of the
 * database's own are told apart: they would run in the source with the right to read everything, and are not carried.
 */
import { DatabaseError, type DatabaseSession, type TextRow } from '../../ports/database.ts';

/** The kind of a table, and what it takes. */
export interface TableFacts {
  readonly id: string;
  /** Why it cannot be carried; undefined where nothing is known against it. */
  readonly objection: string | undefined;
  /** None where rows are not given out by blocks. */
  readonly blocks: number;
  readonly bytes: number;
  /** Its owner, quoted. */
  readonly owner: string;
}

export interface ColumnFacts {
  readonly name: string;
  /** With its modifiers; of a domain what it rests on. */
  readonly type: string;
  /** Whether the type is of PostgreSQL, an extension's, or an enumeration. */
  readonly isPlain: boolean;
  readonly domain: string | undefined;
  readonly collation: string | undefined;
  readonly isRequired: boolean;
  readonly default: string | undefined;
  /** Whether the default takes from a sequence or calls code of the database's own. */
  readonly isOwnDefault: boolean;
  readonly identity: '' | 'a' | 'd';
  readonly isGenerated: boolean;
}

/** A constraint or an index: how it is made on the side table, and how it is called where it is left out. */
export interface PartFacts {
  readonly name: string;
  readonly kind: 'primary key' | 'unique' | 'exclusion' | 'check' | 'foreign key' | 'index';
  /** The end of `ALTER TABLE … ADD CONSTRAINT`, or an index from its method on. */
  readonly definition: string;
  readonly isUnique: boolean;
  /** Whether it calls code of the database's own. */
  readonly isOwnCode: boolean;
  /** The columns of a primary key. */
  readonly columns: readonly string[];
}

export interface TableDescription extends TableFacts {
  readonly columns: readonly ColumnFacts[];
  readonly parts: readonly PartFacts[];
}

/** The names in definitions are written with their schemas, and nothing but PostgreSQL's own is found without. */
export const pinNames = (session: DatabaseSession): Promise<readonly TextRow[]> =>
  session.query("SET LOCAL search_path = pg_catalog; SET LOCAL client_encoding = 'UTF8'");

const tableSql = `
  SELECT c.oid::text AS table_id, quote_ident(pg_get_userbyid(c.relowner)) AS owner,
    pg_total_relation_size(c.oid)::text AS bytes,
    CASE WHEN a.amname = 'heap' THEN pg_relation_size(c.oid) / current_setting('block_size')::int END AS blocks,
    CASE WHEN c.relkind = 'p' THEN 'it is partitioned: choose its partitions' WHEN c.relkind = 'f' THEN 'it is a foreign table'
      WHEN c.relkind <> 'r' THEN 'it is no table' WHEN c.relpersistence <> 'p' THEN 'it is not kept: unlogged or temporary'
      WHEN c.relrowsecurity THEN 'it has row security: what could be read of it need not be all'
      WHEN EXISTS (SELECT FROM pg_inherits i WHERE i.inhparent = c.oid) THEN 'other tables inherit from it' END AS objection
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_am a ON a.oid = c.relam
  WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p', 'f', 'v', 'm')`;

/** Whether something depends on code that is neither PostgreSQL's own nor an extension's. */
const ownCode = (catalogue: string, id: string): string => `EXISTS (SELECT FROM pg_depend p
    WHERE p.classid = '${catalogue}'::regclass AND p.objid = ${id} AND p.deptype = 'n'
      AND (p.refclassid IN ('pg_proc'::regclass, 'pg_operator'::regclass, 'pg_opclass'::regclass)
        OR p.refclassid = 'pg_type'::regclass AND (SELECT t.typtype FROM pg_type t WHERE t.oid = p.refobjid) = 'd')
      AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = p.refclassid AND e.objid = p.refobjid AND e.deptype = 'e'))`;

const columnsSql = `
  WITH RECURSIVE base AS (
    SELECT a.attnum, a.atttypid AS type, a.atttypmod AS modifier FROM pg_attribute a
    WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL
    SELECT b.attnum, t.typbasetype, CASE WHEN b.modifier = -1 THEN t.typtypmod ELSE b.modifier END
    FROM base b JOIN pg_type t ON t.oid = b.type WHERE t.typtype = 'd')
  SELECT a.attname AS column_name, format_type(t.oid, b.modifier) AS type, a.attnotnull::text AS required,
    CASE WHEN a.atttypid <> t.oid THEN format_type(a.atttypid, a.atttypmod) END AS domain,
    (e.typtype = 'e' OR e.typtype NOT IN ('c', 'd') AND (e.typnamespace = 'pg_catalog'::regnamespace
      OR EXISTS (SELECT FROM pg_depend x WHERE x.classid = 'pg_type'::regclass AND x.objid = e.oid AND x.deptype = 'e')))::text AS plain,
    CASE WHEN a.attcollation <> 0 AND a.attcollation <> t.typcollation
      THEN (SELECT format('%I.%I', n.nspname, l.collname) FROM pg_collation l JOIN pg_namespace n ON n.oid = l.collnamespace
        WHERE l.oid = a.attcollation) END AS collation,
    CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END AS default,
    (d.oid IS NOT NULL AND (${ownCode('pg_attrdef', 'd.oid')} OR pg_get_expr(d.adbin, d.adrelid) ~ '\\mnextval\\M'))::text AS own_default,
    a.attidentity::text AS identity, (a.attgenerated <> '')::text AS generated
  FROM base b JOIN pg_attribute a ON a.attrelid = $1::oid AND a.attnum = b.attnum JOIN pg_type t ON t.oid = b.type
    JOIN pg_type e ON e.oid = CASE WHEN t.typcategory = 'A' AND t.typelem <> 0 THEN t.typelem ELSE t.oid END
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  WHERE t.typtype <> 'd' ORDER BY a.attnum`;

const constraintsSql = `
  SELECT k.conname AS part, k.contype::text AS kind, pg_get_constraintdef(k.oid) AS definition,
    (${ownCode('pg_constraint', 'k.oid')} OR k.conindid <> 0 AND k.contype <> 'f' AND ${ownCode('pg_class', 'k.conindid')})::text AS own_code,
    CASE WHEN k.contype = 'p' THEN (SELECT json_agg(a.attname ORDER BY p.place) FROM unnest(k.conkey) WITH ORDINALITY p (num, place)
      JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = p.num)::text END AS columns
  FROM pg_constraint k WHERE k.conrelid = $1::oid AND k.contype IN ('p', 'u', 'x', 'c', 'f')
  ORDER BY strpos('puxcf', k.contype::text), k.conname`;

/** From its method on: what stands before that names the table. */
const indexesSql = `
  SELECT c.relname AS part, i.indisunique::text AS is_unique, ${ownCode('pg_class', 'c.oid')}::text AS own_code,
    substr(pg_get_indexdef(c.oid), 1 + length(format('CREATE %sINDEX %I ON %s%I.%I ',
      CASE WHEN i.indisunique THEN 'UNIQUE ' END, c.relname, '', n.nspname, r.relname))) AS definition
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class r ON r.oid = i.indrelid
    JOIN pg_namespace n ON n.oid = r.relnamespace
  WHERE i.indrelid = $1::oid AND i.indisvalid
    AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = c.oid AND k.contype IN ('p', 'u', 'x'))
  ORDER BY c.relname`;

const kinds = { p: 'primary key', u: 'unique', x: 'exclusion', c: 'check', f: 'foreign key' } as const;

/** Describes a table in the transaction that the caller holds; undefined where there is none of that name. */
export async function describeTable(
  session: DatabaseSession,
  table: string,
): Promise<TableDescription | undefined> {
  await pinNames(session);
  const [row] = await session.query(tableSql, table.split('.'));
  if (row === undefined) return undefined;
  const id = row['table_id'] ?? '';
  const columns = (await session.query(columnsSql, [id])).map(columnFrom);
  const constraints = (await session.query(constraintsSql, [id])).map(constraintFrom);
  const indexes = (await session.query(indexesSql, [id])).map(indexFrom);
  return {
    ...{
      id,
      blocks: Number(row['blocks'] ?? 0),
      bytes: Number(row['bytes'] ?? 0),
      owner: row['owner'] ?? '',
    },
    objection: row['objection'] ?? undefined,
    ...{ columns, parts: [...constraints, ...indexes] },
  };
}

const columnFrom = (row: TextRow): ColumnFacts => ({
  ...{ name: row['column_name'] ?? '', type: row['type'] ?? '', isPlain: row['plain'] === 'true' },
  ...{ domain: row['domain'] ?? undefined, collation: row['collation'] ?? undefined },
  ...{ isRequired: row['required'] === 'true', default: row['default'] ?? undefined },
  ...{ isOwnDefault: row['own_default'] === 'true', isGenerated: row['generated'] === 'true' },
  identity: (row['identity'] ?? '') as ColumnFacts['identity'],
});

const constraintFrom = (row: TextRow): PartFacts => ({
  ...{ name: row['part'] ?? '', kind: kinds[(row['kind'] ?? 'c') as keyof typeof kinds] },
  ...{ definition: row['definition'] ?? '', isUnique: false, isOwnCode: row['own_code'] === 'true' },
  columns: JSON.parse(row['columns'] ?? '[]') as string[],
});

const indexFrom = (row: TextRow): PartFacts => ({
  ...{ name: row['part'] ?? '', kind: 'index', definition: row['definition'] ?? '', columns: [] },
  ...{ isUnique: row['is_unique'] === 'true', isOwnCode: row['own_code'] === 'true' },
});

/** The types that a database does not have; an answer of the catalogue, no error. */
export async function missingTypes(
  session: DatabaseSession,
  columns: readonly ColumnFacts[],
): Promise<string[]> {
  const missing: string[] = [];
  for (const type of new Set(columns.map((one) => one.type))) {
    if (!(await hasType(session, type))) missing.push(type);
  }
  return missing;
}

const badType = new Set(['42704', '3F000', '42601']);
async function hasType(session: DatabaseSession, type: string): Promise<boolean> {
  await session.query('SAVEPOINT a_type');
  try {
    await session.query(`SELECT NULL::${type} AS has_type`);
    return true;
  } catch (thrown) {
    if (!(thrown instanceof DatabaseError) || !badType.has(thrown.sqlState)) throw thrown;
    await session.query('ROLLBACK TO SAVEPOINT a_type');
    return false;
  }
}
