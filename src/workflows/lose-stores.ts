/**
 * Plays the loss of a system's blob stores:
 *   1. plan: the newest recovery point, whose inventories say what must be there
 *   2. rebuild blobs of it from the replicas into a container of Lifeboat's own, and hash each one there
 *   3. remove the container
 * Nothing of the stores is written, and no database is restored. Whatever fails, the container is removed.
 */
import type { OrchestrationContext } from 'durable-functions';
import { planDrill, removeScratch, type PlanDrillOrder, type ScratchEnd } from '../contracts/drill.ts';
import { isoOf } from '../contracts/values.ts';
import type { Failure } from '../policy/failure.ts';
import { runChecks } from './drill-checks.ts';
import type { PlayedPlan } from './not-played.ts';
import { attempt, call, now, pause, secondsSince, type Step } from './step.ts';
import type { Timeline } from './timeline.ts';

export function* loseStores(
  ctx: OrchestrationContext,
  order: PlanDrillOrder,
  timeline: Timeline,
): Step<PlayedPlan | Failure> {
  const { system, region, cleanUpDelaySeconds } = order;
  timeline.begin('plan');
  const planned = yield* attempt(call(ctx, planDrill, order));
  if ('failure' in planned) return planned.failure;
  const { plan, point, blobs = [] } = planned.value;
  timeline.end('done', point);
  const plannedAt = isoOf(now(ctx));

  timeline.begin('rebuild');
  const from = now(ctx);
  const { checks } = yield* runChecks(
    ctx,
    blobs.map(({ database, checks: ids }) => ({ on: { system, region, plan, database }, checks: ids })),
    undefined,
  );
  const rebuildSeconds = secondsSince(ctx, from);
  const passed = checks.filter(({ status }) => status === 'passed').length;
  timeline.end(passed === checks.length ? 'done' : 'failed', `${passed} of ${checks.length} passed`);

  if (cleanUpDelaySeconds > 0) {
    timeline.begin('keep for inspection');
    yield* pause(ctx, cleanUpDelaySeconds);
    timeline.end('done', `${cleanUpDelaySeconds} s`);
  }
  const scratch = yield* removeContainer(ctx, { system, region, plan }, timeline);
  return {
    ...{ planned: planned.value, plannedAt, scratch },
    played: {
      ...{ restore: 'done', restoreDetail: '', cleanUp: [], checks, heartbeats: [], isolation: [] },
      breakdownSeconds: { restore: rebuildSeconds, reconfigure: 0, validate: 0 },
    },
  };
}

/** Removes the container of a drill; one that cannot be removed is what the reaper goes on with. */
export function* removeContainer(
  ctx: OrchestrationContext,
  on: { readonly system: string; readonly region: string; readonly plan: string },
  timeline: Timeline,
): Step<ScratchEnd> {
  timeline.begin('clean up blobs');
  const removed = yield* attempt(call(ctx, removeScratch, on));
  const end: ScratchEnd =
    'value' in removed
      ? removed.value
      : { container: 'the scratch container', outcome: 'left-over', detail: removed.failure.message };
  timeline.end(end.outcome === 'absent' ? 'done' : 'failed', `${end.container}: ${end.detail}`);
  return end;
}
