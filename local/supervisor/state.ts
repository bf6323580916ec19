/**
 * The state folder of the embedded stack: secrets made once, the list of running processes, and the lock that keeps a
 * second stack out. What an earlier start left running (it was killed) is stopped before a new one begins.
 */
import { execFileSync } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Role } from '../../src/contracts/actor.ts';
import { Failure } from '../../src/policy/failure.ts';
import { removePostgresHome } from '../postgres/home.ts';

/** Made at the first start and kept: changing them would lock the stack out of its own data. */
export interface Secrets {
  readonly tenant: string;
  readonly administratorPassword: string;
  readonly controlSecret: string;
  /** By region: the identity's client id and the header value that proves it. */
  readonly identities: Record<string, { readonly clientId: string; readonly header: string }>;
  /** The API as the tenant knows it, and an identity for each role in it. */
  readonly api: {
    readonly audience: string;
    readonly identities: Readonly<Record<Role, ApiIdentity>>;
  };
  /** By account: the shared key of the blob store. */
  readonly storageKeys: Record<string, string>;
}

/** A program that signs in to the API. */
export interface ApiIdentity {
  readonly clientId: string;
  readonly objectId: string;
  readonly secret: string;
}

export interface RunningProcess {
  readonly name: string;
  readonly pid: number;
}

export class StateFolder {
  readonly dir: string;

  constructor(dir: string) {
    this.dir = dir;
  }

  path(...names: string[]): string {
    return path.join(this.dir, ...names);
  }

  /** Takes the folder for this process; throws `conflict` if another stack runs on it. */
  lock(): void {
    mkdirSync(this.dir, { recursive: true });
    const holder = readJson(this.path('supervisor.json')) as { pid: number } | undefined;
    if (
      holder !== undefined &&
      holder.pid !== process.pid &&
      commandOf(holder.pid)?.includes('local/supervisor/main.ts')
    ) {
      throw new Failure(
        'conflict',
        `an embedded stack already runs on ${this.dir} (process ${holder.pid})`,
        'Use that one, or stop it with Ctrl-C; for a second one give another folder with --state and other ports with LIFEBOAT_PORT_OFFSET.',
      );
    }
    writeJson(this.path('supervisor.json'), { pid: process.pid });
  }

  unlock(): void {
    rmSync(this.path('supervisor.json'), { force: true });
  }

  /** Stops what an earlier, killed start left running; returns the names. */
  async stopLeftovers(): Promise<string[]> {
    const left = ((readJson(this.path('processes.json')) ?? []) as RunningProcess[]).filter((one) =>
      commandOf(one.pid)?.includes(this.dir),
    );
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      for (const one of left) signalTo(one.pid, signal);
      for (let wait = 0; wait < 100 && left.some((one) => commandOf(one.pid)?.includes(this.dir)); wait += 1)
        await sleep(100);
    }
    this.recordProcesses([]);
    return left.map((one) => one.name);
  }

  recordProcesses(processes: readonly RunningProcess[]): void {
    writeJson(this.path('processes.json'), processes);
  }

  /** Removes everything, PostgreSQL's folder included where it lies elsewhere. */
  async remove(): Promise<void> {
    if (!existsSync(this.dir)) return;
    await removePostgresHome(this.dir);
    rmSync(this.dir, { recursive: true, force: true });
  }

  /** The secrets, with what is missing for these regions and accounts added. */
  secrets(regions: readonly string[], accounts: readonly string[]): Secrets {
    const file = this.path('secrets.json');
    const known = readJson(file) as Secrets | undefined;
    const secrets: Secrets = {
      tenant: known?.tenant ?? randomUUID(),
      administratorPassword: known?.administratorPassword ?? randomBytes(18).toString('base64url'),
      controlSecret: known?.controlSecret ?? randomBytes(18).toString('base64url'),
      identities: { ...known?.identities },
      api: known?.api ?? newApi(),
      storageKeys: { ...known?.storageKeys },
    };
    for (const region of regions)
      secrets.identities[region] ??= {
        clientId: randomUUID(),
        header: randomBytes(18).toString('base64url'),
      };
    for (const account of accounts) secrets.storageKeys[account] ??= randomBytes(64).toString('base64');
    writeJson(file, secrets);
    return secrets;
  }
}

function newApi(): Secrets['api'] {
  const identity = (): ApiIdentity => ({
    ...{ clientId: randomUUID(), objectId: randomUUID() },
    secret: randomBytes(24).toString('base64url'),
  });
  return {
    audience: randomUUID(),
    identities: { reader: identity(), operator: identity(), approver: identity(), auditor: identity() },
  };
}

/** Reads a JSON file; undefined if there is none. */
export function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as unknown;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new Failure(
      'bad-document',
      `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      'Start over with: npm start -- --fresh',
    );
  }
}

/** Writes a JSON file whole or not at all, for the owner alone. */
export function writeJson(file: string, value: unknown): void {
  try {
    writeFileSync(`${file}.new`, `${JSON.stringify(value, undefined, 2)}\n`, { mode: 0o600 });
    renameSync(`${file}.new`, file);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new Failure(
      'unavailable',
      `${file} cannot be written (${code})`,
      code === 'ENOSPC'
        ? 'The disk is full: free some space, or put the state on another one with --state.'
        : 'Put the state where you may write: npm start -- --state /other/disk/lifeboat',
      { cause },
    );
  }
}

/** The command line of a process; undefined if there is no such process. */
function commandOf(pid: number): string | undefined {
  try {
    if (process.platform === 'linux') {
      const status = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const isZombie = / Z /.test(status.slice(status.lastIndexOf(')')));
      return isZombie ? undefined : readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    }
    return execFileSync('ps', ['-p', String(pid), '-o', 'command='], { encoding: 'utf8' });
  } catch {
    return undefined; // No such process, or none that we may look at.
  }
}

function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended in the meantime.
  }
}
