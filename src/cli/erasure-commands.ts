/** `lifeboat erasure`: the commands about erasures that the law required, with their options. */
import { Option, type Command } from 'commander';
import { erasureId } from '../contracts/erasures.ts';
import { instant } from '../contracts/values.ts';
import { addErasures, showErasures, type NewErasures } from './commands/erasure.ts';
import { checked, options, type CommonOptions } from './commands/options.ts';
import type { Does } from './commands/work.ts';
import type { Io } from './io.ts';

/** Adds `erasure add` and `erasure list`. */
export function addErasure(program: Command, io: Io, does: Does): void {
  const erasure = program
    .command('erasure')
    .description('what the law required to be erased, and is erased again in what is restored');
  erasure
    .command('add')
    .argument('<id...>', 'ids that say nothing of whom they stand for', eachChecked)
    .description('add erasures that were done in the source')
    .addOption(options.system())
    .addOption(options.region())
    .addOption(new Option('--at <instant>', 'when they were done (default: now)').argParser(checked(instant)))
    .addOption(options.json())
    .action((ids: string[], given: unknown, command: Command) =>
      does((asked: NewErasures) => addErasures(io, ids, asked))(given, command),
    );
  erasure
    .command('list')
    .description('show how many there are, and the newest')
    .addOption(options.system())
    .addOption(options.region())
    .addOption(options.json())
    .action(does((given: CommonOptions) => showErasures(io, given)));
}

const one = checked(erasureId);
const eachChecked = (text: string, before: string[] = []): string[] => [...before, one(text)];
