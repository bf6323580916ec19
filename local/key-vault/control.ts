/**
 * The control endpoint: what tests may set and break. It is no part of the key vault that the product knows; it listens
 * on its own loopback port, only when configured, and asks for a secret.
 */
import { timingSafeEqual } from 'node:crypto';
import http, { type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { handleWith, listenOnLoopback, type LoopbackServer } from '../identity/loopback-server.ts';
import { KeyVaultError } from './errors.ts';
import type { KeyStore } from './key-store.ts';

const faultOrder = z.object({
  method: z.string().optional(),
  path: z.string().optional(),
  times: z.int().positive().default(1),
  status: z.int().min(400).max(599),
  retryAfter: z.int().nonnegative().optional(),
});
type FaultOrder = z.infer<typeof faultOrder>;

/** Answers that are given in the vault's place. */
export class Faults {
  #orders: FaultOrder[] = [];

  add(order: FaultOrder): void {
    this.#orders.push(order);
  }

  clear(): void {
    this.#orders = [];
  }

  /** Throws the first one that is meant for this request, and uses it up. */
  take(method: string, path: string): void {
    const order = this.#orders.find(
      (one) =>
        (one.method ?? method) === method && (one.path === undefined || new RegExp(one.path).test(path)),
    );
    if (order === undefined) return;
    order.times -= 1;
    this.#orders = this.#orders.filter((one) => one.times > 0);
    const headers = order.retryAfter === undefined ? {} : { 'retry-after': String(order.retryAfter) };
    throw new KeyVaultError(order.status, 'InjectedFault', 'An injected fault.', { ...headers });
  }
}

const keyOrder = z.object({ key: z.string() });
const attributesOrder = keyOrder.extend({
  version: z.string(),
  enabled: z.boolean().optional(),
  nbf: z.int().optional(),
  exp: z.int().optional(),
});

/** Starts it: JSON bodies, the secret in `x-control-secret`. */
export function startControl(
  control: { readonly port: number; readonly secret: string },
  keys: KeyStore,
  faults: Faults,
): Promise<LoopbackServer> {
  const handler = handleWith(async (request, response) => {
    const [status, body] = await answer(request).catch((error: unknown): [number, object] => [
      400,
      { message: error instanceof Error ? error.message : String(error) },
    ]);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  const answer = async (request: IncomingMessage): Promise<[number, object]> => {
    if (!isSecret(request.headers['x-control-secret'], control.secret))
      return [403, { message: 'the secret is wrong' }];
    const sent = await text(request);
    const body: unknown = sent === '' ? {} : JSON.parse(sent);
    switch (`${request.method} ${request.url}`) {
      case 'POST /rotate':
        return [200, { version: keys.rotate(keyOrder.parse(body).key) }];
      case 'POST /attributes': {
        const { key, version, ...attributes } = attributesOrder.parse(body);
        return keys.change(key, version, withoutAbsent(attributes)) ? [200, {}] : [404, { message: version }];
      }
      case 'POST /faults':
        faults.add(faultOrder.parse(body));
        return [200, {}];
      case 'DELETE /faults':
        faults.clear();
        return [200, {}];
      default:
        return [404, { message: 'there is only POST /rotate, /attributes, /faults and DELETE /faults' }];
    }
  };
  return listenOnLoopback(http.createServer(handler), control.port);
}

/** The attributes that are named; the others stay as they are. */
function withoutAbsent({ enabled, nbf, exp }: Omit<z.infer<typeof attributesOrder>, 'key' | 'version'>): {
  enabled?: boolean;
  nbf?: number;
  exp?: number;
} {
  return {
    ...(enabled === undefined ? {} : { enabled }),
    ...(nbf === undefined ? {} : { nbf }),
    ...(exp === undefined ? {} : { exp }),
  };
}

function isSecret(given: string | string[] | undefined, secret: string): boolean {
  const [a, b] = [Buffer.from(String(given)), Buffer.from(secret)];
  return a.length === b.length && timingSafeEqual(a, b);
}
