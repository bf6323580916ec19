/** `lifeboat completion`, and the hidden command that its scripts ask for values. */
import { Argument, type Command } from 'commander';
import { shells, valueSources, writeCompletion, writeValues } from './commands/completion.ts';
import { valuesCommand } from './completion/words.ts';
import type { Io } from './io.ts';

export function addCompletion(program: Command, io: Io, setExit: (code: number) => void): void {
  program
    .command('completion')
    .description('write the script with which a shell completes commands, options, systems and regions')
    .addArgument(new Argument('<shell>', 'whose script').choices(shells))
    .action((shell: (typeof shells)[number]) => setExit(writeCompletion(io, program, shell)));
  program
    .command(valuesCommand, { hidden: true })
    .addArgument(new Argument('<of>').choices(valueSources))
    .action(async (of: (typeof valueSources)[number], _: unknown, command: Command) =>
      setExit(await writeValues(io, of, command.optsWithGlobals())),
    );
}
