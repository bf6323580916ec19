/** `lifeboat scan` and `lifeboat repair`: the commands about blobs, with their options. */
import { Option, type Command } from 'commander';
import { pointId } from '../contracts/documents.ts';
import { checked, options, type CommonOptions } from './commands/options.ts';
import { showFindings } from './commands/scan.ts';
import { startRepair, startScan } from './commands/start.ts';
import type { Does } from './commands/work.ts';
import { addDecision } from './decision-command.ts';
import type { Io } from './io.ts';

/** Adds `scan run` and `scan findings`. */
export function addScan(program: Command, io: Io, does: Does): void {
  const scan = program.command('scan').description('re-hash the blobs of a system, and show what was found');
  scan
    .command('run', { isDefault: true })
    .description('re-hash now what the scrub cycle asks for, new blobs and those known to be bad')
    .addOption(options.system())
    .addOption(options.region())
    .option('--full', 're-hash every blob')
    .option('--new', 'only blobs that no scan has read yet')
    .option('--known-bad', 'only blobs that an earlier scan found damaged')
    .addOption(options.shard())
    .addOption(options.store())
    .addOption(options.wait())
    .addOption(options.json())
    .action(does((given: CommonOptions) => startScan(io, given)));
  scan
    .command('findings')
    .description('show everything that a scan found, and how much of each store it covers')
    .addOption(options.system())
    .addOption(options.region())
    .addOption(options.findingsOf())
    .addOption(options.verdict())
    .addOption(options.json())
    .action(does((given: CommonOptions) => showFindings(io, given)));
}

/** Adds `repair run` and `repair decision`. */
export function addRepair(program: Command, io: Io, does: Does): void {
  const repair = program
    .command('repair')
    .description('put blobs right that a scan found damaged, from a good copy');
  repair
    .command('run', { isDefault: true })
    .description('write a plan, and repair what is approved or what the estate lets repair itself')
    .addOption(options.system())
    .addOption(options.region())
    .addOption(options.repairsOf())
    .addOption(
      new Option('--point <id>', 'only blobs that this recovery point refers to').argParser(checked(pointId)),
    )
    .addOption(options.store())
    .option('--dry-run', 'only write the plan: what would be repaired, and from where')
    .addOption(options.wait())
    .addOption(options.json())
    .action(does((given: CommonOptions) => startRepair(io, given)));
  addDecision(repair, io, does, 'a plan', options.plan());
}
