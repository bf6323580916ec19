/**
 * Waits until a person has decided on a plan, by reading the stored decision between durable timers: an event could
 * be lost, doubled or forged, the document is the truth. An approval that does not count (expired, by the one who
 * acts) is waited past, until the deadline. It continues as new after a few looks, so its history stays short.
 */
import type { OrchestrationContext } from 'durable-functions';
import {
  approvalWaitInput,
  approvalWaitResult,
  readApproval,
  type ApprovalWaitInput,
  type ApprovalWaitResult,
} from '../contracts/repair.ts';
import { instantOf, isoOf } from '../contracts/values.ts';
import { nextLookSeconds, pollsPerGeneration } from '../policy/polling.ts';
import { ask, attempt, now, pause, secondsSince, type Step, type WorkflowContract } from './step.ts';

export const waitForApprovalContract: WorkflowContract<ApprovalWaitInput, ApprovalWaitResult> = {
  name: 'waitForApproval',
  input: approvalWaitInput,
  output: approvalWaitResult,
};

export function* waitForApproval(ctx: OrchestrationContext): Step<ApprovalWaitResult | undefined> {
  const input = approvalWaitInput.parse(ctx.df.getInput());
  const { system, region, plan, deadlineSeconds } = input;
  const startedAt = input.startedAt ?? isoOf(now(ctx));
  for (let turn = 0; turn < pollsPerGeneration; turn += 1) {
    const look = yield* attempt(ask(ctx, readApproval, { system, region, plan }));
    if ('value' in look && (look.value.state === 'approved' || look.value.state === 'rejected'))
      return { state: look.value.state, sentence: look.value.sentence };
    const waitedSeconds = secondsSince(ctx, instantOf(startedAt));
    if (waitedSeconds >= deadlineSeconds) {
      const last = 'value' in look ? look.value.sentence : look.failure.message;
      return {
        state: 'timed-out',
        sentence: `nobody approved it within ${deadlineSeconds} s: ${last}`,
      };
    }
    yield* pause(ctx, Math.min(nextLookSeconds(waitedSeconds), deadlineSeconds - waitedSeconds));
  }
  ctx.df.continueAsNew({ ...input, startedAt });
  return undefined;
}
