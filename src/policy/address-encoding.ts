/**
 * How a digest is written as text: hex, base32, base64url, multihash or CID. Every encoding is a fixed head, then the
 * bits of a fixed header and of the digest, so many to a character, the last character filled up with zeros.
 * Invariant: exactly one text stands for a digest in an encoding, and every text is of the same length.
 */

export const hashAlgorithms = ['sha256', 'sha384', 'sha512', 'blake2b-256', 'blake2b-512', 'blake3'] as const;
export type HashAlgorithm = (typeof hashAlgorithms)[number];

export const addressEncodings = [
  'hex',
  'hex-upper',
  'multihash',
  'cid',
  'base32',
  'base32-lower',
  'base64url',
] as const;
/** How a blob's name holds a digest; `cid` is CIDv1 of the raw codec in base32, `multihash` is in hex, none is padded. */
export type AddressEncoding = (typeof addressEncodings)[number];

/** Bytes of a digest, and the algorithm's code in the table of multihashes. */
const algorithmFacts: Record<HashAlgorithm, { readonly bytes: number; readonly multihash: number }> = {
  sha256: { bytes: 32, multihash: 0x12 },
  sha384: { bytes: 48, multihash: 0x20 },
  sha512: { bytes: 64, multihash: 0x13 },
  'blake2b-256': { bytes: 32, multihash: 0xb220 },
  'blake2b-512': { bytes: 64, multihash: 0xb240 },
  blake3: { bytes: 32, multihash: 0x1e },
};

const hexDigits = '0123456789abcdef';
const base32Digits = 'abcdefghijklmnopqrstuvwxyz234567';
const base64urlDigits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** How many bytes a digest of an algorithm has. */
export function digestBytesOf(algorithm: HashAlgorithm): number {
  return algorithmFacts[algorithm].bytes;
}

/** The algorithm that a multihash code stands for; undefined for one that no store can use. */
export function algorithmOfMultihash(code: number): HashAlgorithm | undefined {
  return hashAlgorithms.find((algorithm) => algorithmFacts[algorithm].multihash === code);
}

/** One encoding of one algorithm's digests, ready for use. */
export interface DigestCode {
  readonly algorithm: HashAlgorithm;
  readonly encoding: AddressEncoding;
  readonly digestBytes: number;
  /** Characters of an encoded digest. */
  readonly length: number;
  /** The characters that an encoded digest is made of, in the order of ASCII. */
  readonly alphabet: string;
  /** Leading characters that are the same for all digests. */
  readonly constant: string;
  /** Characters by their value. */
  readonly digits: string;
  readonly bitsPerDigit: number;
  /** Text before the digits. */
  readonly head: string;
  /** Bytes before the digest's. */
  readonly header: Uint8Array;
  /** Values by latin1 code; `notDigit` for what is no digit. */
  readonly values: Uint8Array;
}

const notDigit = 0xff;
const codes = new Map<string, DigestCode>();

/** The code of an algorithm and an encoding; an absent encoding is lower-case hex. */
export function digestCode(algorithm: HashAlgorithm, encoding: AddressEncoding = 'hex'): DigestCode {
  const key = `${algorithm} ${encoding}`;
  const known = codes.get(key);
  if (known !== undefined) return known;
  const made = makeCode(algorithm, encoding);
  codes.set(key, made);
  return made;
}

function makeCode(algorithm: HashAlgorithm, encoding: AddressEncoding): DigestCode {
  const { digits, header = [], head = '' } = writing(algorithm, encoding);
  const { bytes } = algorithmFacts[algorithm];
  const bitsPerDigit = Math.log2(digits.length);
  const length = head.length + Math.ceil(((header.length + bytes) * 8) / bitsPerDigit);
  const values = new Uint8Array(256).fill(notDigit);
  for (let value = 0; value < digits.length; value += 1) values[digits.charCodeAt(value)] = value;
  const alphabet = digits.split('').toSorted().join('');
  const code = { algorithm, encoding, digestBytes: bytes, length, alphabet, digits, bitsPerDigit };
  const whole = { ...code, head, header: Uint8Array.from(header), values, constant: '' };
  const constantDigits = Math.floor((header.length * 8) / bitsPerDigit);
  const constant = encodeDigest(whole, new Uint8Array(bytes)).slice(0, head.length + constantDigits);
  return { ...whole, constant };
}

/** The digits of an encoding, and what stands before a digest in it. */
function writing(
  algorithm: HashAlgorithm,
  encoding: AddressEncoding,
): { readonly digits: string; readonly header?: readonly number[]; readonly head?: string } {
  const { bytes, multihash } = algorithmFacts[algorithm];
  const multihashHeader = [...varint(multihash), ...varint(bytes)];
  switch (encoding) {
    case 'hex':
      return { digits: hexDigits };
    case 'hex-upper':
      return { digits: hexDigits.toUpperCase() };
    case 'multihash':
      return { digits: hexDigits, header: multihashHeader };
    case 'cid':
      return { digits: base32Digits, header: [cidVersion, rawCodec, ...multihashHeader], head: 'b' };
    case 'base32':
      return { digits: base32Digits.toUpperCase() };
    case 'base32-lower':
      return { digits: base32Digits };
    case 'base64url':
      return { digits: base64urlDigits };
  }
}

const cidVersion = 1;
/** The codec of a CID whose hash is that of the blob's own bytes. */
export const rawCodec = 0x55;

/** A number as an unsigned LEB128 varint. */
function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}

/** The text of a digest, which must be of the code's length. */
export function encodeDigest(code: DigestCode, digest: Uint8Array): string {
  if (code.encoding === 'hex')
    return Buffer.from(digest.buffer, digest.byteOffset, digest.byteLength).toString('hex');
  const { digits, bitsPerDigit, head, header, length } = code;
  const text = Buffer.allocUnsafe(length);
  let at = text.write(head, 'latin1');
  let [held, count] = [0, 0];
  for (let index = -header.length; index < digest.length; index += 1) {
    const byte = index < 0 ? header[header.length + index] : digest[index];
    held = (held << 8) | (byte ?? 0);
    for (count += 8; count >= bitsPerDigit; at += 1) {
      count -= bitsPerDigit;
      text[at] = digits.charCodeAt(held >>> count);
      held &= (1 << count) - 1;
    }
  }
  if (count > 0) text[at] = digits.charCodeAt(held << (bitsPerDigit - count));
  return text.toString('latin1');
}

/**
 * Reads the digest whose text begins at `start` of a longer one into `into` from `at` on. False if it is no digest in
 * its one writing; the bytes are then to be ignored.
 */
export function decodeDigestAt(
  code: DigestCode,
  text: string,
  start: number,
  into: Uint8Array,
  at: number,
): boolean {
  const { head, header, values, bitsPerDigit, length } = code;
  if (head !== '' && !text.startsWith(head, start)) return false;
  const end = start + length;
  let [held, count, byte] = [0, 0, -header.length];
  for (let place = start + head.length; place < end; place += 1) {
    const character = text.charCodeAt(place);
    const value = character < 256 ? (values[character] ?? notDigit) : notDigit;
    if (value === notDigit) return false;
    held = (held << bitsPerDigit) | value;
    count += bitsPerDigit;
    if (count < 8) continue;
    count -= 8;
    const octet = held >>> count;
    held &= (1 << count) - 1;
    if (byte >= 0) into[at + byte] = octet;
    else if (octet !== header[header.length + byte]) return false;
    byte += 1;
  }
  return held === 0; // Other bits than zeros at the end would be a second writing of the same digest.
}

/** As `decodeDigestAt`, of a text that stands there as latin1; hex, which nearly every store has, takes no detour. */
export function decodeDigestBytes(
  code: DigestCode,
  bytes: Buffer,
  start: number,
  into: Uint8Array,
  at: number,
): boolean {
  const { values, digestBytes, length } = code;
  if (code.encoding !== 'hex' && code.encoding !== 'hex-upper')
    return decodeDigestAt(code, bytes.toString('latin1', start, start + length), 0, into, at);
  let seen = 0;
  for (let index = 0, place = start; index < digestBytes; index += 1, place += 2) {
    const high = values[bytes[place] ?? 0] ?? notDigit;
    const low = values[bytes[place + 1] ?? 0] ?? notDigit;
    seen |= high | low;
    into[at + index] = (high << 4) | low;
  }
  return seen < 16;
}

/** The digest of a text; undefined if it is none in this code. */
export function decodeDigest(code: DigestCode, text: string): Uint8Array | undefined {
  if (text.length !== code.length) return undefined;
  const digest = new Uint8Array(code.digestBytes);
  return decodeDigestAt(code, text, 0, digest, 0) ? digest : undefined;
}

/** The smallest and the largest digest of a range, both in it. */
export interface DigestRange {
  readonly smallest: Uint8Array;
  readonly largest: Uint8Array;
}

/** The digests whose text goes on with `leading` after the constant; undefined if there is none. */
export function rangeOfLeading(code: DigestCode, leading: string): DigestRange | undefined {
  const beginning = code.constant + leading;
  const bound = (filling: number): Uint8Array | undefined => {
    const text = encodeDigest(code, new Uint8Array(code.digestBytes).fill(filling));
    return decodeDigest(code, beginning + text.slice(beginning.length));
  };
  const [smallest, largest] = [bound(0x00), bound(0xff)];
  return smallest === undefined || largest === undefined ? undefined : { smallest, largest };
}
