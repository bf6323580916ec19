/**
 * A cutover to what was restored, or the way back from one:
 *   1. open: hold the plan and the request against each other
 *   2. wait until another person has approved the plan, one may go on alone, or the word was given before
 *   3. permit: everything is looked at again, the system is taken for this cutover, and that is written down once
 *   4. ask the hooks, one after the other; the first that is not done ends it
 *   5. write what it came to, and where the system stands
 * Nothing is asked without the permit. It never goes back by itself: what is half done is a person's to judge.
 */
import type { OrchestrationContext } from 'durable-functions';
import {
  cutoverInput,
  cutoverResult,
  finalizeCutover,
  openCutover,
  permitCutover,
  runHook,
  type CutoverFacts,
  type CutoverInput,
  type CutoverResult,
} from '../contracts/cutover.ts';
import { isoOf } from '../contracts/values.ts';
import type { Failure } from '../policy/failure.ts';
import { decideAndPermit, timed, unlessUnclear } from './matter-steps.ts';
import { serveSlot } from './serve-slot.ts';
import { attempt, call, callChild, now, secondsSince, type Step, type WorkflowContract } from './step.ts';
import { Timeline } from './timeline.ts';
import { waitForCutoverGoContract } from './wait-for-cutover-go.ts';

export const cutOverContract: WorkflowContract<CutoverInput, CutoverResult> = {
  name: 'cutOver',
  input: cutoverInput,
  output: cutoverResult,
};

interface AboutCutover {
  readonly system: string;
  readonly region: string;
  readonly cutover: string;
  readonly plan: string;
}
/** How it went, apart from what the vault knows. */
type Course = Pick<CutoverFacts, 'refusal' | 'failure' | 'cancelledBy' | 'approval'>;

export function* cutOver(ctx: OrchestrationContext): Step<CutoverResult> {
  const input = cutoverInput.parse(ctx.df.getInput());
  return yield* serveSlot(ctx, {
    ...{ kind: 'cutover', contract: cutOverContract, input },
    work: (unclear) => openAndCutOver(ctx, input, unclear),
    outcomeOf: ({ outcome }) => outcome,
  });
}

function* openAndCutOver(
  ctx: OrchestrationContext,
  { system, region, slot, plan }: ReturnType<typeof cutoverInput.parse>,
  unclear: Failure | undefined,
): Step<CutoverResult> {
  const startedAt = now(ctx);
  const about = { system, region, cutover: `cutover-${slot}`, plan };
  const timeline = new Timeline(ctx);
  const open = unlessUnclear(unclear, call(ctx, openCutover, about));
  const opened = yield* timed(timeline, 'open', open, ({ direction }) => direction);
  const course: Course =
    'failure' in opened
      ? { failure: `it could not be begun: ${opened.failure.message}` }
      : yield* decideAndAsk(ctx, about, opened.value, timeline);

  const record = call(ctx, finalizeCutover, {
    ...{ ...about, ...course, endedAt: isoOf(now(ctx)), timeline: [...timeline.steps] },
  });
  const told = yield* timed(timeline, 'record', record, ({ outcome }) => outcome);
  const end =
    'value' in told
      ? told.value
      : {
          outcome: 'failed' as const,
          detail: `it could not be recorded: ${told.failure.message}`,
          hooks: [],
        };
  return {
    ...end,
    cutover: about.cutover,
    seconds: secondsSince(ctx, startedAt),
    timeline: [...timeline.steps],
  };
}

/** Waits for the decision; asks the hooks only with the permit, which is asked for at the last moment. */
function* decideAndAsk(
  ctx: OrchestrationContext,
  about: AboutCutover,
  { approvalSeconds, hooks }: ReturnType<typeof openCutover.output.parse>,
  timeline: Timeline,
): Step<Course> {
  const wait = callChild(ctx, waitForCutoverGoContract, { ...about, deadlineSeconds: approvalSeconds });
  const decided = yield* decideAndPermit(timeline, wait, call(ctx, permitCutover, about));
  if (!('approval' in decided)) return decided;
  return { ...decided, ...(yield* askHooks(ctx, about, hooks, timeline)) };
}

/** Asks one hook after the other until one is not done. */
function* askHooks(
  ctx: OrchestrationContext,
  about: AboutCutover,
  hooks: readonly string[],
  timeline: Timeline,
): Step<Pick<Course, 'failure'>> {
  for (const [index, hook] of hooks.entries()) {
    timeline.begin(`hook ${hook}`, now(ctx), (100 * index) / hooks.length);
    const asked = yield* attempt(call(ctx, runHook, { ...about, hook }));
    if ('failure' in asked) {
      timeline.end('failed', asked.failure.message);
      return { failure: `${hook}: ${asked.failure.message}` };
    }
    const { state, detail } = asked.value;
    timeline.end(state === 'done' ? 'done' : 'failed', detail);
    if (state !== 'done') return {};
  }
  return {};
}
