/** Many children at once: how they are called in groups, and what came of each. */
import type { OrchestrationContext, Task } from 'durable-functions';
import { childGroupOutput } from '../contracts/children.ts';

/** So many children at once have an entry each in the history of their caller; more are called in as many groups. */
const mostAtOnce = 4;

/** The name of the workflow that calls a part of them. */
export const childGroupName = 'childGroup';

/** Starts a child for each input, of many in groups; `singly` takes apart what they come to. */
export function startAll(ctx: OrchestrationContext, child: string, inputs: readonly unknown[]): Task {
  if (inputs.length <= mostAtOnce)
    return ctx.df.Task.all(inputs.map((input) => ctx.df.callSubOrchestrator(child, input)));
  const size = Math.ceil(inputs.length / mostAtOnce);
  const groups = Array.from({ length: Math.ceil(inputs.length / size) }, (_, group) =>
    inputs.slice(group * size, (group + 1) * size),
  );
  return ctx.df.Task.all(
    groups.map((some) => ctx.df.callSubOrchestrator(childGroupName, { child, inputs: some })),
  );
}

/** What all came to, whether they were called in groups or not. */
export function singly(results: unknown, count: number): unknown[] {
  const all = results as unknown[];
  return count <= mostAtOnce ? all : all.flatMap((group) => childGroupOutput.parse(group).results);
}
