/**
 * Where the blobs of a row are served from: nginx before files (with or without TLS; it passes listings on to the store
 * server), or the store server alone, which can delay its answers and make blobs up. Everything listens on 127.0.0.1.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { fileCorpora, makeCorpus, type Corpus } from './corpora.ts';
import { nginxConfiguration } from './nginx.ts';
import { BenchProblem } from './problem.ts';
import type { Tools } from './tools.ts';

/** What is served, and how. */
export type SitePlan =
  | { readonly kind: 'nginx'; readonly corpus: 'small' | 'large'; readonly isSecure: boolean }
  | { readonly kind: 'delayed'; readonly corpus: 'small' | 'large'; readonly delayMicroseconds: number }
  | { readonly kind: 'made-up'; readonly blobs: number; readonly bytesEach: number };

/** A site that can be asked. */
export interface Site {
  readonly port: number;
  /** The account's URL. */
  readonly account: string;
  readonly container: string;
  /** The container's path. */
  readonly path: string;
  readonly namesFile: string;
  readonly blobs: number;
  readonly bytes: number;
  /** The certificate that TLS clients have to trust. */
  readonly certificate: string | undefined;
  stop(): Promise<void>;
}

/** What sites are started with: the folder of the corpora, that of this run, the programs, the part of each corpus. */
export interface SiteTools {
  readonly folder: string;
  readonly scratch: string;
  readonly tools: Tools;
  readonly scale: number;
}

const host = '127.0.0.1';
const accountName = 'devstoreaccount1';
const container = 'files';
const startMilliseconds = 60_000;

/** Starts a site; its corpus is made if it is not there yet. */
export async function startSite(plan: SitePlan, with_: SiteTools): Promise<Site> {
  const corpus = await corpusOf(plan, with_);
  const server = await startStoreServer(plan, corpus, with_.tools);
  const about = { container, path: `/${accountName}/${container}`, ...corpus };
  if (plan.kind !== 'nginx')
    return {
      ...about,
      ...{ port: server.port, certificate: undefined, stop: server.stop },
      account: `http://${host}:${server.port}/${accountName}`,
    };
  const nginx = await startNginx(plan.isSecure, corpus, server.port, with_);
  return {
    ...about,
    ...{ port: nginx.port, certificate: nginx.certificate },
    account: `${plan.isSecure ? 'https' : 'http'}://${host}:${nginx.port}/${accountName}`,
    stop: async () => {
      await nginx.stop();
      await server.stop();
    },
  };
}

const running = new Set<ChildProcess>();

/** Ends every server at once; for a bench that is interrupted. */
export function killServers(): void {
  for (const child of running) child.kill('SIGTERM');
}

function begun<T extends ChildProcess>(child: T): T {
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

async function corpusOf(plan: SitePlan, { folder, scale }: SiteTools): Promise<Corpus> {
  if (plan.kind !== 'made-up') return makeCorpus(folder, fileCorpora(scale)[plan.corpus]);
  const blobs = Math.ceil(plan.blobs * scale);
  const home = join(folder, `made-up-${blobs}-${plan.bytesEach}`);
  await mkdir(home, { recursive: true });
  const namesFile = join(home, 'names.sha256');
  return { namesFile, folder: home, blobs, bytes: blobs * plan.bytesEach };
}

async function startStoreServer(
  plan: SitePlan,
  { namesFile, folder, blobs }: Corpus,
  tools: Tools,
): Promise<{ port: number; stop: () => Promise<void> }> {
  const parameters =
    plan.kind === 'made-up'
      ? ['made-up', namesFile, String(blobs), String(plan.bytesEach), '0']
      : ['files', namesFile, folder, String(plan.kind === 'delayed' ? plan.delayMicroseconds : 0)];
  const child = begun(spawn(tools.storeServer, parameters, { stdio: ['ignore', 'pipe', 'inherit'] }));
  const said = await Promise.race([
    once(child.stdout, 'data').then(([data]) => String(data)),
    once(child, 'exit').then(() => ''),
  ]);
  if (said === '') throw new BenchProblem('The store server ended before it listened; it says why above.');
  return { port: Number(said), stop: () => stopped(child) };
}

async function startNginx(
  isSecure: boolean,
  corpus: Corpus,
  listPort: number,
  { scratch, tools }: SiteTools,
): Promise<{ port: number; certificate: string | undefined; stop: () => Promise<void> }> {
  const home = await mkdtemp(join(scratch, 'nginx-'));
  const certificate = isSecure ? await makeCertificate(home) : undefined;
  const port = await freePort();
  const configuration = join(home, 'nginx.conf');
  const facts = { home, port, listPort, blobFolder: corpus.folder, blobPath: `/${accountName}/${container}` };
  await writeFile(configuration, nginxConfiguration({ ...facts, certificate }));
  const child = begun(
    spawn(tools.nginx, ['-p', home, '-c', configuration, '-e', join(home, 'errors.log')], {
      stdio: ['ignore', 'ignore', 'inherit'],
    }),
  );
  await listening(child, port);
  return { port, certificate: certificate?.certificate, stop: () => stopped(child) };
}

/** A certificate for this address and this run. */
async function makeCertificate(home: string): Promise<{ certificate: string; key: string }> {
  const [certificate, key] = [join(home, 'certificate.pem'), join(home, 'key.pem')];
  const kind = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const about = ['-subj', `/CN=${host}`, '-addext', `subjectAltName=IP:${host}`, '-days', '2'];
  await promisify(execFile)('openssl', [...kind, ...about, '-keyout', key, '-out', certificate]);
  return { certificate, key };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function listening(child: ChildProcess, port: number): Promise<void> {
  const until = performance.now() + startMilliseconds;
  while (child.exitCode === null && performance.now() < until) {
    if (await answers(port)) return;
    await sleep(20);
  }
  throw new BenchProblem(`nginx does not listen on ${host}:${port}; it says why above or in its error log.`);
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  await exit;
}
