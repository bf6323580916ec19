/**
 * The managed-identity endpoint of App Service (protocol 2019-08-01) on plain HTTP and loopback, as on the platform.
 * A database token is set as the role's password on every running server before it is handed out, so that whoever
 * holds it can sign in.
 */
import { randomUUID } from 'node:crypto';
import http from 'node:http';
import { handleWith, listenOnLoopback, type LoopbackServer } from './loopback-server.ts';
import type { Identity, IssuedToken, TokenIssuer } from './token-issuer.ts';

const path = '/msi/token';
const protocolVersion = '2019-08-01';

/** What the endpoint serves. */
export interface EndpointOptions {
  readonly port: number;
  readonly issuer: TokenIssuer;
  readonly identities: readonly Identity[];
  /** Called with every token before it is handed out. */
  readonly beforeHandingOut: (identity: Identity, resource: string, token: IssuedToken) => Promise<void>;
  /** While true every request is answered with 500. */
  readonly isDown: () => boolean;
}

/** A running endpoint. */
export interface IdentityEndpoint extends LoopbackServer {
  /** The value for `IDENTITY_ENDPOINT`. */
  readonly url: string;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** Starts the endpoint. */
export async function startIdentityEndpoint(options: EndpointOptions): Promise<IdentityEndpoint> {
  const handler = handleWith(async (request, response) => {
    const { status, body } = await answer(request, options).catch((error: Error) =>
      refuse(500, error.message),
    );
    response
      .writeHead(status, { 'content-type': 'application/json; charset=utf-8' })
      .end(JSON.stringify(body));
  });
  const server = await listenOnLoopback(http.createServer(handler), options.port);
  return { ...server, url: `http://127.0.0.1:${server.port}${path}` };
}

async function answer(request: http.IncomingMessage, options: EndpointOptions): Promise<Answer> {
  if (options.isDown()) return refuse(500, 'The managed identity service is not available.');
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  if (request.method !== 'GET' || url.pathname !== path) return refuse(404, `Only GET ${path} is served.`);
  if (url.searchParams.get('api-version') !== protocolVersion) {
    return refuse(400, `The api-version must be ${protocolVersion}.`);
  }
  const resource = url.searchParams.get('resource');
  if (resource === null || resource === '') return refuse(400, 'The parameter resource is missing.');
  const identity = findIdentity(request, url, options.identities);
  if ('status' in identity) return identity;
  const token = await options.issuer.issue(identity, resource);
  await options.beforeHandingOut(identity, resource, token);
  return { status: 200, body: tokenBody(identity, resource, token) };
}

/** The identity of the app that sends this secret, or of its user-assigned one named by the client id. */
function findIdentity(
  request: http.IncomingMessage,
  url: URL,
  identities: readonly Identity[],
): Identity | Answer {
  const secret = request.headers['x-identity-header'];
  if (secret === undefined) return refuse(400, 'The header X-IDENTITY-HEADER is missing.');
  const own = identities.filter((each) => each.secret === secret);
  if (own.length === 0) return refuse(401, 'The header X-IDENTITY-HEADER has a wrong value.');
  const clientId = url.searchParams.get('client_id');
  if (clientId === null && own.length > 1)
    return refuse(400, 'Several identities are assigned: name one by client_id.');
  const found = own.find(
    (each) => clientId === null || each.clientId.toLowerCase() === clientId.toLowerCase(),
  );
  return found ?? refuse(400, 'No managed identity found for the specified client_id.');
}

function tokenBody(identity: Identity, resource: string, token: IssuedToken): unknown {
  return {
    access_token: token.token,
    client_id: identity.clientId,
    expires_on: String(token.expiresAtSeconds),
    resource,
    token_type: 'Bearer',
  };
}

function refuse(status: number, message: string): Answer {
  return { status, body: { statusCode: status, message, correlationId: randomUUID() } };
}
