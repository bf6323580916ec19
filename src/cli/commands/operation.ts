/** `lifeboat operation`: where one run stands; with `--wait`, until it has ended. */
import type { OperationView } from '../../contracts/api/runs.ts';
import { Failure } from '../../policy/failure.ts';
import { parseInstanceId } from '../../policy/identifiers.ts';
import type { ApiClient } from '../client.ts';
import { print, printJson, viewOptions, type Io } from '../io.ts';
import { renderOperation } from '../operation-view.ts';
import { outcomeOf, type WorkExit } from '../outcome.ts';
import { askAll, openClients } from '../regions.ts';
import { hasEnded } from '../watch.ts';
import type { CommonOptions } from './options.ts';
import { watch } from './follow.ts';

export interface OperationOptions extends CommonOptions {
  readonly wait?: boolean;
}

/** Shows an operation; with `--wait` the exit code says what it came to. */
export async function showOperation(io: Io, id: string, options: OperationOptions): Promise<WorkExit> {
  const { client, view } = await findOperation(await openClients(io, options), id);
  const last = options.wait === true && !hasEnded(view) ? (await watch(io, [{ id, client }]))[0] : view;
  if (last === undefined) throw new Failure('unexpected', `${id} was not watched`, '');
  if (options.json === true) printJson(io, last);
  else print(io, renderOperation(last, viewOptions(io)));
  return options.wait === true ? outcomeOf(last).exit : 0;
}

/** The id of a run names its region; any other id is asked for everywhere. */
async function findOperation(
  clients: readonly ApiClient[],
  id: string,
): Promise<{ readonly client: ApiClient; readonly view: OperationView }> {
  const region = parseInstanceId(id)?.region;
  const named = clients.filter((client) => client.region === region);
  const { answers } = await askAll(named.length > 0 ? named : clients, async (client) => ({
    client,
    view: await client.call('operation', { params: { id } }),
  }));
  return answers[0] as (typeof answers)[number];
}
