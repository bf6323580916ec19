/**
 * How a store turns a digest into a blob's name, and back, by a layout made ready for use. Invariant: a compiled layout
 * reads a digest only from the very name that it makes of that digest, and every name begins as the leading characters
 * of its digest say.
 */
import {
  decodeDigestAt,
  decodeDigestBytes,
  digestCode,
  encodeDigest,
  rangeOfLeading,
  type DigestCode,
  type DigestRange,
} from './address-encoding.ts';
import {
  isSlice,
  partsOf,
  problemsOfLayout,
  reachOf,
  type AddressLayout,
  type Part,
} from './address-template.ts';
import { fixedPlaces, placed } from './address-places.ts';
import { Failure } from './failure.ts';

/** A layout that names are read by and made by. */
export interface CompiledLayout {
  readonly digestBytes: number;
  /** Characters (UTF-16 code units) of every name. */
  readonly nameLength: number;
  /** The characters that an encoded digest is made of, in the order of ASCII. */
  readonly alphabet: string;
  /** Leading characters of the encoded digest that are the same for all digests. */
  readonly constant: string;
  /** How many characters after the constant can be told apart by the beginning of a name. */
  readonly depth: number;
  /** Reads the digest of a name into `into` from `at` on; false if the name does not follow the layout. */
  readonly parse: (name: string, into: Uint8Array, at: number) => boolean;
  /** Whether names consist of printable ASCII alone. */
  readonly isAscii: boolean;
  /** As `parse`, for a layout that `isAscii`, of the name whose bytes stand between `from` and `to`. */
  readonly parseBytes: (bytes: Buffer, from: number, to: number, into: Uint8Array, at: number) => boolean;
  /** The one name of a digest, which must be of the layout's length. */
  readonly nameOf: (digest: Uint8Array) => string;
  /** Writes the name of the digest that stands at `from` into `into`, from `at` on; for a layout that `isAscii`. */
  readonly writeName: (digests: Uint8Array, from: number, into: Buffer, at: number) => void;
  /** The beginning of every name whose digest goes on with `leading` after the constant, as far as it is settled. */
  readonly prefixOf: (leading: string) => string;
  /** The encoded digest after the constant. */
  readonly leadingOf: (digest: Uint8Array) => string;
  /** The digests whose encoded form goes on with `leading` after the constant; undefined if there is none. */
  readonly rangeOf: (leading: string) => DigestRange | undefined;
}

const compiled = new WeakMap<AddressLayout, CompiledLayout>();

/** Makes a layout ready for use, once for each layout object; throws `bad-estate` with its problems. */
export function compileLayout(layout: AddressLayout): CompiledLayout {
  const known = compiled.get(layout);
  if (known !== undefined) return known;
  const problems = problemsOfLayout(layout.template, layout);
  if (problems.length > 0)
    throw new Failure(
      'bad-estate',
      `the layout ${layout.template} ${problems.join('; ')}`,
      'Correct the layout of the blob store in the estate file.',
    );
  const made = compile(digestCode(layout.algorithm, layout.encoding), partsOf(layout.template));
  compiled.set(layout, made);
  return made;
}

function compile(code: DigestCode, parts: readonly Part[]): CompiledLayout {
  const { nameLength, literals, runs, echoes } = placed(code, parts);
  const fixed = fixedPlaces(literals);
  // Nearly every store has hex, which is written without a string in between.
  const hexDigits = code.encoding.startsWith('hex') ? Buffer.from(code.digits) : undefined;
  const [whole, ...more] = runs;
  const start = whole === undefined || more.length > 0 ? undefined : whole.at;
  const gathered = (name: string): string =>
    runs.map(({ from, to, at }) => name.slice(at, at + to - from)).join('');
  return {
    digestBytes: code.digestBytes,
    nameLength,
    alphabet: code.alphabet,
    constant: code.constant,
    depth: Math.min(reachOf(parts.filter(isSlice), code.constant.length), code.length) - code.constant.length,
    parse(name, into, at) {
      if (name.length !== nameLength) return false;
      for (const { text, at: place } of literals) if (!name.startsWith(text, place)) return false;
      for (let index = 0; index < echoes.length; index += 2)
        if (name.charCodeAt(echoes[index] ?? 0) !== name.charCodeAt(echoes[index + 1] ?? 0)) return false;
      return start === undefined
        ? decodeDigestAt(code, gathered(name), 0, into, at)
        : decodeDigestAt(code, name, start, into, at);
    },
    isAscii: literals.every(({ text }) => /^[\x20-\x7e]*$/.test(text)),
    parseBytes(bytes, from, to, into, at) {
      if (to - from !== nameLength) return false;
      for (let index = 0; index < fixed.length; index += 2)
        if (bytes[from + (fixed[index] ?? 0)] !== fixed[index + 1]) return false;
      for (let index = 0; index < echoes.length; index += 2)
        if (bytes[from + (echoes[index] ?? 0)] !== bytes[from + (echoes[index + 1] ?? 0)]) return false;
      return start === undefined
        ? decodeDigestAt(code, gathered(bytes.toString('latin1', from, to)), 0, into, at)
        : decodeDigestBytes(code, bytes, from + start, into, at);
    },
    writeName(digests, from, into, at) {
      if (start === undefined || hexDigits === undefined) {
        const digest = digests.subarray(from, from + code.digestBytes);
        into.write(nameFrom(parts, encodeDigest(code, digest)), at, 'latin1');
        return;
      }
      for (let index = 0, place = at + start; index < code.digestBytes; index += 1, place += 2) {
        const byte = digests[from + index] ?? 0;
        into[place] = hexDigits[byte >>> 4] ?? 0;
        into[place + 1] = hexDigits[byte & 15] ?? 0;
      }
      for (let index = 0; index < fixed.length; index += 2)
        into[at + (fixed[index] ?? 0)] = fixed[index + 1] ?? 0;
      for (let index = 0; index < echoes.length; index += 2)
        into[at + (echoes[index + 1] ?? 0)] = into[at + (echoes[index] ?? 0)] ?? 0;
    },
    nameOf: (digest) => nameFrom(parts, encodeDigest(code, digest)),
    prefixOf: (leading) => prefixFrom(parts, code, code.constant + leading),
    leadingOf: (digest) => encodeDigest(code, digest).slice(code.constant.length),
    rangeOf: (leading) => rangeOfLeading(code, leading),
  };
}

function nameFrom(parts: readonly Part[], encoded: string): string {
  let name = '';
  for (const part of parts) name += isSlice(part) ? encoded.slice(part.from, part.to) : part.literal;
  return name;
}

/** The name as far as it is settled by the encoded digest's beginning. */
function prefixFrom(parts: readonly Part[], code: DigestCode, known: string): string {
  let prefix = '';
  for (const part of parts) {
    prefix += isSlice(part) ? known.slice(part.from, part.to) : part.literal;
    if (isSlice(part) && Math.min(part.to, code.length) > known.length) return prefix;
  }
  return prefix;
}
