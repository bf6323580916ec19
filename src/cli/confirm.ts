/**
 * What destroys something, or starts a restore, is done once its name was typed: at the prompt, with `--confirm`, or not
 * at all with `--yes`. Where nobody can be asked and nothing was said, it is not done.
 */
import { Failure } from '../policy/failure.ts';
import { say, type Io } from './io.ts';

/** What was said on the command line. */
export interface Confirmed {
  readonly yes?: boolean;
  readonly confirm?: string;
}

/** What is about to be done: to what, and in a sentence. */
export interface Deed {
  readonly name: string;
  readonly sentence: string;
}

/** Returns once it is confirmed; throws `bad-input` otherwise. */
export async function confirmDeed(io: Io, { name, sentence }: Deed, given: Confirmed): Promise<void> {
  if (given.yes === true) return;
  const typed = given.confirm ?? (await typedName(io, name, sentence));
  if (typed === name) return;
  throw new Failure(
    'bad-input',
    typed === ''
      ? `"${name}" was not typed: nothing was done.`
      : `"${typed}" is not "${name}": nothing was done.`,
    `Add --yes or --confirm ${name}, or type the name when you are asked.`,
  );
}

/** Asks on standard error and reads one line; nothing where nobody can be asked. */
async function typedName(io: Io, name: string, sentence: string): Promise<string> {
  if (io.stderr.isTTY !== true) return '';
  say(io, sentence);
  io.stderr.write(`Type ${name} to go on: `);
  let typed = '';
  for await (const chunk of io.stdin()) {
    typed += String(chunk);
    if (typed.includes('\n')) break;
  }
  if (!typed.includes('\n')) say(io, ''); // The input ended on the line of the question.
  return typed.trim();
}
