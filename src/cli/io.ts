/**
 * What the command touches of the process: its streams, environment, folders, clock and the signal that interrupts it.
 * Standard output carries the answer alone, standard error progress and messages, so that `--json` can be piped on.
 */
import type { DateTime } from 'luxon';
import type { Failure } from '../policy/failure.ts';
import { paragraph, printable } from './format.ts';
import type { LiveStream } from './live.ts';
import { wantsColor } from './palette.ts';
import { spokenExtra, spokenText } from './spoken.ts';

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
  /** The words that may follow `lifeboat`; a command that is told to a person begins with one. */
  readonly commandNames?: readonly string[];
}

const widest = 100;
const narrowest = 60;

/** How a view is to be written to standard output. */
export function viewOptions(io: Io): { readonly width: number; readonly color: boolean } {
  const width = Math.max(narrowest, Math.min(widest, io.stdout.columns || widest));
  return { width: width - spokenExtra(io.env), color: wantsColor(io.stdout, io.env) };
}

/** Text for a person: with its commands as they can be typed here. */
export const spoken = ({ env, commandNames = [] }: Io, text: string): string =>
  spokenText(text, env, commandNames);

/** Writes lines for a person to standard output; data is written as it is. */
export function print(io: Io, lines: readonly string[]): void {
  io.stdout.write(`${spoken(io, lines.join('\n'))}\n`);
}

/** Writes a value to standard output as JSON; by lines each item of its list, or else the value itself, on one. */
export function printJson(io: Io, value: unknown, list: readonly unknown[] = [value]): void {
  if (io.jsonLines !== true) io.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
  else io.stdout.write(list.map((one) => `${JSON.stringify(one)}\n`).join(''));
}

/** Tells the person something that is not the answer. */
export function say(io: Io, text: string): void {
  io.stderr.write(`${spoken(io, text)}\n`);
}

/** Tells what failed and what to do next; the lines of a message that lists problems stay lines. */
export function sayFailure(io: Io, failure: Failure, remark = ''): void {
  const [first = '', ...rest] = failure.message.split('\n');
  const lines = [`lifeboat: ${remark}${printable(first)}`, ...rest.map((line) => `  ${printable(line)}`)];
  if (failure.hint !== '') lines.push(...paragraph('Next: ', failure.hint, widest - spokenExtra(io.env)));
  say(io, lines.join('\n'));
}
