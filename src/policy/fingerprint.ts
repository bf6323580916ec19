/**
 * A fingerprint says what a database held at one instant: per table the number of rows and a checksum that does not
 * depend on their order. This file decides whether a restored database is that database.
 *
 * `exact`: taken under a lock, so every table must match. `bracketed`: taken from two snapshots around the instant
 * without a lock, so a table that is equal in both must match exactly, and one that changed in between is held only
 * to lie between the two row counts. One that changed and lies outside of them is not comparable: rows that came and
 * went in that moment are in neither count. The comparison says which table was held to what.
 */

export const fingerprintModes = ['exact', 'bracketed'] as const;
export type FingerprintMode = (typeof fingerprintModes)[number];

/** One table's content: rows, and the sum of the row hashes as a decimal text (it exceeds 64 bits). */
export interface TableFingerprint {
  readonly table: string;
  readonly rows: number;
  readonly checksum: string;
  /** `record` hashes the row's values; `text` its text form, for types without a hash function. */
  readonly method: 'record' | 'text';
}

/** What a database held at an instant. In mode `exact` `after` is left out. */
export interface DatabaseFingerprint {
  readonly mode: FingerprintMode;
  readonly before: readonly TableFingerprint[];
  readonly after?: readonly TableFingerprint[] | undefined;
}

/** How one table of the restored database stands to the fingerprint. */
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
    table: expected.table,
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
    table: before.table,
    held: 'between' as const,
    expected: `${least} to ${most} rows`,
    actual: describe(actual),
  };
  if (actual === undefined) return { ...facts, verdict: 'missing' };
  return { ...facts, verdict: actual.rows >= least && actual.rows <= most ? 'match' : 'not-comparable' };
}

/** Every table of the fingerprint and of the restored database, each with its verdict. */
export function compareFingerprint(
  expected: DatabaseFingerprint,
  actual: readonly TableFingerprint[],
): TableComparison[] {
  const found = new Map(actual.map((table) => [table.table, table]));
  const after = new Map((expected.after ?? expected.before).map((table) => [table.table, table]));
  const comparisons = expected.before.flatMap((before) => {
    const later = after.get(before.table);
    if (later === undefined) return []; // Dropped in that moment: it may be there or not.
    const unchanged = later.rows === before.rows && later.checksum === before.checksum;
    const actually = found.get(before.table);
    return unchanged ? compareExactly(before, actually) : compareBetween(before, later, actually);
  });
  const known = new Set([...expected.before, ...(expected.after ?? [])].map((table) => table.table));
  const unexpected = actual
    .filter((table) => !known.has(table.table))
    .map((table): TableComparison => ({
      table: table.table,
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
