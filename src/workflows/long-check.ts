/**
 * Goes on with a check that did not end in its first portion, portion by portion. It continues as new after a few, so
 * its history is short however long the check takes; the deadline alone gives up.
 */
import type { OrchestrationContext } from 'durable-functions';
import {
  longCheckInput,
  longCheckOutcome,
  runCheck,
  type LongCheckInput,
  type LongCheckOutcome,
} from '../contracts/drill.ts';
import { instantOf } from '../contracts/values.ts';
import { safetyMargins } from '../policy/safety-margins.ts';
import { countRetries, withRetries } from './retries.ts';
import { attempt, call, secondsSince, type Step, type WorkflowContract } from './step.ts';

export const longCheckContract: WorkflowContract<LongCheckInput, LongCheckOutcome> = {
  name: 'longCheck',
  input: longCheckInput,
  output: longCheckOutcome,
};

const portionsPerGeneration = 20;

export function* longCheck(ctx: OrchestrationContext): Step<LongCheckOutcome | undefined> {
  const { startedAt, retries = 0, ...input } = longCheckInput.parse(ctx.df.getInput());
  countRetries(ctx, retries);
  const { checkDeadlineSeconds } = safetyMargins;
  let { portion } = input;
  for (let turn = 0; turn < portionsPerGeneration; turn += 1) {
    const ran = yield* attempt(call(ctx, runCheck, { ...input, portion }));
    if ('failure' in ran) return withRetries(ctx, { noAnswer: ran.failure.message });
    if (!('goesOn' in ran.value)) return withRetries(ctx, ran.value);
    portion = ran.value.goesOn;
    if (secondsSince(ctx, instantOf(startedAt)) > checkDeadlineSeconds)
      return withRetries(ctx, { noAnswer: `it had not ended after ${checkDeadlineSeconds} s` });
  }
  ctx.df.continueAsNew(withRetries(ctx, { ...input, startedAt, portion }));
  return undefined;
}
