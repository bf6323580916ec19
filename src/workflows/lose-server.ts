/**
 * Plays the loss of a server with servers of Lifeboat's own:
 *   1. plan: the newest recovery point, and a new server for each of its databases
 *   2. restore them, wait until the provider holds a backup of each, write known rows, wait until they can be restored
 *   3. drop them: from then on the disaster is declared
 *   4. plan and play the revival: what the provider keeps of the dropped servers comes back into others
 * Whatever fails on the way, every server is removed; what could not be staged says why.
 */
import type { OrchestrationContext } from 'durable-functions';
import {
  awaitFirstBackup,
  planDrill,
  type OnTarget,
  type PlanDrillOrder,
  type PlannedDrill,
  type Played,
  type RestoreOutcome,
} from '../contracts/drill.ts';
import { writeLastRows } from '../contracts/exercise.ts';
import { instantOf, isoOf } from '../contracts/values.ts';
import { Failure } from '../policy/failure.ts';
import { unplayed, type MadeServers, type PlayedPlan } from './not-played.ts';
import { isolationOf, onTargetsOf, playPoint, removeAll, restoreAll } from './play-point.ts';
import { attempt, call, now, pause, secondsSince, type Step } from './step.ts';
import { onEachTarget } from './target-operation.ts';
import type { Timeline } from './timeline.ts';

type Lost = NonNullable<PlanDrillOrder['lost']>;

export function* loseServer(
  ctx: OrchestrationContext,
  order: PlanDrillOrder,
  timeline: Timeline,
): Step<PlayedPlan | Failure> {
  const { system, region } = order;
  timeline.begin('plan');
  const first = yield* attempt(call(ctx, planDrill, order));
  if ('failure' in first) return first.failure;
  const plan = { planned: first.value, plannedAt: isoOf(now(ctx)) };
  timeline.end('done', plan.planned.point);

  const play = { planned: plan.planned, system, region, cleanUpDelaySeconds: 0 };
  const onTargets = onTargetsOf(play);
  timeline.begin('restore what is to be lost');
  const restores = yield* restoreAll(ctx, play, onTargets);
  const broken = restores.find(({ state }) => state !== 'ready');
  timeline.end(broken === undefined ? 'done' : 'failed', broken?.detail ?? `${restores.length} server(s)`);
  const staged = yield* attempt(stage(ctx, plan.planned, broken === undefined ? onTargets : [], timeline));
  if ('failure' in staged) timeline.end('failed', staged.failure.message);

  timeline.begin('drop');
  const droppedAt = isoOf(now(ctx));
  const removed = yield* removeAll(ctx, play, onTargets);
  const left = removed.find(({ outcome }) => outcome === 'left-over');
  timeline.end(left === undefined ? 'done' : 'failed', left?.detail ?? `${removed.length} server(s) absent`);
  const stoodSeconds = secondsSince(ctx, instantOf(plan.plannedAt));
  const made = {
    cleanUp: removed.map((one) => ({ ...one, stoodSeconds })),
    isolation: isolationOf(restores),
  };
  if (broken !== undefined) return { ...plan, played: notRestored(broken, made) };
  if ('failure' in staged) return unplayed(plan, staged.failure.message, made);
  if (left !== undefined) return unplayed(plan, `a server could not be dropped: ${left.detail}`, made);

  return yield* revive(ctx, order, timeline, {
    ...{ plan, made, lost: { plan: plan.planned.plan, exercise: staged.value, droppedAt } },
  });
}

/** Makes the servers worth losing: a backup that the provider holds, then rows that must come back. */
function* stage(
  ctx: OrchestrationContext,
  { plan, deadlines }: PlannedDrill,
  onTargets: readonly OnTarget[],
  timeline: Timeline,
): Step<string> {
  const [some] = onTargets;
  if (some === undefined) return '';
  timeline.begin('wait for a backup of it');
  const wait = { activity: awaitFirstBackup.name, deadlineSeconds: deadlines.restoreSeconds };
  const held = yield* onEachTarget(
    ctx,
    onTargets.map((on) => ({ ...wait, on })),
  );
  for (const [index, { state, detail }] of held.entries())
    if (state !== 'done')
      throw new Failure(
        'unavailable',
        `the provider holds no backup of ${onTargets[index]?.database}: ${detail}`,
        'Without one a dropped server cannot be revived.',
      );
  timeline.end('done', `${onTargets.length} server(s)`);

  timeline.begin('write rows');
  const { system, region } = some;
  const written = yield* call(ctx, writeLastRows, { system, region, plan });
  timeline.end('done', `${written.rows} rows until ${written.lastInstant}`);

  timeline.begin('wait until restorable');
  yield* pause(ctx, written.restorableAfterSeconds);
  timeline.end('done', `${written.restorableAfterSeconds} s`);
  return written.exercise;
}

/** What was dropped comes back into other servers, which are checked and removed like those of any drill. */
function* revive(
  ctx: OrchestrationContext,
  order: PlanDrillOrder,
  timeline: Timeline,
  dropped: {
    readonly plan: Pick<PlayedPlan, 'planned' | 'plannedAt'>;
    readonly made: MadeServers;
    readonly lost: Lost;
  },
): Step<PlayedPlan> {
  const { system, region, cleanUpDelaySeconds } = order;
  const { plan, made, lost } = dropped;
  const declaredAt = isoOf(now(ctx));
  timeline.begin('plan the revival');
  const again = { ...order, lost, declaredAt, attempt: 2, beganAt: declaredAt };
  const planned = yield* attempt(call(ctx, planDrill, again));
  if ('failure' in planned) {
    timeline.end('failed', planned.failure.message);
    return unplayed(plan, `the revival could not be planned: ${planned.failure.message}`, made);
  }
  timeline.end('done', planned.value.targets.map(({ target }) => target.split('/').at(-1)).join(', '));
  const plannedAt = isoOf(now(ctx));
  const play = { planned: planned.value, system, region, cleanUpDelaySeconds };
  const played = yield* playPoint(ctx, play, timeline);
  const cleanUp = [...made.cleanUp, ...played.cleanUp];
  const isolation = [...made.isolation, ...played.isolation];
  return { planned: planned.value, plannedAt, declaredAt, played: { ...played, cleanUp, isolation } };
}

/** The point itself could not be restored: that is no question of what was to be played. */
function notRestored(broken: RestoreOutcome, made: MadeServers): Played {
  return {
    restore: broken.state === 'timed-out' ? 'timed-out' : 'failed',
    ...{ restoreDetail: broken.detail, checks: [], heartbeats: [], ...made },
    breakdownSeconds: { restore: broken.restoreSeconds, reconfigure: 0, validate: 0 },
  };
}
