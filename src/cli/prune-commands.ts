/** `lifeboat prune`: the commands about what is deleted and what is kept, with their options. */
import type { Command } from 'commander';
import { options, type CommonOptions } from './commands/options.ts';
import { explainItem } from './commands/prune.ts';
import { startPrune } from './commands/start.ts';
import type { Does } from './commands/work.ts';
import { addDecision } from './decision-command.ts';
import type { Io } from './io.ts';

/** Adds `prune run`, `prune explain` and `prune decision`. */
export function addPrune(program: Command, io: Io, does: Does): void {
  const prune = program
    .command('prune')
    .description('delete what is past the retention window, and say why the rest is kept');
  prune
    .command('run', { isDefault: true })
    .description('delete what is past the retention window of a system now')
    .addOption(options.system())
    .addOption(options.region())
    .option('--dry-run', 'only write down what would be deleted, and why the rest is kept')
    .addOption(options.heldPlan())
    .addOption(options.confirm())
    .addOption(options.yes())
    .addOption(options.wait())
    .addOption(options.json())
    .action(does((given: CommonOptions) => startPrune(io, given)));
  prune
    .command('explain <id>')
    .description('why is it still here, why is it gone: a recovery point, a backup or a blob snapshot')
    .addOption(options.system())
    .addOption(options.region())
    .addOption(options.json())
    .action((id: string, given: unknown, command: Command) =>
      does((asked: CommonOptions) => explainItem(io, id, asked))(given, command),
    );
  addDecision(prune, io, does, 'a plan that is held', options.plan());
}
