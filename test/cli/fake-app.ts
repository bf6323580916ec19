/** A small HTTP server in the app's place: it answers from a table of routes, and remembers what it was asked. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startedResponse } from '../../src/contracts/api/runs.ts';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly token: string | undefined;
  readonly body: unknown;
}

/** What a route answers: a value as JSON with 200, or exactly this. */
export type Reply =
  | { readonly status: number; readonly type: string; readonly text: string }
  | { readonly json: unknown; readonly status?: number };
export type Route = Reply | ((asked: Asked) => Reply);

export const fakeToken = 'token-of-the-fake-app';

export class FakeApp implements AsyncDisposable {
  readonly region: string;
  readonly asked: Asked[] = [];
  readonly routes: Record<string, Route>;
  #server: Server | undefined;
  #port = 0;

  constructor(region: string, routes: Record<string, Route> = {}) {
    this.region = region;
    this.routes = routes;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Listens; the second time at the port of the first, as a host that restarts. */
  async start(): Promise<this> {
    const server = createServer((request, response) => void this.#serve(request, response));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#port, '127.0.0.1', resolve);
    });
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
    return this;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const path = (request.url ?? '').replace('/api/v1/', '');
    const token = request.headers.authorization?.replace('Bearer ', '');
    const asked = {
      method: request.method ?? '',
      path,
      token,
      body: text === '' ? undefined : (JSON.parse(text) as unknown),
    };
    this.asked.push(asked);
    const reply =
      token === fakeToken
        ? this.#reply(asked)
        : problem(401, 'unauthenticated', 'the token is not valid here', 'Sign in again.');
    if ('json' in reply) {
      response.writeHead(reply.status ?? 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(reply.json));
    } else {
      response.writeHead(reply.status, { 'content-type': reply.type });
      response.end(reply.text);
    }
  }

  #reply(asked: Asked): Reply {
    const route = this.routes[`${asked.method} ${asked.path}`];
    if (route === undefined)
      return problem(404, 'not-found', `There is no ${asked.path} here.`, 'Look at "lifeboat status".');
    return typeof route === 'function' ? route(asked) : route;
  }
}

/** A problem document. */
export function problem(status: number, code: string, detail: string, hint: string): Reply {
  const text = JSON.stringify({ type: `urn:lifeboat:${code}`, title: code, status, detail, code, hint });
  return { status, type: 'application/problem+json', text };
}

/** The answer to a start: 202 and the operations. */
export function started(...ids: string[]): Reply {
  const operations = ids.map((id) => {
    const [kind, system, region] = id.split('.');
    return { id, kind, system, region, statusUrl: `/api/v1/operations/${id}` };
  });
  return { status: 202, json: startedResponse.parse({ operations }) };
}
