/** What a drill tells when it has no report that would: an alert, and that nothing is proven. */
import type { OrchestrationContext } from 'durable-functions';
import { leftBehindKey, raiseAlert, type DrillResult } from '../contracts/drill.ts';
import { attempt, call, type Step } from './step.ts';
import type { Timeline } from './timeline.ts';

interface Scope {
  readonly system: string;
  readonly region: string;
}

/** A server that stands after its drill has an alert of its own, which lasts until it is gone. */
export function* tellLeftBehind(
  ctx: OrchestrationContext,
  { system, region }: Scope,
  target: string,
): Step<void> {
  const alert = {
    key: leftBehindKey(target),
    severity: 'warning' as const,
    title: `A server of a restore drill of ${system} in ${region} was left behind`,
    detail: target,
    runbook: 'runbooks/drill-failed.md',
  };
  yield* attempt(call(ctx, raiseAlert, { system, region, ...alert }));
}

/** A drill that leaves no report raises an alert instead, and proves nothing; the step that is open has failed. */
export function* withoutReport(
  ctx: OrchestrationContext,
  { system, region, slot, cell }: Scope & { readonly slot: string; readonly cell?: DrillResult['scenario'] },
  timeline: Timeline,
  what: string,
  reason: string,
): Step<DrillResult> {
  timeline.end('failed', reason);
  const alert = {
    key: 'drill-failed',
    severity: 'critical' as const,
    title: `The restore drill of ${system} in ${region} ${what}`,
    detail: reason,
    runbook: 'runbooks/drill-failed.md',
  };
  yield* attempt(call(ctx, raiseAlert, { system, region, ...alert }));
  return {
    result: 'INCONCLUSIVE',
    drill: `drill-${slot}`,
    reasons: [reason],
    timeline: timeline.steps,
    scenario: cell,
  };
}
