/** `lifeboat restore plan`: what a restore would do, lose, take and cost, and the digest by which it is asked for. */
import type { RestorePlanResponse } from '../../contracts/api/restores.ts';
import type { RestoreTo } from '../../contracts/restore.ts';
import { Failure } from '../../policy/failure.ts';
import { print, printJson, viewOptions, type Io } from '../io.ts';
import type { WorkExit } from '../outcome.ts';
import { chooseTarget, openClients } from '../regions.ts';
import { renderRestorePlan } from '../restore-plan-view.ts';
import type { CommonOptions } from './options.ts';

export interface RestorePlanOptions extends CommonOptions {
  readonly to: RestoreTo;
  readonly name?: string;
  readonly database?: string;
  readonly tables?: string[];
}

/** Has a restore planned and shows the plan. */
export async function showRestorePlan(io: Io, options: RestorePlanOptions): Promise<WorkExit> {
  if (options.name === undefined && options.tables === undefined)
    throw new Failure(
      'bad-input',
      'neither --name nor --tables is given',
      'Name the new server with --name, or choose tables with --tables; nothing was planned.',
    );
  const { client, system } = await chooseTarget(await openClients(io, options), options);
  const { to, name, database, tables } = options;
  const answer: RestorePlanResponse = await client.call('planRestore', {
    body: { system, to, name, database, tables },
  });
  if (options.json === true) printJson(io, answer);
  else print(io, renderRestorePlan(answer, viewOptions(io)));
  return 0;
}
