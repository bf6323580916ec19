/** `lifeboat report`: the commands about reports, with their options. */
import { Option, type Command } from 'commander';
import { options, type CommonOptions } from './commands/options.ts';
import { listReports, reportFormats, showReport, type ReportOptions } from './commands/report.ts';
import { showHistory, type HistoryCommandOptions } from './commands/report-history.ts';
import { verifyReportFile } from './commands/report-verify.ts';
import type { Does } from './commands/work.ts';
import type { Io } from './io.ts';

/** Adds `report show`, `report list`, `report history` and `report verify`. */
export function addReport(program: Command, io: Io, does: Does, setExit: (code: number) => void): void {
  const report = program
    .command('report')
    .description('show, list and verify the reports of restore drills, and their history');
  report
    .command('show', { isDefault: true })
    .description('show the report of a restore drill, its signature, or the key of its signature')
    .addOption(options.system())
    .addOption(options.region())
    .option('--drill <id>', 'the drill, or latest', 'latest')
    .addOption(new Option('--format <form>', 'how to write it').choices(reportFormats).default('text'))
    .addOption(options.json())
    .action(does((given: ReportOptions) => showReport(io, given)));
  report
    .command('list')
    .description('list the newest reports of a system, and whether each is signed')
    .addOption(options.system())
    .addOption(options.region())
    .addOption(options.json())
    .action(does((given: CommonOptions) => listReports(io, given)));
  report
    .command('history')
    .description('show RPO and RTO over the drills of a system, and whether each report verifies')
    .addOption(options.system())
    .addOption(options.region())
    .addOption(options.limit())
    .addOption(options.continuation())
    .addOption(options.json())
    .action(does((given: HistoryCommandOptions) => showHistory(io, given)));
  report
    .command('verify')
    .argument('<file>', 'the signed report (report.jws), or report.json with report.jws beside it')
    .description('verify a report without any deployment: signature, form, key, plan, chain, evidence')
    .option(
      '--key <file>',
      'a key that you trust; may be given several times (default: beside the report)',
      collect,
    )
    .option('--previous <file>', 'the report before it, JSON or JWS: also verify that it is linked')
    .option('--evidence <folder>', 'also hold the evidence files in that folder against their digests')
    .addOption(options.json())
    .action(async (file: string, _: unknown, command: Command) =>
      setExit(await verifyReportFile(io, file, command.optsWithGlobals())),
    );
}

const collect = (one: string, before: readonly string[] = []): readonly string[] => [...before, one];
