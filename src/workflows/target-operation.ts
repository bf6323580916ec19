/** One operation on one of many servers, by the activity that starts it: the history of whoever asks stays short. */
import type { OrchestrationContext } from 'durable-functions';
import {
  targetOperationInput,
  targetOperationOutcome,
  type TargetOperationInput,
  type TargetOperationOutcome,
} from '../contracts/drill.ts';
import { startedBy } from '../contracts/operations.ts';
import { withRetries } from './retries.ts';
import { runOperation } from './run-operation.ts';
import { attempt, callChildren, type Step, type WorkflowContract } from './step.ts';

export const targetOperationContract: WorkflowContract<TargetOperationInput, TargetOperationOutcome> = {
  name: 'targetOperation',
  input: targetOperationInput,
  output: targetOperationOutcome,
};

export function* targetOperation(ctx: OrchestrationContext): Step<TargetOperationOutcome> {
  const { activity, on, deadlineSeconds } = targetOperationInput.parse(ctx.df.getInput());
  return withRetries(ctx, yield* endOf(ctx, { activity, on, deadlineSeconds }));
}

/** One operation on each of some servers: of one by the caller itself, of more by a child each, side by side. */
export function* onEachTarget(
  ctx: OrchestrationContext,
  inputs: readonly TargetOperationInput[],
): Step<TargetOperationOutcome[]> {
  const [only] = inputs;
  if (only !== undefined && inputs.length === 1) return [yield* endOf(ctx, only)];
  return yield* callChildren(ctx, targetOperationContract, inputs);
}

/** Whatever prevents it is how it ended. */
function* endOf(
  ctx: OrchestrationContext,
  { activity, on, deadlineSeconds }: TargetOperationInput,
): Step<TargetOperationOutcome> {
  const ended = yield* attempt(runOperation(ctx, startedBy(activity), on, deadlineSeconds));
  return 'value' in ended ? ended.value : { state: 'failed', detail: ended.failure.message };
}
