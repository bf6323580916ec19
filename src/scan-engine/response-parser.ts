/**
 * An incremental reader of HTTP/1.1 answers, one after the other, over whatever pieces a socket hands out: it may be
 * cut at any byte. Body bytes are passed on as views of the socket's own buffer, valid during the call alone.
 */
import { ProtocolError, readHead, type ResponseHead } from './response-head.ts';

/** What is told of an answer. Interim answers (100, 103) are left out. */
export interface ResponseHandler {
  onHead(head: ResponseHead): void;
  /** `isWhole`: this is the whole body, in one piece. */
  onBody(bytes: Buffer, isWhole: boolean): void;
  onEnd(): void;
}

const longestHead = 32_768;
/** A head nearly always fits in this; what is looked at first. */
const usualHead = 2_048;
const longestLine = 4_096;

type State = 'head' | 'length' | 'until-closed' | 'chunk-size' | 'chunk' | 'chunk-end' | 'trailer';

export class ResponseParser {
  readonly #handler: ResponseHandler;
  #state: State = 'head';
  /** A head or line of which the end has not come. */
  #carry = '';
  /** The last characters of a head of which the end has not come; enough to find it without looking through all. */
  #tail = '';
  #remaining = 0;
  #announced = 0;

  constructor(handler: ResponseHandler) {
    this.#handler = handler;
  }

  /** Takes the first `length` bytes of the buffer; throws a `ProtocolError` and is of no more use then. */
  push(buffer: Buffer, length: number): void {
    let at = 0;
    while (at < length) {
      if (this.#state === 'head') at = this.#head(buffer, at, length);
      else if (this.#state === 'length') at = this.#body(buffer, at, length);
      else if (this.#state === 'until-closed') at = this.#rest(buffer, at, length);
      else if (this.#state === 'chunk') at = this.#chunk(buffer, at, length);
      else at = this.#line(buffer, at, length);
    }
  }

  #head(buffer: Buffer, at: number, length: number): number {
    const some = buffer.toString('latin1', at, Math.min(length, at + usualHead));
    const found = this.#endIn(some);
    if (found >= 0) return this.#headEnds(at, some, found, length);
    const all =
      length <= at + usualHead ? some : buffer.toString('latin1', at, Math.min(length, at + longestHead));
    const end = all === some ? -1 : this.#endIn(all);
    if (end >= 0) return this.#headEnds(at, all, end, length);
    this.#carry += all;
    this.#tail = (this.#tail + all).slice(-3);
    if (this.#carry.length > longestHead) throw new ProtocolError('the header is too long');
    return at + all.length;
  }

  /** How many characters of the text the head goes on for, its blank line included; -1 if it does not end there. */
  #endIn(text: string): number {
    const end = (this.#tail + text).indexOf('\r\n\r\n');
    return end < 0 ? -1 : end + 4 - this.#tail.length;
  }

  #headEnds(at: number, text: string, end: number, length: number): number {
    const head = this.#carry + text.slice(0, end);
    this.#carry = '';
    this.#tail = '';
    if (head.length > longestHead) throw new ProtocolError('the header is too long');
    this.#begin(readHead(head.slice(0, -2)), at + end === length);
    return at + end;
  }

  #begin(head: ResponseHead, isAllSoFar: boolean): void {
    if (head.status === 101) throw new ProtocolError('the server changes the protocol');
    if (head.status < 200) return;
    this.#handler.onHead(head);
    const hasNone = head.status === 204 || head.status === 304;
    if (head.chunked && !hasNone) this.#state = 'chunk-size';
    else if (hasNone || head.length === 0) this.#end(isAllSoFar);
    else if (head.length === undefined) this.#state = 'until-closed';
    else {
      this.#state = 'length';
      this.#announced = this.#remaining = head.length;
    }
  }

  #body(buffer: Buffer, at: number, length: number): number {
    const end = Math.min(length, at + this.#remaining);
    this.#remaining -= end - at;
    this.#handler.onBody(buffer.subarray(at, end), end - at === this.#announced);
    if (this.#remaining === 0) this.#end(end === length);
    return end;
  }

  #rest(buffer: Buffer, at: number, length: number): number {
    this.#handler.onBody(buffer.subarray(at, length), false);
    return length;
  }

  #chunk(buffer: Buffer, at: number, length: number): number {
    const end = Math.min(length, at + this.#remaining);
    this.#remaining -= end - at;
    this.#handler.onBody(buffer.subarray(at, end), false);
    if (this.#remaining === 0) this.#state = 'chunk-end';
    return end;
  }

  /** A line between chunks; it may come in pieces. */
  #line(buffer: Buffer, at: number, length: number): number {
    const found = buffer.subarray(at, length).indexOf(0x0a);
    const end = found < 0 ? length : at + found + 1;
    this.#carry += buffer.toString('latin1', at, end);
    if (this.#carry.length > longestLine) throw new ProtocolError('a line between chunks is too long');
    if (found < 0) return end;
    const line = this.#carry;
    this.#carry = '';
    if (!line.endsWith('\r\n')) throw new ProtocolError('a line between chunks ends badly');
    this.#takeLine(line.slice(0, -2), end === length);
    return end;
  }

  #takeLine(line: string, isAllSoFar: boolean): void {
    if (this.#state === 'trailer') {
      if (line === '') this.#end(isAllSoFar);
    } else if (this.#state === 'chunk-end') {
      if (line !== '') throw new ProtocolError('a chunk is longer than it says');
      this.#state = 'chunk-size';
    } else {
      const size = /^([\da-f]{1,12})[ \t]*(?:;.*)?$/i.exec(line)?.[1];
      if (size === undefined) throw new ProtocolError('a chunk has no size');
      this.#remaining = Number.parseInt(size, 16);
      this.#state = this.#remaining === 0 ? 'trailer' : 'chunk';
    }
  }

  /** Nothing was asked for after this answer, so nothing may follow it: its length would be in doubt. */
  #end(isAllSoFar: boolean): void {
    if (!isAllSoFar) throw new ProtocolError('more came than the answer announced');
    this.#state = 'head';
    this.#handler.onEnd();
  }
}
