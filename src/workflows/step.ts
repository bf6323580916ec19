/**
 * The few verbs that every orchestration is written in. All of them are deterministic: results come from `yield`
 * alone, the time from the orchestration's own clock. Retries follow one rule for every activity: a failure that says
 * it may pass is tried again after a growing pause, any other is final at once.
 */
import type { OrchestrationContext, Task } from 'durable-functions';
import { DateTime } from 'luxon';
import type { z } from 'zod';
import { activityOutcome, type ActivityContract } from '../contracts/activity.ts';
import type { Progress } from '../contracts/cycle.ts';
import { isoOf } from '../contracts/values.ts';
import { Failure, failureFromFacts, type FailureFacts } from '../policy/failure.ts';
import { singly, startAll } from './child-groups.ts';
import { countRetries, retriesTold } from './retries.ts';

/** A part of an orchestration that yields tasks and comes to a value. */
export type Step<T> = Generator<Task, T, unknown>;

const mostAttempts = 4;
const firstPauseSeconds = 2;
const pauseFactor = 3;

/** The orchestration's own time. */
export function now(ctx: OrchestrationContext): DateTime {
  return DateTime.fromJSDate(ctx.df.currentUtcDateTime, { zone: 'utc' });
}

/** Seconds since an instant of the orchestration's own time. */
export function secondsSince(ctx: OrchestrationContext, from: DateTime): number {
  return (ctx.df.currentUtcDateTime.getTime() - from.toMillis()) / 1000;
}

/** Waits by a durable timer. */
export function* pause(ctx: OrchestrationContext, seconds: number): Step<void> {
  yield ctx.df.createTimer(new Date(ctx.df.currentUtcDateTime.getTime() + seconds * 1000));
}

/** Calls an activity; its value, or a thrown `Failure` once retrying is of no use. */
export function* call<I, O>(
  ctx: OrchestrationContext,
  contract: ActivityContract<I, O>,
  input: NoInfer<I>,
): Step<O> {
  for (let tried = 1; ; tried += 1) {
    const result = yield* callOnce(ctx, contract, input);
    if ('value' in result) return result.value;
    // A busy server is the business of whoever runs the operation: it may stay so for long.
    const isLast = result.failure.code === 'busy' || tried === mostAttempts;
    if (!result.failure.retryable || isLast) throw failureFromFacts(result.failure);
    countRetries(ctx, 1);
    yield* pause(ctx, firstPauseSeconds * pauseFactor ** (tried - 1));
  }
}

/** Calls an activity once, where the caller itself asks again: its value, or a thrown `Failure`. */
export function* ask<I, O>(
  ctx: OrchestrationContext,
  contract: ActivityContract<I, O>,
  input: NoInfer<I>,
): Step<O> {
  const result = yield* callOnce(ctx, contract, input);
  if ('value' in result) return result.value;
  throw failureFromFacts(result.failure);
}

function* callOnce<I, O>(
  ctx: OrchestrationContext,
  contract: ActivityContract<I, O>,
  input: I,
): Step<{ value: O } | { failure: FailureFacts }> {
  try {
    const outcome = activityOutcome.parse(yield ctx.df.callActivity(contract.name, input));
    return outcome.outcome === 'done'
      ? { value: contract.output.parse(outcome.value) }
      : { failure: outcome.failure };
  } catch (thrown) {
    return { failure: lostActivity(contract.name, thrown) };
  }
}

/** An activity that did not answer in its contract's form: the platform stopped it, or it is of another version. */
function lostActivity(name: string, thrown: unknown): FailureFacts {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new Failure(
    'unexpected',
    `${name} gave no usable answer: ${message.slice(0, 500)}`,
    'Look in the log for the activity.',
  ).facts();
}

/** Runs a step and gives its failure as a value, where the orchestration goes on without it. */
export function* attempt<T>(step: Step<T>): Step<{ readonly value: T } | { readonly failure: Failure }> {
  try {
    return { value: yield* step };
  } catch (thrown) {
    if (thrown instanceof Failure) return { failure: thrown };
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return {
      failure: new Failure('unexpected', message.slice(0, 500), 'Look in the log for the orchestration.'),
    };
  }
}

/** The name and shapes of an orchestration that others call. */
export interface WorkflowContract<I, O> {
  readonly name: string;
  readonly input: z.ZodType<unknown, I>;
  readonly output: z.ZodType<O>;
}

/** Calls a child orchestration; `id` only where others must find it by name. */
export function* callChild<I, O>(
  ctx: OrchestrationContext,
  child: WorkflowContract<I, O>,
  input: NoInfer<I>,
  id?: string,
): Step<O> {
  return resultOf(ctx, child, yield ctx.df.callSubOrchestrator(child.name, input, id));
}

function resultOf<O>(
  ctx: OrchestrationContext,
  { output }: Pick<WorkflowContract<never, O>, 'output'>,
  result: unknown,
): O {
  countRetries(ctx, retriesTold(result));
  return output.parse(result);
}

/** Calls the same child orchestration for several inputs at once. */
export function* callChildren<I, O>(
  ctx: OrchestrationContext,
  child: WorkflowContract<I, O>,
  inputs: readonly NoInfer<I>[],
): Step<O[]> {
  if (inputs.length === 0) return [];
  const results = singly(yield startAll(ctx, child.name, inputs), inputs.length);
  return results.map((result) => resultOf(ctx, child, result));
}

/** Children of one kind, or another child that may end first: the results of all of them, or the other's. */
export function* race<I, O, J, P>(
  ctx: OrchestrationContext,
  child: WorkflowContract<I, O>,
  inputs: readonly NoInfer<I>[],
  other: WorkflowContract<J, P>,
  otherInput: NoInfer<J>,
): Step<{ readonly all: O[] } | { readonly other: P }> {
  const all = startAll(ctx, child.name, inputs);
  const one = ctx.df.callSubOrchestrator(other.name, otherInput);
  const winner = (yield ctx.df.Task.any([all, one])) as Task & { readonly result: unknown };
  if (winner === one) return { other: other.output.parse(winner.result) };
  return { all: singly(winner.result, inputs.length).map((result) => resultOf(ctx, child, result)) };
}

/** Keeps a running account of the orchestration's steps in its custom status. */
/** How far a step is, as far as that is known. */
export type HowFar = Pick<Progress, 'percent' | 'secondsLeft' | 'work'>;

export class ProgressNote {
  readonly #ctx: OrchestrationContext;
  readonly #done: Progress['done'] = [];

  constructor(ctx: OrchestrationContext) {
    this.#ctx = ctx;
  }

  /** Says what is done now, which child does it, and how far it is. */
  begin(step: string, child?: string, { percent, secondsLeft, work }: HowFar = {}): void {
    this.#ctx.df.setCustomStatus({
      step,
      child,
      ...(percent === undefined ? {} : { percent: Math.round(percent) }),
      ...(secondsLeft === undefined ? {} : { secondsLeft: Math.round(secondsLeft) }),
      ...(work === undefined ? {} : { work }),
      since: isoOf(now(this.#ctx)),
      done: this.#done,
    } satisfies Progress);
  }

  /** Says how a step ended. */
  end(step: string, seconds: number, outcome: string): void {
    this.#done.push({ step, seconds: Math.round(seconds * 1000) / 1000, outcome });
  }
}
