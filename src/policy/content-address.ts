/**
 * Content addresses and where they stand: in a blob's name (by the store's layout) and in a database column (by its
 * encoding). A `ContentAddress` is made only by the parsers here, so an unchecked string never reaches a comparison
 * or a deletion. Inside Lifeboat an address is always `<algorithm>-<lower-case hex>`, whatever the store writes.
 */
import {
  decodeDigest,
  digestBytesOf,
  digestCode,
  type AddressEncoding,
  type HashAlgorithm,
} from './address-encoding.ts';
import { compileLayout } from './address-layout.ts';
import type { AddressLayout } from './address-template.ts';
import { Failure } from './failure.ts';
import { unsupportedCid } from './unsupported-cid.ts';

export { hashAlgorithms, type HashAlgorithm } from './address-encoding.ts';
export { problemsOfLayout, type AddressLayout } from './address-template.ts';

/** How many hex digits a digest of an algorithm has. */
export function hexLengthOf(algorithm: HashAlgorithm): number {
  return digestBytesOf(algorithm) * 2;
}

declare const contentAddressBrand: unique symbol;
/** `<algorithm>-<lower-case hex>`, checked for length and alphabet. */
export type ContentAddress = string & { readonly [contentAddressBrand]: true };

/** The address for a digest in hex; undefined when it is not a digest of that algorithm. */
export function addressFromHex(algorithm: HashAlgorithm, hex: string): ContentAddress | undefined {
  if (hex.length !== hexLengthOf(algorithm) || !/^[0-9a-f]+$/i.test(hex)) return undefined;
  return `${algorithm}-${hex.toLowerCase()}` as ContentAddress;
}

/** The address for a digest as bytes, which must be of the algorithm's length. */
export function addressFromDigest(algorithm: HashAlgorithm, digest: Uint8Array): ContentAddress {
  if (digest.length !== digestBytesOf(algorithm))
    throw new RangeError(`${digest.length} bytes are no ${algorithm} digest`);
  return `${algorithm}-${Buffer.from(digest.buffer, digest.byteOffset, digest.length).toString('hex')}` as ContentAddress;
}

/** The digest of an address in lower-case hex. */
export function hexOf(address: ContentAddress): string {
  return address.slice(address.lastIndexOf('-') + 1);
}

/** The digest of an address as bytes. */
export function digestOf(address: ContentAddress): Uint8Array {
  return Buffer.from(hexOf(address), 'hex');
}

/** The algorithm of an address. */
export function algorithmOf(address: ContentAddress): HashAlgorithm {
  return address.slice(0, address.lastIndexOf('-')) as HashAlgorithm;
}

/** The layout of a store of the estate. */
export function layoutOf(store: {
  readonly layout: string;
  readonly algorithm: HashAlgorithm;
  readonly encoding?: AddressEncoding | undefined;
}): AddressLayout {
  return { template: store.layout, algorithm: store.algorithm, encoding: store.encoding };
}

/** The blob name at which the store keeps the content of an address. */
export function blobNameFor(layout: AddressLayout, address: ContentAddress): string {
  return compileLayout(layout).nameOf(digestOf(address));
}

/** The address that a blob name claims; undefined when the name does not follow the layout. */
export function addressFromBlobName(layout: AddressLayout, name: string): ContentAddress | undefined {
  const { digestBytes, parse } = compileLayout(layout);
  const digest = new Uint8Array(digestBytes);
  return parse(name, digest, 0) ? addressFromDigest(layout.algorithm, digest) : undefined;
}

/** What a blob's name says: an address, a content identifier that cannot be re-hashed (and why), or nothing. */
export type NameReading =
  | { readonly kind: 'address'; readonly address: ContentAddress }
  | { readonly kind: 'unsupported'; readonly why: string }
  | { readonly kind: 'no-address' };

/** Reads a blob's name by the layout of its store. */
export function readBlobName(layout: AddressLayout, name: string): NameReading {
  const address = addressFromBlobName(layout, name);
  if (address !== undefined) return { kind: 'address', address };
  const why = unsupportedCid(name);
  return why === undefined ? { kind: 'no-address' } : { kind: 'unsupported', why };
}

export const columnEncodings = [
  'hex',
  'prefixed',
  'bytea',
  'base32',
  'base64url',
  'cid',
  'multihash',
] as const;
/**
 * How a column holds an address: hex text, `algorithm:hex` or `algorithm-hex` text, the raw digest as bytea, or text in
 * an encoding that blob names have as well. Hex and base32 are read in upper and lower case, but for a CID.
 */
export type ColumnEncoding = (typeof columnEncodings)[number];

/** The address in a column's text form (a bytea column is read as hex); throws `bad-document` naming the value's shape. */
export function addressFromColumn(
  algorithm: HashAlgorithm,
  encoding: ColumnEncoding,
  text: string,
): ContentAddress {
  const address = columnAddress(algorithm, encoding, text);
  if (address !== undefined) return address;
  throw new Failure(
    'bad-document',
    `a column declared as ${encoding} ${algorithm} holds a value of ${text.length} characters that is no such digest`,
    'Correct "encoding" or "algorithm" of the blob store\'s reference in the estate file.',
  );
}

function columnAddress(
  algorithm: HashAlgorithm,
  encoding: ColumnEncoding,
  text: string,
): ContentAddress | undefined {
  const encoded = (by: AddressEncoding, as: string): ContentAddress | undefined => {
    const digest = decodeDigest(digestCode(algorithm, by), as);
    return digest === undefined ? undefined : addressFromDigest(algorithm, digest);
  };
  switch (encoding) {
    case 'hex':
    case 'bytea':
      return addressFromHex(algorithm, text);
    case 'prefixed':
      return addressFromHex(algorithm, text.replace(new RegExp(`^${algorithm}[:-]`, 'i'), ''));
    case 'base32':
      return encoded('base32-lower', text.toLowerCase());
    case 'multihash':
      return encoded('multihash', text.toLowerCase());
    case 'cid':
    case 'base64url':
      return encoded(encoding, text);
  }
}
