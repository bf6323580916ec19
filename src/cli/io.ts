/**
 * What the command touches of the process: its streams, environment, folders, clock and the signal that interrupts it.
 * Standard output carries the answer alone, standard error progress and messages, so that `--json` can be piped on.
 */
import type { DateTime } from 'luxon';
import type { Failure } from '../policy/failure.ts';
import { paragraph, printable } from './format.ts';
import type { LiveStream } from './live.ts';
import { wantsColor } from './palette.ts';

export interface Io {
  /** What is piped in, as text or bytes; asked for only where a command reads it. */
  readonly stdin: () => AsyncIterable<string | Uint8Array>;
  readonly stdout: LiveStream;
  readonly stderr: LiveStream;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly home: string;
  readonly now: () => DateTime;
  /** Aborted when the person interrupts the command. */
  readonly signal: AbortSignal;
  /** JSON is written one item a line. */
  readonly jsonLines?: boolean;
}

const widest = 100;
const narrowest = 60;

/** How a view is to be written to standard output. */
export function viewOptions(io: Io): { readonly width: number; readonly color: boolean } {
  const width = Math.max(narrowest, Math.min(widest, io.stdout.columns || widest));
  return { width, color: wantsColor(io.stdout, io.env) };
}

/** Writes lines to standard output. */
export function print(io: Io, lines: readonly string[]): void {
  io.stdout.write(`${lines.join('\n')}\n`);
}

/** Writes a value to standard output as JSON; by lines each item of its list, or else the value itself, on one. */
export function printJson(io: Io, value: unknown, list: readonly unknown[] = [value]): void {
  if (io.jsonLines !== true) io.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
  else io.stdout.write(list.map((one) => `${JSON.stringify(one)}\n`).join(''));
}

/** Tells the person something that is not the answer. */
export function say(io: Io, text: string): void {
  io.stderr.write(`${text}\n`);
}

/** Tells what failed and what to do next; the lines of a message that lists problems stay lines. */
export function sayFailure(io: Io, failure: Failure, remark = ''): void {
  const [first = '', ...rest] = failure.message.split('\n');
  const lines = [`lifeboat: ${remark}${printable(first)}`, ...rest.map((line) => `  ${printable(line)}`)];
  if (failure.hint !== '') lines.push(...paragraph('Next: ', failure.hint, widest));
  say(io, lines.join('\n'));
}
