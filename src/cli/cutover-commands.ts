/** `lifeboat cutover`: the commands about cutovers to what was restored, and about the way back, with their options. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { cutoverId } from '../contracts/cutover-plan.ts';
import { restoreId } from '../contracts/restore-request.ts';
import { shortId } from '../contracts/values.ts';
import {
  cancelCutover,
  goBack,
  goOnAlone,
  requestCutover,
  showCutover,
  showCutoverPlan,
  showCutovers,
  type BackOptions,
  type CutoverPlanOptions,
  type CutoverRequestOptions,
} from './commands/cutover.ts';
import { checked, options, type CommonOptions } from './commands/options.ts';
import type { Does } from './commands/work.ts';
import type { Io } from './io.ts';

const anId = 'the cutover, such as cutover-20260301T013000Z';

const hookIds = (text: string, before: readonly string[] = []): string[] => {
  if (shortId.safeParse(text).success) return [...before, text];
  throw new InvalidArgumentError('It must be the id of a hook of the estate file.');
};
const withoutOption = (what: string): Option => new Option('--without <hook>', what).argParser(hookIds);

/** Adds `cutover` and its commands. */
export function addCutover(program: Command, io: Io, does: Does): void {
  const cutover = program
    .command('cutover')
    .description('point a system at what was restored, by the hooks of the estate, and back');
  const named = (
    name: string,
    description: string,
    id = anId,
    shape: typeof cutoverId = cutoverId,
  ): Command =>
    cutover
      .command(name)
      .argument('<id>', id, checked(shape))
      .description(description)
      .addOption(options.system())
      .addOption(options.region());
  const withId =
    <T extends CommonOptions>(work: (id: string, given: T) => ReturnType<typeof showCutover>) =>
    (id: string, given: unknown, command: Command): Promise<void> | void =>
      does((asked: T) => work(id, asked))(given, command);

  named(
    'plan',
    'show what a cutover to a restore would do and lose; nothing is started',
    'the restore, such as restore-20260301T013000Z',
    restoreId,
  )
    .addOption(withoutOption('leave this hook out; again for another one'))
    .addOption(options.json())
    .action(withId((id: string, given: CutoverPlanOptions) => showCutoverPlan(io, id, given)));
  cutover
    .command('request')
    .description('ask for a cutover by its plan; another person must approve it')
    .addOption(options.system())
    .addOption(options.region())
    .addOption(options.plan())
    .addOption(options.confirm())
    .addOption(options.yes())
    .addOption(options.reason())
    .addOption(options.wait())
    .addOption(options.json())
    .action(does((given: CutoverRequestOptions) => requestCutover(io, given)));
  named(
    'back',
    'take back what a cutover did, the last hook first; approved anew unless it failed in the middle',
  )
    .addOption(withoutOption('a hook that was taken back by hand; again for another one'))
    .option('--dry-run', 'only show the plan')
    .addOption(options.confirm())
    .addOption(options.yes())
    .addOption(options.reason())
    .addOption(options.wait())
    .addOption(options.json())
    .action(withId((id: string, given: BackOptions) => goBack(io, id, given)));
  named('show', 'show a cutover: what was said to it, how its hooks went, its plan')
    .addOption(options.json())
    .action(withId((id: string, given: CommonOptions) => showCutover(io, id, given)));
  cutover
    .command('list')
    .description('show the cutovers of a system, the newest first, and the one that is in force')
    .addOption(options.system())
    .addOption(options.region())
    .addOption(options.json())
    .action(does((given: CommonOptions) => showCutovers(io, given)));
  named('break-glass', 'go on alone where nobody has decided for long enough; everybody is told')
    .addOption(options.digest())
    .addOption(options.reason())
    .addOption(options.json())
    .action(withId((id: string, given: Parameters<typeof goOnAlone>[2]) => goOnAlone(io, id, given)));
  named('cancel', 'cancel a cutover that nobody has permitted yet')
    .addOption(options.reason())
    .addOption(options.json())
    .action(withId((id: string, given: Parameters<typeof cancelCutover>[2]) => cancelCutover(io, id, given)));
}
