/**
 * The `lifeboat` command: its commands, options and help; those about blobs and the estate file stand in files of their
 * own. `run` reads the command line, does what it says and returns the exit code; whatever goes wrong is told in a few
 * words on standard error, never as a stack trace.
 */
import { Command, CommanderError, Option } from 'commander';
import { Failure, failureCodes } from '../policy/failure.ts';
import { showDoctor } from './commands/doctor.ts';
import { showOperation } from './commands/operation.ts';
import { options, outputs, type CommonOptions } from './commands/options.ts';
import { showPoints } from './commands/points.ts';
import { startCycles, startSnapshot } from './commands/start.ts';
import { showStatus } from './commands/status.ts';
import type { Does, Work } from './commands/work.ts';
import { addAudit } from './audit-commands.ts';
import { addRepair, addScan } from './blob-commands.ts';
import { addPrune } from './prune-commands.ts';
import { addReport } from './report-commands.ts';
import { addEstate } from './estate-commands.ts';
import { addApprovals } from './approval-commands.ts';
import { addDrill } from './drill-commands.ts';
import { addCutover } from './cutover-commands.ts';
import { addRestore } from './restore-commands.ts';
import { addCompletion } from './completion-commands.ts';
import { addErasure } from './erasure-commands.ts';
import { addHold } from './hold-commands.ts';
import { printable } from './format.ts';
import { examples, namesOwnHelp } from './help.ts';
import { tokenFor } from './regions.ts';
import { say, sayFailure, spoken, type Io } from './io.ts';
import { commandVersion } from './version.ts';

const usageExit = failureCodes['bad-input'].exit;

/** What is known of the output only once the command line was read. */
type Writable = { -readonly [K in keyof Io]: Io[K] };

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
  const own = { ...io };
  const program = buildProgram(own, (code) => {
    exit = code;
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exit;
  } catch (thrown) {
    return exitOfThrown(own, thrown, program.opts<CommonOptions>().debug === true);
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

function buildProgram(io: Writable, setExit: (code: number) => void): Command {
  const program = new Command('lifeboat');
  const does =
    <O>(work: Work<O>) =>
    async (_: unknown, command: Command): Promise<void> =>
      setExit(await work(command.optsWithGlobals() as O));
  describeProgram(program, io);
  program.hook('preAction', (_, command) => chooseOutput(io, command));
  addWatching(program, io, does);
  addDoctor(program, io, does);
  addStarting(program, io, does);
  program
    .command('operation <id>')
    .description('show where a started operation stands')
    .addOption(options.wait())
    .addOption(options.json())
    .action(async (id: string, _: unknown, command: Command) =>
      setExit(await showOperation(io, id, command.optsWithGlobals())),
    );
  program
    .command('token')
    .description('print a bearer token for the HTTP API, for programs such as curl')
    .action(
      does(async (given: CommonOptions) => {
        io.stdout.write(`${await tokenFor(io, given)}\n`);
        return 0;
      }),
    );
  addApprovals(program, io, does);
  addRestore(program, io, does);
  addCutover(program, io, does);
  addReport(program, io, does, setExit);
  addErasure(program, io, does);
  addHold(program, io, does, setExit);
  addAudit(program, io, does, setExit);
  addEstate(program, io, does);
  addCompletion(program, io, setExit);
  for (const command of program.commands) namesOwnHelp(command, 'lifeboat');
  io.commandNames = program.commands.map((command) => command.name());
  return program;
}

/** The form of the answer, once for all commands; `--json` is short for one of them. */
function chooseOutput(io: Writable, command: Command): void {
  const { json, output } = command.optsWithGlobals<CommonOptions>();
  const isNamed = command.getOptionValueSourceWithGlobals('output') !== 'default';
  if (json === true && isNamed && output !== 'json')
    throw new Failure('bad-input', `--json and --output ${output} say different things`, 'Name one of them.');
  if (output !== 'table') command.setOptionValue('json', true);
  io.jsonLines = output === 'jsonl';
}

function describeProgram(program: Command, io: Io): void {
  program
    .description('Backups and proven restores of an estate: a client of the deployed app of each region.')
    .version(commandVersion, '-V, --version', 'show the version')
    .option(
      '--profile <file>',
      'who to talk to (default: LIFEBOAT_PROFILE, .lifeboat/profile.json here or above, ~/.config/lifeboat/profile.json)',
    )
    .option('--as <identity>', 'the identity of the profile to sign in with, such as approver')
    .addOption(new Option('--output <form>', 'how to write the answer').choices(outputs).default('table'))
    .option('--debug', 'show the stack of an unexpected error')
    .helpOption('-h, --help', 'show this help')
    .configureHelp({ showGlobalOptions: true })
    .helpCommand('help [command]', 'show the help of a command')
    .showHelpAfterError('Next: lifeboat --help')
    .addHelpText('after', examples)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void io.stdout.write(spoken(io, text)),
      writeErr: (text) => void io.stderr.write(spoken(io, text)),
      outputError: (text, write) => write(text.replace(/^error: /, 'lifeboat: ')),
    });
}

function addWatching(program: Command, io: Io, does: Does): void {
  program
    .command('status')
    .description('show every system: newest recovery point, last drill, objectives, alerts')
    .addOption(options.system())
    .addOption(options.region())
    .option(
      '--exit-code',
      'exit as after a cycle, and never 0 while a critical alert is open: 2 objective missed or damage found, 1 failed or not proven, 3 partial',
    )
    .addOption(options.json())
    .action(does((given: CommonOptions) => showStatus(io, given)));
  program
    .command('points')
    .description('show the recovery points of a system')
    .addOption(options.system())
    .addOption(options.region())
    .addOption(options.json())
    .action(does((given: CommonOptions) => showPoints(io, given)));
}

function addDoctor(program: Command, io: Io, does: Does): void {
  program
    .command('doctor')
    .description('check what a recovery rests on: access, keys, clocks, databases, stores, schedules, alerts')
    .addOption(options.region())
    .addOption(options.json())
    .action(does((given: CommonOptions) => showDoctor(io, given)));
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
  addPrune(program, io, does);
  addDrill(program, io, does);
}
