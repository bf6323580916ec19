/**
 * Waits until somebody cancels a restore, by reading the stored order between durable timers: an event could be lost or
 * forged, the document is the truth. Ends by itself once the restore has ended. It continues as new after a few looks,
 * so that its history stays short however long a restore takes.
 */
import type { OrchestrationContext } from 'durable-functions';
import {
  cancelWaitInput,
  cancelWaitResult,
  readCancel,
  type CancelWaitInput,
  type CancelWaitResult,
} from '../contracts/restore.ts';
import { instantOf, isoOf } from '../contracts/values.ts';
import { nextPollSeconds, pollsPerGeneration } from '../policy/polling.ts';
import { ask, attempt, now, pause, secondsSince, type Step, type WorkflowContract } from './step.ts';

export const waitForCancelContract: WorkflowContract<CancelWaitInput, CancelWaitResult> = {
  name: 'waitForCancel',
  input: cancelWaitInput,
  output: cancelWaitResult,
};

export function* waitForCancel(ctx: OrchestrationContext): Step<CancelWaitResult | undefined> {
  const input = cancelWaitInput.parse(ctx.df.getInput());
  const { system, region, restore, deadlineSeconds } = input;
  const startedAt = input.startedAt ?? isoOf(now(ctx));
  for (let turn = 0; turn < pollsPerGeneration; turn += 1) {
    const waitedSeconds = secondsSince(ctx, instantOf(startedAt));
    yield* pause(ctx, nextPollSeconds(waitedSeconds));
    const look = yield* attempt(ask(ctx, readCancel, { system, region, restore }));
    if ('value' in look) {
      const { cancelledBy, hasEnded } = look.value;
      if (cancelledBy !== undefined) return { cancelledBy };
      if (hasEnded) return {};
    }
    if (waitedSeconds >= deadlineSeconds) return {};
  }
  ctx.df.continueAsNew({ ...input, startedAt });
  return undefined;
}
