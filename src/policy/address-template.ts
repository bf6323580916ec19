/**
 * The template of a layout: literal text, `{digest}` (the encoded digest) and slices `{from:to}` or `{from:}` of it; and
 * what can be wrong with one. Invariant: a template without problems holds every character of the encoded digest, and a
 * name begins, after literal text, with the digest's first characters.
 */
import { digestCode, type AddressEncoding, type HashAlgorithm } from './address-encoding.ts';

/** A store's template, algorithm and encoding; an absent encoding is lower-case hex. */
export interface AddressLayout {
  readonly template: string;
  readonly algorithm: HashAlgorithm;
  readonly encoding?: AddressEncoding | undefined;
}

/** Literal text, or a slice of the encoded digest; `to` is infinite where the slice is open. */
export type Part = { readonly literal: string } | { readonly from: number; readonly to: number };
/** A slice of the encoded digest. */
export type Slice = Extract<Part, { readonly from: number }>;

/** Whether a part of a template is a slice. */
export const isSlice = (part: Part): part is Slice => 'from' in part;

/** The parts of a template in their order. */
export function partsOf(template: string): Part[] {
  return template
    .split(/(\{digest\}|\{\d+:\d*\})/)
    .filter((text) => text !== '')
    .map((text) => {
      const slice = /^\{(?:digest|(\d+):(\d*))\}$/.exec(text);
      if (slice === null) return { literal: text };
      const [, from = '0', to = ''] = slice;
      return { from: Number(from), to: to === '' ? Number.POSITIVE_INFINITY : Number(to) };
    });
}

/**
 * What is wrong with a layout's template, in words; an empty list when it can be used. Slices behind the end of the
 * digest and names that are too long are found only where the algorithm is given.
 */
export function problemsOfLayout(
  template: string,
  of?: Pick<AddressLayout, 'algorithm' | 'encoding'>,
): string[] {
  const parts = partsOf(template);
  const slices = parts.filter(isSlice);
  const first = slices[0];
  const problems: string[] = [];
  if (reachOf(slices.toSorted((a, b) => a.from - b.from)) !== Number.POSITIVE_INFINITY)
    problems.push('must contain {digest}, or slices that make all of it up, the last one open like {2:}');
  for (const part of parts)
    if (!isSlice(part) && /[{}]/.test(part.literal))
      problems.push(`has braces that are no {digest} or {from:to}: "${part.literal}"`);
  for (const slice of slices) if (slice.from >= slice.to) problems.push(`slice ${sliceText(slice)} is empty`);
  if (first !== undefined && first.from !== 0)
    problems.push(
      `begins with the slice ${sliceText(first)}; the first one must begin at 0, so that the store can be divided by the beginning of its names`,
    );
  return of === undefined || problems.length > 0 ? problems : problemsOfLength(parts, of);
}

/** Azure's limit for a blob's name. */
const longestName = 1_024;

function problemsOfLength(
  parts: readonly Part[],
  { algorithm, encoding }: Pick<AddressLayout, 'algorithm' | 'encoding'>,
): string[] {
  const code = digestCode(algorithm, encoding);
  const problems = parts
    .filter(isSlice)
    .filter(({ from, to }) => (to === Number.POSITIVE_INFINITY ? from : to - 1) >= code.length)
    .map(
      (slice) =>
        `slice ${sliceText(slice)} ends behind the ${code.length} characters of a ${algorithm} digest in ${code.encoding}`,
    );
  const nameLength = parts.reduce((sum, part) => sum + lengthOf(part, code.length), 0);
  if (nameLength > longestName)
    problems.push(`makes names of ${nameLength} characters; a blob's name has at most ${longestName}`);
  return problems;
}

const lengthOf = (part: Part, encodedLength: number): number =>
  isSlice(part) ? Math.max(0, Math.min(part.to, encodedLength) - part.from) : part.literal.length;

const sliceText = ({ from, to }: Slice): string =>
  `{${from}:${to === Number.POSITIVE_INFINITY ? '' : String(to)}}`;

/** Up to which character slices make the encoded digest up, in the order given, before the first gap after `known`. */
export function reachOf(slices: readonly Slice[], known = 0): number {
  let reach = known;
  for (const { from, to } of slices) {
    if (from > reach) return reach;
    reach = Math.max(reach, to);
  }
  return reach;
}
