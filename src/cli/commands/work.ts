/** How a command is bound to its work. */
import type { Command } from 'commander';

/** Does a command's work and returns its exit code. */
export type Work<O> = (options: O) => number | Promise<number>;

/** Makes the action of a command that takes options alone: its work, whose exit code becomes the program's. */
export type Does = <O>(work: Work<O>) => (given: unknown, command: Command) => Promise<void>;
