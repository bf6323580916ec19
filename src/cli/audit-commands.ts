/** `lifeboat audit`: the commands about the audit log, with their options. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { auditLimit } from '../contracts/audit.ts';
import { instant } from '../contracts/values.ts';
import { exportAudit } from './commands/audit-export.ts';
import { listAudit, type AuditListOptions } from './commands/audit-list.ts';
import { verifyAudit } from './commands/audit-verify.ts';
import { checked, options } from './commands/options.ts';
import type { Does } from './commands/work.ts';
import type { Io } from './io.ts';

/** Adds `audit list`, `audit export` and `audit verify`. */
export function addAudit(program: Command, io: Io, does: Does, setExit: (code: number) => void): void {
  const audit = program
    .command('audit')
    .description('show who did what on what and why, and verify that nobody changed it');
  addList(audit, io, does);
  audit
    .command('export')
    .argument('<folder>', 'a folder that is empty or not there')
    .description('copy the whole log with its checkpoints and keys, to keep or to verify elsewhere')
    .addOption(options.system())
    .addOption(options.region())
    .addOption(options.json())
    .action(async (folder: string, _: unknown, command: Command) =>
      setExit(await exportAudit(io, folder, command.optsWithGlobals())),
    );
  audit
    .command('verify')
    .argument('[folder]', 'what "audit export" made (default: the log as the app gives it)')
    .description('verify every entry, every link and every signature; an exported log without any deployment')
    .addOption(options.system())
    .addOption(options.region())
    .option(
      '--key <file>',
      'keys that you trust; may be given several times (default: those that lie with the log)',
      collect,
    )
    .addOption(options.json())
    .action(async (folder: string | undefined, _: unknown, command: Command) =>
      setExit(await verifyAudit(io, folder, command.optsWithGlobals())),
    );
}

function addList(audit: Command, io: Io, does: Does): void {
  audit
    .command('list')
    .description('list the newest entries of a system')
    .addOption(options.system())
    .addOption(options.region())
    .addOption(new Option('--since <instant>', 'only those from this instant on').argParser(checked(instant)))
    .option('--who <name>', 'only those of this subject, or of this function of the app')
    .addOption(new Option('--limit <n>', 'at most so many entries, 1 to 1000').argParser(limitOf).default(50))
    .addOption(options.continuation())
    .addOption(options.json())
    .action(does((given: AuditListOptions) => listAudit(io, given)));
}

function limitOf(text: string): number {
  const read = auditLimit.safeParse(Number(text));
  if (read.success && /^\d+$/.test(text)) return read.data;
  throw new InvalidArgumentError('It must be a whole number, 1 to 1000.');
}

const collect = (one: string, before: readonly string[] = []): readonly string[] => [...before, one];
