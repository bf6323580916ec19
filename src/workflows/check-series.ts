/**
 * Runs one check after the other. It continues as new after a few of them, so that its history is short however many
 * databases there are and however often something is tried again.
 */
import type { OrchestrationContext } from 'durable-functions';
import {
  checkSeriesInput,
  checkSeriesOutcome,
  type CheckSeriesInput,
  type CheckSeriesOutcome,
} from '../contracts/drill.ts';
import { oneCheck } from './one-check.ts';
import { countRetries, withRetries } from './retries.ts';
import type { Step, WorkflowContract } from './step.ts';

export const checkSeriesContract: WorkflowContract<CheckSeriesInput, CheckSeriesOutcome> = {
  name: 'checkSeries',
  input: checkSeriesInput,
  output: checkSeriesOutcome,
};

const checksOfAGeneration = 4;

export function* checkSeries(ctx: OrchestrationContext): Step<CheckSeriesOutcome | undefined> {
  const { todo, ran: before, retries = 0 } = checkSeriesInput.parse(ctx.df.getInput());
  countRetries(ctx, retries);
  const ran = [...before];
  for (const one of todo.slice(0, checksOfAGeneration)) ran.push(yield* oneCheck(ctx, one));
  const left = todo.slice(checksOfAGeneration);
  if (left.length === 0) return withRetries(ctx, { ran });
  ctx.df.continueAsNew(withRetries(ctx, { todo: left, ran }));
  return undefined;
}
