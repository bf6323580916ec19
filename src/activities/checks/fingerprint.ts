/**
 * Is every table what it was? Counts and checksums of the restored tables against those of the source at the instant.
 * A large table is read in stretches of its blocks: nobody writes into the restored database, so what the stretches sum
 * up to is what one reading would have.
 */
import { fingerprintState, type FingerprintState } from '../../contracts/check-states.ts';
import {
  compareFingerprint,
  type DatabaseFingerprint,
  type TableComparison,
  type TableFingerprint,
} from '../../policy/fingerprint.ts';
import type { DatabaseSession } from '../../ports/database.ts';
import { listTables, pinTextForms, sumOfRecords, sumOver, type SizedTable } from '../table-fingerprints.ts';
import { answerByFindings, checkInPortions, recordedIn, type CheckAnswer } from './check.ts';
import { walkRelations, type Stretch } from './relation-walk.ts';

export const fingerprintCheck = checkInPortions<FingerprintState>({
  id: 'fingerprint',
  title: 'Every table holds what it held',
  needsRecord: true,
  state: fingerprintState,
  begin: () => Promise.resolve({ tables: [] }),
  async run(context, from) {
    const { fingerprint } = recordedIn(context);
    const sums = new Map(from.tables.map((one) => [one.table, one]));
    const at = await context.deps.databases.withSession(context.at, async (session) => {
      await session.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      await pinTextForms(session);
      const tables = (await listTables(session)).map((table) => ({ ...table, key: table.name }));
      const reached = await walkRelations(context, tables, from.at, async (table, stretch) => {
        sums.set(table.name, await sumOn(session, table, stretch, sums.get(table.name)));
      });
      await session.query('COMMIT');
      return reached;
    });
    const tables = [...sums.values()];
    return at === undefined ? answerOf(fingerprint, tables) : { next: { at, tables } };
  },
});

/** The sum of a table up to the end of a stretch, where that of everything before the stretch is `before`. */
async function sumOn(
  session: DatabaseSession,
  { name, blocks }: SizedTable,
  stretch: Stretch | undefined,
  before: TableFingerprint | undefined,
): Promise<TableFingerprint> {
  // The last stretch is read to the end of the table, wherever that is.
  const range = stretch && {
    first: stretch.first,
    end: stretch.last + 1 < blocks ? stretch.last + 1 : undefined,
  };
  const earlier = range === undefined || range.first === 0 ? undefined : before;
  const sum =
    earlier?.method === 'text'
      ? await sumOver(session, name, 'text', range)
      : await sumOfRecords(session, name, range);
  if (sum !== undefined) return earlier === undefined ? sum : added(earlier, sum);
  // One row that cannot be hashed as a record makes it a table that is hashed by its rows' text, from the first one on.
  return sumOver(session, name, 'text', range && { first: 0, end: range.end });
}

const added = (one: TableFingerprint, other: TableFingerprint): TableFingerprint => ({
  ...other,
  rows: one.rows + other.rows,
  checksum: String(BigInt(one.checksum) + BigInt(other.checksum)),
});

function answerOf(recorded: DatabaseFingerprint, actual: readonly TableFingerprint[]): CheckAnswer {
  const tables = compareFingerprint(recorded, actual);
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
}

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
