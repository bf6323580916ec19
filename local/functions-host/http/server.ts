/**
 * The host's HTTP server: functions, the durable management API (with key for everyone, and under a secret path for
 * the app itself) and the admin routes. It listens before the app is loaded, because the app must know its own
 * address while it loads; until then it answers 503.
 */
import { randomBytes } from 'node:crypto';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FunctionApp } from '../app/function-app.ts';
import type { ClientEndpoints } from '../durable/client-links.ts';
import type { ApiRequest } from '../durable/api-messages.ts';
import type { ManagementApi } from '../durable/management-api.ts';
import { ExitCode, HostFailure, messageOf, stackOf } from '../host-failure.ts';
import type { Logger } from '../log.ts';
import { answerAdmin, hostStatus, type AdminParts } from './admin-api.ts';
import { answerWithFunction, matchFunction, type HttpFunction } from './http-functions.ts';
import { isAuthorized, keyOf, type AuthLevel, type HostKeys } from './keys.ts';
import { readBody, sendJson } from './messages.ts';
import { streamThroughFunction } from './stream-proxy.ts';

const WEBHOOKS = '/runtime/webhooks/durabletask';

/** What the server serves once the app is loaded. */
export interface ServedApp extends AdminParts {
  readonly functions: readonly HttpFunction[];
  readonly management: ManagementApi;
  readonly clientJson: () => string;
}

/** How to listen; port 0 takes a free one. */
export interface HttpServerOptions {
  readonly host: string;
  readonly port: number;
  readonly keys: HostKeys;
  readonly taskHub: string;
  readonly log: Logger;
}

/** The server of one host. */
export class HttpServer {
  readonly #options: HttpServerOptions;
  readonly #server: http.Server;
  /** The app reaches the management API without key: the path itself is the secret. */
  readonly #rpcPath = `/durabletask/${randomBytes(24).toString('base64url')}`;
  #served: ServedApp | undefined;

  constructor(options: HttpServerOptions) {
    this.#options = options;
    this.#server = http.createServer((request, response) => void this.#handle(request, response));
  }

  /** Rejects with HostFailure if the port is taken. */
  async listen(): Promise<void> {
    const { host, port } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (error: NodeJS.ErrnoException) => reject(explainListen(error, host, port)));
      this.#server.listen(port, host, resolve);
    });
  }

  get authority(): string {
    const { host } = this.#options;
    return `${host.includes(':') ? `[${host}]` : host}:${(this.#server.address() as AddressInfo).port}`;
  }

  get url(): string {
    return `http://${this.authority}`;
  }

  get endpoints(): ClientEndpoints {
    return {
      taskHub: this.#options.taskHub,
      webhookBase: `${this.url}${WEBHOOKS}`,
      rpcBase: `${this.url}${this.#rpcPath}/`,
      systemKey: this.#options.keys.system,
    };
  }

  /** From now on requests are answered by this app. */
  serve(served: ServedApp): void {
    this.#served = served;
  }

  /** Accepts nothing more and resolves when requests in progress are answered or `graceMs` has passed. */
  async close(graceMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeIdleConnections();
    const timer = setTimeout(() => this.#server.closeAllConnections(), graceMs);
    await closed;
    clearTimeout(timer);
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.#route(request, response);
    } catch (error) {
      this.#options.log('error', `${request.method} ${request.url?.split('?')[0]} failed: ${stackOf(error)}`);
      if (!response.headersSent) response.writeHead(500).end();
      else response.destroy();
    }
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = parseUrl(request);
    if (url === undefined) return void response.writeHead(400).end();
    if (url.pathname === '/admin/host/status')
      return sendJson(response, hostStatus(this.#served === undefined ? 'Starting' : 'Running'));
    const served = this.#served;
    if (served === undefined) return void response.writeHead(503, { 'retry-after': '1' }).end();
    const isAllowed = (level: AuthLevel): boolean =>
      isAuthorized(this.#options.keys, level, keyOf(request, url.searchParams));
    const below = (base: string): string | undefined =>
      url.pathname === base || url.pathname.startsWith(`${base}/`)
        ? url.pathname.slice(base.length)
        : undefined;

    const managed = below(WEBHOOKS);
    const trusted = below(this.#rpcPath);
    if (managed !== undefined && !isAllowed('system')) return void response.writeHead(401).end();
    const managementPath = managed ?? trusted;
    if (managementPath !== undefined)
      return this.#answerApi(served.management, request, url, managementPath, response);

    const admin = below('/admin');
    if (admin !== undefined && !isAllowed('admin')) return void response.writeHead(401).end();
    if (admin !== undefined)
      return this.#answerApi(async (asked) => answerAdmin(served, asked), request, url, admin, response);
    return answerFunction(served, request, url, response, isAllowed, this.#options.log);
  }

  async #answerApi(
    api: ManagementApi,
    request: IncomingMessage,
    url: URL,
    path: string,
    response: ServerResponse,
  ): Promise<void> {
    const asked: ApiRequest = {
      method: request.method ?? 'GET',
      path: path
        .split('/')
        .filter((part) => part !== '')
        .map(decodeURIComponent),
      query: url.searchParams,
      header: (name) => request.headers[name]?.toString(),
      body: (await readBody(request)).toString(),
    };
    sendJson(response, await api(asked));
  }
}

/** Undefined for a path or host that is no URL, or with broken escapes. */
function parseUrl(request: IncomingMessage): URL | undefined {
  const url = URL.parse(request.url ?? '/', `http://${request.headers.host ?? 'localhost'}`);
  if (url === null) return undefined;
  try {
    decodeURIComponent(url.pathname);
    return url;
  } catch {
    return undefined;
  }
}

async function answerFunction(
  served: ServedApp,
  request: IncomingMessage,
  url: URL,
  response: ServerResponse,
  isAllowed: (level: AuthLevel) => boolean,
  log: Logger,
): Promise<void> {
  const match = matchFunction(served.functions, request.method ?? 'GET', url.pathname);
  if (match === undefined) return void response.writeHead(404).end();
  if (!isAllowed(match.function.level)) return void response.writeHead(401).end();
  const answer = isStreaming(served.app) ? streamThroughFunction : answerWithFunction;
  const { name } = match.function.target;
  try {
    await answer(served.app, match, served.clientJson, request, url, response);
  } catch (error) {
    log('error', `HTTP function failed: ${stackOf(error)}`, name);
    if (response.headersSent) response.destroy();
    else response.writeHead(500).end();
  }
}

function isStreaming(app: FunctionApp): boolean {
  return app.capabilities['HttpUri'] !== undefined;
}

function explainListen(error: NodeJS.ErrnoException, host: string, port: number): HostFailure {
  const hint =
    error.code === 'EADDRINUSE'
      ? `Port ${port} on ${host} is in use. Stop the process that uses it, or choose another port with --port.`
      : `The host cannot listen on ${host}:${port} (${messageOf(error)}). Choose another port with --port.`;
  return new HostFailure(ExitCode.unavailable, hint, { cause: error });
}
