/**
 * Requests over Node's own HTTPS: a connection for each, so that one left over by an application that was pointed
 * elsewhere is never used again, and no redirect that anything would follow.
 */
import { request as httpsRequest, type RequestOptions } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { Failure } from '../policy/failure.ts';
import type { HttpAnswer, HttpRequest, HttpRequests } from '../ports/http-requests.ts';

export class PlainHttpRequests implements HttpRequests {
  async send(what: HttpRequest): Promise<HttpAnswer> {
    const url = new URL(what.url);
    if (url.protocol !== 'https:')
      throw new Failure(
        'refused',
        `${url.origin} is not https: nothing was sent`,
        'Correct the address in the estate file.',
      );
    const deadline = AbortSignal.timeout(what.timeoutSeconds * 1000);
    try {
      return await exchange(url, what, deadline);
    } catch (thrown) {
      const said = thrown instanceof Error ? thrown.message : String(thrown);
      throw new Failure(
        'unavailable',
        deadline.aborted
          ? `${url.origin} did not answer within ${what.timeoutSeconds} s`
          : `${url.origin} cannot be reached: ${said}`,
        'Look whether it serves, and whether its certificate is one that the app trusts.',
        { cause: thrown },
      );
    }
  }
}

function exchange(url: URL, what: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
  const body = what.body === undefined ? undefined : JSON.stringify(what.body);
  const headers = {
    accept: 'application/json, text/*;q=0.9, */*;q=0.8',
    'user-agent': 'lifeboat',
    ...(body === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
  };
  const options: RequestOptions = { method: what.method, headers, signal, agent: false };
  return new Promise((resolve, reject) => {
    const sent = httpsRequest(url, options, (response) => {
      readUpTo(response, what.mostBytes).then(resolve, reject);
    });
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
