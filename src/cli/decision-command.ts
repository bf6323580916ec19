/** `decision`: the same command below everything that waits for a second person. */
import type { Command, Option } from 'commander';
import { writeDecision, type DecisionOptions } from './commands/decision.ts';
import { options } from './commands/options.ts';
import type { Does } from './commands/work.ts';
import type { Io } from './io.ts';

/** Adds `decision` below `parent`: what is decided on, in words, and the option that names its digest. */
export function addDecision(parent: Command, io: Io, does: Does, what: string, digest: Option): void {
  parent
    .command('decision')
    .description(`write the document that approves or rejects ${what}; a person puts it into the vault`)
    .addOption(options.system().makeOptionMandatory())
    .addOption(options.region().makeOptionMandatory())
    .addOption(digest)
    .addOption(options.by())
    .addOption(options.reason())
    .option('--reject', 'reject it (default: approve it)')
    .addOption(options.hours())
    .action(does((given: DecisionOptions) => writeDecision(io, given)));
}
