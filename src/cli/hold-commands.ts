/** `lifeboat hold`: the commands about legal holds, with their options. */
import { Option, type Command } from 'commander';
import { pointId } from '../contracts/documents.ts';
import { holdId, holdReason } from '../contracts/holds.ts';
import { instant } from '../contracts/values.ts';
import { releaseNamedHold, setNewHold, showHolds, type NewHold } from './commands/hold.ts';
import { checked, options, type CommonOptions } from './commands/options.ts';
import type { Does } from './commands/work.ts';
import type { Io } from './io.ts';

/** Adds `hold set`, `hold list` and `hold release`. */
export function addHold(program: Command, io: Io, does: Does, setExit: (code: number) => void): void {
  const hold = program
    .command('hold')
    .description('keep recovery points of a system from being deleted, whatever their age');
  addSet(hold, io, does);
  hold
    .command('list')
    .description('show what is held: everywhere, or of those named')
    .addOption(options.system())
    .addOption(options.region())
    .option('--all', 'also holds whose end has come, and released ones')
    .addOption(options.json())
    .action(does((given: CommonOptions & { readonly all?: boolean }) => showHolds(io, given)));
  hold
    .command('release')
    .argument('<id>', 'the hold, such as hold-20260301T013000Z', checked(holdId))
    .description('end a hold; what it alone kept goes with the next prune')
    .addOption(options.system())
    .addOption(options.region())
    .addOption(reason('why it is not needed any more'))
    .addOption(options.json())
    .action(async (id: string, _: unknown, command: Command) =>
      setExit(await releaseNamedHold(io, id, command.optsWithGlobals())),
    );
}

function addSet(hold: Command, io: Io, does: Does): void {
  hold
    .command('set')
    .description('hold one recovery point, those of a time, or everything')
    .addOption(options.system())
    .addOption(options.region())
    .addOption(new Option('--point <id>', 'this recovery point').argParser(checked(pointId)))
    .addOption(
      new Option(
        '--from <instant>',
        'every recovery point from this instant on, also one that is recorded later',
      ).argParser(checked(instant)),
    )
    .addOption(new Option('--to <instant>', 'up to this instant and at it').argParser(checked(instant)))
    .option('--everything', 'every backup and every blob snapshot of the system')
    .addOption(reason('why, such as the number of the case'))
    .addOption(
      new Option(
        '--until <instant>',
        'end by itself at this instant (default: when it is released)',
      ).argParser(checked(instant)),
    )
    .addOption(options.json())
    .action(does((given: NewHold) => setNewHold(io, given)));
}

const reason = (description: string): Option =>
  new Option('--reason <text>', description).argParser(checked(holdReason)).makeOptionMandatory();
