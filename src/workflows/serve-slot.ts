/**
 * Serves a slot once. The claim is asked before anything is begun: a start that was held up on its way takes the place of
 * an orchestration that has ended in the meantime, and the task hub says no word about it. What finds its slot served
 * gives the result that stands in the claim, and does nothing.
 */
import type { OrchestrationContext } from 'durable-functions';
import type { RunKind } from '../contracts/documents.ts';
import { finishSlot, readSlotEnd } from '../contracts/slots.ts';
import { Failure } from '../policy/failure.ts';
import { attempt, call, type Step, type WorkflowContract } from './step.ts';

/** One run of a slot. */
export interface SlotRun<R> {
  readonly kind: RunKind;
  readonly contract: Pick<WorkflowContract<never, R>, 'output'>;
  readonly input: { readonly system: string; readonly region: string; readonly slot: string };
  /** The run itself; `unclear` if it could not be found out whether the slot is served: then nothing may be done. */
  readonly work: (unclear: Failure | undefined) => Step<R>;
  /** The word in the claim. */
  readonly outcomeOf: (result: R) => string;
  /** What follows the end of the work, once that is in the claim. */
  readonly afterwards?: () => Step<void>;
}

/** Runs the work of a slot and writes its end into the claim, unless the slot has been served. */
export function* serveSlot<R>(ctx: OrchestrationContext, run: SlotRun<R>): Step<R> {
  const { system, region, slot } = run.input;
  const about = { system, region, kind: run.kind, slot };
  const asked = yield* attempt(call(ctx, readSlotEnd, about));
  if ('value' in asked && asked.value.ended !== undefined) return resultIn(asked.value.ended, run);
  const result = yield* run.work('failure' in asked ? asked.failure : undefined);
  yield* attempt(call(ctx, finishSlot, { ...about, outcome: run.outcomeOf(result), result }));
  if (run.afterwards !== undefined) yield* run.afterwards();
  return result;
}

function resultIn<R>(
  ended: { readonly at: string; readonly outcome: string; readonly result?: unknown },
  { contract, kind, input }: SlotRun<R>,
): R {
  const result = contract.output.safeParse(ended.result);
  if (result.success) return result.data;
  throw new Failure(
    'refused',
    `the ${kind} of slot ${input.slot} ended at ${ended.at} with "${ended.outcome}" and is not run a second time`,
    'Start another run; it has a slot of its own.',
  );
}
