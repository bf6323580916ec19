/**
 * Ranges of digests, as plain text that can be stored and handed on: from a digest (inclusive) to another (exclusive).
 * A bound is hex without the zero bytes at its end, so that '' is the beginning and the plain order of texts is the
 * order of digests, bounds and digests alike. A range without `to` reaches to the end.
 */

export interface DigestRange {
  /** The first digest, lower-case hex of whole bytes without the zero bytes at its end; '' for the very first. */
  readonly from: string;
  /** The first digest that is past the range, likewise; undefined: none is. */
  readonly to?: string | undefined;
}

/** Every digest there is. */
export const allDigests: DigestRange = { from: '' };

/** Stands behind every bound. */
const pastTheEnd = '~';
const endOf = (range: DigestRange): string => range.to ?? pastTheEnd;

/** A bound from a digest's leading bytes. */
export function boundOf(digest: Uint8Array): string {
  return trimmed(Buffer.from(digest).toString('hex'));
}

/** Hex without the zero bytes at its end. */
function trimmed(hex: string): string {
  let length = hex.length;
  while (length >= 2 && hex[length - 1] === '0' && hex[length - 2] === '0') length -= 2;
  return hex.slice(0, length);
}

/** The range between two bounds given as hex of any length of whole bytes. */
export function rangeBetween(from: string, to: string | undefined): DigestRange {
  return to === undefined ? { from: trimmed(from) } : { from: trimmed(from), to: trimmed(to) };
}

/** The range of the digests from one to another, both in it and of one length. */
export function rangeFromTo(smallest: Uint8Array, largest: Uint8Array): DigestRange {
  const past = Uint8Array.from(largest);
  let at = past.length - 1;
  while (at >= 0 && past[at] === 0xff) past[at--] = 0;
  if (at < 0) return { from: boundOf(smallest) };
  past[at] = (past[at] ?? 0) + 1;
  return { from: boundOf(smallest), to: boundOf(past) };
}

/** Whether a range holds a digest in lower-case hex. */
export function holds(range: DigestRange, hex: string): boolean {
  // A digest that ends in zero bytes is longer than the bound that it equals, and yet not less than it.
  return hex >= range.from && hex < endOf(range);
}

/** The order of ranges that do not overlap. */
export function inOrder(a: { readonly range: DigestRange }, b: { readonly range: DigestRange }): number {
  if (a.range.from === b.range.from) return 0;
  return a.range.from < b.range.from ? -1 : 1;
}

/** Whether a range holds no digest at all. */
export function isEmptyRange(range: DigestRange): boolean {
  return range.from >= endOf(range);
}

/** What two ranges have in common; undefined if nothing. */
export function intersection(a: DigestRange, b: DigestRange): DigestRange | undefined {
  const from = a.from > b.from ? a.from : b.from;
  const to = endOf(a) < endOf(b) ? a.to : b.to;
  const common = to === undefined ? { from } : { from, to };
  return isEmptyRange(common) ? undefined : common;
}

/** What is left of a range without another: none, one or two pieces, in order. */
export function without(range: DigestRange, taken: DigestRange): DigestRange[] {
  const common = intersection(range, taken);
  if (common === undefined) return [range];
  const pieces: DigestRange[] = [{ from: range.from, to: common.from }];
  if (common.to !== undefined) pieces.push({ ...range, from: common.to });
  return pieces.filter((piece) => !isEmptyRange(piece));
}

/** Which part of each range decides, where earlier ranges take precedence, and what of the whole none of them covers. */
export function divide<T extends { readonly range: DigestRange }>(
  whole: DigestRange,
  byPrecedence: readonly T[],
): { readonly deciding: { readonly of: T; readonly pieces: DigestRange[] }[]; readonly rest: DigestRange[] } {
  const deciding: { of: T; pieces: DigestRange[] }[] = [];
  let rest = [whole];
  for (const of of byPrecedence) {
    const pieces = rest.flatMap((piece) => intersection(piece, of.range) ?? []);
    if (pieces.length === 0) continue;
    deciding.push({ of, pieces });
    rest = rest.flatMap((piece) => without(piece, of.range));
  }
  return { deciding, rest };
}

/** Those of many ranges, in order and without overlap, that have something in common with one. */
export function touching<T extends { readonly range: DigestRange }>(
  sorted: readonly T[],
  range: DigestRange,
): T[] {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const one = sorted[middle];
    if (one !== undefined && endOf(one.range) <= range.from) low = middle + 1;
    else high = middle;
  }
  let past = low;
  while (past < sorted.length && (sorted[past]?.range.from ?? pastTheEnd) < endOf(range)) past += 1;
  return sorted.slice(low, past);
}

/** The share of all digests that a range holds, 0 to 1, as near as its first six bytes tell. */
export function shareOf(range: DigestRange): number {
  const bytes = 6;
  const position = (bound: string): number =>
    Number.parseInt(bound.padEnd(bytes * 2, '0').slice(0, bytes * 2), 16);
  const all = 2 ** (8 * bytes);
  return ((range.to === undefined ? all : position(range.to)) - position(range.from)) / all;
}

/** The name of a range, as it stands in a path: `00-end`, `3f-40`. */
export function rangeName(range: DigestRange): string {
  return `${range.from === '' ? '00' : range.from}-${range.to ?? 'end'}`;
}

/** The range of a name; undefined if it is none. */
export function rangeOfName(name: string): DigestRange | undefined {
  const match = /^((?:[0-9a-f]{2})+)-((?:[0-9a-f]{2})+|end)$/.exec(name);
  if (match === null) return undefined;
  const range = rangeBetween(match[1] ?? '', match[2] === 'end' ? undefined : match[2]);
  return rangeName(range) === name && !isEmptyRange(range) ? range : undefined;
}
