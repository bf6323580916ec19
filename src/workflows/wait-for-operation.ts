/**
 * Waits until a long-running operation of the resource manager has ended, by polling between durable timers. It
 * continues as new after a few polls, so its history is as short after twelve hours as after one minute. A provider
 * that cannot be asked right now is asked again until the deadline; the deadline alone gives up.
 */
import type { OrchestrationContext } from 'durable-functions';
import {
  pollOperation,
  waitInput,
  waitOutcome,
  type WaitInput,
  type WaitOutcome,
} from '../contracts/operations.ts';
import { instantOf } from '../contracts/values.ts';
import { nextPollSeconds, pollsPerGeneration } from '../policy/polling.ts';
import { ask, attempt, pause, secondsSince, type Step, type WorkflowContract } from './step.ts';

export const waitForOperationContract: WorkflowContract<WaitInput, WaitOutcome> = {
  name: 'waitForOperation',
  input: waitInput,
  output: waitOutcome,
};

export function* waitForOperation(ctx: OrchestrationContext): Step<WaitOutcome | undefined> {
  const input = waitInput.parse(ctx.df.getInput());
  const startedAt = instantOf(input.startedAt ?? input.operation.acceptedAt);
  let polls = input.polls;
  for (let turn = 0; turn < pollsPerGeneration; turn += 1) {
    const look = yield* attempt(ask(ctx, pollOperation, { operation: input.operation }));
    polls += 1;
    const waitedSeconds = secondsSince(ctx, startedAt);
    if ('failure' in look && !look.failure.retryable)
      return {
        state: 'failed',
        code: look.failure.code,
        message: look.failure.message,
        polls,
        waitedSeconds,
      };
    if ('value' in look && look.value.state !== 'running') return { ...look.value, polls, waitedSeconds };
    if (waitedSeconds > input.deadlineSeconds)
      return timedOut(input.deadlineSeconds, look, polls, waitedSeconds);
    yield* pause(ctx, nextPollSeconds(waitedSeconds));
  }
  ctx.df.continueAsNew({ ...input, startedAt: input.startedAt ?? input.operation.acceptedAt, polls });
  return undefined;
}

function timedOut(deadlineSeconds: number, look: object, polls: number, waitedSeconds: number): WaitOutcome {
  const unreachable = 'failure' in look ? ', and the provider could not be asked at the end' : '';
  return {
    state: 'timed-out',
    message: `it had not ended after ${deadlineSeconds} s${unreachable}`,
    polls,
    waitedSeconds,
  };
}
