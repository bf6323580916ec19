/** Applies to every restored database what the law required to be erased since the instant that it was restored to. */
import type { OrchestrationContext } from 'durable-functions';
import { applyErasures, type ErasuresApplied } from '../contracts/erasures.ts';
import { attempt, call, type Step } from './step.ts';

interface OnDatabase {
  readonly system: string;
  readonly region: string;
  readonly plan: string;
  readonly database: string;
}

/** One database after the other; what could not be applied is told, and keeps the restore from being ready. */
export function* eraseAgain(
  ctx: OrchestrationContext,
  onDatabases: readonly OnDatabase[],
): Step<ErasuresApplied[]> {
  const all: ErasuresApplied[] = [];
  for (const on of onDatabases) all.push(yield* eraseIn(ctx, on));
  return all;
}

function* eraseIn(ctx: OrchestrationContext, on: OnDatabase): Step<ErasuresApplied> {
  const sum: ErasuresApplied = { database: on.database, due: 0, applied: 0, problems: [] };
  for (let after: string | undefined; ;) {
    const input = { ...on, ...(after === undefined ? {} : { after }) };
    const done = yield* attempt(call(ctx, applyErasures, input));
    if ('failure' in done) {
      sum.problems.push({ id: after ?? '', problem: done.failure.message });
      return sum;
    }
    sum.due += done.value.due;
    sum.applied += done.value.applied;
    sum.problems.push(...done.value.problems);
    if (done.value.next === undefined) return sum;
    after = done.value.next;
  }
}
