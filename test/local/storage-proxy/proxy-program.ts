/** The storage proxy as a program of its own, as the embedded stack runs it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface EndedProgram {
  readonly code: number | null;
  readonly stderr: string;
}

export class ProxyProgram {
  readonly #child: ChildProcess;
  readonly #ended: Promise<EndedProgram>;

  private constructor(args: readonly string[]) {
    this.#child = spawn(process.execPath, ['local/storage-proxy/main.ts', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stderr = '';
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    this.#ended = once(this.#child, 'close').then(([code]) => ({ code: code as number | null, stderr }));
  }

  /** Starts it and waits until it serves; throws with what it said if it ends instead. */
  static async serving(configFile: string): Promise<ProxyProgram> {
    const program = new ProxyProgram(['--config', configFile]);
    const lines = createInterface({ input: program.#child.stdout! });
    const first = await Promise.race([once(lines, 'line'), program.#ended]);
    if (Array.isArray(first) && String(first[0]).startsWith('READY ')) return program;
    await program.kill();
    throw new Error(`the proxy does not serve: ${(await program.#ended).stderr}`);
  }

  /** Starts it with any command line and waits for its end. */
  static run(args: readonly string[]): Promise<EndedProgram> {
    return new ProxyProgram(args).#ended;
  }

  /** Sends a signal and does not wait. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Ends it with a signal; how it ended. */
  async end(signal: NodeJS.Signals): Promise<EndedProgram> {
    this.signal(signal);
    return this.#ended;
  }

  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }
}
