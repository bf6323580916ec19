/**
 * Waits until a restore may go on, by reading the stored words on it between durable timers: an event could be lost,
 * doubled or forged, the documents are the truth. What does not count (expired, of one's own, too early) is waited past,
 * until the plan is not valid any more. It continues as new after a few looks, so its history stays short.
 */
import type { OrchestrationContext } from 'durable-functions';
import {
  goWaitInput,
  goWaitResult,
  readGo,
  type GoWaitInput,
  type GoWaitResult,
} from '../contracts/restore-request.ts';
import { instantOf, isoOf } from '../contracts/values.ts';
import { nextPollSeconds, pollsPerGeneration } from '../policy/polling.ts';
import { ask, attempt, now, pause, secondsSince, type Step, type WorkflowContract } from './step.ts';

export const waitForGoContract: WorkflowContract<GoWaitInput, GoWaitResult> = {
  name: 'waitForGo',
  input: goWaitInput,
  output: goWaitResult,
};

export function* waitForGo(ctx: OrchestrationContext): Step<GoWaitResult | undefined> {
  const input = goWaitInput.parse(ctx.df.getInput());
  const { system, region, restore, plan, deadlineSeconds } = input;
  const startedAt = input.startedAt ?? isoOf(now(ctx));
  for (let turn = 0; turn < pollsPerGeneration; turn += 1) {
    const look = yield* attempt(ask(ctx, readGo, { system, region, restore, plan }));
    if ('value' in look && look.value.state !== 'waiting')
      return { state: look.value.state, sentence: look.value.sentence };
    const waitedSeconds = secondsSince(ctx, instantOf(startedAt));
    if (waitedSeconds >= deadlineSeconds) {
      const last = 'value' in look ? look.value.sentence : look.failure.message;
      return { state: 'timed-out', sentence: `nobody decided while the plan was valid: ${last}` };
    }
    yield* pause(ctx, Math.min(nextPollSeconds(waitedSeconds), deadlineSeconds - waitedSeconds + 1));
  }
  ctx.df.continueAsNew({ ...input, startedAt });
  return undefined;
}
