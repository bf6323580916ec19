/**
 * A resource manager of few words: an HTTPS server that answers what a test scripted, in order, per method and path.
 * Every request is kept, with whether it carried a token.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import https from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { ensureCertificates } from '../../local/certificates/ensure-certificates.ts';

export interface ScriptedAnswer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly hasToken: boolean;
  readonly at: number;
  /** What was sent, once it was read. */
  text: string;
}

export class ScriptedManager {
  readonly seen: SeenRequest[] = [];
  readonly #answers = new Map<string, ScriptedAnswer[]>();
  readonly #server: https.Server;
  readonly #close: () => Promise<void>;

  private constructor(server: https.Server, close: () => Promise<void>) {
    this.#server = server;
    this.#close = close;
  }

  /** Starts a server whose authority this process trusts until it is closed. */
  static async start(): Promise<ScriptedManager> {
    const folder = await mkdtemp(path.join(tmpdir(), 'manager-'));
    const files = await ensureCertificates(folder);
    const trusted = tls.getCACertificates();
    tls.setDefaultCACertificates([...trusted, await readFile(files.caFile, 'utf8')]);
    const server = https.createServer({
      cert: await readFile(files.certFile),
      key: await readFile(files.keyFile),
    });
    const manager = new ScriptedManager(server, async () => {
      tls.setDefaultCACertificates(trusted);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    });
    server.on('request', (request, response) => {
      const seen = {
        method: request.method ?? '',
        path: (request.url ?? '').split('?')[0] ?? '',
        hasToken: request.headers.authorization !== undefined,
        at: performance.now(),
        text: '',
      };
      manager.seen.push(seen);
      request.on('data', (chunk: Buffer) => (seen.text += chunk.toString('utf8')));
      const { status, body, headers } = manager.#next(`${seen.method} ${seen.path}`);
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(body === undefined ? '' : JSON.stringify(body));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return manager;
  }

  get url(): string {
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Scripts answers to a method and path; the last one is given again and again. */
  on(label: string, ...answers: ScriptedAnswer[]): void {
    this.#answers.set(label, answers);
  }

  /** The requests to a method and path. */
  to(label: string): SeenRequest[] {
    return this.seen.filter((one) => `${one.method} ${one.path}` === label);
  }

  close(): Promise<void> {
    return this.#close();
  }

  #next(label: string): ScriptedAnswer {
    const answers = this.#answers.get(label);
    const first = answers !== undefined && answers.length > 1 ? answers.shift() : answers?.[0];
    return first ?? { status: 500, body: { error: { code: 'NotScripted', message: label } } };
  }
}
