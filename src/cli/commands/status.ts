/** `lifeboat status`: every system in every region at a glance. A region that gives no answer is shown as such. */
import type { StatusResponse } from '../../contracts/api/status.ts';
import { print, printJson, say, viewOptions, type Io } from '../io.ts';
import type { WorkExit } from '../outcome.ts';
import { askAll, openClients, unknownSystem, type Unanswered } from '../regions.ts';
import { exitOfStatus } from '../status-exit.ts';
import { renderStatus } from '../status-view.ts';
import type { CommonOptions } from './options.ts';

export interface StatusOptions extends CommonOptions {
  readonly exitCode?: boolean;
}

/** Shows the status; exits 3 if a region gave no answer, and by the state of the systems and their open alerts with `--exit-code`. */
export async function showStatus(io: Io, options: StatusOptions): Promise<WorkExit> {
  const clients = await openClients(io, options);
  const { answers, unanswered } = await askAll(clients, (client) => client.call('status', {}));
  const statuses = answers.map((status) => narrowed(status, options.system));
  if (options.system !== undefined && statuses.every(({ systems }) => systems.length === 0)) {
    throw unknownSystem(options.system, answers);
  }
  show(io, options, statuses, unanswered);
  const unansweredRegions = unanswered.length;
  if (options.exitCode === true) return exitOfStatus(statuses, { unansweredRegions });
  return unansweredRegions > 0 ? 3 : 0;
}

/** The status of one system alone, or of all. */
function narrowed(status: StatusResponse, system: string | undefined): StatusResponse {
  if (system === undefined) return status;
  const isIt = (one: { readonly system: string }): boolean => one.system === system;
  const gone = status.unprotected?.filter(isIt);
  return {
    ...status,
    systems: status.systems.filter(isIt),
    ...(gone === undefined ? {} : { unprotected: gone }),
  };
}

function show(io: Io, { json }: StatusOptions, statuses: StatusResponse[], unanswered: Unanswered[]): void {
  if (json === true) {
    const silent = unanswered.map(({ client: { region, url }, failure }) => ({
      region,
      url,
      ...failure.facts(),
    }));
    return printJson(io, { regions: statuses, unanswered: silent }, [
      ...statuses.flatMap(({ systems }) => systems),
      ...silent,
    ]);
  }
  const silent = unanswered.map(({ client: { region, url }, failure }) => ({
    region,
    url,
    message: failure.message,
  }));
  print(io, [renderStatus(statuses, silent, viewOptions(io)).trimEnd()]);
  for (const { failure } of unanswered) say(io, `Next: ${failure.hint}`);
}
