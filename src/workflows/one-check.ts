/** One check from its beginning to its end. One that cannot run is inconclusive and says why: it is never an exception. */
import type { OrchestrationContext } from 'durable-functions';
import { runCheck, type CheckToRun, type FinishedCheck, type LongCheckOutcome } from '../contracts/drill.ts';
import type { CheckResult } from '../contracts/report.ts';
import { isoOf } from '../contracts/values.ts';
import { longCheckContract } from './long-check.ts';
import { attempt, call, callChild, now, type Step } from './step.ts';

export function* oneCheck(ctx: OrchestrationContext, { on, check }: CheckToRun): Step<FinishedCheck> {
  const ran = yield* wholeCheck(ctx, { on, check });
  return 'noAnswer' in ran ? unanswered(ctx, on.database, check, 'inconclusive', ran.noAnswer) : ran;
}

/** What takes more than one portion goes on in an orchestration of its own. */
function* wholeCheck(ctx: OrchestrationContext, { on, check }: CheckToRun): Step<LongCheckOutcome> {
  const startedAt = isoOf(now(ctx));
  const ran = yield* attempt(call(ctx, runCheck, { ...on, check, portion: 0 }));
  if ('failure' in ran) return { noAnswer: ran.failure.message };
  if (!('goesOn' in ran.value)) return ran.value;
  const input = { ...on, check, portion: ran.value.goesOn, startedAt };
  const ended = yield* attempt(callChild(ctx, longCheckContract, input));
  return 'value' in ended ? ended.value : { noAnswer: ended.failure.message };
}

/** A check without an answer, and why it has none. */
export function unanswered(
  ctx: OrchestrationContext,
  database: string,
  check: string,
  status: 'not-run' | 'inconclusive',
  reason: string,
): CheckResult {
  const at = isoOf(now(ctx));
  return {
    ...{
      id: check,
      title: check,
      database,
      status,
      expected: 'an answer',
      actual: reason,
      findings: [],
      findingCount: 0,
      measured: {},
    },
    startedAt: at,
    endedAt: at,
    elapsedMilliseconds: 0,
  };
}
