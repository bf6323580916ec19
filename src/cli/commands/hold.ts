/**
 * `lifeboat hold set | list | release`: legal holds. Whoever sets one is told what it finds, and loudly what it came too
 * late for; who releases one names it, and need not know where it is kept.
 */
import type { HoldsResponse } from '../../contracts/holds.ts';
import { Failure } from '../../policy/failure.ts';
import type { ApiClient } from '../client.ts';
import { renderHolds, renderReleased, renderSet, tooLate } from '../holds-view.ts';
import { print, printJson, say, sayFailure, viewOptions, type Io } from '../io.ts';
import type { WorkExit } from '../outcome.ts';
import { askAll, chooseTarget, openClients } from '../regions.ts';
import { holdsOf } from '../whole-lists.ts';
import type { CommonOptions } from './options.ts';

/** What `hold set` takes; the reason is there, what is held is checked here. */
export interface NewHold extends CommonOptions {
  readonly point?: string;
  readonly from?: string;
  readonly to?: string;
  readonly everything?: boolean;
  readonly reason: string;
  readonly until?: string;
}

/** What is to be held as the API takes it; throws `bad-input` unless exactly one thing is named. */
export function subjectOf({
  point,
  from,
  to,
  everything,
}: NewHold): { point: string } | { from: string; to: string } | { everything: true } {
  const isTime = from !== undefined || to !== undefined;
  const named = [point !== undefined, isTime, everything === true].filter(Boolean).length;
  if (named === 1) {
    if (point !== undefined) return { point };
    if (everything === true) return { everything };
    if (from !== undefined && to !== undefined) return { from, to };
  }
  throw new Failure(
    'bad-input',
    named > 1 ? 'More than one thing to hold is named.' : 'It is not said what is to be held.',
    'Name one of: --point ID, --from T with --to T, --everything.',
  );
}

/** Sets a hold; exits 3 if the deletion of something that it holds had begun before. */
export async function setNewHold(io: Io, options: NewHold): Promise<WorkExit> {
  const what = subjectOf(options);
  const { client, system } = await chooseTarget(await openClients(io, options), options);
  const { reason, until } = options;
  const set = await client.call('setHold', {
    body: { system, what, reason, ...(until === undefined ? {} : { until }) },
  });
  if (options.json === true) printJson(io, set);
  else print(io, renderSet(set, viewOptions(io)));
  const late = tooLate(set);
  if (late !== undefined) say(io, late);
  return late === undefined ? 0 : 3;
}

/** Shows the holds; exits 3 if a region gave no answer, 1 if a hold cannot be read. */
export async function showHolds(
  io: Io,
  options: CommonOptions & { readonly all?: boolean },
): Promise<WorkExit> {
  const { system, all = false } = options;
  const clients = await openClients(io, options);
  const { answers, unanswered } = await askAll(clients, (client) => holdsThere(client, system, all));
  const found = answers.filter((one) => one !== undefined);
  if (found.length === 0)
    throw new Failure(
      'not-found',
      `No system "${system}" is protected in ${clients.map(({ region }) => region).join(', ')}.`,
      'See which there are with: lifeboat status',
    );
  const holds = {
    holds: found.flatMap((one) => one.holds),
    damaged: found.flatMap((one) => one.damaged),
  };
  if (options.json === true) printJson(io, holds, holds.holds);
  else print(io, renderHolds(holds, viewOptions(io)));
  for (const { client, failure } of unanswered) sayFailure(io, failure, `${client.region}: NO ANSWER: `);
  if (holds.damaged.length > 0) return 1;
  return unanswered.length > 0 ? 3 : 0;
}

/** The holds of a region; undefined if the system does not stand in it. */
async function holdsThere(
  client: ApiClient,
  system: string | undefined,
  all: boolean,
): Promise<HoldsResponse | undefined> {
  try {
    return await holdsOf(client, system, all);
  } catch (thrown) {
    if (system !== undefined && thrown instanceof Failure && thrown.code === 'not-found') return undefined;
    throw thrown;
  }
}

/** Releases a hold, wherever it is kept; every region that may have it must answer. */
export async function releaseNamedHold(
  io: Io,
  id: string,
  options: CommonOptions & { readonly reason: string },
): Promise<WorkExit> {
  const { client, system } = await ownerOf(await openClients(io, options), id, options.system);
  const { hold } = await client.call('releaseHold', {
    params: { id },
    body: { reason: options.reason, system },
  });
  if (options.json === true) printJson(io, { hold });
  else print(io, renderReleased(hold, viewOptions(io)));
  return 0;
}

async function ownerOf(
  clients: readonly ApiClient[],
  id: string,
  system: string | undefined,
): Promise<{ readonly client: ApiClient; readonly system: string }> {
  const [first] = clients;
  if (system !== undefined && first !== undefined && clients.length === 1) return { client: first, system };
  const owners = await Promise.all(
    clients.map(async (client) => {
      const { holds, damaged } = (await holdsThere(client, system, true)) ?? { holds: [], damaged: [] };
      const systems = [
        ...holds.filter((one) => one.id === id).map((one) => one.system),
        ...damaged.filter(({ path }) => path.endsWith(`/${id}.json`)).map((one) => one.system),
      ];
      return systems.map((one) => ({ client, system: one }));
    }),
  );
  const [owner, ...others] = owners.flat();
  if (owner !== undefined && others.length === 0) return owner;
  if (owner === undefined)
    throw new Failure(
      'not-found',
      `There is no hold ${id}.`,
      'See which there are with: lifeboat hold list --all',
    );
  const choices = [owner, ...others].map((one) => `  --system ${one.system} --region ${one.client.region}`);
  throw new Failure(
    'bad-input',
    `Several systems have a hold ${id}:\n${choices.join('\n')}`,
    'Name one of them.',
  );
}
