/**
 * Starts an operation on a server that has been busy for long, as soon as it is free: so many pauses have no place in the
 * history of whoever waits for it.
 */
import type { OrchestrationContext } from 'durable-functions';
import {
  startedBy,
  startWhenFreeInput,
  startWhenFreeOutcome,
  type StartWhenFreeInput,
  type StartWhenFreeOutcome,
} from '../contracts/operations.ts';
import { busyPauseSeconds, mostBusyRounds } from '../policy/polling.ts';
import { countRetries, withRetries } from './retries.ts';
import { attempt, call, pause, type Step, type WorkflowContract } from './step.ts';

export const startWhenFreeContract: WorkflowContract<StartWhenFreeInput, StartWhenFreeOutcome> = {
  name: 'startWhenFree',
  input: startWhenFreeInput,
  output: startWhenFreeOutcome,
};

export function* startWhenFree(ctx: OrchestrationContext): Step<StartWhenFreeOutcome> {
  const { activity, given, round: first } = startWhenFreeInput.parse(ctx.df.getInput());
  for (let round = first; ; round += 1) {
    countRetries(ctx, 1);
    yield* pause(ctx, busyPauseSeconds(round));
    const answer = yield* attempt(call(ctx, startedBy(activity), given));
    if ('value' in answer) return withRetries(ctx, { begun: answer.value });
    if (answer.failure.code !== 'busy' || round + 1 >= mostBusyRounds)
      return withRetries(ctx, { failure: answer.failure.facts() });
  }
}
