/**
 * Some of many children, so that the history of whoever calls them all has only their groups. A group that is still too
 * large has groups in turn.
 */
import type { OrchestrationContext } from 'durable-functions';
import { allResults, childGroup as contract, type Step } from './step.ts';

export const childGroupContract = contract;

export function* childGroup(ctx: OrchestrationContext): Step<{ results: unknown[] }> {
  const { child, inputs } = contract.input.parse(ctx.df.getInput());
  return { results: yield* allResults(ctx, child, inputs) };
}
