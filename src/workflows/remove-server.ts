/**
 * Removes one server of a drill through the guarded deleter and waits until it is confirmed absent. Whatever prevents
 * that is the outcome, never an exception: a server that is left over is a finding of the drill.
 */
import type { OrchestrationContext } from 'durable-functions';
import {
  beginRemoval,
  onTargetInput,
  removalOutcome,
  type OnTargetInput,
  type RemovalOutcome,
} from '../contracts/drill.ts';
import { withRetries } from './retries.ts';
import { runOperation } from './run-operation.ts';
import { attempt, now, secondsSince, type Step, type WorkflowContract } from './step.ts';

export const removeServerContract: WorkflowContract<OnTargetInput, RemovalOutcome> = {
  name: 'removeServer',
  input: onTargetInput,
  output: removalOutcome,
};

export function* removeServer(ctx: OrchestrationContext): Step<RemovalOutcome> {
  return withRetries(ctx, yield* remove(ctx));
}

function* remove(ctx: OrchestrationContext): Step<RemovalOutcome> {
  const { deadlineSeconds, ...target } = onTargetInput.parse(ctx.df.getInput());
  const startedAt = now(ctx);
  const removed = yield* attempt(runOperation(ctx, beginRemoval, target, deadlineSeconds));
  const seconds = secondsSince(ctx, startedAt);
  if ('failure' in removed) return { state: 'left-over', detail: removed.failure.message, seconds };
  if (removed.value.state !== 'done') return { state: 'left-over', detail: removed.value.detail, seconds };
  return {
    state: removed.value.detail === 'never made' ? 'never-made' : 'removed',
    detail: removed.value.detail,
    seconds,
  };
}
