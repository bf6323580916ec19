/** A drill that could not play what it was to play: planned, but nothing was restored that could be judged. */
import type { OrchestrationContext } from 'durable-functions';
import {
  planDrill,
  type PlanDrillOrder,
  type PlannedDrill,
  type Played,
  type ScratchEnd,
} from '../contracts/drill.ts';
import { isoOf } from '../contracts/values.ts';
import { attempt, call, now, type Step } from './step.ts';

/** A plan and what came of it. */
export interface PlayedPlan {
  readonly planned: PlannedDrill;
  readonly plannedAt: string;
  /** When the disaster was declared, where that was later than what was ordered. */
  readonly declaredAt?: string;
  readonly played: Played;
  /** Why what was to be played could not be. */
  readonly notPlayed?: string;
  /** What became of the container that blobs were written into. */
  readonly scratch?: ScratchEnd;
}

/** Servers that were made on the way, and what became of them. */
export type MadeServers = Pick<Played, 'cleanUp' | 'isolation'>;

const none: MadeServers = { cleanUp: [], isolation: [] };

/** What is told of it: the plan, the servers that were made, and why there is no more. */
export function unplayed(
  plan: Pick<PlayedPlan, 'planned' | 'plannedAt'>,
  reason: string,
  made: MadeServers = none,
): PlayedPlan {
  return {
    ...plan,
    notPlayed: reason,
    played: {
      ...{ restore: 'not-run', restoreDetail: reason, checks: [], heartbeats: [], ...made },
      breakdownSeconds: { restore: 0, reconfigure: 0, validate: 0 },
    },
  };
}

/** Plans what would have been restored, so that a report can say of it that it was not; undefined if not even that can be. */
export function* planUnplayed(
  ctx: OrchestrationContext,
  order: PlanDrillOrder,
  reason: string,
): Step<PlayedPlan | undefined> {
  const planned = yield* attempt(call(ctx, planDrill, order));
  if ('failure' in planned) return undefined;
  return unplayed({ planned: planned.value, plannedAt: isoOf(now(ctx)) }, reason);
}
