/**
 * A GET with all that belongs to it: authorization (replaced once when refused), a connection (a new one once when it
 * broke), and patience with a busy service. It says how the last try went and judges nothing. Redirects are not
 * followed: a token goes to the configured host alone. Answers are told by a call, not a promise: nearly every request
 * is answered at its first try, and then nothing is allocated for it.
 */
import type { Authority } from './authority.ts';
import type { Authorization } from './authorization.ts';
import type { BackOff } from './back-off.ts';
import type { BodyReceiver, Connection, Exchange, ExchangeListener } from './connection.ts';
import type { ConnectionPool } from './connection-pool.ts';
import type { Endpoint } from './endpoint.ts';
import type { RateLimit } from './rate-limit.ts';
import type { Request } from './request-text.ts';
import type { EngineSettings } from './settings.ts';

const busyStatuses = new Set([408, 429, 500, 502, 503, 504]);

/** What a requester works with. */
export interface RequesterParts {
  readonly endpoint: Endpoint;
  readonly pool: ConnectionPool;
  readonly authority: Authority;
  readonly backOff: BackOff;
  readonly settings: EngineSettings;
}

/** Whose requests they are. */
export interface Asker {
  readonly request: Request;
  readonly receiver: BodyReceiver;
  readonly limit?: RateLimit | undefined;
  /** How the last try went; nothing is under way any more, and the next request may begin at once. */
  answered(exchange: Exchange): void;
  /** The authorization's source failed. */
  failed(thrown: unknown): void;
}

/** One asker's requests, one at a time. */
export class Requester implements ExchangeListener {
  readonly #parts: RequesterParts;
  readonly #asker: Asker;
  #authorization: Authorization | undefined;
  #connection: Connection | undefined;
  #busy = 0;
  #isRenewed = false;
  #hasBroken = false;
  #needsNew = false;

  constructor(parts: RequesterParts, asker: Asker) {
    this.#parts = parts;
    this.#asker = asker;
  }

  /** Sends the asker's request, again and again if need be. */
  get(): void {
    this.#busy = 0;
    this.#isRenewed = false;
    this.#hasBroken = false;
    this.#needsNew = false;
    this.#try();
  }

  ended(exchange: Exchange): void {
    try {
      if (this.#connection !== undefined) this.#parts.pool.give(this.#connection);
      this.#judge(exchange);
    } catch (thrown) {
      this.#asker.failed(thrown);
    }
  }

  #try(): void {
    const { backOff, authority } = this.#parts;
    const authorization = authority.current;
    if (authorization === undefined || backOff.isOn) void this.#tryLater();
    else this.#send(authorization);
  }

  async #tryLater(): Promise<void> {
    try {
      await this.#parts.backOff.pass();
      this.#send(await this.#parts.authority.obtain());
    } catch (thrown) {
      this.#asker.failed(thrown);
    }
  }

  #send(authorization: Authorization): void {
    const { pool, endpoint } = this.#parts;
    const { request, receiver, limit } = this.#asker;
    this.#authorization = authorization;
    this.#connection = pool.take(this.#needsNew);
    this.#connection.exchange(request.bytes(endpoint, authorization), receiver, this, limit);
  }

  /** Tries once more or tells how it went. */
  #judge(exchange: Exchange): void {
    this.#needsNew = exchange.kind === 'broken';
    if (exchange.kind === 'broken') {
      if (this.#hasBroken || exchange.thrown !== undefined) return this.#asker.answered(exchange);
      this.#hasBroken = true;
      return this.#try();
    }
    const { status } = exchange.head;
    if (status === 401 && !this.#isRenewed) return void this.#renew(exchange);
    if (!busyStatuses.has(status) || this.#busy === this.#parts.settings.busyRetries)
      return this.#asker.answered(exchange);
    this.#parts.backOff.answered(exchange.head, this.#busy);
    this.#busy += 1;
    this.#try();
  }

  async #renew({ head }: Exchange & { kind: 'answered' }): Promise<void> {
    this.#isRenewed = true;
    try {
      if (this.#authorization !== undefined) await this.#parts.authority.replace(this.#authorization, head);
      this.#try();
    } catch (thrown) {
      this.#asker.failed(thrown);
    }
  }
}

/** One request by itself; throws what the authorization's source throws. */
export function getOnce(parts: RequesterParts, request: Request, receiver: BodyReceiver): Promise<Exchange> {
  return new Promise((answered, failed) =>
    new Requester(parts, { request, receiver, answered, failed }).get(),
  );
}
