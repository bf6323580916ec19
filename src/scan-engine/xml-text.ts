/**
 * Text of a listing as bytes. A page is read as latin1, one character for each byte, so that nothing is decoded that is
 * not needed; here references become the bytes they stand for, and names that XML cannot hold are un-escaped.
 */
import { Failure } from '../policy/failure.ts';

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** A listing that is not what a listing is. */
export function malformedListing(what: string): Failure {
  return new Failure(
    'unavailable',
    `the store's listing is not usable: ${what}`,
    'It is listed again by itself; if it stays so, look at the storage account and at what lies between.',
  );
}

/** Replaces references; bytes in, bytes out (both as latin1). */
export function withoutReferences(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&([^;&]{0,12});?/g, (reference, name: string) => {
    const character = reference.endsWith(';') ? characterOf(name) : undefined;
    if (character === undefined) throw malformedListing(`it has the reference ${JSON.stringify(reference)}`);
    return Buffer.from(character).toString('latin1');
  });
}

function characterOf(name: string): string | undefined {
  const digits = /^#(?:x([\da-f]{1,6})|(\d{1,7}))$/i.exec(name);
  if (digits === null) return named[name];
  const point = digits[1] === undefined ? Number(digits[2]) : Number.parseInt(digits[1], 16);
  return point <= 0x10_ff_ff && (point < 0xd8_00 || point > 0xdf_ff)
    ? String.fromCodePoint(point)
    : undefined;
}

/** Un-escapes `%xx`; bytes in, bytes out (both as latin1). */
export function withoutPercents(text: string): string {
  return text.replace(/%(..?)?/gs, (escape, digits: string | undefined) => {
    if (digits === undefined || !/^[\da-f]{2}$/i.test(digits))
      throw malformedListing(`it has the escape ${JSON.stringify(escape)}`);
    return String.fromCharCode(Number.parseInt(digits, 16));
  });
}

/** The text that such bytes are in UTF-8. */
export const decoded = (latin1: string): string =>
  /[\x80-\xff]/.test(latin1) ? Buffer.from(latin1, 'latin1').toString() : latin1;

/**
 * A listed ETag as a condition needs it: listings leave out the quotes. Empty for what could not stand in a header.
 */
export function versionOf(etag: string): string {
  const plain = withoutReferences(etag);
  if (!/^[\x21-\x7e]+$/.test(plain)) return '';
  return plain.startsWith('"') || plain.startsWith('W/') ? plain : `"${plain}"`;
}

const [quote, ampersand, slash] = [0x22, 0x26, 0x2f];

/** Whether `versionOf` of the ETag between these places is that text in quotes, as it nearly always is. */
export function isBareEtag(bytes: Buffer, from: number, to: number): boolean {
  if (from === to || bytes[from] === quote || bytes[from + 1] === slash) return false;
  for (let at = from; at < to; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte < 0x21 || byte > 0x7e || byte === ampersand) return false;
  }
  return true;
}
