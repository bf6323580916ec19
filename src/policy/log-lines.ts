/** The lines of a log, as bytes: a line is what its digest is made of. */
const lineFeed = 0x0a;

/** The last line of what a segment ends with; undefined if it begins before that. `isWhole`: nothing stands before it. */
export function lastLineOf(tail: Buffer, isWhole: boolean): Buffer | undefined {
  if (tail.length === 0) return undefined;
  const end = tail.at(-1) === lineFeed ? tail.length - 1 : tail.length;
  const before = end === 0 ? -1 : tail.lastIndexOf(lineFeed, end - 1);
  return before < 0 && !isWhole ? undefined : tail.subarray(before + 1, end);
}

/** Some lines of a stream, in order. */
export interface Lines {
  readonly lines: readonly Buffer[];
  /** Whether the last of them has no line feed behind it; only of the last ones of a stream. */
  readonly isTorn: boolean;
}

/** The lines of a stream, as many at once as came at once; an empty last line is none. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Lines> {
  let rest: Buffer[] = [];
  for await (const chunk of chunks) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const lines: Buffer[] = [];
    let from = 0;
    for (let at = bytes.indexOf(lineFeed); at >= 0; at = bytes.indexOf(lineFeed, from)) {
      const piece = bytes.subarray(from, at);
      lines.push(rest.length === 0 ? piece : Buffer.concat([...rest, piece]));
      rest = [];
      from = at + 1;
    }
    if (from < bytes.length) rest.push(bytes.subarray(from));
    if (lines.length > 0) yield { lines, isTorn: false };
  }
  if (rest.length > 0) yield { lines: [Buffer.concat(rest)], isTorn: true };
}
