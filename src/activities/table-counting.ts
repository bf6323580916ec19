/**
 * Counts the tables of a database from one open snapshot, or from two, for as long as there is time. What was not counted
 * by then is named with what was: a fingerprint that says what it does not cover is worth more than none.
 */
import type { DividedTable, TableFingerprint } from '../policy/fingerprint.ts';
import {
  countingOrder,
  pieceName,
  type PartSizes,
  type SizedTable,
  type TablePiece,
} from '../policy/table-parts.ts';
import { isBrokenOff, type DatabaseSession } from '../ports/database.ts';
import { fingerprintPiece, listTables, pinTextForms } from './table-fingerprints.ts';

/** What was counted in each of the snapshots, and of which tables not everything was counted as a whole. */
export interface Counted {
  readonly before: TableFingerprint[];
  readonly after: TableFingerprint[] | undefined;
  readonly divided: DividedTable[];
}

export interface CountingOrder {
  /** What the parts of large tables are drawn by. */
  readonly seed: string;
  readonly millisecondsLeft: () => number;
  readonly sizes?: PartSizes | undefined;
}

/** Both transactions may be aborted afterwards: whatever else is read from the snapshots is read before. */
export async function countTables(
  before: DatabaseSession,
  after: DatabaseSession | undefined,
  { seed, millisecondsLeft, sizes }: CountingOrder,
): Promise<Counted> {
  const snapshots = await Promise.all(
    [before, ...(after === undefined ? [] : [after])].map((session) => openedOn(session)),
  );
  const tables = new Map(snapshots.toReversed().flatMap(({ tables: listed }) => [...listed]));
  const pieces = countingOrder([...tables.values()], seed, sizes);
  const counts = new Map<string, number>();
  for (const piece of pieces) {
    const sums = await countEverywhere(snapshots, piece, millisecondsLeft());
    if (sums === undefined) break;
    for (const [index, sum] of sums.entries()) if (sum !== undefined) snapshots[index]?.counted.push(sum);
    counts.set(piece.table, (counts.get(piece.table) ?? 0) + 1);
  }
  const [first, second] = snapshots.map(({ counted }) => inOrder(counted));
  return { before: first ?? [], after: second, divided: dividedOf(pieces, counts, seed) };
}

interface Snapshot {
  readonly session: DatabaseSession;
  readonly tables: ReadonlyMap<string, SizedTable>;
  readonly counted: TableFingerprint[];
}

async function openedOn(session: DatabaseSession): Promise<Snapshot> {
  await pinTextForms(session);
  const tables = new Map((await listTables(session)).map((table) => [table.name, table]));
  return { session, tables, counted: [] };
}

/** A piece in each snapshot that has its table; undefined once the time is up. */
async function countEverywhere(
  snapshots: readonly Snapshot[],
  piece: TablePiece,
  millisecondsLeft: number,
): Promise<(TableFingerprint | undefined)[] | undefined> {
  if (millisecondsLeft < 1) return undefined;
  try {
    return await Promise.all(
      snapshots.map(async ({ session, tables }) =>
        tables.has(piece.table) ? countWithin(session, piece, millisecondsLeft) : undefined,
      ),
    );
  } catch (thrown) {
    if (isBrokenOff(thrown)) return undefined;
    throw thrown;
  }
}

async function countWithin(
  session: DatabaseSession,
  piece: TablePiece,
  milliseconds: number,
): Promise<TableFingerprint> {
  await session.query(`SET LOCAL statement_timeout = ${Math.ceil(milliseconds)}`);
  return fingerprintPiece(session, piece);
}

const inOrder = (counted: readonly TableFingerprint[]): TableFingerprint[] =>
  counted.toSorted((a, b) =>
    a.table === b.table
      ? (a.blocks?.first ?? 0) - (b.blocks?.first ?? 0)
      : pieceName(a) < pieceName(b)
        ? -1
        : 1,
  );

/** The tables that have parts, and those of which nothing was counted. */
function dividedOf(
  pieces: readonly TablePiece[],
  counts: ReadonlyMap<string, number>,
  seed: string,
): DividedTable[] {
  const parts = new Map<string, number>();
  for (const { table } of pieces) parts.set(table, (parts.get(table) ?? 0) + 1);
  return [...parts]
    .map(([table, all]) => ({ table, parts: all, counted: counts.get(table) ?? 0, seed: `${seed}/${table}` }))
    .filter((one) => one.parts > 1 || one.counted === 0)
    .toSorted((a, b) => (a.table < b.table ? -1 : 1));
}
