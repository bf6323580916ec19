/** `lifeboat restore`: the commands about restores into a new server, with their options. */
import { Option, type Command } from 'commander';
import { restoreName, restoreTo } from '../contracts/restore.ts';
import { checked, options, type CommonOptions } from './commands/options.ts';
import { cancelRestore, showRestores, startRestore, type RestoreOptions } from './commands/restore.ts';
import { showRestorePlan, type RestorePlanOptions } from './commands/restore-plan.ts';
import type { Does } from './commands/work.ts';
import type { Io } from './io.ts';

const toOption = (): Option =>
  new Option('--to <what>', 'latest, an instant in UTC, or a recovery point')
    .argParser(checked(restoreTo))
    .makeOptionMandatory();
const nameOption = (): Option =>
  new Option('--name <name>', 'what the new server is called; it must not exist')
    .argParser(checked(restoreName))
    .makeOptionMandatory();

/** Adds `restore plan`, `restore start`, `restore list` and `restore cancel`. */
export function addRestore(program: Command, io: Io, does: Does): void {
  const restore = program
    .command('restore')
    .description('bring a system back into a new server; the source is never written to');
  restore
    .command('plan')
    .description('show what a restore would do, lose, take and cost; nothing is started')
    .addOption(options.system())
    .addOption(options.region())
    .addOption(toOption())
    .addOption(nameOption())
    .addOption(options.json())
    .action(does((given: RestorePlanOptions) => showRestorePlan(io, given)));
  restore
    .command('start', { isDefault: true })
    .description('restore, check, and keep the new server')
    .addOption(options.system())
    .addOption(options.region())
    .addOption(toOption())
    .addOption(nameOption())
    .addOption(options.confirm())
    .addOption(options.yes())
    .addOption(options.reason())
    .addOption(options.wait())
    .addOption(options.json())
    .action(does((given: RestoreOptions) => startRestore(io, given)));
  restore
    .command('list')
    .description('show the restores of a system, the newest first')
    .addOption(options.system())
    .addOption(options.region())
    .addOption(options.json())
    .action(does((given: CommonOptions) => showRestores(io, given)));
  restore
    .command('cancel')
    .argument('<id>', 'the restore, such as restore-20260301T013000Z')
    .description('stop a restore that is not ready, and remove what it made')
    .addOption(options.system())
    .addOption(options.region())
    .addOption(options.reason())
    .addOption(options.confirm())
    .addOption(options.yes())
    .addOption(options.json())
    .action((id: string, given: unknown, command: Command) =>
      does((asked: Parameters<typeof cancelRestore>[2]) => cancelRestore(io, id, asked))(given, command),
    );
}
