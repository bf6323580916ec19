/**
 * How setup fails towards a person: what is wrong, what to do next, no stack trace. Anything that is not a
 * `SetupProblem` is a defect of setup itself and keeps its stack trace.
 */
import { EXIT_UNAVAILABLE } from './node-version.mjs';

/** An expected failure: `message` says what is wrong and where, `next` what to do about it. */
export class SetupProblem extends Error {
  /**
   * @param {string} message
   * @param {string} next
   * @param {number} [exitCode]
   */
  constructor(message, next, exitCode = EXIT_UNAVAILABLE) {
    super(message);
    this.name = 'SetupProblem';
    this.next = next;
    this.exitCode = exitCode;
  }
}

/** Prints the problem on stderr and ends the process with its exit code; throws anything unexpected on. */
export function exitWithProblem(error) {
  if (!(error instanceof SetupProblem)) throw error;
  process.stderr.write(`${error.message}\n${error.next ? `Next: ${error.next}\n` : ''}`);
  process.exit(error.exitCode);
}
