/**
 * Is every page intact? Each relation's every fork is read through the buffer manager, which verifies the page
 * checksums of tables, indexes and out-of-line values alike.
 */
import { pagesState, type PagesState } from '../../contracts/check-states.ts';
import { DatabaseError, type DatabaseSession } from '../../ports/database.ts';
import { answerByFindings, checkInPortions, type CheckAnswer } from './check.ts';
import { Findings, noFindings } from './findings.ts';
import { walkRelations, type Stretch, type Walked } from './relation-walk.ts';

const expected = 'every page has a valid checksum';

const relationsSql = `
  SELECT c.oid, c.oid::regclass::text AS name, f.fork,
    pg_relation_size(c.oid, f.fork) / current_setting('block_size')::int AS blocks
  FROM pg_class c CROSS JOIN (VALUES ('main'), ('fsm'), ('vm')) AS f (fork)
  WHERE c.relkind IN ('r', 'i', 't', 'm', 'S') AND c.relpersistence = 'p' AND pg_relation_size(c.oid, f.fork) > 0`;
/** The end of a table may be given back meanwhile. */
const stretchSql = `
  SELECT CASE WHEN $3::bigint > s.last THEN 0
    ELSE pg_prewarm($1::oid::regclass, 'buffer', $2, $3::bigint, least($4::bigint, s.last)) END AS pages
  FROM (SELECT pg_relation_size($1::oid::regclass, $2) / current_setting('block_size')::int - 1 AS last) AS s`;

/** data_corrupted, index_corrupted: what the server says of a page it cannot trust. */
const corruption = new Set(['XX001', 'XX002']);

interface Fork extends Walked {
  readonly oid: string;
  readonly name: string;
  readonly fork: string;
}

export const pagesCheck = checkInPortions<PagesState>({
  id: 'pages',
  title: 'Every page is intact',
  state: pagesState,
  begin: () => Promise.resolve({ pages: 0, findings: noFindings }),
  run: (context, from) =>
    context.deps.databases.withSession(context.at, async (session) => {
      const missing = await whatIsMissing(session);
      if (missing !== undefined) return inconclusive(missing);
      const forks = await listForks(session);
      const findings = new Findings(from.findings);
      let { pages } = from;
      const at = await walkRelations(context, forks, from.at, async (fork, stretch) => {
        const read = await readPages(session, fork, stretch);
        if (typeof read === 'number') pages += read;
        else findings.add(read.problem);
      });
      if (at !== undefined) return { next: { at, pages, findings: findings.result } };
      const passed = `${pages} pages of ${forks.length} relation forks are intact`;
      return answerByFindings(expected, passed, findings.result, { pages, relationForks: forks.length });
    }),
});

async function listForks(session: DatabaseSession): Promise<Fork[]> {
  const rows = await session.query(relationsSql);
  return rows.map(({ oid, name, fork, blocks }) => ({
    key: `${(oid ?? '').padStart(10, '0')}/${fork}`,
    blocks: Number(blocks),
    ...{ oid: oid ?? '', name: name ?? '', fork: fork ?? '' },
  }));
}

/** How many pages were read; or what is wrong with one, whereupon the stretch is read no further. */
async function readPages(
  session: DatabaseSession,
  { oid, name, fork }: Fork,
  stretch: Stretch | undefined,
): Promise<number | { readonly problem: string }> {
  try {
    const [row] =
      stretch === undefined
        ? await session.query("SELECT pg_prewarm($1::oid::regclass, 'buffer', $2) AS pages", [oid, fork])
        : await session.query(stretchSql, [oid, fork, stretch.first, stretch.last]);
    return Number(row?.['pages']);
  } catch (thrown) {
    if (!(thrown instanceof DatabaseError) || !corruption.has(thrown.sqlState)) throw thrown;
    return { problem: `${name} (${fork}): ${thrown.message}` };
  }
}

const inconclusive = (actual: string): CheckAnswer => ({
  ...{ status: 'inconclusive', expected, actual, findings: [], measured: {} },
});

async function whatIsMissing(session: DatabaseSession): Promise<string | undefined> {
  const [row] = await session.query(
    "SELECT current_setting('data_checksums') AS checksums, (SELECT count(*) FROM pg_extension WHERE extname = 'pg_prewarm')::text AS extension",
  );
  if (row?.['checksums'] !== 'on') return 'the server keeps no page checksums';
  return row['extension'] === '1' ? undefined : 'the extension pg_prewarm is not installed in the database';
}
