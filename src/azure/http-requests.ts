/**
 * Requests over Node's own HTTPS: a connection for each, so that one left over by an application that was pointed
 * elsewhere is never used again, and no redirect that anything would follow.
 */
import type { TokenCredential } from '@azure/identity';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { Failure } from '../policy/failure.ts';
import { NotSent, type HttpAnswer, type HttpRequest, type HttpRequests } from '../ports/http-requests.ts';

export class PlainHttpRequests implements HttpRequests {
  readonly #credential: TokenCredential;

  constructor(credential: TokenCredential) {
    this.#credential = credential;
  }

  async send(what: HttpRequest): Promise<HttpAnswer> {
    const url = new URL(what.url);
    if (url.protocol !== 'https:')
      throw new NotSent(
        'refused',
        `${url.origin} is not https: nothing was sent`,
        'Correct the address in the estate file.',
      );
    const token = what.tokenScope === undefined ? undefined : await this.#tokenFor(what.tokenScope);
    const deadline = AbortSignal.timeout(what.timeoutSeconds * 1000);
    const connection = { isMade: false };
    try {
      return await exchange(url, what, token, { signal: deadline, connection });
    } catch (thrown) {
      const said = thrown instanceof Error ? thrown.message : String(thrown);
      const Problem = connection.isMade ? Failure : NotSent;
      throw new Problem(
        'unavailable',
        deadline.aborted
          ? `${url.origin} did not answer within ${what.timeoutSeconds} s`
          : `${url.origin} cannot be reached: ${said}`,
        'Look whether it serves, and whether its certificate is one that the app trusts.',
        { cause: thrown },
      );
    }
  }

  async #tokenFor(scope: string): Promise<string> {
    try {
      const token = await this.#credential.getToken(scope);
      if (token !== null) return token.token;
    } catch (thrown) {
      throw new NotSent(
        'unavailable',
        `no token for ${scope}: ${thrown instanceof Error ? thrown.message.split('\n')[0] : String(thrown)}`,
        'Look whether the app has a managed identity, and whether the scope in the estate file is right.',
        { cause: thrown },
      );
    }
    throw new NotSent(
      'access-denied',
      `the managed identity has no token for ${scope}`,
      'Correct the scope in the estate file; nothing was sent.',
    );
  }
}

function exchange(
  url: URL,
  what: HttpRequest,
  token: string | undefined,
  { signal, connection }: { readonly signal: AbortSignal; readonly connection: { isMade: boolean } },
): Promise<HttpAnswer> {
  const body = what.body === undefined ? undefined : JSON.stringify(what.body);
  const headers = {
    accept: 'application/json, text/*;q=0.9, */*;q=0.8',
    'user-agent': 'lifeboat',
    ...what.headers,
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(body === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
  };
  const options: RequestOptions = { method: what.method, headers, signal, agent: false };
  return new Promise((resolve, reject) => {
    const sent = httpsRequest(url, options, (response) => {
      readUpTo(response, what.mostBytes).then(resolve, reject);
    });
    // Nothing of a request leaves before its connection is secure.
    sent.on('socket', (socket) => socket.once('secureConnect', () => (connection.isMade = true)));
    sent.on('error', reject);
    sent.end(body);
  });
}

async function readUpTo(response: IncomingMessage, mostBytes: number): Promise<HttpAnswer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    chunks.push(chunk as Buffer);
    bytes += (chunk as Buffer).length;
    // Leaving the loop destroys the connection: the rest is never read.
    if (bytes > mostBytes) break;
  }
  const text = Buffer.concat(chunks).subarray(0, mostBytes).toString('utf8');
  return { status: response.statusCode ?? 0, text, isCut: bytes > mostBytes };
}
