/** `lifeboat approvals`, `approve` and `reject`: what waits for a second person, with their options. */
import { InvalidArgumentError, type Command } from 'commander';
import { decideOn, showApproval, showApprovals, type DecideOptions } from './commands/approvals.ts';
import { options, type CommonOptions } from './commands/options.ts';
import type { Does } from './commands/work.ts';
import type { Io } from './io.ts';

const descriptions = {
  approve: 'approve what another person asked for: a prune, a repair, a weaker estate, a restore, a cutover',
  reject: 'reject what another person asked for',
} as const;

/** Adds the three. */
export function addApprovals(program: Command, io: Io, does: Does): void {
  program
    .command('approvals')
    .argument('[id]', 'one of them, by its id or its digest: with everything that it would do', idOf)
    .description('show what waits for a second person: everywhere, or of those named')
    .addOption(options.system())
    .addOption(options.region())
    .addOption(options.json())
    .action((id: string | undefined, given: unknown, command: Command) =>
      does((asked: CommonOptions) =>
        id === undefined ? showApprovals(io, asked) : showApproval(io, id, asked),
      )(given, command),
    );
  for (const decision of ['approve', 'reject'] as const) {
    const command = program
      .command(decision)
      .argument('<id>', 'its id or its digest, as "lifeboat approvals" and the alert name them', idOf)
      .description(descriptions[decision])
      .addOption(options.system())
      .addOption(options.region())
      .addOption(options.reason());
    if (decision === 'approve') command.addOption(options.confirm()).addOption(options.yes());
    command
      .addOption(options.json())
      .action((id: string, given: unknown, parsed: Command) =>
        does((asked: DecideOptions) => decideOn(io, decision, { id, options: asked }))(given, parsed),
      );
  }
}

const ids = /^(?:(?:prune|repair|restore|cutover)-\d{8}T\d{6}Z|estate|sha256-[0-9a-f]{64})$/;

function idOf(text: string): string {
  if (ids.test(text)) return text;
  throw new InvalidArgumentError(
    'It must be a run such as prune-20260301T010000Z, "estate", or sha256- and 64 hexadecimal digits.',
  );
}
