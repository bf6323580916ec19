/**
 * Side schemas in memory: what the statements of a restore of tables find and leave. A transaction that is not committed
 * when its session ends leaves nothing, so that a death in the middle of a copy is what it would be.
 */
import type { TextRow } from '../../src/ports/database.ts';

interface SideTable {
  mark: string;
  rows: number;
  checksum: string;
}

/** The side schemas of one database, with their marks, and whether more of them may be made. */
export class MemorySide {
  schemas = new Map<string, { mark: string; tables: Map<string, SideTable> }>();
  mayCreate = true;
  /** Rows that came in, however often. */
  copiedRows = 0;

  table(schema: string, name: string): SideTable | undefined {
    return this.schemas.get(schema)?.tables.get(name);
  }
}

/** One session's transaction on them: what was not committed when the session ends was never there. */
export class SideTransaction {
  readonly #side: MemorySide;
  #before: MemorySide['schemas'] | undefined;
  #hasWritten = false;

  constructor(side: MemorySide) {
    this.#side = side;
  }

  /** Notes what a statement begins or ends. */
  follow(sql: string): void {
    if (sql === 'BEGIN') this.#before = structuredClone(this.#side.schemas);
    else if (sql === 'COMMIT') this.#before = undefined;
    else this.#hasWritten ||= !/^(?:SELECT|SET) /.test(sql);
  }

  /** The session ends: one that wrote nothing has nothing of others to take back. */
  end(): void {
    if (this.#before !== undefined && this.#hasWritten) this.#side.schemas = this.#before;
  }
}

type Values = readonly (string | number | null)[];
interface Database {
  readonly side: MemorySide;
  readonly tables: ReadonlyMap<string, { rows: number; checksum: string }>;
}
export type SideRule = readonly [RegExp, (of: Database, values: Values, hit: RegExpExecArray) => TextRow[]];

/** A table of the database, or of a side schema, by its quoted name. */
export function tableNamed(
  { side, tables }: Database,
  text: string,
): { rows: number; checksum: string } | undefined {
  const name = text.replaceAll('"', '');
  const [schema = '', table = ''] = name.split('.');
  return side.table(schema, table) ?? tables.get(name);
}

export const sideRules: readonly SideRule[] = [
  [
    /'CREATE on the database/,
    ({ side }) => [{ part: 'CREATE on the database', state: side.mayCreate ? 'ok' : 'not granted' }],
  ],
  [/AS may_create/, ({ side }) => [{ may_create: String(side.mayCreate) }]],
  [/pg_advisory_xact_lock/, () => []],
  [
    /AS schema_mark/,
    ({ side }, [schema]) => {
      const found = side.schemas.get(String(schema));
      return found === undefined ? [] : [{ schema_mark: found.mark }];
    },
  ],
  [
    /^CREATE SCHEMA "(\w+)"/,
    ({ side }, _v, hit) => (side.schemas.set(hit[1]!, { mark: '', tables: new Map() }), []),
  ],
  [
    /^COMMENT ON SCHEMA "(\w+)" IS '(.*)'$/,
    ({ side }, _v, hit) => ((side.schemas.get(hit[1]!)!.mark = hit[2]!), []),
  ],
  [/^DROP SCHEMA "(\w+)"/, ({ side }, _v, hit) => (side.schemas.delete(hit[1]!), [])],
  [
    /AS table_id/,
    (of, [schema, name]) =>
      tableNamed(of, `${schema}.${name}`) === undefined
        ? []
        : [{ table_id: '1', owner: 'clerk', bytes: '8192', blocks: '1', objection: null }],
  ],
  [
    /AS column_name/,
    () => [{ column_name: 'id', type: 'integer', plain: 'true', identity: '', required: 'true' }],
  ],
  [/AS part, /, () => []],
  [/AS has_type/, () => []],
  [
    /^CREATE TABLE "(\w+)"\."(\w+)"/,
    ({ side }, _v, hit) => (
      side.schemas.get(hit[1]!)!.tables.set(hit[2]!, { mark: '', rows: 0, checksum: '0' }),
      []
    ),
  ],
  [
    /^COMMENT ON TABLE "(\w+)"\."(\w+)" IS '(.*)'$/,
    ({ side }, _v, hit) => ((side.table(hit[1]!, hit[2]!)!.mark = hit[3]!), []),
  ],
  [
    /AS table_mark/,
    ({ side }, [schema, name]) => {
      const found = side.table(String(schema), String(name));
      return found === undefined ? [] : [{ table_mark: found.mark }];
    },
  ],
  [/^(?:GRANT|REVOKE|CREATE FUNCTION) /, () => []],
  [/AS database_owner/, () => [{ database_owner: 'admin' }]],
];

/** What a COPY of a table gives: how many rows, and their sum. */
export function copiedOut(of: Database, sql: string): Uint8Array {
  const [, name = ''] = /FROM ONLY (\S+) AS x/.exec(sql) ?? [];
  return Buffer.from(JSON.stringify(tableNamed(of, name) ?? {}));
}

/** Takes what a COPY gave. */
export async function copyIn(of: Database, sql: string, pieces: AsyncIterable<Uint8Array>): Promise<void> {
  const [, schema = '', name = ''] = /^COPY "(\w+)"\."(\w+)"/.exec(sql) ?? [];
  for await (const piece of pieces) {
    const { rows, checksum } = JSON.parse(Buffer.from(piece).toString()) as SideTable;
    const table = of.side.table(schema, name)!;
    of.side.copiedRows += rows;
    [table.rows, table.checksum] = [table.rows + rows, String(BigInt(table.checksum) + BigInt(checksum))];
  }
}
