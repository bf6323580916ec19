/**
 * Some of many children, so that the history of whoever calls them all has only their groups. A group that is still too
 * large has groups in turn.
 */
import type { OrchestrationContext } from 'durable-functions';
import {
  childGroupInput,
  childGroupOutput,
  type ChildGroupInput,
  type ChildGroupOutput,
} from '../contracts/children.ts';
import { childGroupName, singly, startAll } from './child-groups.ts';
import type { Step, WorkflowContract } from './step.ts';

export const childGroupContract: WorkflowContract<ChildGroupInput, ChildGroupOutput> = {
  name: childGroupName,
  input: childGroupInput,
  output: childGroupOutput,
};

export function* childGroup(ctx: OrchestrationContext): Step<ChildGroupOutput> {
  const { child, inputs } = childGroupInput.parse(ctx.df.getInput());
  return { results: singly(yield startAll(ctx, child, inputs), inputs.length) };
}
