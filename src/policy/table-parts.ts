/**
 * In which order the tables of a database are counted where the time may run out: whole tables, the smallest first, then
 * the parts of the large ones. Parts are drawn at random, as many of each large table for its size, so that whatever was
 * counted of a table when the time was up is a random sample of it, and no table is left for last.
 */
import { drawOrder } from './sampling.ts';

/** A table, quoted, and its blocks: none where its access method does not give rows out by blocks. */
export interface SizedTable {
  readonly name: string;
  readonly blocks: number;
}

/** Blocks of a table, the first included, the end not; no end: to the end of the table. */
export interface BlockRange {
  readonly first: number;
  readonly end?: number | undefined;
}

/** A table, or the part of a large one that stands in a range of its blocks. */
export interface TablePiece {
  readonly table: string;
  readonly blocks?: BlockRange | undefined;
}

/** In blocks: up to where a table is counted as a whole, and how large a part of a larger one is at least. */
export interface PartSizes {
  readonly whole: number;
  readonly part: number;
}

/** 1 GiB and 128 MiB of blocks of 8 KiB. */
export const partSizes: PartSizes = { whole: 131_072, part: 16_384 };

/** However large a table is, it has no more parts: what is written down of it stays small. */
const mostParts = 1_000;

/** What finds and reports call a piece. */
export function pieceName({ table, blocks }: TablePiece): string {
  if (blocks === undefined) return table;
  const last = blocks.end === undefined ? 'the end' : blocks.end - 1;
  return `${table}, blocks ${blocks.first} to ${last}`;
}

/** Every piece of the tables, in the order in which they are counted. */
export function countingOrder(
  tables: readonly SizedTable[],
  seed: string,
  sizes: PartSizes = partSizes,
): TablePiece[] {
  const whole = tables
    .filter(({ blocks }) => blocks <= sizes.whole)
    .toSorted((a, b) => a.blocks - b.blocks)
    .map(({ name }) => ({ table: name }));
  const parts = tables
    .filter(({ blocks }) => blocks > sizes.whole)
    .flatMap((table) => drawn(partsOf(table, sizes.part), `${seed}/${table.name}`))
    .toSorted((a, b) => a.turn - b.turn)
    .map(({ piece }) => piece);
  return [...whole, ...parts];
}

function partsOf({ name, blocks }: SizedTable, least: number): TablePiece[] {
  const size = Math.max(least, Math.ceil(blocks / mostParts));
  const parts = Math.ceil(blocks / size);
  return Array.from({ length: parts }, (_, index) => ({
    table: name,
    blocks: { first: index * size, ...(index + 1 < parts ? { end: (index + 1) * size } : {}) },
  }));
}

/** The parts of one table in random order, each with the share of the table that is counted before it. */
function drawn(parts: readonly TablePiece[], seed: string): { piece: TablePiece; turn: number }[] {
  return drawOrder(seed, parts.length).flatMap((index, place) => {
    const piece = parts[index];
    return piece === undefined ? [] : [{ piece, turn: place / parts.length }];
  });
}
