/**
 * A GET with all that belongs to it: authorization (replaced once when refused), a connection (a new one once when it
 * broke), and patience with a busy service. It says how the last try went and judges nothing. Redirects are not
 * followed: a token goes to the configured host alone.
 */
import type { Authority } from './authority.ts';
import type { Authorization } from './authorization.ts';
import type { BackOff } from './back-off.ts';
import type { BodyReceiver, Exchange } from './connection.ts';
import type { ConnectionPool } from './connection-pool.ts';
import type { Endpoint } from './endpoint.ts';
import type { RateLimit } from './rate-limit.ts';
import type { EngineSettings } from './settings.ts';

/** Names percent-encoded in listings came with 2021-02-12; everything else used here is older. */
const serviceVersion = '2021-12-02';
const busyStatuses = new Set([408, 429, 500, 502, 503, 504]);

/** What a requester works with. */
export interface RequesterParts {
  readonly endpoint: Endpoint;
  readonly pool: ConnectionPool;
  readonly authority: Authority;
  readonly backOff: BackOff;
  readonly settings: EngineSettings;
}

/** What to get: the path with its query (`?…` or empty) and the version that alone will do. */
export interface Target {
  readonly path: string;
  readonly query: string;
  readonly ifMatch?: string;
}

export class Requester {
  readonly #parts: RequesterParts;
  readonly #headers: string;

  constructor(parts: RequesterParts) {
    this.#parts = parts;
    this.#headers = ` HTTP/1.1\r\nHost: ${parts.endpoint.authority}\r\nx-ms-version: ${serviceVersion}\r\n`;
  }

  /** Gets the target; throws only the failure of the authorization's source. */
  async get(target: Target, receiver: BodyReceiver, limit?: RateLimit): Promise<Exchange> {
    const { pool, authority, backOff, settings } = this.#parts;
    let busy = 0;
    let isRenewed = false;
    let hasBroken = false;
    let needsNew = false;
    for (;;) {
      if (backOff.isOn) await backOff.pass();
      const authorization = authority.current ?? (await authority.obtain());
      const connection = pool.take(needsNew);
      const exchange = await connection.exchange(this.#text(target, authorization), receiver, limit);
      pool.give(connection);
      needsNew = exchange.kind === 'broken';
      if (exchange.kind === 'broken') {
        if (hasBroken || exchange.thrown !== undefined) return exchange;
        hasBroken = true;
      } else if (exchange.head.status === 401 && !isRenewed) {
        isRenewed = true;
        await authority.replace(authorization, exchange.head);
      } else if (busyStatuses.has(exchange.head.status) && busy < settings.busyRetries) {
        backOff.answered(exchange.head, busy);
        busy += 1;
      } else return exchange;
    }
  }

  #text({ path, query, ifMatch }: Target, { header, query: signature }: Authorization): string {
    const both = signature === undefined ? query : `${query}${query === '' ? '?' : '&'}${signature}`;
    const condition = ifMatch === undefined ? '' : `If-Match: ${ifMatch}\r\n`;
    const signedIn = header === undefined ? '' : `Authorization: ${header}\r\n`;
    return `GET ${path}${both}${this.#headers}${condition}${signedIn}\r\n`;
  }
}
