/**
 * Waits until a restore, or a cutover, may go on, by reading the stored words on it between durable timers: an event could be lost,
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
import { nextLookSeconds, pollsPerGeneration } from '../policy/polling.ts';
import { ask, attempt, now, pause, secondsSince, type Step, type WorkflowContract } from './step.ts';

export const waitForGoContract: WorkflowContract<GoWaitInput, GoWaitResult> = {
  name: 'waitForGo',
  input: goWaitInput,
  output: goWaitResult,
};

export function* waitForGo(ctx: OrchestrationContext): Step<GoWaitResult | undefined> {
  const input = goWaitInput.parse(ctx.df.getInput());
  const { system, region, restore, plan } = input;
  return yield* waitUntilDecided(ctx, input, () => ask(ctx, readGo, { system, region, restore, plan }));
}

/** What is looked at again and again. */
type Look = { readonly state: GoWaitResult['state'] | 'waiting'; readonly sentence: string };

/** Looks until it is decided, or the time is over; continues as new with the same input in between. */
export function* waitUntilDecided(
  ctx: OrchestrationContext,
  input: { readonly deadlineSeconds: number; readonly startedAt?: string | undefined },
  look: () => Step<Look>,
): Step<GoWaitResult | undefined> {
  const { deadlineSeconds } = input;
  const startedAt = input.startedAt ?? isoOf(now(ctx));
  for (let turn = 0; turn < pollsPerGeneration; turn += 1) {
    const seen = yield* attempt(look());
    if ('value' in seen && seen.value.state !== 'waiting')
      return { state: seen.value.state, sentence: seen.value.sentence };
    const waitedSeconds = secondsSince(ctx, instantOf(startedAt));
    if (waitedSeconds >= deadlineSeconds) {
      const last = 'value' in seen ? seen.value.sentence : seen.failure.message;
      return { state: 'timed-out', sentence: `nobody decided while the plan was valid: ${last}` };
    }
    yield* pause(ctx, Math.min(nextLookSeconds(waitedSeconds), deadlineSeconds - waitedSeconds + 1));
  }
  ctx.df.continueAsNew({ ...input, startedAt });
  return undefined;
}
