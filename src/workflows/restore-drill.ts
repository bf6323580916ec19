/**
 * The restore drill of one system in one region:
 *   1. where a disaster is played in the source, play it
 *   2. plan: choose the recovery point, write down what is going to be done
 *   3. play the point: restore, check, remove
 *   4. finalize the report
 * Whatever fails on the way, the servers are removed and the report is written; a drill that could not be played, planned
 * or reported raises an alert instead.
 */
import type { OrchestrationContext } from 'durable-functions';
import {
  drillInput,
  drillResult,
  finalizeReport,
  planDrill,
  type DrillFacts,
  type DrillInput,
  type DrillResult,
} from '../contracts/drill.ts';
import { instantOf, isoOf } from '../contracts/values.ts';
import type { Failure } from '../policy/failure.ts';
import { tellLeftBehind, withoutReport } from './drill-troubles.ts';
import { playPoint } from './play-point.ts';
import { serveSlot } from './serve-slot.ts';
import { stageExercise } from './stage-exercise.ts';
import { attempt, call, now, type Step, type WorkflowContract } from './step.ts';
import { Timeline } from './timeline.ts';

export const restoreDrillContract: WorkflowContract<DrillInput, DrillResult> = {
  name: 'restoreDrill',
  input: drillInput,
  output: drillResult,
};

export function* restoreDrill(ctx: OrchestrationContext): Step<DrillResult> {
  const input = drillInput.parse(ctx.df.getInput());
  return yield* serveSlot(ctx, {
    ...{ kind: 'drill', contract: restoreDrillContract, input },
    work: (unclear) => playDrill(ctx, input, unclear),
    outcomeOf: ({ result }) => result,
  });
}

function* playDrill(
  ctx: OrchestrationContext,
  input: ReturnType<typeof drillInput.parse>,
  unclear: Failure | undefined,
): Step<DrillResult> {
  const { system, region, slot, trigger, point, seed, scenario, cleanUpDelaySeconds } = input;
  const timeline = new Timeline(ctx);
  const unstaged = { value: { declaredAt: input.declaredAt ?? isoOf(now(ctx)) } };

  const staged =
    scenario === undefined || unclear !== undefined
      ? unstaged
      : yield* attempt(stageExercise(ctx, input, scenario, timeline));
  if ('failure' in staged)
    return yield* withoutReport(ctx, input, timeline, 'could not be played', staged.failure.message);
  const { declaredAt } = staged.value;

  timeline.begin('plan', staged === unstaged ? instantOf(declaredAt) : now(ctx));
  const order = { system, region, slot, trigger, point, seed, cleanUpDelaySeconds, ...staged.value };
  const planned = unclear === undefined ? yield* attempt(call(ctx, planDrill, order)) : { failure: unclear };
  if ('failure' in planned)
    return yield* withoutReport(ctx, input, timeline, 'could not be planned', planned.failure.message);
  const { plan, drill } = planned.value;
  timeline.end('done', planned.value.point);
  const decide = now(ctx).diff(instantOf(declaredAt)).as('seconds');

  const play = { planned: planned.value, system, region, cleanUpDelaySeconds };
  const played = yield* playPoint(ctx, play, timeline);

  const endedAt = isoOf(now(ctx));
  timeline.begin('report');
  const facts: DrillFacts = {
    ...{ system, region, plan, drill, endedAt, ...played, timeline: [...timeline.steps] },
    breakdownSeconds: { decide, ...played.breakdownSeconds },
  };
  return yield* report(ctx, input, facts, timeline);
}

/** Writes the report; where that cannot be done, tells what it would have told. */
function* report(
  ctx: OrchestrationContext,
  input: ReturnType<typeof drillInput.parse>,
  facts: DrillFacts,
  timeline: Timeline,
): Step<DrillResult> {
  const reported = yield* attempt(call(ctx, finalizeReport, facts));
  if ('value' in reported) {
    timeline.end('done', reported.value.report);
    return { ...reported.value, drill: facts.drill, timeline: timeline.steps };
  }
  const { message } = reported.failure;
  for (const { target, outcome } of facts.cleanUp)
    if (outcome === 'left-over') yield* tellLeftBehind(ctx, input, target);
  return yield* withoutReport(ctx, input, timeline, 'was played but could not be reported', message);
}
