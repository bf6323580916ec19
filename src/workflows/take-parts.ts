/**
 * Takes the parts of a recovery point of many servers and databases. It continues as new after a few of them, so that its
 * history is short however many there are.
 */
import type { OrchestrationContext } from 'durable-functions';
import {
  takePartsInput,
  takePartsOutcome,
  type TakePartsInput,
  type TakePartsOutcome,
} from '../contracts/snapshot.ts';
import { countParts, countTaken, takeParts } from './point-parts.ts';
import { attempt, ProgressNote, type Step, type WorkflowContract } from './step.ts';

export const takePartsContract: WorkflowContract<TakePartsInput, TakePartsOutcome> = {
  name: 'takeParts',
  input: takePartsInput,
  output: takePartsOutcome,
};

const partsOfAGeneration = 4;

export function* takeManyParts(ctx: OrchestrationContext): Step<TakePartsOutcome | undefined> {
  const { done: before, ...order } = takePartsInput.parse(ctx.df.getInput());
  const taken = yield* attempt(takeParts(ctx, new ProgressNote(ctx), order, before, partsOfAGeneration));
  if ('failure' in taken) return { failure: taken.failure.facts() };
  if (countTaken(taken.value) === countParts(order.plan)) return taken.value;
  ctx.df.continueAsNew({ ...order, done: taken.value });
  return undefined;
}
