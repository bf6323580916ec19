/**
 * One PostgreSQL cluster on a loopback port: create, start, stop, ask. A cluster counts as started when PostgreSQL
 * itself has noted `ready` in its pid file, which it does when it accepts reading and writing sessions, after any
 * recovery. It logs to a file, so that it does not depend on the process that started it.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile, rm, stat, truncate } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { asAccount, makePrivateFolder, writePrivateFile } from './account.ts';
import { clusterPaths, type ClusterPaths } from './cluster-paths.ts';
import { readPostmasterFile, stopPostmasterOf } from './postmaster.ts';
import { trackProcess } from './processes.ts';
import { programPath, type Runtime } from './runtime.ts';
import { baseSettings, internalSuperuser, renderAccessRules, renderSettings } from './settings.ts';
import { walSegmentBytes } from './wal.ts';

/** What identifies a cluster and how it is reached. */
export interface ClusterOptions {
  readonly runtime: Runtime;
  readonly dir: string;
  readonly port: number;
  readonly superuserPassword: string;
  readonly tls?: { readonly certFile: string; readonly keyFile: string };
}

const startDeadlineMs = 120_000;
const maxLogBytes = 4 * 1024 * 1024;

/** PostgreSQL ended before it was ready; `message` holds its own words. */
export class StartFailure extends Error {
  override readonly name = 'StartFailure';
}

/** One PostgreSQL cluster. */
export class Cluster {
  readonly options: ClusterOptions;
  readonly paths: ClusterPaths;
  private child: ChildProcess | undefined;
  private exited: Promise<void> = Promise.resolve();

  constructor(options: ClusterOptions) {
    this.options = options;
    this.paths = clusterPaths(options.dir);
  }

  /** Whether the process that this object started is alive. */
  get running(): boolean {
    return this.child !== undefined;
  }

  /** Creates the empty data folder (initdb) with page checksums, UTF-8 and the C collation. */
  async initialize(): Promise<void> {
    await this.makeFolders();
    const passwordFile = path.join(this.paths.dir, 'superuser.password');
    await writePrivateFile(this.options.runtime.account, passwordFile, `${this.options.superuserPassword}\n`);
    try {
      await this.runProgram('initdb', [
        ...['--pgdata', this.paths.dataDir],
        ...['--username', internalSuperuser, '--pwfile', passwordFile, '--auth', 'scram-sha-256'],
        ...['--encoding', 'UTF8', '--locale-provider', 'builtin', '--builtin-locale', 'C', '--locale', 'C'],
        ...['--data-checksums', '--wal-segsize', String(walSegmentBytes / 1024 / 1024)],
        ...['--no-sync', '--no-instructions'],
      ]);
    } finally {
      await rm(passwordFile, { force: true });
    }
  }

  /** Creates the folders around the data folder. */
  async makeFolders(): Promise<void> {
    const { account } = this.options.runtime;
    for (const dir of [this.paths.dir, this.paths.archiveDir, this.paths.tlsDir]) {
      await makePrivateFolder(account, dir);
    }
  }

  /** Writes `postgresql.conf` and the TLS files; `extra` overrides the settings of every cluster. */
  async configure(extra: Readonly<Record<string, string>> = {}): Promise<void> {
    const { runtime, tls, port } = this.options;
    if (tls !== undefined) {
      await writePrivateFile(runtime.account, this.paths.certFile, await readFile(tls.certFile));
      await writePrivateFile(runtime.account, this.paths.keyFile, await readFile(tls.keyFile));
    }
    const settings = { ...baseSettings(this.paths, port, tls !== undefined), ...extra };
    await this.writeDataFile('postgresql.conf', renderSettings(settings));
  }

  /** Says whether clients other than the stack itself are admitted; takes effect at the next start or reload. */
  async admitClients(admits: boolean): Promise<void> {
    await this.writeDataFile('pg_hba.conf', renderAccessRules(admits));
  }

  /** Forgets every parameter set through ALTER SYSTEM. Only for a stopped cluster. */
  async forgetParameters(): Promise<void> {
    await this.writeDataFile('postgresql.auto.conf', '');
  }

  /** Starts PostgreSQL and waits until it accepts reading and writing sessions. */
  async start(): Promise<void> {
    await stopPostmasterOf(this.paths.dataDir);
    const logOffset = await this.openLogAt();
    const log = openSync(this.paths.logFile, 'a', 0o600);
    const { runtime } = this.options;
    const child = spawn(programPath(runtime, 'postgres'), ['-D', this.paths.dataDir], {
      ...asAccount(runtime.account),
      // A session of its own: Ctrl-C in a terminal reaches the stack, which stops its clusters in order.
      detached: process.platform !== 'win32',
      stdio: ['ignore', log, log],
      cwd: path.parse(this.paths.dir).root,
      env: { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' },
    });
    closeSync(log);
    this.adopt(child);
    await this.waitUntilReady(child, logOffset);
  }

  /** Stops PostgreSQL: `fast` writes a checkpoint first, `immediate` does not. */
  async stop(mode: 'fast' | 'immediate' = 'fast'): Promise<void> {
    if (this.child === undefined) return;
    if (process.platform === 'win32') {
      await this.runProgram('pg_ctl', ['stop', '-D', this.paths.dataDir, '-m', mode]);
    } else {
      this.child.kill(mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
    }
    await this.exited;
  }

  /** Opens a session of the stack's own superuser. */
  async connect(database = 'postgres'): Promise<pg.Client> {
    const client = new pg.Client({ ...this.connection(), database });
    // A server that stops while a session is idle is not an error of the stack; the next query says so.
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  /** Runs `work` in a session of the stack's own superuser. */
  async withSession<T>(work: (client: pg.Client) => Promise<T>, database = 'postgres'): Promise<T> {
    const client = await this.connect(database);
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }

  /** Makes PostgreSQL read its configuration files again. */
  async reload(): Promise<void> {
    await this.withSession((client) => client.query('SELECT pg_reload_conf()'));
  }

  /** How the stack's own superuser connects. */
  connection(): pg.ClientConfig {
    const { port, superuserPassword } = this.options;
    return { host: '127.0.0.1', port, user: internalSuperuser, password: superuserPassword };
  }

  /** What PostgreSQL wrote to its log after `offset`. */
  async logSince(offset: number): Promise<string> {
    return (await readFile(this.paths.logFile)).subarray(offset).toString();
  }

  /** The present end of the log; an overgrown log is emptied first. */
  private async openLogAt(): Promise<number> {
    const size = (await stat(this.paths.logFile).catch(() => undefined))?.size ?? 0;
    if (size < maxLogBytes) return size;
    await truncate(this.paths.logFile, 0);
    return 0;
  }

  private adopt(child: ChildProcess): void {
    this.child = child;
    trackProcess(child);
    this.exited = new Promise((resolve) => {
      const ended = (): void => {
        if (this.child === child) this.child = undefined;
        resolve();
      };
      child.once('exit', ended);
      child.once('error', ended);
    });
  }

  private async waitUntilReady(child: ChildProcess, logOffset: number): Promise<void> {
    const end = Date.now() + startDeadlineMs;
    while (this.child === child) {
      const found = readPostmasterFile(this.paths.dataDir);
      if (found?.pid === child.pid && found?.status === 'ready') return;
      if (Date.now() > end) {
        await this.stop('immediate');
        throw new StartFailure(`PostgreSQL was not ready after ${startDeadlineMs / 1000} s`);
      }
      await delay(10);
    }
    throw new StartFailure(summarizeFailure(await this.logSince(logOffset)));
  }

  private async writeDataFile(name: string, content: string): Promise<void> {
    await writePrivateFile(this.options.runtime.account, path.join(this.paths.dataDir, name), content);
  }

  private async runProgram(program: string, args: readonly string[]): Promise<void> {
    const { runtime } = this.options;
    const child = spawn(programPath(runtime, program), [...args], {
      ...asAccount(runtime.account),
      stdio: ['ignore', 'ignore', 'pipe'],
      cwd: path.parse(this.paths.dir).root,
      env: { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' },
    });
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    if (code !== 0) throw new Error(`${program} failed with code ${code}: ${errors.trim()}`);
  }
}

/** PostgreSQL's last fatal messages with what led to them, or the end of its log when it gave none. */
function summarizeFailure(log: string): string {
  const telling =
    /(FATAL|PANIC|DETAIL|HINT): |LOG: +(invalid|unrecognized|could not|parameter|configuration)/;
  const lines = log.split('\n').flatMap((line) => {
    const at = line.search(telling);
    return at < 0 ? [] : [line.slice(at)];
  });
  return lines.slice(-4).join('; ') || log.slice(-500).trim() || 'PostgreSQL ended without a message';
}
