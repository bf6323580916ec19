/**
 * The blob store behind the proxy: requests passed on as they are, bodies streamed both ways, and the proxy's own
 * requests, which carry a signature of their own.
 */
import {
  AccountSASPermissions,
  AccountSASResourceTypes,
  AccountSASServices,
  generateAccountSASQueryParameters,
  StorageSharedKeyCredential,
} from '@azure/storage-blob';
import http, { type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pathOf, type BlobName } from './address.ts';
import { sendError } from './errors.ts';

const apiVersion = '2021-12-02';
const farAway = new Date('2099-01-01T00:00:00Z');
/** How long the blob store may take until its answer begins; less than what any client waits. */
const answerWithinMilliseconds = 20_000;

/** What is said of an answer before its body is passed on. */
export type OnAnswer = (answer: IncomingMessage) => OutgoingHttpHeaders;

export class Upstream {
  readonly #url: URL;
  readonly #agent: http.Agent;
  readonly #signatures = new Map<string, string>();
  readonly #withinMilliseconds: number;

  constructor(
    url: string,
    accounts: Readonly<Record<string, { readonly key: string }>>,
    withinMilliseconds = answerWithinMilliseconds,
  ) {
    this.#url = new URL(url);
    this.#withinMilliseconds = withinMilliseconds;
    const options = { keepAlive: true, noDelay: true };
    this.#agent = this.#url.protocol === 'https:' ? new https.Agent(options) : new http.Agent(options);
    for (const [account, { key }] of Object.entries(accounts))
      this.#signatures.set(account, signatureFor(account, key));
  }

  /**
   * Passes a request on and its answer back; `onAnswer` sees the answer first and may change headers. The answer's
   * status, or undefined if there was none: then nobody knows what came of the request. One whose caller has gone is not
   * passed on: its body would never come to an end.
   */
  async relay(
    request: IncomingMessage,
    response: ServerResponse,
    onAnswer: OnAnswer = () => ({}),
    path = request.url ?? '/',
    headers: OutgoingHttpHeaders = request.headers,
    body: Readable = request,
  ): Promise<number | undefined> {
    if (response.destroyed) return undefined;
    const sent = this.#request(request.method ?? 'GET', path, headers);
    response.once('close', () => sent.destroy());
    try {
      const answered = answerOf(sent);
      body.pipe(sent);
      const answer = await answered;
      const changed = { ...answer.headers, ...onAnswer(answer) };
      delete changed['connection'];
      delete changed['keep-alive'];
      response.writeHead(answer.statusCode ?? 502, answer.statusMessage, changed);
      await pipeline(answer, response);
      return answer.statusCode;
    } catch {
      if (!response.headersSent) sendError(response, 503, 'ServerBusy', 'The blob store did not answer.');
      else response.destroy();
      return undefined;
    } finally {
      body.unpipe(sent).resume();
    }
  }

  /** Asks the blob store whether whoever sent this request may: it is refused here just as it is there. */
  async admits(
    request: IncomingMessage,
    response: ServerResponse,
    method = request.method ?? 'GET',
  ): Promise<boolean> {
    const sent = this.#request(method, request.url ?? '/', request.headers);
    sent.end();
    const answer = await answerOf(sent).catch(() => undefined);
    if (answer?.statusCode !== undefined && answer.statusCode !== 401 && answer.statusCode !== 403) {
      answer.on('error', () => undefined);
      sent.destroy(); // Its body may be large, and is not wanted.
      return true;
    }
    if (answer === undefined) {
      sendError(response, 503, 'ServerBusy', 'The blob store did not answer.');
      return false;
    }
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    await pipeline(answer, response).catch(() => response.destroy());
    return false;
  }

  /** A path with the proxy's own signature for an account. */
  signed(account: string, path: string): string {
    const signature = this.#signatures.get(account) ?? '';
    return `${path}${path.includes('?') ? '&' : '?'}${signature}`;
  }

  /** A request of the proxy's own; throws if there is no answer. */
  async ask(
    method: string,
    blob: BlobName,
    { query = '', headers = {}, body }: { query?: string; headers?: OutgoingHttpHeaders; body?: Buffer } = {},
  ): Promise<{
    readonly status: number;
    readonly headers: IncomingMessage['headers'];
    readonly body: Buffer;
  }> {
    const path = this.signed(blob.account, `${pathOf(blob)}${query}`);
    const length = method === 'GET' || method === 'HEAD' ? {} : { 'content-length': body?.length ?? 0 };
    const sent = this.#request(method, path, { 'x-ms-version': apiVersion, ...length, ...headers });
    sent.end(body);
    const answer = await answerOf(sent);
    const chunks: Buffer[] = [];
    for await (const chunk of answer) chunks.push(chunk as Buffer);
    return { status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks) };
  }

  /** Where a blob is, for a copy within the account. */
  sourceOf(blob: BlobName): string {
    return new URL(pathOf(blob), this.#url).href;
  }

  close(): void {
    this.#agent.destroy();
  }

  #request(method: string, path: string, headers: OutgoingHttpHeaders): http.ClientRequest {
    const { hostname, port, protocol } = this.#url;
    const { request } = protocol === 'https:' ? https : http;
    const { connection: _connection, ...passed } = headers;
    const sent = request({ hostname, port, method, path, agent: this.#agent, headers: passed });
    sent.setTimeout(this.#withinMilliseconds, () =>
      sent.destroy(new Error('the blob store does not answer')),
    );
    sent.once('response', () => sent.setTimeout(0));
    return sent;
  }
}

function answerOf(sent: http.ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    sent.once('response', resolve);
    sent.on('error', reject); // Stays: an error after the answer is that of the answer's stream.
    sent.once('close', () => reject(new Error('the request was given up')));
  });
}

function signatureFor(account: string, key: string): string {
  const values = {
    services: AccountSASServices.parse('b').toString(),
    resourceTypes: AccountSASResourceTypes.parse('sco').toString(),
    permissions: AccountSASPermissions.parse('rwdlc'),
    expiresOn: farAway,
  };
  return generateAccountSASQueryParameters(values, new StorageSharedKeyCredential(account, key)).toString();
}
