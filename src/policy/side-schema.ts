/**
 * The side schema into which chosen tables are restored, beside what the source holds: its name, the mark by which it is
 * known as a restore's own, and the statements by which a person takes rows over from it or removes it. Nothing but the
 * mark says whose it is: a schema without it is never written to and never dropped.
 */

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const quotedTable = (table: string): string => table.split('.').map(quoted).join('.');

/** The name of a restore's schema: the second in which it was planned. */
export function sideSchemaOf(restore: string): string {
  const [date = '', time = ''] = restore.replace(/^restore-/, '').split('T');
  return `lifeboat_restored_${date}_${time.slice(0, 6)}`;
}

/** What the comment on the schema says. */
export const sideSchemaMark = (restore: string, plan: string): string =>
  `made by lifeboat for ${restore}, plan ${plan}`;

/** A table of the side schema, by the name that it has in the source. */
export const sideTable = (schema: string, table: string): string =>
  `${quoted(schema)}.${quoted(table.split('.').at(-1) ?? '')}`;

/** Two of the tables that would have the same name in the side schema; undefined if none would. */
export function sameInSideSchema(tables: readonly string[]): readonly [string, string] | undefined {
  const seen = new Map<string, string>();
  for (const table of tables) {
    const name = table.split('.').at(-1) ?? '';
    const other = seen.get(name);
    if (other !== undefined) return [other, table];
    seen.set(name, table);
  }
  return undefined;
}

/** A table of the source, as far as rows are taken over into it. */
export interface TableToFill {
  readonly table: string;
  /** The columns that can be written and that both sides have. */
  readonly columns: readonly string[];
  /** The columns of its primary key, where it has one. */
  readonly key: readonly string[];
  /** Whether one of its columns is numbered by the server alone. */
  readonly isNumbered: boolean;
}

export interface TakeOver {
  readonly what: string;
  readonly sql: string;
}

/** How rows are taken over from the side schema; `target` is undefined where the source does not have the table any more. */
export function takeOverSql(schema: string, table: string, target: TableToFill | undefined): TakeOver[] {
  const from = sideTable(schema, table);
  const into = quotedTable(table);
  if (target === undefined)
    return [
      {
        what: 'the table comes back, with all rows; foreign keys, owner and grants do not',
        sql: `CREATE TABLE ${into} (LIKE ${from} INCLUDING ALL); INSERT INTO ${into} SELECT * FROM ${from};`,
      },
    ];
  const columns = target.columns.map(quoted).join(', ');
  const numbered = target.isNumbered ? ' OVERRIDING SYSTEM VALUE' : '';
  const insert = `INSERT INTO ${into} (${columns})${numbered} SELECT ${columns} FROM ${from}`;
  if (target.key.length === 0)
    return [
      { what: 'every row is added, also those that are there: it has no primary key', sql: `${insert};` },
    ];
  const key = target.key.map(quoted).join(', ');
  const others = target.columns.filter((column) => !target.key.includes(column));
  const back = {
    what: 'rows that are gone come back; those that are there stay as they are',
    sql: `${insert} ON CONFLICT (${key}) DO NOTHING;`,
  };
  if (others.length === 0) return [back];
  const set = others.map((column) => `${quoted(column)} = EXCLUDED.${quoted(column)}`).join(', ');
  return [
    back,
    {
      what: 'rows that are gone come back, and those that are there become what they were',
      sql: `${insert} ON CONFLICT (${key}) DO UPDATE SET ${set};`,
    },
  ];
}

/** How a person removes the schema once nobody needs it: by the function that came with it, which drops it as its owner. */
export const removalCall = (schema: string): string => `SELECT ${quoted(schema)}.remove();`;

/** How Lifeboat drops it. */
export const removeSideSchemaSql = (schema: string): string => `DROP SCHEMA ${quoted(schema)} CASCADE;`;
