/**
 * Walks back from the newest state of the data to the last clean one:
 *   1. plan the newest state, or the newest point that is older than what was tried last
 *   2. play it in an orchestration of its own, servers removed and all
 *   3. clean, or as many tried as may be: end; else go on with 1
 */
import type { OrchestrationContext } from 'durable-functions';
import {
  planDrill,
  type DrillFacts,
  type PlanDrillOrder,
  type PlannedDrill,
  type Played,
  type PointToPlay,
} from '../contracts/drill.ts';
import { isoOf } from '../contracts/values.ts';
import type { Failure } from '../policy/failure.ts';
import { safetyMargins } from '../policy/safety-margins.ts';
import { judgeTry } from '../policy/walk-back.ts';
import { playPointContract } from './play-point.ts';
import { attempt, call, callChild, now, secondsSince, type Step } from './step.ts';
import type { Timeline } from './timeline.ts';

/** What is known at the end: of the last point that was tried, and of all of them. */
export interface Walked {
  readonly planned: PlannedDrill;
  /** When the last one was planned. */
  readonly plannedAt: string;
  readonly played: Played;
  readonly tries: NonNullable<DrillFacts['tries']>;
  readonly walkEnded?: string;
}

export function* walkBack(
  ctx: OrchestrationContext,
  order: PlanDrillOrder,
  timeline: Timeline,
): Step<Walked | Failure> {
  const { system, region } = order;
  const made: Pick<Played, 'cleanUp' | 'isolation'> = { cleanUp: [], isolation: [] };
  const tries: Walked['tries'] = [];
  let walked: Omit<Walked, 'tries'> | undefined;
  while (tries.length < safetyMargins.walkBackTries && tries.at(-1)?.verdict !== 'clean') {
    timeline.begin('plan');
    const next = { attempt: tries.length + 1, before: tries.at(-1)?.instant, beganAt: isoOf(now(ctx)) };
    const planned = yield* attempt(call(ctx, planDrill, { ...order, ...next }));
    if ('failure' in planned) {
      if (walked === undefined) return planned.failure;
      timeline.end('failed', planned.failure.message);
      return { ...walked, tries, walkEnded: planned.failure.message };
    }
    const { plan, point, instant } = planned.value;
    timeline.end('done', point);

    timeline.begin(`try ${next.attempt}`);
    const startedAt = now(ctx);
    const play = { planned: planned.value, system, region, cleanUpDelaySeconds: 0 };
    const played = yield* playChild(ctx, play);
    const judged = judgeTry(played);
    timeline.end(judged.verdict === 'clean' ? 'done' : 'failed', `${judged.verdict}: ${judged.reason}`);
    tries.push({ plan, point, instant, ...judged, seconds: secondsSince(ctx, startedAt) });
    made.cleanUp.push(...played.cleanUp);
    made.isolation.push(...played.isolation);
    walked = { planned: planned.value, plannedAt: isoOf(startedAt), played: { ...played, ...made } };
  }
  return { ...(walked as Omit<Walked, 'tries'>), tries };
}

/** A child that is lost leaves nobody knows what: its servers count as left over. */
function* playChild(ctx: OrchestrationContext, play: PointToPlay): Step<Played> {
  const played = yield* attempt(callChild(ctx, playPointContract, play));
  if ('value' in played) return played.value;
  const { message: detail } = played.failure;
  return {
    ...{ restore: 'failed', restoreDetail: detail, checks: [], heartbeats: [], isolation: [] },
    cleanUp: play.planned.targets.map(({ target }) => ({
      ...{ target, outcome: 'left-over', detail, seconds: 0, stoodSeconds: 0 },
    })),
    breakdownSeconds: { restore: 0, reconfigure: 0, validate: 0 },
  };
}
