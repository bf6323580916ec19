/**
 * Runs the checks of a drill, one after the other on each restored database. A check that cannot run is inconclusive
 * and says why; the ones after it still run.
 */
import type { OrchestrationContext } from 'durable-functions';
import type { CheckToRun, FinishedCheck, OnTarget } from '../contracts/drill.ts';
import type { CheckResult } from '../contracts/report.ts';
import { checkSeriesContract } from './check-series.ts';
import { oneCheck, unanswered } from './one-check.ts';
import { retriesIn } from './retries.ts';
import { attempt, callChild, type Step } from './step.ts';

/** Every check's result, and the newest heartbeat found in each database. */
export interface Checked {
  readonly checks: CheckResult[];
  readonly heartbeats: { database: string; newestWrittenAt: string | undefined }[];
}

/** `notRestored` says why nothing can be checked; then every check is reported as not run. */
export function* runChecks(
  ctx: OrchestrationContext,
  targets: readonly { readonly on: OnTarget; readonly checks: readonly string[] }[],
  notRestored: string | undefined,
): Step<Checked> {
  const todo = targets.flatMap(({ on, checks }) => checks.map((check) => ({ on, check })));
  const ran =
    notRestored === undefined
      ? yield* runAll(ctx, todo, targets.length === 1)
      : withoutAnswer(ctx, todo, 'not-run', `not restored: ${notRestored}`);
  const newest = new Map(
    ran.flatMap(({ database, newestHeartbeat: at }) => (at === undefined ? [] : [[database, at]])),
  );
  return {
    checks: ran.map(({ newestHeartbeat: _told, ...result }) => result),
    heartbeats: targets.map(({ on: { database } }) => ({
      database,
      newestWrittenAt: newest.get(database),
    })),
  };
}

/** So many more attempts are few enough for the history of the drill itself. */
const fewRetries = 5;

/** Those of one database are run by the drill itself, as long as little is tried again; the others by a child. */
function* runAll(
  ctx: OrchestrationContext,
  todo: readonly CheckToRun[],
  isOneDatabase: boolean,
): Step<FinishedCheck[]> {
  const ran: FinishedCheck[] = [];
  const before = retriesIn(ctx);
  for (const [index, one] of todo.entries()) {
    if (!isOneDatabase || retriesIn(ctx) - before > fewRetries)
      return [...ran, ...(yield* runInSeries(ctx, todo.slice(index)))];
    ran.push(yield* oneCheck(ctx, one));
  }
  return ran;
}

function* runInSeries(ctx: OrchestrationContext, todo: CheckToRun[]): Step<FinishedCheck[]> {
  const ended = yield* attempt(callChild(ctx, checkSeriesContract, { todo, ran: [] }));
  if ('value' in ended) return ended.value.ran;
  return withoutAnswer(ctx, todo, 'inconclusive', ended.failure.message);
}

const withoutAnswer = (
  ctx: OrchestrationContext,
  todo: readonly CheckToRun[],
  status: 'not-run' | 'inconclusive',
  reason: string,
): FinishedCheck[] => todo.map(({ on, check }) => unanswered(ctx, on.database, check, status, reason));
