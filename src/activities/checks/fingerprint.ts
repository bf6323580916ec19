/** Is every table what it was? Counts and checksums of the restored tables against those of the source at the instant. */
import { compareFingerprint, type TableComparison } from '../../policy/fingerprint.ts';
import { fingerprintTables } from '../table-fingerprints.ts';
import { answerByFindings, recordedIn, type Check } from './check.ts';

export const fingerprintCheck: Check = {
  id: 'fingerprint',
  title: 'Every table holds what it held',
  needsRecord: true,
  async run(context) {
    const { deps, at } = context;
    const { fingerprint } = recordedIn(context);
    const actual = await deps.databases.withSession(at, async (session) => {
      await session.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      const tables = await fingerprintTables(session);
      await session.query('COMMIT');
      return tables;
    });
    const tables = compareFingerprint(fingerprint, actual);
    const unclear = tables.filter((one) => one.verdict === 'not-comparable');
    const findings = tables
      .filter((one) => one.verdict !== 'match' && one.verdict !== 'not-comparable')
      .map(describe);
    const between = tables.filter((one) => one.held === 'between');
    const held =
      between.length === 0
        ? 'each exactly'
        : `${tables.length - between.length} exactly, ${between.length} that changed at that moment between two counts (${between.map((one) => one.table).join(', ')})`;
    const rows = actual.reduce((sum, table) => sum + table.rows, 0);
    const answer = answerByFindings(
      `${tables.length} tables as recorded, ${held}`,
      `${tables.length} tables with ${rows} rows match`,
      findings,
      { tables: tables.length, rows, heldBetween: between.length },
      tables,
    );
    if (findings.length > 0 || unclear.length === 0) return answer;
    const words = unclear.map(describe);
    return {
      ...answer,
      status: 'inconclusive',
      actual: words.join('; '),
      findings: words,
      findingCount: words.length,
    };
  },
};

function describe(one: TableComparison): string {
  const what = {
    match: 'matches',
    'rows-differ': 'has another number of rows',
    'content-differs': 'has other content',
    missing: 'is missing',
    unexpected: 'was not there before',
    'not-comparable': 'changed at that moment, and rows that came and went in it are in neither count',
  }[one.verdict];
  return `table ${one.table} ${what}: expected ${one.expected}, found ${one.actual}`;
}
