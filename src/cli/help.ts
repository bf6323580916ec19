/** The help beside what commander makes of the definition: examples and exit codes, and where a wrong line finds help. */
import type { Command } from 'commander';

/** A wrong command line is answered with the help of the very command that it is about. */
export function namesOwnHelp(command: Command, before: string): void {
  const path = `${before} ${command.name()}`;
  command.showHelpAfterError(`Next: ${path} --help`);
  for (const child of command.commands) namesOwnHelp(child, path);
}

/** What stands below the help of the whole. */
export const examples = `
Examples:
  lifeboat status
  lifeboat cycle --wait
  lifeboat drill --system lms --clean-up-delay 600 --wait
  lifeboat report --system lms --region eastus --format markdown > report.md
  lifeboat estate check estate.yaml

Exit codes:
  0   done                                 5   conflict with something that runs
  1   failed, or could not be found out    64  wrong command line, profile or estate
  2   objective missed, damage found, a    69  the app cannot be reached, or is busy
      report or log does not verify        77  access denied
  3   partial: a region was silent, or a   130 interrupted
      guard held deletions back
  4   not found

The answer goes to standard output, progress and messages to standard error; NO_COLOR: no colour.`;
