/** A program under test: started in a process group of its own, as a terminal does, everything it writes kept. */
import { spawn, type ChildProcess } from 'node:child_process';
import { kill } from './processes.ts';
import { projectRoot } from './project.ts';
import { until } from './until.ts';

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Standard output and error in the order in which they came. */
  readonly output: string;
  readonly stdout: string;
  readonly stderr: string;
}

export class Program {
  readonly #child: ChildProcess;
  readonly ended: Promise<Ended>;
  #output = '';
  #stdout = '';
  #stderr = '';
  #hasEnded = false;

  constructor(command: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    this.#child = spawn(command, args, {
      cwd: projectRoot,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...inherited(), ...environment },
    });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
      this.#output += text;
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
      this.#output += text;
    });
    this.ended = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('close', (code, signal) => {
        this.#hasEnded = true;
        resolve({ code, signal, output: this.#output, stdout: this.#stdout, stderr: this.#stderr });
      });
    });
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  get output(): string {
    return this.#output;
  }

  /** Waits until the output holds the pattern; fails with the output when the program ends without it. */
  async says(pattern: RegExp): Promise<void> {
    await until(`"${pattern.source}" is said`, () => {
      if (pattern.test(this.#output)) return true;
      if (this.#hasEnded) throw new Error(`it ended without saying ${pattern.source}:\n${this.#output}`);
      return undefined;
    });
  }

  /** What Ctrl-C at a terminal does: the signal reaches every process of the group. */
  async interrupt(): Promise<Ended> {
    kill(-this.pid, 'SIGINT');
    return this.ended;
  }

  killGroup(): void {
    kill(-this.pid, 'SIGKILL');
  }
}

/** The environment without what the test runner adds for itself. */
function inherited(): NodeJS.ProcessEnv {
  const own = /^(NODE_OPTIONS|NODE_ENV|VITEST.*|LIFEBOAT_.*|npm_.*)$/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)));
}
