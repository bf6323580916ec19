/** `lifeboat drill`: the commands about restore drills, with their options. */
import type { Command } from 'commander';
import { showCoverage } from './commands/drill-coverage.ts';
import { reapDrillServers, showDrillServers } from './commands/drill-servers.ts';
import { options, type CommonOptions } from './commands/options.ts';
import { startDrill } from './commands/start.ts';
import type { Does } from './commands/work.ts';
import type { Io } from './io.ts';

/** Adds `drill run`, `drill coverage`, `drill servers` and `drill reap`. */
export function addDrill(program: Command, io: Io, does: Does): void {
  const drill = program
    .command('drill')
    .description('restore a recovery point into a new server, check it, and remove it again');
  drill
    .command('run', { isDefault: true })
    .description('play a restore drill of a system now')
    .addOption(options.system())
    .addOption(options.region())
    .addOption(options.point())
    .addOption(options.seed())
    .addOption(options.scenario())
    .addOption(options.cleanUpDelay())
    .addOption(options.wait())
    .addOption(options.json())
    .action(does((given: CommonOptions) => startDrill(io, given)));
  drill
    .command('coverage')
    .description('show which scenarios were played on which kind of recovery point, and what is due next')
    .addOption(options.system())
    .addOption(options.region())
    .addOption(options.json())
    .action(does((given: CommonOptions) => showCoverage(io, given)));
  drill
    .command('servers')
    .description('show the servers that drills made and that stand, what they cost, and what was removed')
    .addOption(options.system())
    .addOption(options.region())
    .addOption(options.json())
    .action(does((given: CommonOptions) => showDrillServers(io, given)));
  drill
    .command('reap')
    .description('remove now what drills left behind; by itself it goes each quarter of an hour')
    .addOption(options.system())
    .addOption(options.region())
    .addOption(options.confirm())
    .addOption(options.yes())
    .addOption(options.json())
    .action(does((given: CommonOptions) => reapDrillServers(io, given)));
}
