/**
 * Recognises content identifiers (CIDs) that cannot be proven by hashing a blob, or that are written in a way that no
 * layout reads, so that they are reported as what they are and not as names without an address. Recognised only where
 * every part fits: version, codec, multihash code, and the length that the multihash announces.
 */
import { algorithmOfMultihash, rawCodec } from './address-encoding.ts';

const base58Digits = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

/** Common codecs by their number in the table of multicodecs. */
const codecNames: Readonly<Record<number, string>> = {
  0x51: 'cbor',
  0x70: 'dag-pb',
  0x71: 'dag-cbor',
  0x72: 'libp2p-key',
  0x78: 'git-raw',
  0x0129: 'dag-json',
  0x0200: 'json',
};

/** Why the CID in a blob's name is unsupported; undefined if there is none, or one that a layout can read. */
export function unsupportedCid(name: string): string | undefined {
  for (const [word] of name.matchAll(/[A-Za-z0-9_-]{40,400}/g)) {
    const why = objection(word);
    if (why !== undefined) return why;
  }
  return undefined;
}

function objection(word: string): string | undefined {
  if (/^Qm[1-9A-HJ-NP-Za-km-z]{44}$/.test(word))
    return 'a CIDv0, which is the hash of a dag-pb node and not of the content';
  const bytes = bytesOf(word);
  const cid = bytes === undefined ? undefined : readCid(bytes);
  if (cid === undefined) return undefined;
  if (cid.codec !== rawCodec) {
    const codec = codecNames[cid.codec] ?? `codec 0x${cid.codec.toString(16)}`;
    return `a CID of ${codec}, which is the hash of a node and not of the content; only the raw codec can be re-hashed`;
  }
  if (algorithmOfMultihash(cid.hash) === undefined)
    return `a CID of the hash function 0x${cid.hash.toString(16)}, which is not one of those supported`;
  return word.startsWith('b')
    ? undefined
    : `a CID in the multibase "${word[0]}"; only base32 (b) is supported`;
}

/** The bytes of a text in one of the usual multibases; undefined if it is in none. */
function bytesOf(word: string): Uint8Array | undefined {
  const text = word.slice(1);
  switch (word[0]) {
    case 'b':
      return /^[a-z2-7]+$/.test(text) ? fromBase32(text) : undefined;
    case 'B':
      return /^[A-Z2-7]+$/.test(text) ? fromBase32(text.toLowerCase()) : undefined;
    case 'f':
      return /^(?:[0-9a-f]{2})+$/.test(text) ? Buffer.from(text, 'hex') : undefined;
    case 'F':
      return /^(?:[0-9A-F]{2})+$/.test(text) ? Buffer.from(text, 'hex') : undefined;
    case 'u':
      return /^[\w-]+$/.test(text) ? Buffer.from(text, 'base64url') : undefined;
    case 'z':
      return fromBase58(text);
    default:
      return undefined;
  }
}

function fromBase32(text: string): Uint8Array | undefined {
  const bytes: number[] = [];
  let [held, count] = [0, 0];
  for (const digit of text) {
    held = (held << 5) | 'abcdefghijklmnopqrstuvwxyz234567'.indexOf(digit);
    count += 5;
    if (count < 8) continue;
    count -= 8;
    bytes.push(held >>> count);
    held &= (1 << count) - 1;
  }
  return count < 5 && held === 0 ? Uint8Array.from(bytes) : undefined;
}

/** A CIDv1 begins with no zero byte, so that leading digits of zero need no care. */
function fromBase58(text: string): Uint8Array | undefined {
  let value = 0n;
  for (const digit of text) {
    const index = base58Digits.indexOf(digit);
    if (index < 0) return undefined;
    value = value * 58n + BigInt(index);
  }
  const hex = value.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
}

/** Codec and hash function of a CIDv1; undefined if the bytes are none. */
function readCid(bytes: Uint8Array): { readonly codec: number; readonly hash: number } | undefined {
  const numbers: number[] = [];
  let at = 0;
  while (numbers.length < 4) {
    const read = varintAt(bytes, at);
    if (read === undefined) return undefined;
    numbers.push(read.value);
    at = read.next;
  }
  const [version, codec = 0, hash = 0, length = 0] = numbers;
  return version === 1 && length >= 16 && bytes.length - at === length ? { codec, hash } : undefined;
}

/** The varint at a place, of at most four bytes, and where it ends. */
function varintAt(
  bytes: Uint8Array,
  from: number,
): { readonly value: number; readonly next: number } | undefined {
  let value = 0;
  for (let at = from; at < Math.min(bytes.length, from + 4); at += 1) {
    const byte = bytes[at] ?? 0;
    value |= (byte & 0x7f) << (7 * (at - from));
    if (byte < 0x80) return { value, next: at + 1 };
  }
  return undefined;
}
