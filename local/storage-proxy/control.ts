/**
 * The control endpoint: what tests may break and set. It is no part of the storage that the product knows; it listens
 * on its own loopback port, only when configured, and asks for a secret.
 */
import { timingSafeEqual } from 'node:crypto';
import http, { type IncomingMessage } from 'node:http';
import { z } from 'zod';
import { handleWith, listenOnLoopback, type LoopbackServer } from '../identity/loopback-server.ts';
import type { StorageProxyConfig } from './config.ts';
import { damageOrder, type Damage } from './damage.ts';
import { earlierOrder, type AddEarlier } from './earlier.ts';
import type { History } from './history.ts';

const lagOrder = z.object({ account: z.string(), seconds: z.number().nonnegative() });

/** Starts it: `POST /damage`, `/earlier` and `/lag`, JSON bodies, the secret in `x-control-secret`. */
export function startControl(
  config: StorageProxyConfig,
  control: { readonly port: number; readonly secret: string },
  parts: { readonly damage: Damage; readonly history: History; readonly earlier: AddEarlier },
): Promise<LoopbackServer> {
  const { damage, history, earlier } = parts;
  const handler = handleWith(async (request, response) => {
    const [status, body] = await answer(request).catch((error: unknown): [number, string] => [
      400,
      error instanceof Error ? error.message : String(error),
    ]);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ message: body }));
  });
  const answer = async (request: IncomingMessage): Promise<[number, string]> => {
    if (!isSecret(request.headers['x-control-secret'], control.secret)) return [403, 'the secret is wrong'];
    const body: unknown = JSON.parse(await textOf(request));
    if (request.method === 'POST' && request.url === '/damage') {
      await damage.apply(damageOrder.parse(body));
      return [200, 'damaged'];
    }
    if (request.method === 'POST' && request.url === '/earlier') {
      await earlier(earlierOrder.parse(body));
      return [200, 'added'];
    }
    if (request.method === 'POST' && request.url === '/lag') {
      const { account, seconds } = lagOrder.parse(body);
      const secondary = config.accounts[account]?.secondary;
      if (secondary === undefined) return [404, `${account} has no secondary`];
      history.setLag(account, secondary.lagSeconds, seconds);
      return [200, 'set'];
    }
    return [404, 'there is only POST /damage, /earlier and /lag'];
  };
  return listenOnLoopback(http.createServer(handler), control.port);
}

function isSecret(given: string | string[] | undefined, secret: string): boolean {
  const [a, b] = [Buffer.from(String(given)), Buffer.from(secret)];
  return a.length === b.length && timingSafeEqual(a, b);
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
