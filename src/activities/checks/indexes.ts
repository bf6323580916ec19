/** Are tables and indexes sound in themselves, and does each index know every row? By amcheck. */
import { indexesState, type IndexesState } from '../../contracts/check-states.ts';
import { safetyMargins } from '../../policy/safety-margins.ts';
import { DatabaseError, isBrokenOff, type DatabaseSession } from '../../ports/database.ts';
import { answerByFindings, checkInPortions, type CheckAnswer } from './check.ts';
import { Findings, noFindings } from './findings.ts';
import { walkRelations, type Stretch, type Walked } from './relation-walk.ts';

const expected = 'every index and table is sound';

const indexesSql = `
  SELECT c.oid, c.oid::regclass::text AS name, pg_size_pretty(pg_relation_size(c.oid)) AS size
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam
  WHERE a.amname = 'btree' AND c.relpersistence = 'p' AND i.indisvalid`;
const tablesSql = `
  SELECT c.oid, c.oid::regclass::text AS name, pg_relation_size(c.oid) / current_setting('block_size')::int AS blocks
  FROM pg_class c WHERE c.relkind IN ('r', 'm', 't') AND c.relpersistence = 'p'`;

const problemsShownPerStretch = 5;
const problemSql = (from: string): string =>
  `SELECT 'block ' || blkno || ': ' || msg AS problem FROM ${from} LIMIT ${problemsShownPerStretch}`;
const wholeTableSql = problemSql('verify_heapam($1::oid::regclass, check_toast => true)');
/** The end of a table may be given back meanwhile. */
const stretchSql = problemSql(`
  (SELECT pg_relation_size($1::oid::regclass) / current_setting('block_size')::int - 1 AS last) AS s
  CROSS JOIN LATERAL (SELECT s.last WHERE $2::bigint <= s.last OFFSET 0) AS there
  CROSS JOIN LATERAL verify_heapam($1::oid::regclass, check_toast => true,
    startblock => $2::bigint, endblock => least($3::bigint, there.last)) AS found`);

interface Relation extends Walked {
  readonly oid: string;
  /** With its kind, as findings name it. */
  readonly name: string;
  readonly isIndex: boolean;
  /** Of an index: how large it is, in words. */
  readonly size?: string | null | undefined;
}

export const indexesCheck = checkInPortions<IndexesState>({
  id: 'indexes',
  title: 'Indexes and tables are sound',
  state: indexesState,
  begin: () => Promise.resolve({ findings: noFindings }),
  run: (context, from) =>
    context.deps.databases.withSession(context.at, async (session) => {
      if (!(await hasExtension(session))) return noExtension;
      const [indexes, tables] = [await listIndexes(session), await listTables(session)];
      const findings = new Findings(from.findings);
      const unverified = [...(from.unverified ?? [])];
      const at = await walkRelations(context, [...indexes, ...tables], from.at, async (one, stretch) => {
        const problems = await problemsOf(session, one, stretch);
        if (problems === undefined) unverified.push(`${one.name} (${one.size})`);
        else findings.add(...problems);
      });
      if (at !== undefined) return { next: { at, findings: findings.result, unverified } };
      const passed = `${indexes.length} indexes and ${tables.length} tables are sound`;
      const measured = { indexes: indexes.length, tables: tables.length };
      const answer = answerByFindings(expected, passed, findings.result, measured);
      return answer.status === 'failed' || unverified.length === 0
        ? answer
        : inTooShortATime(answer, unverified);
    }),
});

/** An index can be verified only as a whole. */
function inTooShortATime(answer: CheckAnswer, unverified: readonly string[]): CheckAnswer {
  const findings = unverified.map(
    (one) =>
      `${one} was not verified within ${safetyMargins.checkStatementSeconds} s; in a restore of your own, SELECT bt_index_check(…, true) has the time that it takes`,
  );
  return {
    ...answer,
    status: 'inconclusive',
    actual: findings.join('; '),
    findings,
    findingCount: findings.length,
  };
}

const noExtension: CheckAnswer = {
  status: 'inconclusive',
  expected,
  actual: 'the extension amcheck is not installed in the database',
  findings: [],
  measured: {},
};

async function hasExtension(session: DatabaseSession): Promise<boolean> {
  const sql = "SELECT count(*)::text AS found FROM pg_extension WHERE extname = 'amcheck'";
  return (await session.query(sql))[0]?.['found'] === '1';
}

/** An index is looked at as a whole. */
async function listIndexes(session: DatabaseSession): Promise<Relation[]> {
  const rows = await session.query(indexesSql);
  return rows.map((row) => ({ ...relation('index', row['oid'], row['name']), blocks: 0, size: row['size'] }));
}

async function listTables(session: DatabaseSession): Promise<Relation[]> {
  const rows = await session.query(tablesSql);
  return rows.map((row) => ({
    ...relation('table', row['oid'], row['name']),
    blocks: Number(row['blocks'] ?? 0),
  }));
}

const relation = (
  kind: 'index' | 'table',
  oid: string | null | undefined,
  name: string | null | undefined,
): Omit<Relation, 'blocks'> => ({
  key: `${kind}/${(oid ?? '').padStart(10, '0')}`,
  ...{ oid: oid ?? '', name: `${kind} ${name}`, isIndex: kind === 'index' },
});

/**
 * What the server reports, as rows or as an error of class XX; undefined where it broke the verification of an index off.
 * Any other error is no answer and is passed on.
 */
async function problemsOf(
  session: DatabaseSession,
  { oid, name, isIndex }: Relation,
  stretch: Stretch | undefined,
): Promise<string[] | undefined> {
  try {
    const rows = isIndex
      ? await session.query('SELECT bt_index_check($1::oid::regclass, true)', [oid])
      : stretch === undefined
        ? await session.query(wholeTableSql, [oid])
        : await session.query(stretchSql, [oid, stretch.first, stretch.last]);
    return rows.flatMap(({ problem }) =>
      problem === undefined || problem === null ? [] : [`${name}: ${problem}`],
    );
  } catch (thrown) {
    if (thrown instanceof DatabaseError && thrown.sqlState.startsWith('XX'))
      return [`${name}: ${thrown.message}`];
    if (isIndex && isBrokenOff(thrown)) return undefined;
    throw thrown;
  }
}
