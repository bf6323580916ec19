/**
 * An incremental reader of HTTP/1.1 answers, one after the other, over whatever pieces a socket hands out: it may be
 * cut at any byte. Body bytes are passed on as views of the socket's own buffer, valid during the call alone.
 */
import { headEnd, ProtocolError, readHead, type ResponseHead } from './response-head.ts';

/** What is told of an answer. Interim answers (100, 103) are left out. */
export interface ResponseHandler {
  onHead(head: ResponseHead): void;
  /** `isWhole`: this is the whole body, in one piece. */
  onBody(bytes: Buffer, isWhole: boolean): void;
  onEnd(): void;
}

const longestHead = 32_768;
const longestLine = 4_096;
const nothing = Buffer.alloc(0);

type State = 'head' | 'length' | 'until-closed' | 'chunk-size' | 'chunk' | 'chunk-end' | 'trailer';

export class ResponseParser {
  readonly #handler: ResponseHandler;
  #state: State = 'head';
  /** The beginning of a head of which the end has not come: the first bytes of a buffer. */
  #carriedBytes: Buffer = nothing;
  #carried = 0;
  /** A line of which the end has not come. */
  #line = '';
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
      else at = this.#lineAt(buffer, at, length);
    }
  }

  #head(buffer: Buffer, at: number, length: number): number {
    if (this.#carried > 0) return this.#carriedHead(buffer, at, length);
    const to = Math.min(length, at + longestHead);
    const end = headEnd(buffer, at, to);
    if (end < 0) return this.#unended(this.#carryOn(buffer, at, to));
    this.#begin(readHead(buffer, at, end), end === length);
    return end;
  }

  /** A head of which the beginning came before. */
  #carriedHead(buffer: Buffer, at: number, length: number): number {
    const before = this.#carried;
    const to = this.#carryOn(buffer, at, Math.min(length, at + longestHead - before));
    const end = headEnd(this.#carriedBytes, Math.max(0, before - 3), this.#carried);
    if (end < 0) return this.#unended(to);
    this.#carried = 0;
    this.#begin(readHead(this.#carriedBytes, 0, end), at + end - before === length);
    return at + end - before;
  }

  /** Keeps bytes of a head of which the end has not come. */
  #carryOn(buffer: Buffer, at: number, to: number): number {
    const carried = this.#carried + to - at;
    if (carried > this.#carriedBytes.length) {
      const wider = Buffer.allocUnsafeSlow(Math.min(longestHead, 2 * carried));
      this.#carriedBytes.copy(wider, 0, 0, this.#carried);
      this.#carriedBytes = wider;
    }
    buffer.copy(this.#carriedBytes, this.#carried, at, to);
    this.#carried = carried;
    return to;
  }

  #unended(at: number): number {
    if (this.#carried >= longestHead) throw new ProtocolError('the header is too long');
    return at;
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
  #lineAt(buffer: Buffer, at: number, length: number): number {
    const found = buffer.subarray(at, length).indexOf(0x0a);
    const end = found < 0 ? length : at + found + 1;
    this.#line += buffer.toString('latin1', at, end);
    if (this.#line.length > longestLine) throw new ProtocolError('a line between chunks is too long');
    if (found < 0) return end;
    const line = this.#line;
    this.#line = '';
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
