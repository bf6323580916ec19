/**
 * The failures a person can act on. Each says what is wrong and what to do next, and carries the exit code of
 * the process; the command line prints it as one line without a stack trace.
 */

/** Exit codes of the host process (numbers of sysexits.h). */
export const ExitCode = { usage: 64, unavailable: 69, appFailed: 70, stateInUse: 75 } as const;

/** An expected failure of the host: one clear line and an exit code. */
export class HostFailure extends Error {
  readonly exitCode: number;
  constructor(exitCode: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'HostFailure';
    this.exitCode = exitCode;
  }
}

/** The message of anything thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** The stack of anything thrown, or its message where there is none. */
export function stackOf(thrown: unknown): string {
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
}
