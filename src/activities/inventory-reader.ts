/**
 * Reads an inventory as it comes, piece by piece, into packed runs: no string and no object is made of an address, since
 * every retained recovery point's inventory is read for every scan. Invariant: what was given out counts only once
 * `end` has returned, which it does only for the very lines that were written.
 */
import type { InventorySum } from './inventory.ts';
import type { LineSum } from './line-sum.ts';

/** When an address was referred to: only before the instant, only after it, or in both snapshots (or the only one). */
export const helds = ['before', 'after', 'both'] as const;
export type Held = (typeof helds)[number];

/** Addresses one after the other: their digests, and for each the index of its `Held`. */
export interface InventoryRun {
  readonly digests: Uint8Array;
  readonly held: Uint8Array;
  readonly length: number;
}

type Run = { -readonly [Key in keyof InventoryRun]: InventoryRun[Key] };

/** How far a reading is, at the beginning of a line, for another one to go on from. */
export interface InventoryPlace {
  readonly offset: number;
  readonly lines: number;
  readonly addresses: number;
  /** What the sum over the addresses before it is taken up from. */
  readonly sum: string;
}

const nothing = Buffer.alloc(0);
const newline = 0x0a;
const brace = 0x7b;
/** What stands before an address, by the index of its `Held`. */
const marks = [0x3c, 0x3e] as const;
const both = helds.indexOf('both');

/** The value of each hex digit's character, -1 for any other. */
const valueOf = new Int8Array(256).fill(-1);
for (const [value, digit] of Array.from('0123456789abcdef').entries()) {
  valueOf[digit.charCodeAt(0)] = value;
  valueOf[digit.toUpperCase().charCodeAt(0)] = value;
}

export class InventoryReader {
  readonly #digestBytes: number;
  readonly #damaged: (how: string) => Error;
  readonly #sum: LineSum;
  /** The beginning of a line. */
  #rest: Buffer = nothing;
  #offset: number;
  #lines: number;
  #addresses: number;
  #isClosed = false;

  /**
   * `damaged` makes the error of an inventory that is not what was written. Goes on at a place, if one is given; `sum` is
   * then taken up from there.
   */
  constructor(
    digestBytes: number,
    damaged: (how: string) => Error,
    sum: LineSum,
    from?: Pick<InventoryPlace, 'offset' | 'lines' | 'addresses'>,
  ) {
    this.#digestBytes = digestBytes;
    this.#damaged = damaged;
    this.#sum = sum;
    ({
      offset: this.#offset,
      lines: this.#lines,
      addresses: this.#addresses,
    } = from ?? { offset: 0, lines: 0, addresses: 0 });
  }

  /** The place behind the lines that were given out. */
  place(): InventoryPlace {
    return {
      ...{ offset: this.#offset, lines: this.#lines, addresses: this.#addresses },
      sum: this.#sum.save(),
    };
  }

  /** Takes the next piece, and gives the addresses of the lines that end in it. */
  push(piece: Buffer): InventoryRun {
    const end = piece.lastIndexOf(newline) + 1;
    const run = this.#emptyRun(this.#rest.length + end);
    let from = 0;
    if (end > 0 && this.#rest.length > 0) {
      // Only the line that began before is put together: no piece is copied for it.
      from = piece.indexOf(newline) + 1;
      this.#linesOf(Buffer.concat([this.#rest, piece.subarray(0, from)]), run);
      this.#rest = nothing;
    }
    this.#linesOf(piece.subarray(from, end), run);
    this.#rest = Buffer.concat([this.#rest, piece.subarray(end)]);
    return run;
  }

  /** The inventory has come to its end: throws unless it is what was recorded. */
  end(expected: InventorySum): void {
    if (!this.#isClosed || this.#rest.length > 0) throw this.#damaged('its last line is missing: it was cut');
    if (this.#addresses !== expected.addresses || `sha256-${this.#sum.hex()}` !== expected.digest)
      throw this.#damaged('its addresses are not those that were recorded');
  }

  /** Room for the addresses in so many bytes. */
  #emptyRun(bytes: number): Run {
    const most = Math.ceil(bytes / (2 * this.#digestBytes + 1));
    return { digests: new Uint8Array(most * this.#digestBytes), held: new Uint8Array(most), length: 0 };
  }

  /** Adds the addresses of whole lines. */
  #linesOf(bytes: Buffer, run: Run): void {
    const before = run.length;
    let summed = 0;
    for (let at = 0; at < bytes.length;) {
      const end = bytes.indexOf(newline, at);
      this.#lines += 1;
      this.#isClosed = bytes[at] === brace;
      if (this.#isClosed) {
        this.#sum.update(bytes.subarray(summed, at));
        summed = end + 1;
      } else {
        run.held[run.length] = this.#address(bytes, at, end, run.digests, run.length * this.#digestBytes);
        run.length += 1;
      }
      at = end + 1;
    }
    this.#sum.update(bytes.subarray(summed));
    this.#offset += bytes.length;
    this.#addresses += run.length - before;
  }

  /** Decodes the address of a line; returns the index of its `Held`. */
  #address(bytes: Buffer, at: number, end: number, into: Uint8Array, to: number): number {
    const mark = bytes[at] === marks[0] ? 0 : bytes[at] === marks[1] ? 1 : both;
    let from = mark === both ? at : at + 1;
    if (end - from !== 2 * this.#digestBytes) throw this.#noAddress();
    for (let place = to; from < end; from += 2, place += 1) {
      const value = ((valueOf[bytes[from] ?? 0] ?? -1) << 4) | (valueOf[bytes[from + 1] ?? 0] ?? -1);
      if (value < 0) throw this.#noAddress();
      into[place] = value;
    }
    return mark;
  }

  #noAddress(): Error {
    return this.#damaged(`line ${this.#lines} is no address`);
  }
}
