/** Are tables and indexes sound in themselves, and does each index know every row? By amcheck. */
import { DatabaseError, type DatabaseSession } from '../../ports/database.ts';
import { answerByFindings, type Check, type CheckAnswer } from './check.ts';

const expected = 'every index and table is sound';

const indexesSql = `
  SELECT c.oid, c.oid::regclass::text AS name
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam
  WHERE a.amname = 'btree' AND c.relpersistence = 'p' AND i.indisvalid ORDER BY c.oid`;
const tablesSql = `
  SELECT c.oid, c.oid::regclass::text AS name FROM pg_class c
  WHERE c.relkind IN ('r', 'm', 't') AND c.relpersistence = 'p' ORDER BY c.oid`;

const problemsShownPerTable = 5;

export const indexesCheck: Check = {
  id: 'indexes',
  title: 'Indexes and tables are sound',
  run: ({ deps, at }) => deps.databases.withSession(at, verifyAll),
};

async function verifyAll(session: DatabaseSession): Promise<CheckAnswer> {
  const [extension] = await session.query(
    "SELECT count(*)::text AS found FROM pg_extension WHERE extname = 'amcheck'",
  );
  if (extension?.['found'] !== '1')
    return {
      status: 'inconclusive',
      expected,
      actual: 'the extension amcheck is not installed in the database',
      findings: [],
      measured: {},
    };
  const indexes = await session.query(indexesSql);
  const tables = await session.query(tablesSql);
  const findings: string[] = [];
  for (const { oid, name } of indexes)
    findings.push(
      ...(await problems(
        session,
        `index ${name}`,
        'SELECT bt_index_check($1::oid::regclass, true)',
        oid ?? '',
      )),
    );
  for (const { oid, name } of tables) {
    const sql = `SELECT 'block ' || blkno || ': ' || msg AS problem FROM verify_heapam($1::oid::regclass, check_toast => true) LIMIT ${problemsShownPerTable}`;
    findings.push(...(await problems(session, `table ${name}`, sql, oid ?? '')));
  }
  return answerByFindings(
    expected,
    `${indexes.length} indexes and ${tables.length} tables are sound`,
    findings,
    { indexes: indexes.length, tables: tables.length },
  );
}

/** What the server reports, as rows or as an error of class XX; any other error is no answer and is passed on. */
async function problems(session: DatabaseSession, what: string, sql: string, oid: string): Promise<string[]> {
  try {
    const rows = await session.query(sql, [oid]);
    return rows.flatMap((row) =>
      row['problem'] === undefined || row['problem'] === null ? [] : [`${what}: ${row['problem']}`],
    );
  } catch (thrown) {
    if (thrown instanceof DatabaseError && thrown.sqlState.startsWith('XX'))
      return [`${what}: ${thrown.message}`];
    throw thrown;
  }
}
