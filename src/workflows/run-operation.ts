/**
 * Starts an operation and waits for its end, again until nothing is left to do: the activity that starts it says
 * `done` once the resource is in the state that was wanted, so a repeated start finds the first one's work.
 */
import type { OrchestrationContext } from 'durable-functions';
import type { ActivityContract } from '../contracts/activity.ts';
import type { OperationStart } from '../contracts/operations.ts';
import { countRetries } from './retries.ts';
import { attempt, call, callChild, pause, type Step } from './step.ts';
import { waitForOperationContract } from './wait-for-operation.ts';

/** How an operation ended, in the words of the provider. */
export interface OperationEnd {
  readonly state: 'done' | 'failed' | 'timed-out';
  readonly detail: string;
}

/** Rounds of one operation; together with the pauses of a busy server they last about half an hour. */
const mostRounds = 24;
const longestBusyPauseSeconds = 120;

/** The pause before a busy server is asked again: its other operation may be an earlier start of this very one. */
const busyPauseSeconds = (round: number): number => Math.min(longestBusyPauseSeconds, 2 * 1.5 ** round);

/** One start and its wait per round; more than one where several parts must be done one after the other. */
export function* runOperation<I>(
  ctx: OrchestrationContext,
  start: ActivityContract<I, OperationStart>,
  input: NoInfer<I>,
  deadlineSeconds: number,
): Step<OperationEnd> {
  for (let round = 0; round < mostRounds; round += 1) {
    const answer = yield* attempt(call(ctx, start, input));
    if ('failure' in answer) {
      if (answer.failure.code !== 'busy' || round === mostRounds - 1) throw answer.failure;
      countRetries(ctx, 1);
      yield* pause(ctx, busyPauseSeconds(round));
      continue;
    }
    const begun = answer.value;
    if (begun.state === 'done') return { state: 'done', detail: begun.detail };
    if (begun.state === 'failed') return { state: 'failed', detail: `${begun.code}: ${begun.message}` };
    const ended = yield* callChild(ctx, waitForOperationContract, {
      operation: begun.operation,
      deadlineSeconds,
    });
    if (ended.state !== 'succeeded')
      return { state: ended.state, detail: [ended.code, ended.message].filter(Boolean).join(': ') };
  }
  return { state: 'failed', detail: `${start.name} found something left to do after ${mostRounds} rounds` };
}
