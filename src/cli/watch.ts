/**
 * Follows started operations until all have ended. A host that restarts is not the operation's end: answers that fail
 * in a way that may pass are asked for again, until nothing but such failures came for the time of the patience.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { OperationView } from '../contracts/api/runs.ts';
import { Failure } from '../policy/failure.ts';
import { isOver } from '../policy/instance-state.ts';

/** An operation to follow, and whom to ask about it. */
export interface WatchedOperation {
  readonly id: string;
  readonly client: {
    call(name: 'operation', asked: { readonly params: { readonly id: string } }): Promise<OperationView>;
  };
}

export interface WatchOptions {
  /** Hears every answer, the last one included. */
  readonly report?: (view: OperationView) => void;
  /** Hears that an operation cannot be asked for at the moment. */
  readonly trouble?: (id: string, failure: Failure) => void;
  /** Pause between two questions about one operation; default: 1,000. */
  readonly intervalMilliseconds?: number;
  /** How long failures alone may last before they are believed; default: 120. */
  readonly patienceSeconds?: number;
  /** Ends the watching, which then throws the signal's reason; the operations themselves go on. */
  readonly signal?: AbortSignal;
}

/** Whether an operation has come to its end. */
export function hasEnded(view: OperationView): boolean {
  return isOver(view.state);
}

/** Watches until all have ended; returns the final views in the order given. The first lasting failure ends it all. */
export async function watchOperations(
  operations: readonly WatchedOperation[],
  options: WatchOptions = {},
): Promise<OperationView[]> {
  const given = new AbortController();
  const signal =
    options.signal === undefined ? given.signal : AbortSignal.any([given.signal, options.signal]);
  try {
    return await Promise.all(operations.map((one) => watchOne(one, options, signal)));
  } finally {
    given.abort();
  }
}

async function watchOne(
  watched: WatchedOperation,
  options: WatchOptions,
  signal: AbortSignal,
): Promise<OperationView> {
  const { intervalMilliseconds = 1_000, patienceSeconds = 120 } = options;
  let answeredAt = performance.now();
  for (;;) {
    signal.throwIfAborted();
    const answer = await ask(watched);
    signal.throwIfAborted();
    if ('view' in answer) {
      answeredAt = performance.now();
      options.report?.(answer.view);
      if (hasEnded(answer.view)) return answer.view;
    } else {
      const silentSeconds = (performance.now() - answeredAt) / 1000;
      if (!mayPass(answer.failure) || silentSeconds > patienceSeconds) throw answer.failure;
      options.trouble?.(watched.id, answer.failure);
    }
    // An abort ends the pause early; the next round throws its reason.
    await sleep(intervalMilliseconds, undefined, { signal }).catch(() => undefined);
  }
}

async function ask({
  id,
  client,
}: WatchedOperation): Promise<{ readonly view: OperationView } | { readonly failure: Failure }> {
  try {
    return { view: await client.call('operation', { params: { id } }) };
  } catch (thrown) {
    if (thrown instanceof Failure) return { failure: thrown };
    throw thrown;
  }
}

/** A host that has just started may not know its operations, or its routes, yet. */
const mayPass = (failure: Failure): boolean => failure.retryable || failure.code === 'not-found';
