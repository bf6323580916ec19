/**
 * Tables of a given width. A table that is too wide gives up columns' width by wrapping cells, never by dropping text;
 * colour is put on last, after everything was measured.
 */
import { displayWidth, pad, printable, wrap } from './format.ts';

/** A table's column; only columns that `shrink` are narrowed, by wrapping their cells, when the table is too wide. */
export interface Column {
  readonly header: string;
  readonly align?: 'left' | 'right';
  readonly shrink?: boolean;
}

/** A cell: plain text, or text with what colours it once it was measured. */
export type Cell = string | { readonly text: string; readonly paint: (text: string) => string };

export interface TableOptions {
  readonly width: number;
  readonly indent?: number;
  readonly paintHeader?: (text: string) => string;
}

const gap = 2;
const narrowest = 8;

/** The lines of a table with a header; columns are two spaces apart. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  options: TableOptions,
): string[] {
  const indent = options.indent ?? 0;
  const header = columns.map((column): Cell => ({
    text: column.header,
    paint: options.paintHeader ?? ((text) => text),
  }));
  const cells = [header, ...rows].map((row) => row.map(cellParts));
  const widths = fittedWidths(columns, cells, options.width - indent);
  return cells.flatMap((row) => rowLines(columns, row, widths)).map((line) => `${' '.repeat(indent)}${line}`);
}

interface CellParts {
  readonly text: string;
  readonly paint: (text: string) => string;
}

function cellParts(cell: Cell): CellParts {
  if (typeof cell === 'string') return { text: printable(cell), paint: (text) => text };
  return { text: printable(cell.text), paint: cell.paint };
}

/**
 * The columns' widths: the natural ones, the widest that may shrink made narrower until all fit. Words, such as ids, are
 * broken only where nothing else helps.
 */
function fittedWidths(
  columns: readonly Column[],
  rows: readonly (readonly CellParts[])[],
  available: number,
): number[] {
  const widths = columns.map((_, index) =>
    Math.max(...rows.map((row) => displayWidth(row[index]?.text ?? ''))),
  );
  const words = columns.map((_, index) => Math.max(...rows.map((row) => widestWord(row[index]?.text ?? ''))));
  const shrinking = (to: (index: number) => number): number[] =>
    columns.map(({ shrink }, index) => (shrink === true ? Math.max(narrowest, to(index)) : Infinity));
  narrow(
    widths,
    shrinking((index) => words[index] ?? 0),
    available,
  );
  narrow(
    widths,
    shrinking(() => narrowest),
    available,
  );
  return widths;
}

const widestWord = (text: string): number => Math.max(...text.split(' ').map(displayWidth));

/** Takes columns from the widest, down to the least of each, until all fit or nothing more can be taken. */
function narrow(widths: number[], least: readonly number[], available: number): void {
  let excess = widths.reduce((sum, width) => sum + width, 0) + gap * (widths.length - 1) - available;
  while (excess > 0) {
    const candidates = widths.map((width, index) => (width > (least[index] ?? Infinity) ? width : 0));
    const widest = Math.max(...candidates);
    if (widest === 0) return;
    widths[candidates.indexOf(widest)] = widest - 1;
    excess -= 1;
  }
}

function rowLines(
  columns: readonly Column[],
  row: readonly CellParts[],
  widths: readonly number[],
): string[] {
  const wrapped = row.map((cell, index) => wrap(cell.text, widths[index] ?? narrowest));
  const height = Math.max(...wrapped.map((lines) => lines.length));
  return Array.from({ length: height }, (_, line) =>
    row
      .map((cell, index) =>
        cell.paint(pad(wrapped[index]?.[line] ?? '', widths[index] ?? 0, columns[index]?.align)),
      )
      .join(' '.repeat(gap))
      .trimEnd(),
  );
}
