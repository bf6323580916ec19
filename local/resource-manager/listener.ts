/**
 * The HTTPS surface of the resource manager: sign-in by a token of the management audience, the api-version, injected
 * faults, error documents. What lies behind an address is the router's concern.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import { handleWith, listenOnLoopback, type LoopbackServer } from '../identity/loopback-server.ts';
import type { Context } from './context.ts';
import { ResourceManagerError } from './errors.ts';
import { takeRequestFault } from './faults.ts';
import type { Operations } from './operations.ts';
import type { Reply } from './routes/request.ts';
import { route } from './routes/router.ts';

const publicAudiences = ['https://management.azure.com', 'https://management.core.windows.net'];

/** Starts the resource manager's HTTPS surface. */
export async function startListener(
  context: Context,
  operations: Operations,
  port: number,
): Promise<LoopbackServer> {
  const { certFile, keyFile } = context.config.tls;
  const handler = handleWith(async (request, response) => {
    const reply = await answer(context, operations, request).catch((error) => describeError(context, error));
    const hasBody = reply.body !== undefined;
    response.writeHead(reply.status, {
      'cache-control': 'no-cache',
      date: new Date(Date.now() + context.store.state.dateOffsetMs).toUTCString(),
      'x-ms-request-id': randomUUID(),
      ...(hasBody ? { 'content-type': 'application/json; charset=utf-8' } : {}),
      ...reply.headers,
    });
    response.end(hasBody ? JSON.stringify(reply.body) : undefined);
  });
  const options = { cert: readFileSync(certFile), key: readFileSync(keyFile) };
  return listenOnLoopback(https.createServer(options, handler), port);
}

async function answer(context: Context, operations: Operations, message: IncomingMessage): Promise<Reply> {
  const origin = `https://${message.headers.host ?? '127.0.0.1'}`;
  const url = new URL(message.url ?? '/', origin);
  const method = message.method ?? 'GET';
  const text = await readBody(message);
  await checkToken(context, message.headers.authorization, origin);
  if (!url.searchParams.has('api-version')) {
    const detail = 'The api-version query parameter (?api-version=) is required for all requests.';
    throw new ResourceManagerError(400, 'MissingApiVersionParameter', detail);
  }
  await applyFault(context, method, url.pathname);
  const body = parseBody(text);
  return route({ context, operations, method, path: url.pathname, query: url.searchParams, origin, body });
}

async function readBody(message: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of message) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString();
}

function parseBody(text: string): Readonly<Record<string, unknown>> {
  if (text === '') return {};
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch {
    throw new ResourceManagerError(
      400,
      'InvalidRequestContent',
      'The request content could not be deserialized.',
    );
  }
}

// Outside the public cloud the resource manager's own address is the audience, so that one counts too.
async function checkToken(
  context: Context,
  authorization: string | undefined,
  origin: string,
): Promise<void> {
  const token = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1];
  if (token === undefined)
    throw unauthorized('AuthenticationFailed', "The 'Authorization' header is missing.");
  const refusal = await context.issuer.check(token, [...publicAudiences, origin]);
  if (refusal === 'expired') throw unauthorized('ExpiredAuthenticationToken', 'The access token expired.');
  if (refusal === 'wrong-audience') {
    throw unauthorized(
      'InvalidAuthenticationTokenAudience',
      'The access token is made for another audience.',
    );
  }
  if (refusal === 'invalid') throw unauthorized('InvalidAuthenticationToken', 'The access token is invalid.');
}

function unauthorized(code: string, message: string): ResourceManagerError {
  const challenge = 'Bearer authorization_uri="https://login.microsoftonline.com/", error="invalid_token"';
  return new ResourceManagerError(401, code, `Authentication failed. ${message}`, {
    'www-authenticate': challenge,
  });
}

async function applyFault(context: Context, method: string, path: string): Promise<void> {
  const fault = takeRequestFault(context.store, method, path);
  if (fault?.delayMs !== undefined) await delay(fault.delayMs);
  if (fault?.status === undefined) return;
  const headers = fault.retryAfter === undefined ? {} : { 'retry-after': String(fault.retryAfter) };
  throw new ResourceManagerError(
    fault.status,
    fault.code ?? 'InjectedFault',
    fault.message ?? 'An injected fault.',
    headers,
  );
}

function describeError(context: Context, error: unknown): Reply {
  if (error instanceof ResourceManagerError) {
    const { status, code, message, headers } = error;
    return { status, body: { error: { code, message } }, headers: { 'x-ms-error-code': code, ...headers } };
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  context.log(`A request failed: ${message}`);
  const detail = 'An unexpected error occurred while processing the request.';
  return { status: 500, body: { error: { code: 'InternalServerError', message: detail } } };
}
