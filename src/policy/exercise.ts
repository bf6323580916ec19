/**
 * The rows that a drill writes and then loses, and what restored data says of them. Pure: rows follow from the drill
 * alone, so that whoever checks them needs nothing but its name. Each row carries the digest of its own content: one
 * that was overwritten gives itself away, whoever did it and whenever.
 */
import { createHash } from 'node:crypto';
import { digestOf } from './canonical-json.ts';

/** How many rows are written before the last one, which comes just before the harm is done. */
const rowsBefore = 100;

/** A row of `lifeboat.exercise`. The mark of what was done to the rows is item 0. */
export interface ExerciseRow {
  readonly item: number;
  readonly content: string;
  readonly digest: string;
}

/** The row of an item, from 1 on. */
export function exerciseRow(drill: string, item: number): ExerciseRow {
  const content = `row ${item} of ${drill}`;
  return { item, content, digest: contentDigest(content) };
}

const contentDigest = (content: string): string => createHash('sha256').update(content).digest('hex');

/** The rows that are written at first. */
export const firstRows = (drill: string): ExerciseRow[] =>
  Array.from({ length: rowsBefore }, (_, index) => exerciseRow(drill, index + 1));
/** The row that is written last, just before the harm is done. */
export const lastRow = (drill: string): ExerciseRow => exerciseRow(drill, rowsBefore + 1);

/** What is expected: how many rows, and the digest over them. */
export function expectedRows(drill: string): { readonly rows: number; readonly digest: string } {
  const rows = [...firstRows(drill), lastRow(drill)];
  return { rows: rows.length, digest: digestOf(rows) };
}

/** A row as restored data holds it. */
export interface FoundRow extends ExerciseRow {
  readonly writtenAtMilliseconds: number;
}

/** Restored to before the harm: exactly the rows that were written are there, and no sign of it. */
export function problemsBeforeHarm(drill: string, found: readonly FoundRow[], harm = 'deletion'): string[] {
  const expected = new Map([...firstRows(drill), lastRow(drill)].map((row) => [row.item, row]));
  const rows = found.filter(({ item }) => item > 0);
  const missing = [...expected.keys()].filter((item) => rows.every((row) => row.item !== item));
  const strange = rows.filter(({ item }) => !expected.has(item));
  const changed = rows.filter((row) => {
    const known = expected.get(row.item);
    return known !== undefined && (known.content !== row.content || known.digest !== row.digest);
  });
  return [
    ...(found.some(({ item }) => item === 0) ? [`the ${harm} is there: this is a later instant`] : []),
    ...(missing.length === 0 ? [] : [`${missing.length} rows are missing: items ${some(missing)}`]),
    ...strange.map(({ item }) => `item ${item} was never written`),
    ...changed.map(({ item }) => `item ${item} holds something else than was written`),
  ];
}

/** Rows that are not what their own digests say. */
export const poisonedRows = (found: readonly FoundRow[]): FoundRow[] =>
  found.filter(({ item, content, digest }) => item > 0 && contentDigest(content) !== digest);

/** Of any instant: every row that is there is what its own digest says. None at all is no damage: it is an older instant. */
export function problemsOfPoison(found: readonly FoundRow[]): string[] {
  const poisoned = poisonedRows(found);
  if (poisoned.length === 0) return [];
  const items = some(poisoned.map(({ item }) => item));
  return [`${poisoned.length} rows are not what their own digests say: items ${items}`];
}

const some = (items: readonly number[]): string =>
  `${items.slice(0, 5).join(', ')}${items.length > 5 ? ', …' : ''}`;
