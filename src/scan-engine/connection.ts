/**
 * One keep-alive connection, one request at a time. All connections of a thread read into the same buffer: the socket
 * hands it over synchronously and nothing keeps a view of it, so no memory is allocated for what is read. A connection
 * on which anything went otherwise than announced is closed and never used again.
 */
import { connect as connectPlain, isIP, type OnReadOpts, type Socket } from 'node:net';
import { connect as connectSecure } from 'node:tls';
import type { Endpoint } from './endpoint.ts';
import type { RateLimit } from './rate-limit.ts';
import type { ResponseHead } from './response-head.ts';
import { ResponseParser, type ResponseHandler } from './response-parser.ts';
import type { EngineSettings } from './settings.ts';

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

/** A body that nobody wants is read to its end if it is short, so that the connection can be used again. */
const shortBody = 65_536;
const graceMilliseconds = 60_000;

const plainBufferBytes = 1_048_576;
/** TLS hands out records of at most 16 KiB; a larger buffer would only cool the caches. */
const secureBufferBytes = 262_144;
let sharedBuffer: Buffer | undefined;

function readBuffer(secure: boolean, pieceBytes: number | undefined): Buffer {
  sharedBuffer ??= Buffer.allocUnsafeSlow(plainBufferBytes);
  const bytes = secure ? secureBufferBytes : plainBufferBytes;
  return sharedBuffer.subarray(0, Math.min(bytes, pieceBytes ?? bytes));
}

/** What the connections of one pool have in common. */
export interface ConnectionTraits {
  readonly endpoint: Endpoint;
  readonly settings: EngineSettings;
  /** Reads are no larger than this; undefined: as large as the buffer. */
  readonly pieceBytes: number | undefined;
  /** The TLS session to resume; kept here for the next connection. */
  session?: Buffer;
}

export class Connection implements ResponseHandler {
  readonly #traits: ConnectionTraits;
  readonly #socket: Socket;
  readonly #parser = new ResponseParser(this);
  #receiver: BodyReceiver | undefined;
  #limit: RateLimit | undefined;
  #settle: ((exchange: Exchange) => void) | undefined;
  #head: ResponseHead | undefined;
  #isWanted = false;
  #isPaused = false;
  #error: Error | undefined;
  #since = 0;
  #received = 0;

  constructor(traits: ConnectionTraits) {
    this.#traits = traits;
    this.#socket = open(traits, {
      buffer: readBuffer(traits.endpoint.secure, traits.pieceBytes),
      callback: (length, buffer) => this.#read(buffer as Buffer, length),
    });
    this.#socket.setTimeout(traits.settings.silenceMilliseconds, () => this.#silent());
    this.#socket.on('error', (error) => (this.#error = error));
    this.#socket.on('close', () => this.#closed());
  }

  /** Whether another request can be sent. */
  get isUsable(): boolean {
    return !this.#socket.destroyed && this.#socket.writable && this.#settle === undefined;
  }

  /** Sends a request (head lines, latin1) and passes the answer's body on. One at a time. */
  exchange(request: string, receiver: BodyReceiver, limit?: RateLimit): Promise<Exchange> {
    return new Promise((resolve) => {
      this.#settle = resolve;
      this.#receiver = receiver;
      this.#limit = limit;
      this.#head = undefined;
      this.#received = 0;
      this.#since = performance.now();
      if (this.#socket.destroyed) this.#closed();
      else this.#socket.write(request, 'latin1');
    });
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
    if (this.#settle === undefined) {
      this.#socket.destroy(); // Nothing was asked for: whatever this is, it is no answer.
      return false;
    }
    this.#received += length;
    const wait = this.#limit?.spend(length) ?? 0;
    try {
      this.#parser.push(buffer, length);
    } catch (thrown) {
      this.#break(thrown instanceof Error ? thrown.message : String(thrown), thrown);
      return false;
    }
    if (this.#settle === undefined) return true;
    if (this.#isTooSlow()) this.#break('the answer comes too slowly');
    return wait <= 0 || this.#pause(wait);
  }

  #pause(milliseconds: number): false {
    if (this.#isPaused) return false;
    this.#isPaused = true;
    this.#socket.setTimeout(0);
    setTimeout(() => {
      this.#isPaused = false;
      this.#since += milliseconds;
      this.#socket.setTimeout(this.#traits.settings.silenceMilliseconds);
      this.#socket.resume();
    }, milliseconds);
    return false;
  }

  #isTooSlow(): boolean {
    const milliseconds = performance.now() - this.#since - graceMilliseconds;
    return milliseconds * this.#traits.settings.minimumBytesPerSecond > this.#received * 1000;
  }

  #silent(): void {
    if (this.#settle === undefined) this.#socket.destroy();
    else this.#break(`nothing came for ${this.#traits.settings.silenceMilliseconds / 1000} s`);
  }

  #closed(): void {
    const when = this.#head === undefined ? 'before the answer' : 'in the middle of the answer';
    this.#break(this.#error?.message ?? `the connection was closed ${when}`);
  }

  #finish(isReusable: boolean): void {
    if (this.#head === undefined) return;
    if (!isReusable) this.#socket.destroy();
    this.#end({ kind: 'answered', head: this.#head });
  }

  #break(why: string, thrown?: unknown): void {
    this.#socket.destroy();
    this.#end(thrown === undefined ? { kind: 'broken', why } : { kind: 'broken', why, thrown });
  }

  #end(exchange: Exchange): void {
    const settle = this.#settle;
    this.#settle = undefined;
    this.#isWanted = false;
    settle?.(exchange);
  }
}

function open(traits: ConnectionTraits, onread: OnReadOpts): Socket {
  const { host, port, secure } = traits.endpoint;
  const common = { host, port, noDelay: true, keepAlive: true, onread };
  if (!secure) return connectPlain(common);
  const socket = connectSecure({
    ...common,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(traits.session === undefined ? {} : { session: traits.session }),
    ALPNProtocols: ['http/1.1'],
    minVersion: 'TLSv1.2',
  });
  socket.on('session', (session) => (traits.session = session));
  return socket;
}
