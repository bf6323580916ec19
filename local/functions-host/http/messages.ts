/** Reading requests and sending JSON. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ApiResponse } from '../durable/api-messages.ts';

/** The whole body of a request. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Sends status, headers and a JSON body, if there is one. */
export function sendJson(response: ServerResponse, { status, headers, json }: ApiResponse): void {
  if (json === undefined) {
    response.writeHead(status, headers).end();
    return;
  }
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
  response.end(JSON.stringify(json));
}
