/**
 * The head of an HTTP/1.1 answer: status and framing, read from the bytes in place. Strict where leniency could let a
 * body be cut in the wrong place: folded lines, two lengths, a length beside chunks or an unknown transfer coding make
 * the answer unusable.
 */

/** An answer that breaks the protocol, or uses a part of it that nothing here is prepared for. */
export class ProtocolError extends Error {}

export interface ResponseHead {
  readonly status: number;
  /** Bytes of the body; undefined if it comes in chunks or ends with the connection. */
  readonly length: number | undefined;
  readonly chunked: boolean;
  /** Whether the connection ends with this answer. */
  readonly closes: boolean;
  /** Whether it has a Content-Encoding. */
  readonly isEncoded: boolean;
  /** Status line and header lines, each with its line end, for `headerOf`; kept of answers that are not 200 alone. */
  readonly text: string | undefined;
}

type Framing = { -readonly [Key in keyof ResponseHead]: ResponseHead[Key] };

const [tab, lineFeed, carriageReturn, space, colon] = [0x09, 0x0a, 0x0d, 0x20, 0x3a];
const [zero, nine, letterC, letterT] = [0x30, 0x39, 0x63, 0x74];
const [upperA, upperZ, lowerCase] = [0x41, 0x5a, 0x20];

/** Behind the blank line that ends the head which begins at `from`; -1 if it does not end before `to`. */
export function headEnd(bytes: Buffer, from: number, to: number): number {
  for (let at = from + 3; at < to;) {
    const byte = bytes[at];
    // A byte that no line end consists of is in none of the four windows that it could stand in.
    if (byte !== lineFeed && byte !== carriageReturn) at += 4;
    else if (isLineEnd(bytes, at - 1) && isLineEnd(bytes, at - 3)) return at + 1;
    else at += 1;
  }
  return -1;
}

/** Reads the head that ends, blank line included, at `end`; throws a `ProtocolError` for one that cannot be relied on. */
export function readHead(bytes: Buffer, from: number, end: number): ResponseHead {
  const status = statusOf(bytes, from);
  const head: Framing = {
    status,
    length: undefined,
    chunked: false,
    closes: bytes[from + 7] === zero,
    isEncoded: false,
    text: status === 200 ? undefined : bytes.toString('latin1', from, end - 2),
  };
  for (let at = lineEnd(bytes, from, end) + 2; at < end - 2;) {
    const to = lineEnd(bytes, at, end);
    readHeader(bytes, at, to, head);
    at = to + 2;
  }
  if (head.chunked && head.length !== undefined)
    throw new ProtocolError('the answer has a length and comes in chunks');
  return head;
}

/** The value of a header by its lower-case name; undefined for every answer with status 200. */
export function headerOf({ text = '' }: ResponseHead, name: string): string | undefined {
  for (const line of text.split('\r\n').slice(1)) {
    const at = line.indexOf(':');
    if (line.slice(0, at).toLowerCase() === name) return line.slice(at + 1).trim();
  }
  return undefined;
}

function statusOf(bytes: Buffer, from: number): number {
  const digit = (at: number): number => (bytes[from + at] ?? 0) - zero;
  const isDigit = (at: number): boolean => digit(at) >= 0 && digit(at) <= 9;
  const isHttp = startsWith(bytes, from, 'HTTP/1.') && (digit(7) === 0 || digit(7) === 1);
  const isEnded = bytes[from + 12] === space || bytes[from + 12] === carriageReturn;
  if (isHttp && bytes[from + 8] === space && isEnded && isDigit(10) && isDigit(11)) {
    const status = digit(9) * 100 + digit(10) * 10 + digit(11);
    if (status >= 100 && status <= 599) return status;
  }
  throw new ProtocolError('the answer is not HTTP/1.1');
}

/** Looks at the few headers that say how the answer is framed; they begin with a C or a T. */
function readHeader(bytes: Buffer, from: number, to: number, head: Framing): void {
  const first = bytes[from] ?? 0;
  if (first === space || first === tab) throw new ProtocolError('a header line is folded');
  const letter = first | lowerCase;
  if (letter === letterC) {
    if (isHeader(bytes, from, 'content-length')) head.length = lengthIn(bytes, from + 15, to, head.length);
    else if (isHeader(bytes, from, 'content-encoding')) head.isEncoded = true;
    else if (isHeader(bytes, from, 'connection')) head.closes ||= includes(bytes, from + 11, to, 'close');
  } else if (letter === letterT && isHeader(bytes, from, 'transfer-encoding'))
    head.chunked = isChunked(valueIn(bytes, from + 18, to));
}

function isHeader(bytes: Buffer, from: number, name: string): boolean {
  return bytes[from + name.length] === colon && isWord(bytes, from, name);
}

function includes(bytes: Buffer, from: number, to: number, word: string): boolean {
  for (let at = from; at + word.length <= to; at += 1) if (isWord(bytes, at, word)) return true;
  return false;
}

/** Whether a word stands there, in whatever case; it is given in lower case. */
function isWord(bytes: Buffer, from: number, word: string): boolean {
  for (let index = 0; index < word.length; index += 1) {
    const byte = bytes[from + index] ?? 0;
    const isUpper = byte >= upperA && byte <= upperZ;
    if ((isUpper ? byte | lowerCase : byte) !== word.charCodeAt(index)) return false;
  }
  return true;
}

function startsWith(bytes: Buffer, from: number, text: string): boolean {
  for (let index = 0; index < text.length; index += 1)
    if (bytes[from + index] !== text.charCodeAt(index)) return false;
  return true;
}

const valueIn = (bytes: Buffer, from: number, to: number): string =>
  bytes.toString('latin1', from, to).trim();

function lengthIn(bytes: Buffer, from: number, to: number, before: number | undefined): number {
  let [at, end, length] = [from, to, 0];
  while (bytes[at] === space || bytes[at] === tab) at += 1;
  while (end > at && (bytes[end - 1] === space || bytes[end - 1] === tab)) end -= 1;
  const digits = end - at;
  for (; at < end; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte < zero || byte > nine) break;
    length = length * 10 + byte - zero;
  }
  if (at < end || digits < 1 || digits > 15 || (before !== undefined && before !== length))
    throw new ProtocolError(`the answer's length is ${JSON.stringify(valueIn(bytes, from, to))}`);
  return length;
}

function isChunked(value: string): boolean {
  if (value.toLowerCase() !== 'chunked') throw new ProtocolError(`the transfer coding is ${value}`);
  return true;
}

const isLineEnd = (bytes: Buffer, at: number): boolean =>
  bytes[at] === carriageReturn && bytes[at + 1] === lineFeed;

/** Where the line ends that begins at `from`; every second byte is enough to see one. */
function lineEnd(bytes: Buffer, from: number, end: number): number {
  for (let at = from + 1; at < end; at += 2) {
    if (isLineEnd(bytes, at - 1)) return at - 1;
    if (isLineEnd(bytes, at)) return at;
  }
  return end;
}
