/**
 * The stand-in of a key vault: HTTPS with the stack's certificate, sign-in by a token of the stack's identities for the
 * key vault's audience, keys in a private file. The product reaches it by its configured URL and by nothing else.
 */
import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { handleWith, listenOnLoopback, type LoopbackServer } from '../identity/loopback-server.ts';
import { ensureSigningKey } from '../identity/signing-key.ts';
import { checkToken } from '../identity/token-issuer.ts';
import type { KeyVaultConfig } from './config.ts';
import { Faults, startControl } from './control.ts';
import { KeyVaultError } from './errors.ts';
import { KeyStore } from './key-store.ts';
import { answerTo } from './routes.ts';

/** The audience of tokens in the public cloud. */
export const keyVaultAudience = 'https://vault.azure.net';

/** A running stand-in. */
export interface KeyVault {
  /** `https://127.0.0.1:<port>`; a key is at `<url>/keys/<name>`. */
  readonly url: string;
  readonly controlPort: number | undefined;
  close(): Promise<void>;
}

/** Starts it. */
export async function startKeyVault(config: KeyVaultConfig): Promise<KeyVault> {
  const keys = new KeyStore(config.stateFolder, config.keys);
  const faults = new Faults();
  const { privateKey } = await ensureSigningKey(path.resolve(config.tokenKeyFile));
  const tokenKey = createPublicKey(privateKey);
  const handler = handleWith(async (request, response) => {
    const reply = await answer(request).catch(replyOf);
    response.writeHead(reply.status, { 'content-type': 'application/json; charset=utf-8', ...reply.headers });
    response.end(JSON.stringify(reply.body));
  });
  const answer = async (request: IncomingMessage): Promise<Reply> => {
    const url = new URL(request.url ?? '/', `https://${request.headers.host ?? '127.0.0.1'}`);
    const sent = await text(request);
    await mustBeSignedIn(request);
    if (!url.searchParams.has('api-version'))
      throw new KeyVaultError(400, 'BadParameter', 'The api-version is missing.');
    faults.take(request.method ?? '', url.pathname);
    const body = sent === '' ? {} : (JSON.parse(sent) as Record<string, unknown>);
    return { status: 200, body: answerTo(keys, { method: request.method ?? '', url, body }), headers: {} };
  };
  const mustBeSignedIn = async ({ headers }: IncomingMessage): Promise<void> => {
    const token = /^Bearer (\S+)$/i.exec(headers.authorization ?? '')?.[1];
    if (token !== undefined && (await checkToken(tokenKey, token, [keyVaultAudience])) === undefined) return;
    const challenge = `Bearer authorization="https://login.microsoftonline.com/${config.tenant}", resource="${keyVaultAudience}"`;
    throw new KeyVaultError(
      401,
      'Unauthorized',
      'AKV10000: Request is missing a Bearer token of this audience.',
      {
        'www-authenticate': challenge,
      },
    );
  };
  const tls = { cert: readFileSync(config.tls.certFile), key: readFileSync(config.tls.keyFile) };
  const servers: LoopbackServer[] = [await listenOnLoopback(https.createServer(tls, handler), config.port)];
  if (config.control !== undefined) servers.push(await startControl(config.control, keys, faults));
  const [vault, control] = servers;
  return {
    url: `https://127.0.0.1:${vault?.port}`,
    controlPort: control?.port,
    close: async () => void (await Promise.all(servers.map((server) => server.close()))),
  };
}

interface Reply {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;
}

function replyOf(error: unknown): Reply {
  const known =
    error instanceof KeyVaultError
      ? error
      : new KeyVaultError(500, 'InternalServerError', error instanceof Error ? error.message : String(error));
  const { status, code, message, headers } = known;
  return { status, body: { error: { code, message } }, headers };
}
