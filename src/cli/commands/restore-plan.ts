/** `lifeboat restore plan`: what a restore would do, lose, take and cost, and the digest by which it is asked for. */
import type { RestorePlanResponse } from '../../contracts/api/restores.ts';
import { pointId } from '../../contracts/documents.ts';
import type { RestoreTo } from '../../contracts/restore.ts';
import { Failure } from '../../policy/failure.ts';
import { print, printJson, say, viewOptions, type Io } from '../io.ts';
import type { WorkExit } from '../outcome.ts';
import { chooseTarget, openClients } from '../regions.ts';
import { renderRestorePlan } from '../restore-plan-view.ts';
import type { CommonOptions } from './options.ts';
import { startRepair } from './start.ts';

export interface RestorePlanOptions extends CommonOptions {
  readonly to: RestoreTo;
  readonly name?: string;
  readonly database?: string;
  readonly tables?: string[];
  readonly blobs?: boolean;
  readonly store?: string;
}

/** Has a restore planned and shows the plan. */
export async function showRestorePlan(io: Io, options: RestorePlanOptions): Promise<WorkExit> {
  if (options.blobs === true) return planBlobs(io, options);
  const wrong = wrongWithout(options);
  if (wrong !== undefined) throw new Failure('bad-input', wrong, `${wholeOrPart}; nothing was planned.`);
  const { client, system } = await chooseTarget(await openClients(io, options), options);
  const { to, name, database, tables } = options;
  const answer: RestorePlanResponse = await client.call('planRestore', {
    body: { system, to, name, database, tables },
  });
  if (options.json === true) printJson(io, answer);
  else print(io, renderRestorePlan(answer, viewOptions(io)));
  return 0;
}

const wholeOrPart =
  'Name the new server with --name, or choose tables with --tables, or blobs alone with --blobs';

function wrongWithout({ name, tables, store }: RestorePlanOptions): string | undefined {
  if (store !== undefined) return '--store is for blobs alone';
  return name === undefined && tables === undefined
    ? 'none of --name, --tables and --blobs is given'
    : undefined;
}

/** Blobs need no server: they come back where they were, by a repair of what the newest scan found. */
async function planBlobs(io: Io, { to, store, ...options }: RestorePlanOptions): Promise<WorkExit> {
  const point = to === 'latest' ? undefined : pointId.safeParse(to).data;
  if (to !== 'latest' && point === undefined)
    throw new Failure(
      'bad-input',
      `no recovery point says which blobs belonged to ${to}`,
      'Name a recovery point (lifeboat points), or latest for all that are damaged; nothing was planned.',
    );
  const { name: _, ...common } = options;
  const scope = { ...(point === undefined ? {} : { point }), ...(store === undefined ? {} : { store }) };
  const exit = await startRepair(io, { ...common, ...scope, dryRun: true, wait: true });
  const { system, region } = options;
  const words = Object.entries({ system, region, ...scope }).filter(([, value]) => value !== undefined);
  const named = words.map(([option, value]) => ` --${option} ${value}`).join('');
  if (exit === 0)
    say(
      io,
      `Where it names blobs, they are repaired once another person approves it, with:\n  lifeboat repair run${named}`,
    );
  return exit;
}
