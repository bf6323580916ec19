/**
 * The `lifeboat` command: its commands, options and help. `run` reads the command line, does what it says and returns
 * the exit code; whatever goes wrong is told in a few words on standard error, never as a stack trace.
 */
import { Command, CommanderError, Option } from 'commander';
// oxlint-disable-next-line lifeboat/import-direction -- the one place where the version stands
import pkg from '../../package.json' with { type: 'json' };
import { Failure, failureCodes } from '../policy/failure.ts';
import { checkEstateFile, writeEstateSchema, writeSetupSql } from './commands/estate.ts';
import { collectSamples } from './commands/estate-sample.ts';
import { showOperation } from './commands/operation.ts';
import { options, type CommonOptions } from './commands/options.ts';
import { showPoints } from './commands/points.ts';
import { showReport } from './commands/report.ts';
import { writeDecision, type DecisionOptions } from './commands/decision.ts';
import { showFindings } from './commands/scan.ts';
import {
  startCycles,
  startDrill,
  startPrune,
  startRepair,
  startScan,
  startSnapshot,
} from './commands/start.ts';
import { showStatus } from './commands/status.ts';
import { printable } from './format.ts';
import { say, sayFailure, type Io } from './io.ts';

const usageExit = failureCodes['bad-input'].exit;

/** The reason with which the signal of `Io` is aborted when a person or the system ends the command. */
export class Interruption extends Error {
  readonly exit: number;

  constructor(exit: number) {
    super('interrupted');
    this.exit = exit;
  }
}

/** Runs a command line (without node and file) and returns the exit code. */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  let exit = 0;
  const program = buildProgram(io, (code) => {
    exit = code;
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exit;
  } catch (thrown) {
    return exitOfThrown(io, thrown, program.opts<CommonOptions>().debug === true);
  }
}

function exitOfThrown(io: Io, thrown: unknown, debug: boolean): number {
  if (io.signal.aborted) return io.signal.reason instanceof Interruption ? io.signal.reason.exit : 130;
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : usageExit;
  if (thrown instanceof Failure) {
    sayFailure(io, thrown);
    return failureCodes[thrown.code].exit;
  }
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  if (debug) say(io, error.stack ?? error.message);
  else say(io, `lifeboat: unexpected error: ${printable(error.message)} (--debug shows where)`);
  return failureCodes.unexpected.exit;
}

/** Does a command's work and returns its exit code. */
type Work<O> = (options: O) => number | Promise<number>;

function buildProgram(io: Io, setExit: (code: number) => void): Command {
  const program = new Command('lifeboat');
  const does =
    <O>(work: Work<O>) =>
    async (_: unknown, command: Command): Promise<void> =>
      setExit(await work(command.optsWithGlobals() as O));
  describeProgram(program, io);
  addWatching(program, io, does);
  addStarting(program, io, does);
  program
    .command('operation <id>')
    .description('show where a started operation stands')
    .addOption(options.wait())
    .addOption(options.json())
    .action(async (id: string, _: unknown, command: Command) =>
      setExit(await showOperation(io, id, command.optsWithGlobals())),
    );
  addEstate(program, io, does, setExit);
  return program;
}

type Does = <O>(work: Work<O>) => (given: unknown, command: Command) => Promise<void>;

function describeProgram(program: Command, io: Io): void {
  program
    .description('Backups and proven restores of an estate: a client of the deployed app of each region.')
    .version(pkg.version, '-V, --version', 'show the version')
    .option(
      '--profile <file>',
      'who to talk to (default: LIFEBOAT_PROFILE, .lifeboat/profile.json here or above, ~/.config/lifeboat/profile.json)',
    )
    .option('--debug', 'show the stack of an unexpected error')
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [command]', 'show the help of a command')
    .showHelpAfterError('Next: lifeboat --help')
    .addHelpText('after', examples)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
      outputError: (text, write) => write(text.replace(/^error: /, 'lifeboat: ')),
    });
}

function addWatching(program: Command, io: Io, does: Does): void {
  program
    .command('status')
    .description('show every system: newest recovery point, last drill, objectives, alerts')
    .addOption(options.system())
    .addOption(options.region())
    .option('--exit-code', 'exit as after a cycle: 2 objective missed or damage found, 1 not proven')
    .addOption(options.json())
    .action(does((given: CommonOptions) => showStatus(io, given)));
  program
    .command('points')
    .description('show the recovery points of a system')
    .addOption(options.system())
    .addOption(options.region())
    .addOption(options.json())
    .action(does((given: CommonOptions) => showPoints(io, given)));
  program
    .command('report')
    .description('show the report of a restore drill')
    .addOption(options.system())
    .addOption(options.region())
    .option('--drill <id>', 'the drill, or latest', 'latest')
    .addOption(
      new Option('--format <form>', 'how to write it').choices(['text', 'markdown', 'json']).default('text'),
    )
    .addOption(options.json())
    .action(does((given: Parameters<typeof showReport>[1]) => showReport(io, given)));
}

function addStarting(program: Command, io: Io, does: Does): void {
  const starting = (name: string, description: string): Command =>
    program.command(name).description(description).addOption(options.system()).addOption(options.region());
  starting('cycle', 'run the nightly cycle now: of every system everywhere, or of those named')
    .addOption(options.cleanUpDelay())
    .addOption(options.wait())
    .addOption(options.json())
    .action(does((given: CommonOptions) => startCycles(io, given)));
  starting('snapshot', 'take a recovery point of a system now')
    .addOption(options.wait())
    .addOption(options.json())
    .action(does((given: CommonOptions) => startSnapshot(io, given)));
  addScan(program, io, does);
  addRepair(program, io, does);
  starting('prune', 'delete what is past the retention window of a system now')
    .option('--dry-run', 'only write down what would be deleted, and why the rest is kept')
    .addOption(options.wait())
    .addOption(options.json())
    .action(does((given: CommonOptions) => startPrune(io, given)));
  starting('drill', 'restore a recovery point into a new server, check it, and remove it again')
    .addOption(options.point())
    .addOption(options.cleanUpDelay())
    .addOption(options.wait())
    .addOption(options.json())
    .action(does((given: CommonOptions) => startDrill(io, given)));
}

function addScan(program: Command, io: Io, does: Does): void {
  const scan = program.command('scan').description('re-hash the blobs of a system, and show what was found');
  scan
    .command('run', { isDefault: true })
    .description('re-hash now what the scrub cycle asks for, new blobs and those known to be bad')
    .addOption(options.system())
    .addOption(options.region())
    .option('--full', 're-hash every blob')
    .option('--new', 'only blobs that no scan has read yet')
    .option('--known-bad', 'only blobs that an earlier scan found damaged')
    .option('--shard <n/m>', 'only one of m equal parts of each store')
    .option('--store <id>', 'only one blob store')
    .addOption(options.wait())
    .addOption(options.json())
    .action(does((given: CommonOptions) => startScan(io, given)));
  scan
    .command('findings')
    .description('show everything that a scan found, and how much of each store it covers')
    .addOption(options.system())
    .addOption(options.region())
    .option('--scan <id>', 'the scan, or latest', 'latest')
    .option('--verdict <verdict>', 'only findings of that verdict')
    .addOption(options.json())
    .action(does((given: CommonOptions) => showFindings(io, given)));
}

function addRepair(program: Command, io: Io, does: Does): void {
  const repair = program
    .command('repair')
    .description('put blobs right that a scan found damaged, from a good copy');
  repair
    .command('run', { isDefault: true })
    .description('write a plan, and repair what is approved or what the estate lets repair itself')
    .addOption(options.system())
    .addOption(options.region())
    .option('--scan <id>', 'the scan whose findings are repaired (default: the newest)')
    .option('--dry-run', 'only write the plan: what would be repaired, and from where')
    .addOption(options.wait())
    .addOption(options.json())
    .action(does((given: CommonOptions) => startRepair(io, given)));
  repair
    .command('decision')
    .description('write the document that approves or rejects a plan; a person puts it into the vault')
    .addOption(options.system())
    .addOption(options.region())
    .requiredOption('--plan <digest>', 'the plan, as the alert and the operation name it')
    .requiredOption('--by <who>', 'who decides; not the one who asked for the repair')
    .requiredOption('--reason <text>', 'why')
    .option('--reject', 'reject the plan (default: approve it)')
    .option('--hours <n>', 'how long an approval holds', '24')
    .action(does((given: DecisionOptions) => writeDecision(io, given)));
}

function addEstate(program: Command, io: Io, does: Does, setExit: (code: number) => void): void {
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
    .addOption(options.json())
    .action(async (file: string | undefined, _: unknown, command: Command) =>
      setExit(await checkEstateFile(io, file, command.optsWithGlobals())),
    );
  estate
    .command('schema')
    .description('write the JSON Schema of the estate file, for editors')
    .addOption(options.json())
    .action(does(() => writeEstateSchema(io)));
  estate
    .command('setup-sql')
    .description('write the SQL to run once in every protected database')
    .requiredOption('--role <name>', 'the role that the app signs in as')
    .addOption(options.json())
    .action(does((given: CommonOptions & { readonly role: string }) => writeSetupSql(io, given)));
}

const examples = `
Examples:
  lifeboat status
  lifeboat cycle --wait
  lifeboat drill --system lms --clean-up-delay 600 --wait
  lifeboat report --system lms --region eastus --format markdown > report.md
  lifeboat estate check estate.yaml

Exit codes:
  0   done                                 5   conflict with something that runs
  1   failed, or could not be found out    64  wrong command line, profile or estate
  2   objective missed or damage found     69  the app cannot be reached
  3   partial: a region was silent, or a   77  access denied
      guard held deletions back            130 interrupted
  4   not found

The answer goes to standard output, progress and messages to standard error; NO_COLOR: no colour.`;
