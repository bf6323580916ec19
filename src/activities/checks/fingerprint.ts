/**
 * Is every table what it was? Counts and checksums of the restored tables against those of the source at the instant.
 * A large table is read in stretches of its blocks: nobody writes into the restored database, so what the stretches sum
 * up to is what one reading would have. Of a table that was counted in parts, exactly those parts are counted again.
 */
import { fingerprintState, type FingerprintState } from '../../contracts/check-states.ts';
import type { FingerprintDocument } from '../../contracts/documents.ts';
import { compareFingerprint, type TableComparison, type TableFingerprint } from '../../policy/fingerprint.ts';
import { pieceName, type SizedTable, type TablePiece } from '../../policy/table-parts.ts';
import type { DatabaseSession } from '../../ports/database.ts';
import { fingerprintPiece, listTables, pinTextForms, sumOfRecords, sumOver } from '../table-fingerprints.ts';
import { answerByFindings, checkInPortions, recordedIn, type CheckAnswer } from './check.ts';
import { coverageOf } from './fingerprint-coverage.ts';
import { walkRelations, type Stretch, type Walked } from './relation-walk.ts';

export const fingerprintCheck = checkInPortions<FingerprintState>({
  id: 'fingerprint',
  title: 'Every table holds what it held',
  needsRecord: true,
  state: fingerprintState,
  begin: () => Promise.resolve({ tables: [] }),
  async run(context, from) {
    const { fingerprint } = recordedIn(context);
    const sums = new Map(from.tables.map((one) => [pieceName(one), one]));
    return context.deps.databases.withSession(context.at, async (session) => {
      await session.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      await pinTextForms(session);
      const tables = await listTables(session);
      const pieces = piecesOf(tables, fingerprint);
      const at = await walkRelations(context, pieces, from.at, async ({ piece, whole }, stretch) => {
        const sum =
          whole === undefined
            ? await fingerprintPiece(session, piece)
            : await sumOn(session, whole, stretch, sums.get(piece.table));
        sums.set(pieceName(piece), sum);
      });
      await session.query('COMMIT');
      const counted = [...sums.values()];
      return at === undefined ? answerOf(fingerprint, counted) : { next: { at, tables: counted } };
    });
  },
});

/** A part of a table, which is looked at in one go; or a whole one, in stretches. */
interface WalkedPiece extends Walked {
  readonly piece: TablePiece;
  readonly whole?: SizedTable;
}

/** What is to be counted: every table but those that were divided, and the counted parts of these. */
function piecesOf(
  tables: readonly SizedTable[],
  { before, divided = [] }: FingerprintDocument,
): WalkedPiece[] {
  const inParts = new Set(divided.map(({ table }) => table));
  const there = new Set(tables.map(({ name }) => name));
  const whole = tables
    .filter(({ name }) => !inParts.has(name))
    .map((one) => ({ key: one.name, blocks: one.blocks, piece: { table: one.name }, whole: one }));
  return [...whole, ...before.filter(({ table }) => inParts.has(table) && there.has(table)).map(partOf)];
}

function partOf({ table, blocks }: TablePiece): WalkedPiece {
  const first = String(blocks?.first ?? 0).padStart(10, '0');
  return { key: `${table} ${first}`, blocks: 0, piece: { table, blocks } };
}

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

function answerOf(recorded: FingerprintDocument, actual: readonly TableFingerprint[]): CheckAnswer {
  const comparisons = compareFingerprint(recorded, actual);
  const { words, measured, uncounted } = coverageOf(recorded);
  const findings = comparisons
    .filter(({ verdict }) => verdict !== 'match' && verdict !== 'not-comparable')
    .map(describe);
  const unclear = comparisons.filter(({ verdict }) => verdict === 'not-comparable').map(describe);
  const tables = new Set(actual.map(({ table }) => table)).size;
  const rows = actual.reduce((sum, table) => sum + table.rows, 0);
  const between = comparisons.filter(({ held }) => held === 'between');
  const answer = answerByFindings(
    [`${tables} tables as recorded, ${heldIn(comparisons, between)}`, ...words].join('; '),
    `${tables} tables with ${rows} rows match`,
    findings,
    { tables, rows, heldBetween: between.length, ...measured },
    comparisons,
  );
  return findings.length > 0 ? answer : unlessUnclear(answer, [...unclear, ...uncounted]);
}

function unlessUnclear(answer: CheckAnswer, unclear: readonly string[]): CheckAnswer {
  if (unclear.length === 0) return answer;
  const told = { findings: unclear, findingCount: unclear.length };
  return { ...answer, status: 'inconclusive', actual: unclear.join('; '), ...told };
}

function heldIn(comparisons: readonly TableComparison[], between: readonly TableComparison[]): string {
  if (between.length === 0) return 'each exactly';
  const names = between.map((one) => one.table).join(', ');
  return `${comparisons.length - between.length} exactly, ${between.length} that changed at that moment between two counts (${names})`;
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
