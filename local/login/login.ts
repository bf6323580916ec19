/**
 * The stand-in of Entra ID, as much of it as the API and the command use: OpenID configuration, keys, and tokens for
 * programs that prove themselves by a secret. The product reaches it by its configured URL and by nothing else.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import { text } from 'node:stream/consumers';
import { handleWith, listenOnLoopback } from '../identity/loopback-server.ts';
import type { LoginConfig } from './config.ts';
import { ensureLoginKey, type LoginKey } from './signing-key.ts';
import { issueToken } from './token.ts';

/** A running stand-in. */
export interface RunningLogin {
  /** `https://127.0.0.1:<port>`: what others call the authority. */
  readonly url: string;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** Starts it. */
export async function startLogin(config: LoginConfig): Promise<RunningLogin> {
  const key = await ensureLoginKey(config.stateFolder);
  const handler = handleWith(async (request, response) => {
    const origin = `https://${request.headers.host ?? '127.0.0.1'}`;
    const { status, body } = await answer(config, key, request, origin);
    response.writeHead(status, {
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
    });
    response.end(JSON.stringify(body));
  });
  const tls = { cert: readFileSync(config.tls.certFile), key: readFileSync(config.tls.keyFile) };
  const server = await listenOnLoopback(https.createServer(tls, handler), config.port);
  return { url: `https://127.0.0.1:${server.port}`, close: () => server.close() };
}

async function answer(
  config: LoginConfig,
  key: LoginKey,
  request: IncomingMessage,
  origin: string,
): Promise<Answer> {
  const sent = await text(request);
  const { pathname } = new URL(request.url ?? '/', origin);
  const base = `/${config.tenant}`;
  switch (`${request.method} ${pathname}`) {
    case `GET ${base}/v2.0/.well-known/openid-configuration`:
      return { status: 200, body: configurationOf(`${origin}${base}`) };
    case `GET ${base}/discovery/v2.0/keys`:
      return { status: 200, body: { keys: [key.jwk] } };
    case `POST ${base}/oauth2/v2.0/token`:
      return tokenFor(config, key, new URLSearchParams(sent), `${origin}${base}/v2.0`);
    default:
      return refuse(404, 'invalid_request', 'AADSTS90002: there is no such tenant or endpoint.');
  }
}

function configurationOf(tenant: string): object {
  return {
    issuer: `${tenant}/v2.0`,
    authorization_endpoint: `${tenant}/oauth2/v2.0/authorize`,
    token_endpoint: `${tenant}/oauth2/v2.0/token`,
    jwks_uri: `${tenant}/discovery/v2.0/keys`,
    token_endpoint_auth_methods_supported: ['client_secret_post'],
    response_types_supported: ['code'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
  };
}

async function tokenFor(
  config: LoginConfig,
  key: LoginKey,
  form: URLSearchParams,
  issuer: string,
): Promise<Answer> {
  if (form.get('grant_type') !== 'client_credentials')
    return refuse(400, 'unsupported_grant_type', 'AADSTS70003: only client_credentials is served.');
  const { audience, identities, lifetimeSeconds, tenant } = config;
  if (form.get('scope') !== `api://${audience}/.default`)
    return refuse(400, 'invalid_scope', 'AADSTS70011: the scope is not that of the API.');
  const identity = identities.find(({ clientId }) => clientId === form.get('client_id'));
  if (identity === undefined || !isSame(form.get('client_secret') ?? '', identity.secret))
    return refuse(401, 'invalid_client', 'AADSTS7000215: the client or its secret is wrong.');
  const nowSeconds = Math.floor(Date.now() / 1000);
  const order = { issuer, tenant, audience, identity, nowSeconds, lifetimeSeconds };
  const access_token = await issueToken(key, order);
  return {
    status: 200,
    body: {
      token_type: 'Bearer',
      ...{ expires_in: lifetimeSeconds, ext_expires_in: lifetimeSeconds, access_token },
    },
  };
}

function isSame(given: string, secret: string): boolean {
  const digest = (of: string): Buffer => createHash('sha256').update(of).digest();
  return timingSafeEqual(digest(given), digest(secret));
}

function refuse(status: number, error: string, description: string): Answer {
  return { status, body: { error, error_description: description } };
}
