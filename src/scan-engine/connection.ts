/**
 * One keep-alive connection, one request at a time. A connection on which anything went otherwise than announced is
 * closed and never used again.
 */
import type { Socket } from 'node:net';
import type { RateLimit } from './rate-limit.ts';
import type { ResponseHead } from './response-head.ts';
import { ResponseParser, type ResponseHandler } from './response-parser.ts';
import { openSocket, type ConnectionTraits } from './socket.ts';

/** Takes the body of an answer with status 200. */
export interface BodyReceiver {
  /** A new answer; `false`: its body is of no use. Called again when a request is repeated. */
  begin(head: ResponseHead): boolean;
  /** A piece, valid during the call alone; an error thrown here ends the exchange and is passed on. */
  body(bytes: Buffer, isWhole: boolean): void;
}

/** How a request went: answered in full (whatever the status), or not. */
export type Exchange =
  | { readonly kind: 'answered'; readonly head: ResponseHead }
  | { readonly kind: 'broken'; readonly why: string; readonly thrown?: unknown };

/** Is told how a request went: as the last thing that the connection does, so the next one may be sent at once. */
export interface ExchangeListener {
  ended(exchange: Exchange): void;
}

/** A connection is looked at so often while silence is borne. */
export const looksPerSilence = 10;

/** A body that nobody wants is read to its end if it is short, so that the connection can be used again. */
const shortBody = 65_536;
const graceMilliseconds = 60_000;

export class Connection implements ResponseHandler {
  readonly #traits: ConnectionTraits;
  readonly #socket: Socket;
  readonly #parser = new ResponseParser(this);
  #receiver: BodyReceiver | undefined;
  #limit: RateLimit | undefined;
  /** Who waits for an answer. */
  #listener: ExchangeListener | undefined;
  /** How it went, until that is told. */
  #outcome: Exchange | undefined;
  #head: ResponseHead | undefined;
  #isWanted = false;
  #isPaused = false;
  #error: Error | undefined;
  #since = 0;
  #received = 0;
  /** Looks since something was sent or came. */
  #quietLooks = 0;

  constructor(traits: ConnectionTraits) {
    this.#traits = traits;
    this.#socket = openSocket(traits, (length, buffer) => this.#read(buffer, length));
    this.#socket.on('error', (error) => (this.#error = error));
    this.#socket.on('close', () => this.#closed());
  }

  /** Whether another request can be sent. */
  get isUsable(): boolean {
    return !this.#socket.destroyed && this.#socket.writable && this.#listener === undefined;
  }

  /**
   * Sends a request and passes the answer's body on. One at a time. The request's bytes may be changed when the exchange
   * has ended: a connection that has not sent them all by then is closed.
   */
  exchange(request: Buffer, receiver: BodyReceiver, listener: ExchangeListener, limit?: RateLimit): void {
    this.#listener = listener;
    this.#receiver = receiver;
    this.#limit = limit;
    this.#head = undefined;
    this.#received = 0;
    this.#quietLooks = 0;
    this.#since = performance.now();
    if (this.#socket.destroyed) queueMicrotask(() => this.#closed());
    else this.#socket.write(request);
  }

  /** Gives the connection up if it has been silent, or slow, for too long; called `looksPerSilence` times meanwhile. */
  look(): void {
    if (this.#isPaused) return;
    this.#quietLooks += 1;
    if (this.#quietLooks > looksPerSilence) this.#silent();
    else if (this.#listener !== undefined && this.#isTooSlow()) this.#giveUp('the answer comes too slowly');
  }

  close(): void {
    this.#socket.destroy();
  }

  onHead(head: ResponseHead): void {
    this.#head = head;
    this.#isWanted = head.status === 200 && this.#receiver?.begin(head) === true;
    if (!this.#isWanted && !(head.chunked || (head.length ?? Infinity) <= shortBody)) this.#finish(false);
  }

  onBody(bytes: Buffer, isWhole: boolean): void {
    if (this.#isWanted) this.#receiver?.body(bytes, isWhole);
    else if (this.#received > 2 * shortBody) this.#finish(false);
  }

  onEnd(): void {
    this.#finish(this.#head?.closes === false);
  }

  /** Called by the socket; `false` pauses it. */
  #read(buffer: Buffer, length: number): boolean {
    if (this.#listener === undefined) {
      this.#socket.destroy(); // Nothing was asked for: whatever this is, it is no answer.
      return false;
    }
    this.#received += length;
    this.#quietLooks = 0;
    const wait = this.#limit?.spend(length) ?? 0;
    try {
      this.#parser.push(buffer, length);
    } catch (thrown) {
      this.#break(thrown instanceof Error ? thrown.message : String(thrown), thrown);
    }
    if (this.#outcome === undefined) return wait <= 0 || this.#pause(wait);
    this.#tell();
    return true;
  }

  #pause(milliseconds: number): false {
    if (this.#isPaused) return false;
    this.#isPaused = true;
    setTimeout(() => {
      this.#isPaused = false;
      this.#since += milliseconds;
      this.#socket.resume();
    }, milliseconds);
    return false;
  }

  #isTooSlow(): boolean {
    const milliseconds = performance.now() - this.#since - graceMilliseconds;
    return milliseconds * this.#traits.settings.minimumBytesPerSecond > this.#received * 1000;
  }

  #silent(): void {
    if (this.#listener === undefined) this.#socket.destroy();
    else this.#giveUp(`nothing came for ${this.#traits.settings.silenceMilliseconds / 1000} s`);
  }

  #closed(): void {
    const when = this.#head === undefined ? 'before the answer' : 'in the middle of the answer';
    this.#giveUp(this.#error?.message ?? `the connection was closed ${when}`);
  }

  #giveUp(why: string): void {
    this.#break(why);
    this.#tell();
  }

  /** The answer is complete, or of no more use. */
  #finish(isReusable: boolean): void {
    if (this.#head === undefined || this.#outcome !== undefined) return;
    this.#outcome = { kind: 'answered', head: this.#head };
    if (!isReusable || this.#socket.writableLength > 0) this.#socket.destroy();
  }

  #break(why: string, thrown?: unknown): void {
    this.#outcome ??= thrown === undefined ? { kind: 'broken', why } : { kind: 'broken', why, thrown };
    this.#socket.destroy();
  }

  #tell(): void {
    const [listener, outcome] = [this.#listener, this.#outcome];
    this.#listener = undefined;
    this.#outcome = undefined;
    this.#isWanted = false;
    if (outcome !== undefined) listener?.ended(outcome);
  }
}
