/**
 * Runs the command in a folder of its own and without the caller's environment: as a process of its own, or within this
 * one where a test is about many command lines and not about the process.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { DateTime } from 'luxon';
import { run } from '../../src/cli/program.ts';
import { fakeToken } from './fake-app.ts';

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly process: ChildProcess;
  /** What was written to standard error until now. */
  readonly stderr: () => string;
  readonly ended: Promise<Ended>;
}

/** A working directory with whatever files a test wants; `HOME` lies in it. */
export class Workplace implements AsyncDisposable {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  static async make(): Promise<Workplace> {
    const folder = await mkdtemp(join(tmpdir(), 'lifeboat-cli-'));
    await mkdir(join(folder, 'home'));
    return new Workplace(folder);
  }

  /** Writes `.lifeboat/profile.json` with these deployments. */
  async profile(...deployments: readonly { readonly region: string; readonly url: string }[]): Promise<void> {
    await this.write(
      '.lifeboat/profile.json',
      JSON.stringify({
        schema: 'lifeboat/profile/v2',
        deployments: deployments.map(({ region, url }) => ({ region, url })),
        login: { tenant: 'tests', scope: 'api://tests/.default' },
      }),
    );
  }

  async write(name: string, text: string): Promise<string> {
    const file = join(this.folder, name);
    await mkdir(join(file, '..'), { recursive: true });
    await writeFile(file, text);
    return file;
  }

  /** Starts the command; `input` is piped in. */
  start(args: readonly string[], env: NodeJS.ProcessEnv = {}, program = [main], input = ''): Running {
    const child = spawn(process.execPath, [...program, ...args], {
      cwd: this.folder,
      env: { PATH: process.env['PATH'], HOME: join(this.folder, 'home'), LIFEBOAT_TOKEN: fakeToken, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    child.stdin.on('error', () => undefined).end(input); // A command need not read it.
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const ended = new Promise<Ended>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve({ code, stdout, stderr }));
    });
    return { process: child, stderr: () => stderr, ended };
  }

  run(args: readonly string[], env: NodeJS.ProcessEnv = {}, program = [main]): Promise<Ended> {
    return this.start(args, env, program).ended;
  }

  /** Runs the command within this process. */
  async runHere(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
    let stdout = '';
    let stderr = '';
    const code = await run(args, {
      stdin: () => Readable.from([]),
      stdout: { write: (text) => (stdout += text) },
      stderr: { write: (text) => (stderr += text) },
      env: { LIFEBOAT_TOKEN: fakeToken, ...env },
      cwd: this.folder,
      home: join(this.folder, 'home'),
      now: () => DateTime.utc(),
      signal: new AbortController().signal,
    });
    return { code, stdout, stderr };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
