/**
 * HTTP streaming: an app that enables it opens a local proxy in its library. The host forwards the raw request
 * there, tagged with the invocation id, relays the answer as it comes, and invokes the function beside it.
 */
import { randomUUID } from 'node:crypto';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { extraInputs, type FunctionApp } from '../app/function-app.ts';
import type { TypedData } from '../app/programming-model.ts';
import type { HttpMatch } from './http-functions.ts';

const INVOCATION_HEADER = 'x-ms-invocation-id';

/** Runs the function and relays its answer; rejects with what it threw. */
export async function streamThroughFunction(
  app: FunctionApp,
  match: HttpMatch,
  clientJson: () => string,
  request: IncomingMessage,
  url: URL,
  response: ServerResponse,
): Promise<void> {
  const { target } = match.function;
  const invocationId = randomUUID();
  const forwarded = forward(app.capabilities['HttpUri'] ?? '', request, invocationId);
  const relayed = relay(forwarded, response);
  // Looked at below; a failure before that must not count as unhandled.
  relayed.catch(() => {});
  response.on('close', () => forwarded.destroy());
  try {
    const { raw } = await app.invoke(target, {
      invocationId,
      inputs: [{ name: target.trigger.name, data: { http: {} } }, ...extraInputs(target, clientJson)],
      triggerMetadata: triggerMetadata(request, url, match.params),
    });
    // The library never answers its proxy when the function returns nothing.
    if (raw === undefined || raw === null) response.writeHead(204).end();
    else await relayed;
  } finally {
    forwarded.destroy();
  }
}

function forward(proxyUrl: string, request: IncomingMessage, invocationId: string): http.ClientRequest {
  const headers = {
    ...request.headers,
    [INVOCATION_HEADER]: invocationId,
    'x-forwarded-host': request.headers.host ?? 'localhost',
    'x-forwarded-proto': 'http',
  };
  const options = {
    host: '127.0.0.1',
    port: new URL(proxyUrl).port,
    method: request.method,
    path: request.url,
    headers,
    agent: false as const,
  };
  return request.pipe(http.request(options));
}

async function relay(forwarded: http.ClientRequest, response: ServerResponse): Promise<void> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    forwarded.on('response', resolve);
    forwarded.on('error', reject);
  });
  const { [INVOCATION_HEADER]: _id, connection: _connection, ...headers } = answer.headers;
  response.writeHead(answer.statusCode ?? 502, headers);
  await pipeline(answer, response);
}

function triggerMetadata(
  request: IncomingMessage,
  url: URL,
  params: Record<string, string>,
): Record<string, TypedData> {
  return {
    Headers: { json: JSON.stringify(request.headers) },
    Query: { json: JSON.stringify(Object.fromEntries(url.searchParams)) },
    ...Object.fromEntries(Object.entries(params).map(([name, value]) => [name, { string: value }])),
  };
}
