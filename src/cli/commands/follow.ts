/**
 * What was started, followed to its end. It goes on whether or not somebody watches it; a person who stops watching is told
 * how to come back.
 */
import type { OperationView, StartedResponse } from '../../contracts/api/runs.ts';
import type { StatusResponse } from '../../contracts/api/status.ts';
import { Failure } from '../../policy/failure.ts';
import type { ApiClient } from '../client.ts';
import { print, printJson, say, sayFailure, spoken, viewOptions, type Io } from '../io.ts';
import { liveProgress, type Live } from '../live.ts';
import { renderOperation } from '../operation-view.ts';
import { outcomeOf, worstExit, type WorkExit } from '../outcome.ts';
import { palette, wantsColor } from '../palette.ts';
import { askEach, type Unanswered } from '../regions.ts';
import { renderSummary } from '../summary.ts';
import { table } from '../table.ts';
import { watchOperations } from '../watch.ts';
import type { CommonOptions } from './options.ts';

/** What says whether it is waited for, and how the answer is written. */
export type FollowOptions = CommonOptions & { readonly wait?: boolean };

/** A run that was started, and whom to ask about it. */
interface Started {
  readonly client: ApiClient;
  readonly operation: StartedResponse['operations'][number];
}

/** What an app started. */
export const startedBy = (client: ApiClient, { operations }: StartedResponse): Started[] =>
  operations.map((operation) => ({ client, operation }));

/** Says what was started; with `--wait`, watches it and says what it came to. */
export async function follow(
  io: Io,
  options: FollowOptions,
  started: readonly Started[],
  unanswered: readonly Unanswered[],
): Promise<WorkExit> {
  for (const { client, failure } of unanswered)
    sayFailure(io, failure, `${client.region}: nothing was started: `);
  if (started.length === 0)
    throw new Failure(
      'not-found',
      'Nothing was started: no system is protected there.',
      'Add one to the estate file.',
    );
  const partial: WorkExit = unanswered.length > 0 ? 3 : 0;
  if (options.wait !== true) {
    showStarted(io, options, started);
    return partial;
  }
  const views = await watch(
    io,
    started.map(({ client, operation }) => ({ id: operation.id, client })),
  );
  if (options.json === true) printJson(io, { operations: views }, views);
  else await showEnded(io, started, views);
  return worstExit([...views.map((view) => outcomeOf(view).exit), partial]);
}

/** Watches with live progress on standard error; says how to go on when it is interrupted. */
export async function watch(
  io: Io,
  operations: readonly { readonly id: string; readonly client: ApiClient }[],
): Promise<OperationView[]> {
  const live = liveProgress({
    ...{ stream: io.stderr, now: io.now, color: wantsColor(io.stderr, io.env) },
    spoken: (text) => spoken(io, text),
  });
  if (io.stderr.isTTY === true) for (const one of operations) void expectUsual(live, one);
  try {
    return await watchOperations(operations, {
      report: (view) => live.report(view),
      trouble: (id, failure) => live.trouble(id, failure),
      signal: io.signal,
    });
  } catch (error) {
    live.stop();
    say(
      io,
      [
        'What was started goes on; watch it again with:',
        ...operations.map(({ id }) => `  lifeboat operation ${id} --wait`),
      ].join('\n'),
    );
    throw error;
  } finally {
    live.stop();
  }
}

/** What is expected is told when it comes; without it nothing is. */
async function expectUsual(
  live: Live,
  { id, client }: { readonly id: string; readonly client: ApiClient },
): Promise<void> {
  const usual = await client.call('usualCourse', { params: { id } }).catch(() => undefined);
  if (usual !== undefined) live.expect(id, usual);
}

function showStarted(io: Io, { json }: FollowOptions, started: readonly Started[]): void {
  const operations = started.map(({ operation }) => operation);
  if (json === true) return printJson(io, { operations }, operations);
  const { width, color } = viewOptions(io);
  const columns = [
    { header: 'STARTED' },
    { header: 'SYSTEM', shrink: true },
    { header: 'REGION', shrink: true },
    { header: 'OPERATION', shrink: true },
  ];
  const rows = operations.map(({ kind, system, region, id }) => [kind, system, region, id]);
  print(io, table(columns, rows, { width, paintHeader: palette(color).faint }));
  say(io, `Watch one with: lifeboat operation ${operations[0]?.id ?? ''} --wait`);
}

/** How each operation ended that is not shown by the summary, then the summary of the systems that were drilled. */
async function showEnded(
  io: Io,
  started: readonly Started[],
  views: readonly OperationView[],
): Promise<void> {
  const isDrilled = (view: OperationView): boolean => outcomeOf(view).drill !== undefined;
  const alone = views.filter((view) => !isDrilled(view) || outcomeOf(view).exit !== 0);
  if (alone.length > 0) print(io, [...alone.flatMap((view) => renderOperation(view, viewOptions(io)))]);
  const drilled = views.filter(isDrilled);
  if (drilled.length === 0) return;
  const clients = new Set(
    started.filter((_, index) => drilled.includes(views[index] as OperationView)).map(({ client }) => client),
  );
  const statuses = await statusesAfter(io, [...clients], drilled);
  if (statuses.length > 0)
    print(io, [...(alone.length > 0 ? [''] : []), renderSummary(statuses, viewOptions(io)).trimEnd()]);
}

/** What the regions say about the drilled systems; the outcome stands without it, so a silent region is only told. */
async function statusesAfter(
  io: Io,
  clients: readonly ApiClient[],
  drilled: readonly OperationView[],
): Promise<StatusResponse[]> {
  const { answers, unanswered } = await askEach(clients, (client) => client.call('status', {}));
  for (const { client, failure } of unanswered) sayFailure(io, failure, `${client.region}: no summary: `);
  const isWanted = (system: string, region: string): boolean =>
    drilled.some((view) => view.system === system && view.region === region);
  return answers.map((status) => ({
    ...status,
    systems: status.systems.filter((one) => isWanted(one.system, one.region)),
  }));
}
