/**
 * The restore drill of one system in one region:
 *   1. plan: choose the recovery point, write down what is going to be done
 *   2. restore every database of the point into a new server, side by side
 *   3. run every check on every restored database
 *   4. after the clean-up delay, remove the servers
 *   5. finalize the report
 * Whatever fails on the way, the servers are removed and the report is written; a drill that could not be planned, or
 * not be reported, raises an alert instead.
 */
import type { OrchestrationContext } from 'durable-functions';
import type { DateTime } from 'luxon';
import {
  drillInput,
  drillResult,
  finalizeReport,
  leftBehindKey,
  planDrill,
  raiseAlert,
  type DrillFacts,
  type DrillInput,
  type DrillResult,
} from '../contracts/drill.ts';
import type { TimelineStep } from '../contracts/report.ts';
import { instantOf, isoOf } from '../contracts/values.ts';
import type { Failure } from '../policy/failure.ts';
import { runChecks } from './drill-checks.ts';
import { removeServerContract } from './remove-server.ts';
import { restoreServerContract } from './restore-server.ts';
import { serveSlot } from './serve-slot.ts';
import {
  attempt,
  call,
  callChildren,
  now,
  pause,
  ProgressNote,
  type Step,
  type WorkflowContract,
} from './step.ts';

export const restoreDrillContract: WorkflowContract<DrillInput, DrillResult> = {
  name: 'restoreDrill',
  input: drillInput,
  output: drillResult,
};

export function* restoreDrill(ctx: OrchestrationContext): Step<DrillResult> {
  const input = drillInput.parse(ctx.df.getInput());
  return yield* serveSlot(ctx, {
    ...{ kind: 'drill', contract: restoreDrillContract, input },
    work: (unclear) => playDrill(ctx, input, unclear),
    outcomeOf: ({ result }) => result,
  });
}

function* playDrill(
  ctx: OrchestrationContext,
  input: ReturnType<typeof drillInput.parse>,
  unclear: Failure | undefined,
): Step<DrillResult> {
  const { system, region, slot, trigger } = input;
  const declaredAt = input.declaredAt ?? isoOf(now(ctx));
  const timeline: TimelineStep[] = [];
  const note = new ProgressNote(ctx);

  note.begin('plan');
  const order = { system, region, slot, trigger, point: input.point, declaredAt };
  const { cleanUpDelaySeconds } = input;
  const planned =
    unclear === undefined
      ? yield* attempt(call(ctx, planDrill, { ...order, cleanUpDelaySeconds }))
      : { failure: unclear };
  close(
    ctx,
    note,
    timeline,
    'plan',
    instantOf(declaredAt),
    'failure' in planned ? ['failed', planned.failure.message] : ['done', planned.value.point],
  );
  if ('failure' in planned)
    return yield* withoutReport(ctx, input, timeline, 'could not be planned', planned.failure.message);
  const { plan, drill, targets, deadlines } = planned.value;
  const onTargets = targets.map((target) => ({ system, region, plan, database: target.database }));
  const decideSeconds = now(ctx).diff(instantOf(declaredAt)).as('seconds');

  note.begin('restore');
  const restoreFrom = now(ctx);
  const restored = yield* attempt(
    callChildren(
      ctx,
      restoreServerContract,
      onTargets.map((on) => ({ ...on, deadlineSeconds: deadlines.restoreSeconds })),
    ),
  );
  const restores =
    'value' in restored
      ? restored.value
      : onTargets.map(() => ({
          state: 'failed' as const,
          detail: restored.failure.message,
          restoreSeconds: 0,
          reconfigureSeconds: 0,
        }));
  const failedRestore = restores.find((one) => one.state !== 'ready');
  close(
    ctx,
    note,
    timeline,
    'restore',
    restoreFrom,
    failedRestore === undefined ? ['done', `${restores.length} server(s)`] : ['failed', failedRestore.detail],
  );

  note.begin('check');
  const checkFrom = now(ctx);
  const checked = yield* runChecks(
    ctx,
    onTargets.map((on, index) => ({ on, checks: targets[index]?.checks ?? [] })),
    failedRestore?.detail,
  );
  const notPassed = checked.checks.filter((one) => one.status !== 'passed').length;
  const checkWord = failedRestore === undefined ? (notPassed === 0 ? 'done' : 'failed') : 'not-run';
  close(ctx, note, timeline, 'check', checkFrom, [
    checkWord,
    `${checked.checks.length - notPassed} of ${checked.checks.length} passed`,
  ]);
  const validateSeconds = now(ctx).diff(checkFrom).as('seconds');

  if (cleanUpDelaySeconds > 0) {
    note.begin('keep for inspection');
    yield* pause(ctx, cleanUpDelaySeconds);
  }
  note.begin('clean up');
  const removeFrom = now(ctx);
  const removed = yield* attempt(
    callChildren(
      ctx,
      removeServerContract,
      onTargets.map((on) => ({ ...on, deadlineSeconds: deadlines.removalSeconds })),
    ),
  );
  const cleanUp = targets.map((target, index) => {
    const one = 'value' in removed ? removed.value[index] : undefined;
    const lost = 'failure' in removed ? removed.failure.message : 'no answer';
    return {
      target: target.target,
      outcome: one?.state ?? ('left-over' as const),
      detail: one?.detail ?? lost,
      seconds: one?.seconds ?? 0,
    };
  });
  const leftOver = cleanUp.find((one) => one.outcome === 'left-over');
  close(
    ctx,
    note,
    timeline,
    'clean up',
    removeFrom,
    leftOver === undefined ? ['done', `${cleanUp.length} server(s) absent`] : ['failed', leftOver.detail],
  );

  note.begin('report');
  const facts: DrillFacts = {
    ...{ system, region, plan, drill, endedAt: isoOf(now(ctx)), cleanUp, timeline: [...timeline] },
    restore:
      failedRestore === undefined ? 'done' : failedRestore.state === 'timed-out' ? 'timed-out' : 'failed',
    checks: checked.checks,
    heartbeats: checked.heartbeats,
    isolation: restores.flatMap((one) =>
      'isolation' in one && one.isolation !== undefined ? [one.isolation] : [],
    ),
    breakdownSeconds: {
      decide: decideSeconds,
      restore: Math.max(...restores.map((one) => one.restoreSeconds)),
      reconfigure: Math.max(...restores.map((one) => one.reconfigureSeconds)),
      validate: validateSeconds,
    },
  };
  const reported = yield* attempt(call(ctx, finalizeReport, facts));
  const told: [TimelineStep['outcome'], string] =
    'failure' in reported ? ['failed', reported.failure.message] : ['done', reported.value.report];
  close(ctx, note, timeline, 'report', instantOf(facts.endedAt), told);
  if ('failure' in reported) {
    // The report would have told of them.
    for (const { target, outcome } of cleanUp)
      if (outcome === 'left-over') yield* tellLeftBehind(ctx, { system, region }, target);
    return yield* withoutReport(ctx, input, timeline, 'was played but could not be reported', told[1]);
  }
  return { ...reported.value, drill, timeline };
}

/** Ends a step: in the timeline of the report and in the progress that people watch. */
function close(
  ctx: OrchestrationContext,
  note: ProgressNote,
  timeline: TimelineStep[],
  step: string,
  from: DateTime,
  [outcome, detail]: [TimelineStep['outcome'], string],
): void {
  const seconds = Math.max(0, now(ctx).diff(from).as('seconds'));
  timeline.push({ step, startedAt: isoOf(from), endedAt: isoOf(now(ctx)), seconds, outcome, detail });
  note.end(step, seconds, outcome);
}

/** A server that stands after its drill has an alert of its own, which lasts until it is gone. */
function* tellLeftBehind(
  ctx: OrchestrationContext,
  scope: { system: string; region: string },
  target: string,
): Step<void> {
  const alert = {
    key: leftBehindKey(target),
    severity: 'warning' as const,
    title: `A server of a restore drill of ${scope.system} in ${scope.region} was left behind`,
    detail: target,
    runbook: 'runbooks/drill-failed.md',
  };
  yield* attempt(call(ctx, raiseAlert, { ...scope, ...alert }));
}

/** A drill that left no report raises an alert instead, and proves nothing. */
function* withoutReport(
  ctx: OrchestrationContext,
  input: { system: string; region: string; slot: string },
  timeline: TimelineStep[],
  what: string,
  reason: string,
): Step<DrillResult> {
  const { system, region, slot } = input;
  const title = `The restore drill of ${system} in ${region} ${what}`;
  yield* attempt(
    call(ctx, raiseAlert, {
      system,
      region,
      key: 'drill-failed',
      severity: 'critical',
      title,
      detail: reason,
      runbook: 'runbooks/drill-failed.md',
    }),
  );
  return { result: 'INCONCLUSIVE', drill: `drill-${slot}`, reasons: [reason], timeline };
}
