/** `lifeboat estate`: the commands about the estate file, with their options. They ask no deployment. */
import { Option, type Command } from 'commander';
import { writeDecision, type DecisionOptions } from './commands/decision.ts';
import { checkEstateFile, writeEstateSchema, writeSetupSql } from './commands/estate.ts';
import { collectSamples } from './commands/estate-sample.ts';
import { options } from './commands/options.ts';
import type { Io } from './io.ts';

/** Adds `estate check`, `estate decision`, `estate schema` and `estate setup-sql`. */
export function addEstate(program: Command, io: Io, setExit: (code: number) => void): void {
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
    .action(async (file: string | undefined, _: unknown, command: Command) =>
      setExit(await checkEstateFile(io, file, command.optsWithGlobals())),
    );
  estate
    .command('decision')
    .description('write the document that approves or rejects an estate that is weaker than before')
    .addOption(options.system().makeOptionMandatory())
    .addOption(options.region().makeOptionMandatory())
    .addOption(options.digest())
    .addOption(options.by())
    .addOption(options.reason())
    .option('--reject', 'reject it (default: approve it)')
    .addOption(options.hours())
    .action((_: unknown, command: Command) => {
      const given = command.optsWithGlobals<Omit<DecisionOptions, 'plan'> & { readonly digest: string }>();
      setExit(writeDecision(io, { ...given, plan: given.digest }));
    });
  estate
    .command('schema')
    .description('write the JSON Schema of the estate file, for editors')
    .addOption(options.json())
    .action(() => setExit(writeEstateSchema(io)));
  estate
    .command('setup-sql')
    .description('write the SQL to run once in every protected database')
    .requiredOption('--role <name>', 'the role that the app signs in as')
    .addOption(options.json())
    .action((_: unknown, command: Command) => setExit(writeSetupSql(io, command.optsWithGlobals())));
}
