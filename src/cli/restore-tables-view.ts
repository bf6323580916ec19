/** Chosen tables for a terminal: of each how much it is, and the statements by which a person goes on. */
import type { PlannedTables, RestoredTables, Statement } from '../contracts/restore-tables.ts';
import { bytes as bytesText, paragraph, thousands as count } from './format.ts';
import { palette } from './palette.ts';

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
      ...leftOut.flatMap((what) => paragraph('    without ', what, width)),
    ]),
    '',
    paint.strong('Afterwards, by hand'),
    ...chosen.flatMap(({ takeOver }) => takeOver.flatMap(statementLines)),
    ...statementLines({ what: 'what was restored is removed', sql: remove }),
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
      ...leftOut.flatMap((what) => paragraph('    without ', what, width)),
      ...problems.flatMap((what) => paragraph('    failed: ', what, width)),
    ]),
    ...(state === 'kept'
      ? [
          ...tables.flatMap(({ takeOver }) => takeOver.flatMap(statementLines)),
          ...statementLines({ what: 'what was restored is removed', sql: remove }),
        ]
      : []),
  ];
}

/** A statement stays on one line, so that it can be copied. */
const statementLines = ({ what, sql }: Statement): string[] => [`  -- ${what}`, `  ${sql}`];
