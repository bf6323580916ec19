/**
 * A reverse proxy in front of the embedded blob store that models what the blob store lacks: versions, soft delete, a
 * lagging geo secondary with its Last Sync Time. Requests to accounts without a profile, and all that is not modelled,
 * are passed on as they are, streamed both ways.
 */
import { readFileSync } from 'node:fs';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import { handleWith, listenOnLoopback, type LoopbackServer } from '../identity/loopback-server.ts';
import { targetOf, type Target } from './address.ts';
import { relayBatch } from './batches.ts';
import type { AccountProfile, StorageProxyConfig } from './config.ts';
import { startControl } from './control.ts';
import { Damage } from './damage.ts';
import { earlierContent } from './earlier.ts';
import { sendError } from './errors.ts';
import { History } from './history.ts';
import { hiddenContainer, KeptContent } from './kept-content.ts';
import { asksForKept, Reads } from './reads.ts';
import { Upstream } from './upstream.ts';
import { replacesContent, Writes } from './writes.ts';

/** A running proxy. */
export interface StorageProxy {
  /** `https://127.0.0.1:<port>`; an account's blob endpoint is this and its name. */
  readonly url: string;
  readonly port: number;
  readonly controlPort: number | undefined;
  close(): Promise<void>;
}

/** Starts the proxy once its history agrees with what stands in the blob store; `now` gives milliseconds. */
export async function createStorageProxy(
  config: StorageProxyConfig,
  now: () => number = Date.now,
): Promise<StorageProxy> {
  const upstream = new Upstream(config.upstream, config.accounts);
  const history = new History(config.stateFolder, now);
  const kept = new KeptContent(upstream);
  const writes = new Writes(upstream, history, kept, now);
  const reads = new Reads(upstream, history, now);
  const servers: LoopbackServer[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.close()));
    upstream.close();
    history.close();
  };
  try {
    for (const account of Object.keys(config.accounts)) {
      await kept.prepare(account);
      await writes.reconcile(account);
    }
    const handler = handleWith((request, response) =>
      serve({ config, upstream, history, writes, reads }, request, response),
    );
    servers.push(await listenOnLoopback(createServer(config, handler), config.port));
    const damage = new Damage(config, upstream, history, kept, writes);
    if (config.control !== undefined)
      servers.push(
        await startControl(config, config.control, {
          damage,
          history,
          earlier: earlierContent(history, kept),
        }),
      );
  } catch (error) {
    await close();
    throw error;
  }
  const [storage, control] = servers;
  const port = storage?.port ?? 0;
  const url = `${config.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`;
  return { url, port, controlPort: control?.port, close };
}

function createServer({ tls }: StorageProxyConfig, handler: http.RequestListener): http.Server {
  const options = { keepAliveTimeout: 60_000, requestTimeout: 0 };
  return tls === undefined
    ? http.createServer(options, handler)
    : https.createServer(
        { ...options, cert: readFileSync(tls.certFile), key: readFileSync(tls.keyFile) },
        handler,
      );
}

interface Parts {
  readonly config: StorageProxyConfig;
  readonly upstream: Upstream;
  readonly history: History;
  readonly writes: Writes;
  readonly reads: Reads;
}

async function serve(parts: Parts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const target = targetOf(request);
  const profile = parts.config.accounts[target.account];
  try {
    if (profile === undefined) await parts.upstream.relay(request, response);
    else if (target.container === hiddenContainer)
      sendError(response, 404, 'ContainerNotFound', 'The specified container does not exist.');
    else if (target.isSecondary) await serveSecondary(parts, request, response, target, profile);
    else await servePrimary(parts, request, response, target, profile);
  } catch (error) {
    process.stderr.write(
      `${new Date().toISOString()} ${request.method} ${request.url?.split('?')[0]}: ${String(error)}\n`,
    );
    if (response.headersSent) response.destroy();
    else sendError(response, 500, 'InternalError', 'The storage proxy failed; its log says why.');
  }
}

async function serveSecondary(
  { reads, upstream }: Parts,
  request: IncomingMessage,
  response: ServerResponse,
  target: Target,
  { secondary }: AccountProfile,
): Promise<void> {
  const { query, container, name } = target;
  if (secondary === undefined)
    return sendError(response, 400, 'InvalidUri', 'The account has no secondary endpoint.');
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return sendError(
      response,
      403,
      'WriteOperationNotSupportedOnSecondary',
      'The secondary endpoint is read-only.',
    );
  const lag = secondary.lagSeconds;
  if (container === '' && query.get('comp') === 'stats')
    return reads.statistics(request, response, target.account, lag);
  if (name !== '') return reads.secondary(request, response, target, lag);
  if (query.get('comp') === 'list' && container !== '')
    return reads.secondaryListing(request, response, target, lag);
  if (query.get('comp') === 'list') return reads.containers(request, response, target);
  await upstream.relay(request, response);
}

async function servePrimary(
  { reads, writes, upstream, history }: Parts,
  request: IncomingMessage,
  response: ServerResponse,
  target: Target,
  profile: AccountProfile,
): Promise<void> {
  const { query, container, name, account } = target;
  const comp = query.get('comp');
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  if (comp === 'batch') return relayBatch(upstream, request, response, account);
  if (query.has('versionid') && request.method === 'DELETE' && profile.versions && name !== '')
    return writes.deleteVersion(request, response, target);
  if (query.has('versionid') && !isRead)
    return sendError(response, 501, 'NotImplemented', 'The storage proxy does not model this operation.');
  if (name !== '' && comp === 'undelete') return writes.undelete(request, response, target, profile);
  if (replacesContent(request.method, target)) return writes.replace(request, response, target, profile);
  if (isRead && name !== '' && query.has('versionid')) return reads.version(request, response, target);
  if (isRead && name !== '' && comp === null) return reads.standing(request, response, target, profile);
  if (isRead && comp === 'list' && container === '') return reads.containers(request, response, target);
  if (isRead && comp === 'list' && asksForKept(target))
    return reads.listing(request, response, target, profile);
  const status = await upstream.relay(request, response);
  if (request.method === 'DELETE' && name === '' && status === 202) history.forget(account, container);
}
