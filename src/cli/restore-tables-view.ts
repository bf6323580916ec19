/** Chosen tables for a terminal: of each how much it is, and the statements by which a person goes on. */
import type { PlannedTables, RestoredTables, Statement } from '../contracts/restore-tables.ts';
import { bytes as bytesText, paragraph, thousands as count, wrap } from './format.ts';
import { palette } from './palette.ts';
import { sqlLines } from './sql-lines.ts';

interface Look {
  readonly width: number;
  readonly color: boolean;
}

/** What a plan says of its tables, and how rows will be taken over. */
export function tablesLines({ chosen, remove }: PlannedTables, { width, color }: Look): string[] {
  const paint = palette(color);
  return [
    '',
    paint.strong('Tables'),
    ...chosen.flatMap(({ table, rows, bytes, leftOut }) => [
      `  ${table}: ${rows === undefined ? 'rows unknown' : `${count(rows)} rows`}, ${bytes === undefined ? 'not in the source any more' : `${bytesText(bytes)} in the source`}`,
      ...withoutLines(leftOut, width),
    ]),
    ...byHand(chosen, remove, { width, color }),
  ];
}

/** What came of them, and how rows are taken over. */
export function tablesEndLines({ tables, remove, state }: RestoredTables, { width, color }: Look): string[] {
  const paint = palette(color);
  return [
    '',
    paint.strong('Tables'),
    ...tables.flatMap(({ table, outcome, detail, leftOut, problems }) => [
      ...paragraph(`  ${table}: ${outcome}, `, detail, width),
      ...withoutLines(leftOut, width),
      ...problems.flatMap((what) => paragraph('    failed: ', what, width)),
    ]),
    ...(state === 'kept' ? byHand(tables, remove, { width, color }) : []),
  ];
}

const withoutLines = (leftOut: readonly string[], width: number): string[] =>
  leftOut.length === 0 ? [] : paragraph('    without ', leftOut.join('; '), width);

/** The statements by which a person goes on: what they do once, and below it those of every table. */
function byHand(
  tables: readonly { readonly takeOver: readonly Statement[] }[],
  remove: string,
  { width, color }: Look,
): string[] {
  const statements = [
    ...tables.flatMap(({ takeOver }) => takeOver),
    { what: 'what was restored is removed', sql: remove },
  ];
  const alike = Map.groupBy(statements, ({ what }) => what);
  return [
    '',
    palette(color).strong('Afterwards, by hand'),
    ...[...alike].flatMap(([what, those]) => [
      ...wrap(what, width - 5).map((line) => `  -- ${line}`),
      ...those.flatMap(({ sql }) => sqlLines(sql, '  ', width)),
    ]),
  ];
}
