/**
 * SQL that turns a column's addresses into lower-case hex, for each encoding of a column. Invariant: an expression
 * never fails whatever a row holds, and gives hex of the digest's length only for the one writing of that digest.
 */
import {
  decodeDigest,
  digestCode,
  encodeDigest,
  type AddressEncoding,
  type DigestCode,
  type HashAlgorithm,
} from '../policy/address-encoding.ts';
import type { ColumnEncoding } from '../policy/content-address.ts';

/** Stands before a value that is not written in the column's encoding, so that it is not taken for hex. */
export const foreignMark = '?';

/** The expression for a column (quoted already) of an algorithm's digests. */
export function digestSql(algorithm: HashAlgorithm, encoding: ColumnEncoding, column: string): string {
  const text = `${column}::text`;
  const read = (
    by: AddressEncoding,
    from: string,
    hex: (code: DigestCode, from: string) => string,
  ): string => {
    const code = digestCode(algorithm, by);
    return `CASE WHEN ${from} ~ '${patternOf(code)}' THEN ${hex(code, from)} ELSE '${foreignMark}' || left(${text}, 100) END`;
  };
  switch (encoding) {
    case 'hex':
      return `lower(${text})`;
    case 'prefixed':
      return `lower(regexp_replace(${text}, '^${algorithm}[:-]', '', 'i'))`;
    case 'bytea':
      return `encode(${column}, 'hex')`;
    case 'multihash':
      return read(
        'multihash',
        `lower(${text})`,
        (code, from) => `substr(${from}, ${code.constant.length + 1})`,
      );
    case 'base64url':
      return read('base64url', text, base64urlToHex);
    case 'base32':
      return read('base32-lower', `lower(${text})`, base32ToHex);
    case 'cid':
      return read('cid', text, base32ToHex);
  }
}

/** A regular expression that only the texts of a code match: also where bits of a character are settled. */
function patternOf(code: DigestCode): string {
  const some = encodeDigest(code, new Uint8Array(code.digestBytes));
  const classAt = (place: number): string => {
    const fitting = code.alphabet
      .split('')
      .filter(
        (digit) => decodeDigest(code, some.slice(0, place) + digit + some.slice(place + 1)) !== undefined,
      );
    return `[${fitting.join('').replace(/^-(.+)$/, '$1-')}]`;
  };
  const [first, last] = [code.constant.length, code.length - 1];
  const between = classAt(first + 1);
  return `^${code.constant}${classAt(first)}${between}{${last - first - 1}}${classAt(last)}$`;
}

function base64urlToHex(code: DigestCode, text: string): string {
  const padded = Math.ceil(code.length / 4) * 4;
  return `encode(decode(rpad(translate(${text}, '-_', '+/'), ${padded}, '='), 'base64'), 'hex')`;
}

/** Four digits of base32 are five of hex; the last four are filled up, the header and the filling left out. */
function base32ToHex(code: DigestCode, text: string): string {
  const digits = code.length - code.head.length;
  const value = (place: number): string =>
    `((strpos('${code.digits}', substr(digits, four + ${place}, 1)) - 1) << ${(4 - place) * 5})`;
  const groups = `generate_series(0, ${Math.ceil(digits / 4) * 4 - 4}, 4) AS four`;
  const filled = `rpad(substr(${text}, ${code.head.length + 1}), ${Math.ceil(digits / 4) * 4}, '${code.digits.charAt(0)}')`;
  const hex = `string_agg(lpad(to_hex(${[1, 2, 3, 4].map(value).join(' | ')}), 5, '0'), '' ORDER BY four)`;
  return `(SELECT substr(${hex}, ${code.header.length * 2 + 1}, ${code.digestBytes * 2}) FROM ${groups}, LATERAL (SELECT ${filled} AS digits) AS filled)`;
}
