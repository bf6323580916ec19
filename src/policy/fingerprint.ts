/**
 * A fingerprint says what a database held at one instant: per table the number of rows and a checksum that does not
 * depend on their order. This file decides whether a restored database is that database.
 *
 * `exact`: taken under a lock, so every table must match. `bracketed`: taken from two snapshots around the instant
 * without a lock, so a table that is equal in both must match exactly, and one that changed in between is held only
 * to lie between the two row counts. One that changed and lies outside of them is not comparable: rows that came and
 * went in that moment are in neither count. The comparison says which table was held to what.
 *
 * A large table is counted in parts, each of which is held against itself like a table: a restore brings back every
 * block where it was. Of parts that were not counted nothing is said here.
 */
import { pieceName, type TablePiece } from './table-parts.ts';

export const fingerprintModes = ['exact', 'bracketed'] as const;
export type FingerprintMode = (typeof fingerprintModes)[number];

/** What a table or a part of one holds: rows, and the sum of the row hashes as a decimal text (it exceeds 64 bits). */
export interface TableFingerprint extends TablePiece {
  readonly rows: number;
  readonly checksum: string;
  /** `record` hashes the row's values; `text` its text form, for types without a hash function. */
  readonly method: 'record' | 'text';
}

/** A table of which not everything was counted at once: into how many parts it was divided, and how many were counted. */
export interface DividedTable {
  readonly table: string;
  readonly parts: number;
  readonly counted: number;
  /** What the order was drawn by in which its parts were counted. */
  readonly seed: string;
}

/** Whether the time did not suffice for all of a table. */
export const isPartlyCounted = ({ parts, counted }: DividedTable): boolean => counted < parts;

/** What a database held at an instant. In mode `exact` `after` is left out. */
export interface DatabaseFingerprint {
  readonly mode: FingerprintMode;
  readonly before: readonly TableFingerprint[];
  readonly after?: readonly TableFingerprint[] | undefined;
}

/** How one table of the restored database, or a part of one, stands to the fingerprint. */
export interface TableComparison {
  readonly table: string;
  readonly held: 'exactly' | 'between';
  readonly verdict: 'match' | 'rows-differ' | 'content-differs' | 'missing' | 'unexpected' | 'not-comparable';
  readonly expected: string;
  readonly actual: string;
}

const describe = (table: TableFingerprint | undefined): string =>
  table === undefined ? 'no such table' : `${table.rows} rows, checksum ${table.checksum}`;

function compareExactly(expected: TableFingerprint, actual: TableFingerprint | undefined): TableComparison {
  const facts = {
    table: pieceName(expected),
    held: 'exactly' as const,
    expected: describe(expected),
    actual: describe(actual),
  };
  if (actual === undefined) return { ...facts, verdict: 'missing' };
  if (actual.rows !== expected.rows) return { ...facts, verdict: 'rows-differ' };
  return { ...facts, verdict: actual.checksum === expected.checksum ? 'match' : 'content-differs' };
}

function compareBetween(
  before: TableFingerprint,
  after: TableFingerprint,
  actual: TableFingerprint | undefined,
): TableComparison {
  const [least, most] = [Math.min(before.rows, after.rows), Math.max(before.rows, after.rows)];
  const facts = {
    table: pieceName(before),
    held: 'between' as const,
    expected: `${least} to ${most} rows`,
    actual: describe(actual),
  };
  if (actual === undefined) return { ...facts, verdict: 'missing' };
  return { ...facts, verdict: actual.rows >= least && actual.rows <= most ? 'match' : 'not-comparable' };
}

const byName = (tables: readonly TableFingerprint[]): Map<string, TableFingerprint> =>
  new Map(tables.map((table) => [pieceName(table), table]));

/** Every table of the fingerprint and of the restored database, each with its verdict. */
export function compareFingerprint(
  expected: DatabaseFingerprint,
  actual: readonly TableFingerprint[],
): TableComparison[] {
  const found = byName(actual);
  const after = byName(expected.after ?? expected.before);
  const comparisons = expected.before.flatMap((before) => {
    const later = after.get(pieceName(before));
    if (later === undefined) return []; // Dropped in that moment: it may be there or not.
    const unchanged = later.rows === before.rows && later.checksum === before.checksum;
    const actually = found.get(pieceName(before));
    return unchanged ? compareExactly(before, actually) : compareBetween(before, later, actually);
  });
  const known = new Set([...expected.before, ...(expected.after ?? [])].map(pieceName));
  const unexpected = actual
    .filter((table) => !known.has(pieceName(table)))
    .map((table): TableComparison => ({
      table: pieceName(table),
      held: 'exactly',
      verdict: 'unexpected',
      expected: 'no such table',
      actual: describe(table),
    }));
  return [...comparisons, ...unexpected];
}

/** The instant of a marker as the provider's API can name it: rounded up to the next whole millisecond. */
export function instantCeiling(microseconds: bigint): bigint {
  return (microseconds + 999n) / 1000n;
}
