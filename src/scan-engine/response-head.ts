/**
 * The head of an HTTP/1.1 answer: status and framing. Strict where leniency could let a body be cut in the wrong place:
 * folded lines, two lengths, a length beside chunks or an unknown transfer coding make the answer unusable.
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
  /** Status line and header lines, each with its line end; for `headerOf`. */
  readonly text: string;
}

/** Reads a head; throws a `ProtocolError` for one that cannot be relied on. */
export function readHead(text: string): ResponseHead {
  const status = statusOf(text);
  let length: number | undefined;
  let chunked = false;
  let closes = text.charCodeAt(7) === zero;
  for (let from = text.indexOf('\r\n') + 2; from < text.length;) {
    const end = text.indexOf('\r\n', from);
    switch (text.charCodeAt(from)) {
      case 0x20:
      case 0x09:
        throw new ProtocolError('a header line is folded');
      case 0x43: // C
      case 0x63:
        if (isHeader(text, from, 'content-length')) length = lengthOf(valueAt(text, from, end), length);
        else if (isHeader(text, from, 'connection')) closes ||= /close/i.test(valueAt(text, from, end));
        break;
      case 0x54: // T
      case 0x74:
        if (isHeader(text, from, 'transfer-encoding')) chunked = isChunked(valueAt(text, from, end));
        break;
      default:
    }
    from = end + 2;
  }
  if (chunked && length !== undefined) throw new ProtocolError('the answer has a length and comes in chunks');
  return { status, length, chunked, closes, text };
}

/** The value of a header by its lower-case name. */
export function headerOf(head: ResponseHead, name: string): string | undefined {
  for (const line of head.text.split('\r\n').slice(1))
    if (isHeader(line, 0, name)) return valueAt(line, 0, line.length);
  return undefined;
}

const zero = 0x30;

function statusOf(text: string): number {
  const status = Number(text.slice(9, 12));
  const isHttp = text.startsWith('HTTP/1.1 ') || text.startsWith('HTTP/1.0 ');
  const isEnded = text[12] === ' ' || text[12] === '\r';
  if (isHttp && isEnded && Number.isInteger(status) && status >= 100 && status <= 599) return status;
  throw new ProtocolError('the answer is not HTTP/1.1');
}

const isHeader = (text: string, from: number, name: string): boolean =>
  text[from + name.length] === ':' && text.slice(from, from + name.length).toLowerCase() === name;

const valueAt = (text: string, from: number, end: number): string =>
  text.slice(text.indexOf(':', from) + 1, end).trim();

function lengthOf(value: string, before: number | undefined): number {
  if (!/^\d{1,15}$/.test(value) || (before !== undefined && before !== Number(value)))
    throw new ProtocolError(`the answer's length is ${JSON.stringify(value)}`);
  return Number(value);
}

function isChunked(value: string): boolean {
  if (value.toLowerCase() !== 'chunked') throw new ProtocolError(`the transfer coding is ${value}`);
  return true;
}
