/**
 * Runs the checks of a drill, one after the other on each restored database. A check that cannot run is inconclusive
 * and says why; the ones after it still run.
 */
import type { OrchestrationContext } from 'durable-functions';
import { runCheck, type LongCheckOutcome, type OnTarget } from '../contracts/drill.ts';
import type { CheckResult } from '../contracts/report.ts';
import { isoOf } from '../contracts/values.ts';
import { longCheckContract } from './long-check.ts';
import { attempt, call, callChild, now, type Step } from './step.ts';

/** Every check's result, and the newest heartbeat found in each database. */
export interface Checked {
  readonly checks: CheckResult[];
  readonly heartbeats: { database: string; newestWrittenAt: string | undefined }[];
}

/** `notRestored` says why nothing can be checked; then every check is reported as not run. */
export function* runChecks(
  ctx: OrchestrationContext,
  targets: readonly { readonly on: OnTarget; readonly checks: readonly string[] }[],
  notRestored: string | undefined,
): Step<Checked> {
  const results: CheckResult[] = [];
  const heartbeats: Checked['heartbeats'] = [];
  for (const { on: target, checks } of targets) {
    let newestWrittenAt: string | undefined;
    for (const check of checks) {
      if (notRestored !== undefined) {
        results.push(unanswered(ctx, target.database, check, 'not-run', `not restored: ${notRestored}`));
        continue;
      }
      const ran = yield* wholeCheck(ctx, target, check);
      if ('noAnswer' in ran) {
        results.push(unanswered(ctx, target.database, check, 'inconclusive', ran.noAnswer));
        continue;
      }
      const { newestHeartbeat, ...result } = ran;
      newestWrittenAt = newestHeartbeat ?? newestWrittenAt;
      results.push(result);
    }
    heartbeats.push({ database: target.database, newestWrittenAt });
  }
  return { checks: results, heartbeats };
}

/** A check from its beginning to its end; what takes more than one portion goes on in an orchestration of its own. */
function* wholeCheck(ctx: OrchestrationContext, target: OnTarget, check: string): Step<LongCheckOutcome> {
  const startedAt = isoOf(now(ctx));
  const ran = yield* attempt(call(ctx, runCheck, { ...target, check, portion: 0 }));
  if ('failure' in ran) return { noAnswer: ran.failure.message };
  if (!('goesOn' in ran.value)) return ran.value;
  const input = { ...target, check, portion: ran.value.goesOn, startedAt };
  const ended = yield* attempt(callChild(ctx, longCheckContract, input));
  return 'value' in ended ? ended.value : { noAnswer: ended.failure.message };
}

function unanswered(
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
