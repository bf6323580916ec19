/**
 * One process of the stack: started in a group of its own (Ctrl-C reaches the supervisor alone, which stops them in
 * order), its output in a log file, ready when it says so. One that dies by itself is started again, as the platform
 * would.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../src/policy/failure.ts';

export interface ChildOptions {
  readonly name: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** Resolves when the process serves; `line` gives each line of its stdout. */
  readonly readyWhen: { readonly line: RegExp } | { readonly probe: () => Promise<boolean> };
  readonly onRestart: (name: string, how: string) => void;
}

const readyWithinMilliseconds = 90_000;
const stopWithinMilliseconds = 20_000;
const shortestPauseMilliseconds = 500;
const longestPauseMilliseconds = 15_000;
/** A process that served for so long is started again at once. */
const steadyMilliseconds = 3_000;

export class Child {
  readonly #options: ChildOptions;
  #process: ChildProcess | undefined;
  #stopping = false;
  #exited: Promise<string> = Promise.resolve('not started');

  constructor(options: ChildOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Starts it and waits until it serves; throws a `Failure` with its own last words if it does not. */
  async start(): Promise<void> {
    const { name, logFile } = this.#options;
    const ready = this.#spawn();
    const timeout = new AbortController();
    const outcome = await Promise.race([
      ready.then(() => 'ready' as const),
      this.#exited.then((how) => ({ how })),
      sleep(
        readyWithinMilliseconds,
        { how: `it did not serve within ${readyWithinMilliseconds / 1000} s` },
        { signal: timeout.signal },
      ).catch(() => 'ready' as const),
    ]);
    timeout.abort();
    if (outcome !== 'ready')
      throw new Failure(
        'unavailable',
        `${name} did not start: ${lastWords(logFile) || outcome.how}`,
        `Its log is ${logFile}`,
      );
    void this.#keepAlive();
  }

  /** Stops it in order; kills it if it does not go. */
  async stop(): Promise<void> {
    this.#stopping = true;
    if (this.#process === undefined || this.#process.exitCode !== null || this.#process.signalCode !== null)
      return;
    this.#process.kill('SIGTERM');
    const timeout = new AbortController();
    const gone = await Promise.race([
      this.#exited.then(() => true),
      sleep(stopWithinMilliseconds, false, { signal: timeout.signal }).catch(() => true),
    ]);
    timeout.abort();
    if (!gone) this.#process.kill('SIGKILL');
    await this.#exited;
  }

  #spawn(): Promise<void> {
    const { args, environment, logFile, readyWhen } = this.#options;
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      env: { ...baseEnvironment(), ...environment },
    });
    this.#process = child;
    const log = createWriteStream(logFile, { flags: 'a', mode: 0o600 });
    log.on('error', () => undefined); // A full disk must not take the stack down with the log.
    child.stderr?.pipe(log, { end: false });
    this.#exited = new Promise((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('close', (code, signal) => {
        log.end();
        resolve(signal === null ? `it exited with ${code}` : `it was ended by ${signal}`);
      });
    });
    const lines = createInterface({ input: child.stdout });
    return new Promise((resolve) => {
      lines.on('line', (line) => {
        log.write(`${line}\n`);
        if ('line' in readyWhen && readyWhen.line.test(line)) resolve();
      });
      if ('probe' in readyWhen) void this.#probe(readyWhen.probe).then(resolve);
    });
  }

  async #probe(probe: () => Promise<boolean>): Promise<void> {
    while (!this.#stopping && this.#process?.exitCode === null && !(await probe().catch(() => false)))
      await sleep(100);
    if (this.#process?.exitCode !== null) await new Promise(() => undefined); // Its exit is what is waited for then.
  }

  async #keepAlive(): Promise<void> {
    for (let pause = shortestPauseMilliseconds; !this.#stopping;) {
      const servedFrom = performance.now();
      const how = await this.#exited;
      if (this.#stopping) return;
      // Only a process that does not come to serve is waited for longer and longer.
      if (performance.now() - servedFrom > steadyMilliseconds) pause = shortestPauseMilliseconds;
      this.#options.onRestart(this.name, how);
      await sleep(pause);
      if (this.#stopping) return;
      await Promise.race([this.#spawn(), this.#exited]);
      pause = Math.min(pause * 2, longestPauseMilliseconds);
    }
  }
}

/** What the processes of the stack inherit: nothing of the person's own Azure settings. */
function baseEnvironment(): NodeJS.ProcessEnv {
  const kept = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TMPDIR', 'USER', 'LOGNAME'];
  return {
    ...Object.fromEntries(
      kept.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
    ),
    TZ: 'UTC',
  };
}

function lastWords(logFile: string): string {
  try {
    return readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-3).join(' / ').slice(-600);
  } catch {
    return '';
  }
}
