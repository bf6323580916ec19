/**
 * Content addresses and where they stand: in a blob's name (by the store's layout) and in a database column (by its
 * encoding). A `ContentAddress` is made only by the parsers here, so an unchecked string never reaches a comparison
 * or a deletion. Inside Lifeboat an address is always `<algorithm>-<lower-case hex>`.
 */
import { Failure } from './failure.ts';

export const hashAlgorithms = ['sha256', 'sha384', 'sha512'] as const;
export type HashAlgorithm = (typeof hashAlgorithms)[number];

const digestHexLength: Record<HashAlgorithm, number> = { sha256: 64, sha384: 96, sha512: 128 };

/** How many hex digits a digest of an algorithm has. */
export function hexLengthOf(algorithm: HashAlgorithm): number {
  return digestHexLength[algorithm];
}

declare const contentAddressBrand: unique symbol;
/** `<algorithm>-<lower-case hex>`, checked for length and alphabet. */
export type ContentAddress = string & { readonly [contentAddressBrand]: true };

/** The address for a digest in hex; undefined when it is not a digest of that algorithm. */
export function addressFromHex(algorithm: HashAlgorithm, hex: string): ContentAddress | undefined {
  const digest = hex.toLowerCase();
  if (digest.length !== digestHexLength[algorithm] || !/^[0-9a-f]+$/.test(digest)) return undefined;
  return `${algorithm}-${digest}` as ContentAddress;
}

/** The digest of an address in lower-case hex. */
export function hexOf(address: ContentAddress): string {
  return address.slice(address.indexOf('-') + 1);
}

/** The algorithm of an address. */
export function algorithmOf(address: ContentAddress): HashAlgorithm {
  return address.slice(0, address.indexOf('-')) as HashAlgorithm;
}

/** How a store turns a digest into a blob name: literal text, `{digest}`, and slices `{from:to}` of the digest. */
export interface AddressLayout {
  readonly template: string;
  readonly algorithm: HashAlgorithm;
}

type LayoutPart = { readonly literal: string } | { readonly from: number; readonly to: number | undefined };

function layoutParts(template: string): LayoutPart[] {
  const parts: LayoutPart[] = [];
  let rest = template;
  while (rest !== '') {
    const hit = /\{(?:digest|(\d+):(\d+))\}/.exec(rest);
    if (hit === null) return [...parts, { literal: rest }];
    if (hit.index > 0) parts.push({ literal: rest.slice(0, hit.index) });
    parts.push(
      hit[1] === undefined ? { from: 0, to: undefined } : { from: Number(hit[1]), to: Number(hit[2]) },
    );
    rest = rest.slice(hit.index + hit[0].length);
  }
  return parts;
}

/** What is wrong with a layout template, in words; an empty list when it can be used. */
export function problemsOfLayout(template: string): string[] {
  const parts = layoutParts(template);
  const problems: string[] = [];
  if (!parts.some((part) => 'from' in part && part.to === undefined)) problems.push('must contain {digest}');
  for (const part of parts) {
    if ('literal' in part && /[{}]/.test(part.literal))
      problems.push(`has braces that are no {digest} or {from:to}: "${part.literal}"`);
    if ('from' in part && part.to !== undefined && part.from >= part.to)
      problems.push(`slice {${part.from}:${part.to}} is empty`);
  }
  return problems;
}

/** The blob name at which the store keeps the content of an address. */
export function blobNameFor(layout: AddressLayout, address: ContentAddress): string {
  const digest = hexOf(address);
  return layoutParts(layout.template)
    .map((part) => ('literal' in part ? part.literal : digest.slice(part.from, part.to)))
    .join('');
}

/** The address that a blob name claims; undefined when the name does not follow the layout. */
export function addressFromBlobName(layout: AddressLayout, name: string): ContentAddress | undefined {
  const length = digestHexLength[layout.algorithm];
  for (const candidate of name.matchAll(new RegExp(`(?=([0-9a-f]{${length}}))`, 'g'))) {
    const address = addressFromHex(layout.algorithm, candidate[1] ?? '');
    if (address !== undefined && blobNameFor(layout, address) === name) return address;
  }
  return undefined;
}

export const columnEncodings = ['hex', 'prefixed', 'bytea'] as const;
/** How a column holds an address: hex text, `algorithm:hex` or `algorithm-hex` text, or the raw digest as bytea. */
export type ColumnEncoding = (typeof columnEncodings)[number];

/** The address in a column's text form (a bytea column is read as hex); throws `bad-document` naming the value's shape. */
export function addressFromColumn(
  algorithm: HashAlgorithm,
  encoding: ColumnEncoding,
  text: string,
): ContentAddress {
  const hex = encoding === 'prefixed' ? text.replace(new RegExp(`^${algorithm}[:-]`, 'i'), '') : text;
  const address = addressFromHex(algorithm, hex);
  if (address !== undefined) return address;
  throw new Failure(
    'bad-document',
    `a column declared as ${encoding} ${algorithm} holds a value of ${text.length} characters that is no such digest`,
    'Correct "encoding" or "algorithm" of the blob store\'s reference in the estate file.',
  );
}
