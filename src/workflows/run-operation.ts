/**
 * Starts an operation and waits for its end, again until nothing is left to do: the activity that starts it says
 * `done` once the resource is in the state that was wanted, so a repeated start finds the first one's work.
 */
import type { OrchestrationContext } from 'durable-functions';
import type { ActivityContract } from '../contracts/activity.ts';
import type { OperationStart } from '../contracts/operations.ts';
import { failureFromFacts } from '../policy/failure.ts';
import { busyPauseSeconds, mostBusyRounds } from '../policy/polling.ts';
import { countRetries } from './retries.ts';
import { attempt, call, callChild, pause, type Step } from './step.ts';
import { startWhenFreeContract } from './start-when-free.ts';
import { waitForOperationContract } from './wait-for-operation.ts';

/** How an operation ended, in the words of the provider. */
export interface OperationEnd {
  readonly state: 'done' | 'failed' | 'timed-out';
  readonly detail: string;
}

/** Rounds of one operation: as many as it may have parts that must be done one after the other. */
const mostRounds = mostBusyRounds;
/** A server that is busy for longer is waited for by a child. */
const fewBusyRounds = 8;

/** One start and its wait per round; more than one where several parts must be done one after the other. */
export function* runOperation<I>(
  ctx: OrchestrationContext,
  start: ActivityContract<I, OperationStart>,
  input: NoInfer<I>,
  deadlineSeconds: number,
): Step<OperationEnd> {
  for (let round = 0; round < mostRounds; round += 1) {
    const begun = yield* begin(ctx, start, input);
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

/** Starts it once the server is not busy with something else; throws the failure that does not pass. */
function* begin<I>(
  ctx: OrchestrationContext,
  start: ActivityContract<I, OperationStart>,
  input: NoInfer<I>,
): Step<OperationStart> {
  for (let round = 0; round < fewBusyRounds; round += 1) {
    const answer = yield* attempt(call(ctx, start, input));
    if ('value' in answer) return answer.value;
    if (answer.failure.code !== 'busy') throw answer.failure;
    if (round + 1 === fewBusyRounds) break;
    countRetries(ctx, 1);
    yield* pause(ctx, busyPauseSeconds(round));
  }
  const order = { activity: start.name, given: input, round: fewBusyRounds - 1 };
  const free = yield* callChild(ctx, startWhenFreeContract, order);
  if ('failure' in free) throw failureFromFacts(free.failure);
  return free.begun;
}
