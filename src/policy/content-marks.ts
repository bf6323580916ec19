/**
 * Marks: since when looks in a row have found something of a content store, and the last of them. A thing that one look
 * does not find so loses its mark and begins anew. Marks are known by the SHA-256 of the blob's name, so that any number
 * of any names fits into packed items of one length; there is a bound, and what is beyond it is marked by later looks.
 */

/** Seconds since 1970 of the first look that found it so, and of the last one. */
export interface Mark {
  readonly first: number;
  readonly last: number;
}

/** By the SHA-256 of the name, in hex. */
export type Marks = ReadonlyMap<string, Mark>;

const keyBytes = 32;
/** A key and two times of four bytes each. */
export const markBytes = keyBytes + 8;
/** Of each kind in a store. */
export const marksAtMost = 100_000;

/** What is marked after a look that found `keys` so: who was marked before keeps the first time. */
export function markedBy(before: Marks, keys: ReadonlySet<string>, now: number): Marks {
  const known = [...keys].filter((key) => before.has(key));
  const fresh = [...keys].filter((key) => !before.has(key)).toSorted();
  const marked = [...known, ...fresh].slice(0, marksAtMost);
  return new Map(marked.map((key) => [key, { first: before.get(key)?.first ?? now, last: now }]));
}

/** Marks as bytes, in the order of their keys. */
export function packMarks(marks: Marks): Uint8Array {
  const bytes = Buffer.alloc(marks.size * markBytes);
  const inOrder = [...marks].toSorted(([a], [b]) => (a < b ? -1 : 1));
  for (const [index, [key, { first, last }]] of inOrder.entries()) {
    const at = index * markBytes;
    bytes.write(key, at, 'hex');
    bytes.writeUInt32BE(first, at + keyBytes);
    bytes.writeUInt32BE(last, at + keyBytes + 4);
  }
  return bytes;
}

/** Marks from bytes; undefined if they are no marks. */
export function unpackMarks(packed: Uint8Array): Marks | undefined {
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  if (bytes.length % markBytes !== 0) return undefined;
  const marks = new Map<string, Mark>();
  for (let at = 0; at < bytes.length; at += markBytes) {
    const first = bytes.readUInt32BE(at + keyBytes);
    const last = bytes.readUInt32BE(at + keyBytes + 4);
    if (last < first) return undefined;
    marks.set(bytes.toString('hex', at, at + keyBytes), { first, last });
  }
  return marks;
}
