/**
 * Says what the stack is doing: one line a step when it has ended, with its time; while it runs, the line is redrawn
 * in a terminal, and repeated now and then in a log.
 */
import { styleText } from 'node:util';

const redrawMilliseconds = 120;
const repeatInLogMilliseconds = 10_000;
const nameWidth = 34;
const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

export class Steps {
  readonly #out: NodeJS.WriteStream;

  constructor(out: NodeJS.WriteStream) {
    this.#out = out;
  }

  /** A line by itself. */
  say(text: string): void {
    this.#out.write(`${text}\n`);
  }

  /** Runs a step; `note` tells how far it is, the returned text what came of it. */
  async run<T>(
    name: string,
    work: (note: (text: string) => void) => Promise<T>,
    tell: (result: T) => string = () => '',
  ): Promise<T> {
    const startedAt = performance.now();
    let noted = '';
    const timer = setInterval(
      () => this.#progress(name, noted, startedAt),
      this.#out.isTTY ? redrawMilliseconds : repeatInLogMilliseconds,
    );
    try {
      const result = await work((text) => {
        noted = text;
      });
      this.#end(styled(this.#out, 'green', '✓'), name, startedAt, tell(result));
      return result;
    } catch (error) {
      this.#end(styled(this.#out, 'red', '✗'), name, startedAt, '');
      throw error;
    } finally {
      clearInterval(timer);
    }
  }

  #progress(name: string, note: string, startedAt: number): void {
    const seconds = (performance.now() - startedAt) / 1000;
    const text = `${name.padEnd(nameWidth)} ${seconds.toFixed(0).padStart(5)} s  ${note}`;
    if (!this.#out.isTTY) return void this.#out.write(`… ${text.trimEnd()}\n`);
    const frame = frames[Math.floor(performance.now() / redrawMilliseconds) % frames.length] ?? '';
    this.#out.write(`\r\u001B[2K${`${frame} ${text}`.slice(0, (this.#out.columns || 100) - 1)}`);
  }

  #end(mark: string, name: string, startedAt: number, result: string): void {
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1).padStart(5);
    this.#out.write(
      `${this.#out.isTTY ? '\r\u001B[2K' : ''}${`${mark} ${name.padEnd(nameWidth)} ${seconds} s  ${result}`.trimEnd()}\n`,
    );
  }
}

/** Colour where the stream shows it and nobody asked for none. */
export function styled(
  out: NodeJS.WriteStream,
  style: 'green' | 'red' | 'dim' | 'bold' | 'yellow',
  text: string,
): string {
  return styleText(style, text, { stream: out });
}
