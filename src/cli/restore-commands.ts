/** `lifeboat restore`: the commands about restores into a new server, with their options. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { chosenTables } from '../contracts/restore-tables.ts';
import { restoreName, restoreTo } from '../contracts/restore.ts';
import { documentDigest, shortId } from '../contracts/values.ts';
import { checked, options, type CommonOptions } from './commands/options.ts';
import {
  cancelRestore,
  requestRestore,
  showRestores,
  type RestoreRequestOptions,
} from './commands/restore.ts';
import { showRestorePlan, type RestorePlanOptions } from './commands/restore-plan.ts';
import { sayOnRestore, showRestore, type RestoreWord, type WordOptions } from './commands/restore-words.ts';
import type { Does } from './commands/work.ts';
import type { Io } from './io.ts';

const toOption = (): Option =>
  new Option(
    '--to <what>',
    'latest, archived (where the server does not run), an instant in UTC, or a recovery point',
  )
    .argParser(checked(restoreTo))
    .makeOptionMandatory();
const nameOption = (): Option =>
  new Option('--name <name>', 'what the new server is called; it must not exist').argParser(
    checked(restoreName),
  );

function tablesFrom(text: string): string[] {
  const read = chosenTables.safeParse(text.split(',').map((one) => one.trim()));
  if (read.success) return read.data;
  throw new InvalidArgumentError(`It ${read.error.issues[0]?.message ?? 'is not valid'}.`);
}

const digestOption = (flags: string, what: string): Option =>
  new Option(flags, what).argParser(checked(documentDigest)).makeOptionMandatory();

const anId = 'the restore, such as restore-20260301T013000Z';
const words: readonly (readonly [RestoreWord, string])[] = [
  ['approve', 'have a restore carried out that another person asked for'],
  ['reject', 'have a restore not carried out'],
  ['break-glass', 'go on alone where nobody has decided for long enough; everybody is told'],
];

/** Adds `restore` and its commands. */
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
    .addOption(
      new Option(
        '--tables <names>',
        'only these tables: schema.table, …; they come beside what the source holds',
      )
        .argParser(tablesFrom)
        .conflicts('name'),
    )
    .addOption(new Option('--database <id>', 'only this database of the system').argParser(checked(shortId)))
    .addOption(
      new Option(
        '--blobs',
        'only the blobs that the recovery point refers to (latest: all that are damaged), where they are',
      ).conflicts(['name', 'tables', 'database']),
    )
    .addOption(options.store())
    .addOption(options.json())
    .action(does((given: RestorePlanOptions) => showRestorePlan(io, given)));
  restore
    .command('request')
    .description('ask for a restore by its plan; another person must approve it')
    .addOption(options.system())
    .addOption(options.region())
    .addOption(digestOption('--plan <digest>', 'the plan, as "restore plan" names it'))
    .addOption(options.confirm())
    .addOption(options.yes())
    .addOption(options.reason())
    .addOption(options.wait())
    .addOption(options.json())
    .action(does((given: RestoreRequestOptions) => requestRestore(io, given)));
  restore
    .command('show')
    .argument('<id>', anId)
    .description('show the plan of a restore, who asked for it, and what was said to it')
    .addOption(options.system())
    .addOption(options.region())
    .addOption(options.json())
    .action((id: string, given: unknown, command: Command) =>
      does((asked: CommonOptions) => showRestore(io, id, asked))(given, command),
    );
  for (const [word, description] of words)
    restore
      .command(word)
      .argument('<id>', anId)
      .description(description)
      .addOption(options.system())
      .addOption(options.region())
      .addOption(digestOption('--digest <digest>', 'the plan that you have looked at'))
      .addOption(options.reason())
      .addOption(options.json())
      .action((id: string, given: unknown, command: Command) =>
        does((asked: WordOptions) => sayOnRestore(io, word, { id, options: asked }))(given, command),
      );
  restore
    .command('list')
    .description('show the restores of a system, the newest first')
    .addOption(options.system())
    .addOption(options.region())
    .addOption(options.json())
    .action(does((given: CommonOptions) => showRestores(io, given)));
  restore
    .command('cancel')
    .argument('<id>', anId)
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
