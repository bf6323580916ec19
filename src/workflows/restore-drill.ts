/**
 * The restore drill of one system in one region:
 *   1. where a disaster is played in the source, play it
 *   2. plan: choose the recovery point, write down what is going to be done
 *   3. play the point: restore, check, remove; walking back to the last clean one, 2 and 3 are repeated; where a server is
 *      lost, one of Lifeboat's own is made and dropped between
 *   4. finalize the report
 * Whatever fails on the way, the servers are removed and the report is written, also where the disaster could not be
 * played; a drill that could not be planned or reported raises an alert instead.
 */
import type { OrchestrationContext } from 'durable-functions';
import type { DateTime } from 'luxon';
import {
  chooseScenario,
  drillInput,
  drillResult,
  finalizeReport,
  planDrill,
  type ChosenScenario,
  type DrillFacts,
  type DrillInput,
  type DrillResult,
  type PlanDrillOrder,
} from '../contracts/drill.ts';
import { instantOf, isoOf } from '../contracts/values.ts';
import { isHarm, type DrillScenario, type PlayedScenario } from '../policy/drill-scenarios.ts';
import { Failure } from '../policy/failure.ts';
import { safetyMargins } from '../policy/safety-margins.ts';
import { tellLeftBehind, withoutReport } from './drill-troubles.ts';
import { loseStores, removeContainer } from './lose-stores.ts';
import { loseServer } from './lose-server.ts';
import { planUnplayed, type PlayedPlan } from './not-played.ts';
import { playPoint } from './play-point.ts';
import { serveSlot } from './serve-slot.ts';
import { stageExercise } from './stage-exercise.ts';
import { attempt, call, now, type Step, type WorkflowContract } from './step.ts';
import { Timeline } from './timeline.ts';
import { walkBack, type Walked } from './walk-back.ts';

export const restoreDrillContract: WorkflowContract<DrillInput, DrillResult> = {
  name: 'restoreDrill',
  input: drillInput,
  output: drillResult,
};

export function* restoreDrill(ctx: OrchestrationContext): Step<DrillResult> {
  const input = drillInput.parse(ctx.df.getInput());
  return yield* serveSlot(ctx, {
    ...{ kind: 'drill', contract: restoreDrillContract, input },
    work: (unclear) => playChosen(ctx, input, unclear),
    outcomeOf: ({ result }) => result,
  });
}

/** What is played: a rotation is asked what is due; where it cannot tell, the newest point is. */
type Chosen = Omit<ReturnType<typeof drillInput.parse>, 'scenario'> & {
  readonly scenario?: PlayedScenario | undefined;
  /** What a drill without a report tells that it was to play. */
  readonly cell?: DrillScenario | undefined;
  readonly notDue?: string | undefined;
};

function* playChosen(
  ctx: OrchestrationContext,
  { scenario, ...input }: ReturnType<typeof drillInput.parse>,
  unclear: Failure | undefined,
): Step<DrillResult> {
  if (scenario !== 'rotate') return yield* playDrill(ctx, { ...input, scenario, cell: scenario }, unclear);
  const { system, region, slot } = input;
  const declaredAt = input.declaredAt ?? isoOf(now(ctx));
  const chosen =
    unclear === undefined ? yield* attempt(call(ctx, chooseScenario, { system, region, slot })) : undefined;
  const { point = input.point, ...what }: Partial<ChosenScenario> & Pick<Chosen, 'notDue'> =
    chosen === undefined ? {} : 'value' in chosen ? chosen.value : { notDue: chosen.failure.message };
  return yield* playDrill(ctx, { ...input, declaredAt, point, ...what }, unclear);
}

function* playDrill(
  ctx: OrchestrationContext,
  input: Chosen,
  unclear: Failure | undefined,
): Step<DrillResult> {
  const { system, region, slot, trigger, point, seed, scenario, cleanUpDelaySeconds, notDue } = input;
  const timeline = new Timeline(ctx);
  const unstaged = { value: { declaredAt: input.declaredAt ?? isoOf(now(ctx)) } };
  if (unclear !== undefined) {
    timeline.begin('plan', instantOf(unstaged.value.declaredAt));
    return yield* withoutReport(ctx, input, timeline, 'could not be planned', unclear.message);
  }

  const ordered = { ...{ system, region, slot, trigger, point, seed, notDue, cleanUpDelaySeconds } };
  const staged = isHarm(scenario) ? yield* attempt(stageExercise(ctx, input, scenario, timeline)) : unstaged;
  if ('failure' in staged)
    return yield* unplayed(ctx, input, ordered, timeline, 'could not be played', staged.failure.message);

  const order = { ...ordered, ...staged.value, ...(scenario === 'region-lost' ? { scenario } : {}) };
  const played =
    scenario === 'ransomware'
      ? yield* walkBack(ctx, order, timeline)
      : scenario === 'server-lost'
        ? yield* loseServer(ctx, { ...order, scenario }, timeline)
        : scenario === 'store-lost'
          ? yield* loseStores(ctx, { ...order, scenario }, timeline)
          : yield* playOne(
              ctx,
              order,
              timeline,
              staged === unstaged ? instantOf(order.declaredAt) : now(ctx),
            );
  if (played instanceof Failure)
    return yield* unplayed(ctx, input, ordered, timeline, 'could not be planned', played.message);
  return yield* account(ctx, input, { declaredAt: order.declaredAt, ...played }, timeline);
}

/** A disaster that could not be played leaves a report that says why; any other drill an alert. */
function* unplayed(
  ctx: OrchestrationContext,
  input: Chosen,
  ordered: Omit<PlanDrillOrder, 'declaredAt'>,
  timeline: Timeline,
  what: string,
  reason: string,
): Step<DrillResult> {
  const { scenario } = input;
  timeline.end('failed', reason);
  if (scenario === undefined) return yield* withoutReport(ctx, input, timeline, what, reason);
  const declaredAt = isoOf(now(ctx));
  const point = isoOf(now(ctx).minus({ seconds: safetyMargins.latestInstantMarginSeconds }));
  const instead = yield* planUnplayed(ctx, { ...ordered, scenario, declaredAt, point }, reason);
  return instead === undefined
    ? yield* withoutReport(ctx, input, timeline, what, reason)
    : yield* account(ctx, input, { declaredAt, ...instead }, timeline);
}

type Accountable = PlayedPlan & { readonly declaredAt: string } & Partial<
    Pick<Walked, 'tries' | 'walkEnded'>
  >;

/** Hands what happened over to the report. */
function* account(
  ctx: OrchestrationContext,
  input: Chosen,
  { planned, plannedAt, declaredAt, played, ...more }: Accountable,
  timeline: Timeline,
): Step<DrillResult> {
  const { system, region } = input;
  const { plan, drill } = planned;
  const decide = instantOf(plannedAt).diff(instantOf(declaredAt)).as('seconds');
  const endedAt = isoOf(now(ctx));
  timeline.begin('report');
  const facts: DrillFacts = {
    ...{ system, region, plan, drill, endedAt, ...played, ...more, timeline: [...timeline.steps] },
    breakdownSeconds: { decide, ...played.breakdownSeconds },
  };
  return yield* report(ctx, input, facts, timeline);
}

/** Plans one point and plays it. */
function* playOne(
  ctx: OrchestrationContext,
  order: PlanDrillOrder,
  timeline: Timeline,
  from: DateTime,
): Step<PlayedPlan | Failure> {
  const { system, region, cleanUpDelaySeconds } = order;
  timeline.begin('plan', from);
  const planned = yield* attempt(call(ctx, planDrill, order));
  if ('failure' in planned) return planned.failure;
  timeline.end('done', planned.value.point);
  const plannedAt = isoOf(now(ctx));
  const play = { planned: planned.value, system, region, cleanUpDelaySeconds };
  const played = yield* playPoint(ctx, play, timeline);
  if (order.played?.scenario !== 'corruption') return { planned: planned.value, plannedAt, played };
  const { plan } = planned.value;
  const scratch = yield* removeContainer(ctx, { system, region, plan }, timeline);
  return { planned: planned.value, plannedAt, played, scratch };
}

/** Writes the report; where that cannot be done, tells what it would have told. */
function* report(
  ctx: OrchestrationContext,
  input: Chosen,
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
