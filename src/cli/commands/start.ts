/**
 * `lifeboat cycle | snapshot | scan | prune | drill`: starts work, and with `--wait` follows it to its end. What was started goes on
 * whether or not somebody watches it; a person who stops watching is told how to come back.
 */
import type { OperationView, StartedResponse, StatusResponse } from '../../contracts/api.ts';
import type { z } from 'zod';
import type { askedScenario } from '../../contracts/drill.ts';
import { Failure } from '../../policy/failure.ts';
import type { ApiClient } from '../client.ts';
import { print, printJson, say, sayFailure, viewOptions, type Io } from '../io.ts';
import { liveProgress, type Live } from '../live.ts';
import { confirmDeed, type Confirmed } from '../confirm.ts';
import { renderOperation } from '../operation-view.ts';
import { outcomeOf, worstExit, type WorkExit } from '../outcome.ts';
import { palette, wantsColor } from '../palette.ts';
import { askAll, askEach, chooseTarget, findTargets, openClients, type Unanswered } from '../regions.ts';
import { renderSummary } from '../summary.ts';
import { table } from '../table.ts';
import { watchOperations } from '../watch.ts';
import type { CommonOptions } from './options.ts';
import { scanOrderOf, type ScanOptions } from './scan.ts';

export interface StartOptions extends CommonOptions {
  readonly wait?: boolean;
  readonly point?: string;
  readonly seed?: number;
  readonly scenario?: z.infer<typeof askedScenario>;
  readonly cleanUpDelay?: number;
  readonly dryRun?: boolean;
}

/** A run that was started, and whom to ask about it. */
interface Started {
  readonly client: ApiClient;
  readonly operation: StartedResponse['operations'][number];
}

/** Starts the cycle: of every system in every region, or of those that the options name. */
export async function startCycles(io: Io, options: StartOptions): Promise<WorkExit> {
  const clients = await openClients(io, options);
  const delay = delayOf(options);
  const { system } = options;
  const asked =
    system === undefined || options.region !== undefined
      ? clients
      : (await findTargets(clients, options)).map((one) => one.client);
  const body = system === undefined ? delay : { system, ...delay };
  const { answers, unanswered } = await askAll(asked, async (client) =>
    startedBy(client, await client.startCycle(body)),
  );
  return follow(io, options, answers.flat(), unanswered);
}

/** Starts a snapshot of one system. */
export async function startSnapshot(io: Io, options: StartOptions): Promise<WorkExit> {
  const { client, system } = await chooseTarget(await openClients(io, options), options);
  return follow(io, options, startedBy(client, await client.startSnapshot({ system })), []);
}

/** Starts an integrity scan of one system. */
export async function startScan(io: Io, options: ScanOptions): Promise<WorkExit> {
  const order = scanOrderOf(options);
  const { client, system } = await chooseTarget(await openClients(io, options), options);
  return follow(io, options, startedBy(client, await client.startScan({ system, ...order })), []);
}

/** Starts a prune of one system, or its dry run, or carries out a plan that was held. */
export async function startPrune(
  io: Io,
  options: StartOptions & Confirmed & { readonly plan?: string },
): Promise<WorkExit> {
  const { client, system } = await chooseTarget(await openClients(io, options), options);
  const what = options.plan === undefined ? 'what is past its retention window' : 'what the plan names';
  const sentence = `Deletes of ${system} in ${client.region} for good ${what}; --dry-run shows it first.`;
  if (options.dryRun !== true) await confirmDeed(io, { name: system, sentence }, options);
  const response = await client.startPrune({
    system,
    ...(options.dryRun === true ? { dryRun: true } : {}),
    ...(options.plan === undefined ? {} : { plan: options.plan }),
  });
  return follow(io, options, startedBy(client, response), []);
}

/** Starts a repair of what the newest scan, or one that is named, found damaged; or its dry run. */
export async function startRepair(
  io: Io,
  options: StartOptions & { readonly scan?: string },
): Promise<WorkExit> {
  const { client, system } = await chooseTarget(await openClients(io, options), options);
  const response = await client.startRepair({
    system,
    ...(options.scan === undefined ? {} : { scan: options.scan }),
    ...(options.dryRun === true ? { dryRun: true } : {}),
  });
  return follow(io, options, startedBy(client, response), []);
}

/** Starts a restore drill of one system. */
export async function startDrill(io: Io, options: StartOptions): Promise<WorkExit> {
  const { client, system } = await chooseTarget(await openClients(io, options), options);
  const { point, seed, scenario } = options;
  const response = await client.startDrill({
    system,
    ...(point === undefined ? {} : { point }),
    ...(seed === undefined ? {} : { seed }),
    ...(scenario === undefined ? {} : { scenario }),
    ...delayOf(options),
  });
  return follow(io, options, startedBy(client, response), []);
}

const delayOf = ({ cleanUpDelay }: StartOptions): { cleanUpDelaySeconds?: number } =>
  cleanUpDelay === undefined ? {} : { cleanUpDelaySeconds: cleanUpDelay };

export const startedBy = (client: ApiClient, { operations }: StartedResponse): Started[] =>
  operations.map((operation) => ({ client, operation }));

/** Says what was started; with `--wait`, watches it and says what it came to. */
export async function follow(
  io: Io,
  options: StartOptions,
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
  const live = liveProgress({ stream: io.stderr, now: io.now, color: wantsColor(io.stderr, io.env) });
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
  const usual = await client.usualCourse(id).catch(() => undefined);
  if (usual !== undefined) live.expect(id, usual);
}

function showStarted(io: Io, { json }: StartOptions, started: readonly Started[]): void {
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
  const { answers, unanswered } = await askEach(clients, (client) => client.status());
  for (const { client, failure } of unanswered) sayFailure(io, failure, `${client.region}: no summary: `);
  const isWanted = (system: string, region: string): boolean =>
    drilled.some((view) => view.system === system && view.region === region);
  return answers.map((status) => ({
    ...status,
    systems: status.systems.filter((one) => isWanted(one.system, one.region)),
  }));
}
