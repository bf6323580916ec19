/**
 * Plays one recovery point of a drill by its plan:
 *   1. restore every database of the point into a new server, side by side
 *   2. run every check on every restored database
 *   3. keep the servers for inspection, where that was asked for
 *   4. remove them
 * Whatever fails, the servers are removed.
 */
import type { OrchestrationContext } from 'durable-functions';
import {
  playedPoint,
  pointToPlay,
  type DrillFacts,
  type OnTarget,
  type Played,
  type PointToPlay,
  type RestoreOutcome,
} from '../contracts/drill.ts';
import { runChecks } from './drill-checks.ts';
import { removeServerContract } from './remove-server.ts';
import { withRetries } from './retries.ts';
import { restoreServerContract } from './restore-server.ts';
import { attempt, callChildren, now, pause, secondsSince, type Step, type WorkflowContract } from './step.ts';
import { Timeline } from './timeline.ts';

/** As an orchestration of its own, where a drill plays several. */
export const playPointContract: WorkflowContract<PointToPlay, Played> = {
  name: 'playPoint',
  input: pointToPlay,
  output: playedPoint,
};

export function* playPointAlone(ctx: OrchestrationContext): Step<Played> {
  const play = pointToPlay.parse(ctx.df.getInput());
  return withRetries(ctx, yield* playPoint(ctx, play, new Timeline(ctx)));
}

export function* playPoint(ctx: OrchestrationContext, play: PointToPlay, timeline: Timeline): Step<Played> {
  const { cleanUpDelaySeconds } = play;
  const { targets } = play.planned;
  const onTargets = onTargetsOf(play);

  timeline.begin('restore');
  const startedAt = now(ctx);
  const restores = yield* restoreAll(ctx, play, onTargets);
  const broken = restores.find((one) => one.state !== 'ready');
  if (broken === undefined) timeline.end('done', `${restores.length} server(s)`);
  else timeline.end('failed', broken.detail);

  timeline.begin('check');
  const checkFrom = now(ctx);
  const checked = yield* runChecks(
    ctx,
    onTargets.map((on, index) => ({ on, checks: targets[index]?.checks ?? [] })),
    broken?.detail,
  );
  const passed = checked.checks.filter((one) => one.status === 'passed').length;
  const total = checked.checks.length;
  const checkWord = broken === undefined ? (passed === total ? 'done' : 'failed') : 'not-run';
  timeline.end(checkWord, `${passed} of ${total} passed`);
  const validate = secondsSince(ctx, checkFrom);

  if (cleanUpDelaySeconds > 0) {
    timeline.begin('keep for inspection');
    yield* pause(ctx, cleanUpDelaySeconds);
  }
  timeline.begin('clean up');
  const removed = yield* removeAll(ctx, play, onTargets);
  const leftOver = removed.find((one) => one.outcome === 'left-over');
  if (leftOver === undefined) timeline.end('done', `${removed.length} server(s) absent`);
  else timeline.end('failed', leftOver.detail);

  const stoodSeconds = secondsSince(ctx, startedAt);
  return {
    restore: broken === undefined ? 'done' : broken.state === 'timed-out' ? 'timed-out' : 'failed',
    restoreDetail: broken?.detail ?? '',
    cleanUp: removed.map((one) => ({ ...one, stoodSeconds })),
    checks: checked.checks,
    heartbeats: checked.heartbeats,
    isolation: isolationOf(restores),
    breakdownSeconds: {
      restore: Math.max(...restores.map((one) => one.restoreSeconds)),
      reconfigure: Math.max(...restores.map((one) => one.reconfigureSeconds)),
      validate,
    },
  };
}

/** Each server of a plan by the database that it is for. */
export const onTargetsOf = ({ planned: { plan, targets }, system, region }: PointToPlay): OnTarget[] =>
  targets.map(({ database }) => ({ system, region, plan, database }));

/** What is known of the isolation of the servers that came up. */
export const isolationOf = (restores: readonly RestoreOutcome[]): Played['isolation'] =>
  restores.flatMap(({ isolation }) => (isolation === undefined ? [] : [isolation]));

/** Restores every database of a plan, side by side. */
export function* restoreAll(
  ctx: OrchestrationContext,
  { planned: { deadlines } }: PointToPlay,
  onTargets: readonly OnTarget[],
): Step<RestoreOutcome[]> {
  const inputs = onTargets.map((on) => ({ ...on, deadlineSeconds: deadlines.restoreSeconds }));
  const restored = yield* attempt(callChildren(ctx, restoreServerContract, inputs));
  if ('value' in restored) return restored.value;
  const { message: detail } = restored.failure;
  return onTargets.map(() => ({ state: 'failed', detail, restoreSeconds: 0, reconfigureSeconds: 0 }));
}

/** Removes every server of a plan, side by side. */
export function* removeAll(
  ctx: OrchestrationContext,
  { planned: { deadlines, targets } }: PointToPlay,
  onTargets: readonly OnTarget[],
): Step<Omit<DrillFacts['cleanUp'][number], 'stoodSeconds'>[]> {
  const inputs = onTargets.map((on) => ({ ...on, deadlineSeconds: deadlines.removalSeconds }));
  const removed = yield* attempt(callChildren(ctx, removeServerContract, inputs));
  return targets.map(({ target }, index) => {
    const one = 'value' in removed ? removed.value[index] : undefined;
    const lost = 'failure' in removed ? removed.failure.message : 'no answer';
    return {
      ...{ target, outcome: one?.state ?? 'left-over' },
      ...{ detail: one?.detail ?? lost, seconds: one?.seconds ?? 0 },
    };
  });
}
