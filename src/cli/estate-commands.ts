/** `lifeboat estate`: the commands about the estate file, with their options. They ask no deployment. */
import { Option, type Command } from 'commander';
import { checkEstateFile, writeEstateSchema, writeSetupSql } from './commands/estate.ts';
import { collectSamples } from './commands/estate-sample.ts';
import { options } from './commands/options.ts';
import type { Does } from './commands/work.ts';
import { addDecision } from './decision-command.ts';
import type { Io } from './io.ts';

/** Adds `estate check`, `estate decision`, `estate schema` and `estate setup-sql`. */
export function addEstate(program: Command, io: Io, does: Does): void {
  const estate = program.command('estate').description('check and describe the estate file');
  estate
    .command('check [file]')
    .description('name every problem of an estate file (default: LIFEBOAT_ESTATE, or estate.yaml here)')
    .addOption(
      new Option(
        '--sample <store=names>',
        'tell which layout fits a store: the store, and a file of its blob names, one a line, or - for standard input',
      ).argParser(collectSamples),
    )
    .option('--against <file>', 'tell where it protects less than this estate file; exit 2 if it does')
    .addOption(options.json())
    .action((file: string | undefined, given: unknown, command: Command) =>
      does((asked: Parameters<typeof checkEstateFile>[2]) => checkEstateFile(io, file, asked))(
        given,
        command,
      ),
    );
  addDecision(estate, io, does, 'an estate that is weaker than before', options.digest());
  estate
    .command('schema')
    .description('write the JSON Schema of the estate file, for editors')
    .addOption(options.json())
    .action(does(() => writeEstateSchema(io)));
  estate
    .command('setup-sql')
    .description('write the SQL to run once in every protected database')
    .requiredOption('--role <name>', 'the role that the app signs in as')
    .option('--tables', 'also what restores of chosen tables need')
    .addOption(options.json())
    .action(does((given: Parameters<typeof writeSetupSql>[1]) => writeSetupSql(io, given)));
}
