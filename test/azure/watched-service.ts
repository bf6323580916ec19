/** A relay in front of a blob service: it writes down which deletions were asked for, and answers some in its place. */
import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** What is answered in the service's place; `reset` cuts the connection. */
export type Answer = { readonly status: number; readonly body?: string } | 'reset';

export class WatchedService {
  readonly #server: http.Server;
  readonly #behind: URL;
  /** The deletions that were asked for: `BATCH` or `DELETE`. */
  sent: string[] = [];
  /** The bodies of the batches. */
  bodies: string[] = [];
  onBatch: () => Answer | undefined = () => undefined;
  onSingle: (url: string) => Answer | undefined = () => undefined;

  private constructor(behind: string) {
    this.#behind = new URL(behind);
    this.#server = http.createServer((request, response) => void this.#serve(request, response));
  }

  static async start(behind: string): Promise<WatchedService> {
    const service = new WatchedService(behind);
    await once(service.#server.listen(0, '127.0.0.1'), 'listening');
    return service;
  }

  /** The account's endpoint here. */
  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}${this.#behind.pathname}`;
  }

  /** Forgets what was sent and answers nothing any more. */
  reset(): void {
    this.sent = [];
    this.bodies = [];
    this.onBatch = this.onSingle = () => undefined;
  }

  async stop(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    const answer = this.#answerTo(request, body.toString());
    if (answer === 'reset') request.socket.destroy();
    else if (answer === undefined) this.#relay(request, body, response);
    else
      response
        .writeHead(answer.status, { 'content-type': 'multipart/mixed; boundary=x' })
        .end(answer.body ?? '');
  }

  #answerTo({ url = '', method = '' }: IncomingMessage, body: string): Answer | undefined {
    if (url.includes('comp=batch')) {
      this.sent.push('BATCH');
      this.bodies.push(body);
      return this.onBatch();
    }
    if (method !== 'DELETE') return undefined;
    this.sent.push(method);
    return this.onSingle(url);
  }

  #relay({ url, method, headers }: IncomingMessage, body: Buffer, response: ServerResponse): void {
    const { hostname, port } = this.#behind;
    http
      .request({ hostname, port, path: url, method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      })
      .on('error', () => response.destroy())
      .end(body);
  }
}
