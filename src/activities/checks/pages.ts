/**
 * Is every page intact? Each relation's every fork is read through the buffer manager, which verifies the page
 * checksums of tables, indexes and out-of-line values alike.
 */
import { DatabaseError, type DatabaseSession } from '../../ports/database.ts';
import { answerByFindings, type Check, type CheckAnswer } from './check.ts';

const expected = 'every page has a valid checksum';

const relationsSql = `
  SELECT c.oid, c.oid::regclass::text AS name, f.fork
  FROM pg_class c CROSS JOIN (VALUES ('main'), ('fsm'), ('vm')) AS f (fork)
  WHERE c.relkind IN ('r', 'i', 't', 'm', 'S') AND c.relpersistence = 'p' AND pg_relation_size(c.oid, f.fork) > 0
  ORDER BY c.oid, f.fork`;

/** data_corrupted, index_corrupted: what the server says of a page it cannot trust. */
const corruption = new Set(['XX001', 'XX002']);

export const pagesCheck: Check = {
  id: 'pages',
  title: 'Every page is intact',
  run: ({ deps, at }) => deps.databases.withSession(at, readAll),
};

async function readAll(session: DatabaseSession): Promise<CheckAnswer> {
  const missing = await whatIsMissing(session);
  if (missing !== undefined)
    return { status: 'inconclusive', expected, actual: missing, findings: [], measured: {} };
  const findings: string[] = [];
  let pages = 0;
  const relations = await session.query(relationsSql);
  for (const { oid, name, fork } of relations) {
    try {
      const [row] = await session.query("SELECT pg_prewarm($1::oid::regclass, 'buffer', $2) AS pages", [
        oid ?? '',
        fork ?? '',
      ]);
      pages += Number(row?.['pages']);
    } catch (thrown) {
      if (!(thrown instanceof DatabaseError) || !corruption.has(thrown.sqlState)) throw thrown;
      findings.push(`${name} (${fork}): ${thrown.message}`);
    }
  }
  return answerByFindings(
    expected,
    `${pages} pages of ${relations.length} relation forks are intact`,
    findings,
    { pages, relationForks: relations.length },
  );
}

async function whatIsMissing(session: DatabaseSession): Promise<string | undefined> {
  const [row] = await session.query(
    "SELECT current_setting('data_checksums') AS checksums, (SELECT count(*) FROM pg_extension WHERE extname = 'pg_prewarm')::text AS extension",
  );
  if (row?.['checksums'] !== 'on') return 'the server keeps no page checksums';
  return row['extension'] === '1' ? undefined : 'the extension pg_prewarm is not installed in the database';
}
