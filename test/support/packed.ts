/** Ways to damage a packed document, each of which a reader has to notice. */

/** The bytes with one bit flipped, every one of them in turn. */
export function* singleBitFlips(bytes: Buffer): Generator<{ readonly at: number; readonly bytes: Buffer }> {
  for (let at = 0; at < bytes.length; at += 1)
    for (let change = 1; change < 0x100; change *= 2) {
      const changed = Buffer.from(bytes);
      changed[at] = (bytes[at] ?? 0) ^ change;
      yield { at, bytes: changed };
    }
}

/** Every beginning of the bytes that is not the whole. */
export function* truncations(bytes: Buffer): Generator<{ readonly length: number; readonly bytes: Buffer }> {
  for (let length = 0; length < bytes.length; length += 1) yield { length, bytes: bytes.subarray(0, length) };
}
