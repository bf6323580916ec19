/**
 * How often an orchestration tried an activity again, and those that it called, for the account of what was done. It is
 * counted anew at each replay, by the same answers.
 */
import type { OrchestrationContext } from 'durable-functions';

const counts = new WeakMap<OrchestrationContext, number>();

export const retriesIn = (ctx: OrchestrationContext): number => counts.get(ctx) ?? 0;

export function countRetries(ctx: OrchestrationContext, more: number): void {
  counts.set(ctx, retriesIn(ctx) + more);
}

/** The result of an orchestration, with what was tried again for it: its caller counts it in. */
export function withRetries<T extends object>(ctx: OrchestrationContext, result: T): T {
  return retriesIn(ctx) === 0 ? result : { ...result, retries: retriesIn(ctx) };
}

/** What a child said of its retries; one that says nothing had none, or keeps no account. */
export function retriesTold(result: unknown): number {
  if (typeof result !== 'object' || result === null || !('retries' in result)) return 0;
  return typeof result.retries === 'number' ? result.retries : 0;
}
