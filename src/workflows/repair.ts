/**
 * The repair of one system in one region: look at every finding of a scan and its copies → plan (written down before
 * anything is) → what the estate's policy allows by itself → wait for a person's approval of the rest → repair in
 * portions → result. A dry run ends with the plan.
 */
import type { OrchestrationContext } from 'durable-functions';
import { raiseAlert } from '../contracts/drill.ts';
import {
  applyRepair,
  examineRepair,
  finalizeRepair,
  repairInput,
  repairResult,
  sealRepair,
  type ApprovalWaitResult,
  type RepairInput,
  type RepairResult,
} from '../contracts/repair.ts';
import { isoOf } from '../contracts/values.ts';
import type { Failure } from '../policy/failure.ts';
import { serveSlot } from './serve-slot.ts';
import { waitForApprovalContract } from './wait-for-approval.ts';
import {
  attempt,
  call,
  callChild,
  now,
  pause,
  ProgressNote,
  secondsSince,
  type Step,
  type WorkflowContract,
} from './step.ts';

export const repairContract: WorkflowContract<RepairInput, RepairResult> = {
  name: 'repair',
  input: repairInput,
  output: repairResult,
};

type Parsed = ReturnType<typeof repairInput.parse>;
type OnPlan = { readonly system: string; readonly region: string; readonly plan: string };

const failuresTold = 20;
const mostPasses = 4;
const pauseSeconds = 30;

export function* repair(ctx: OrchestrationContext): Step<RepairResult> {
  const input = repairInput.parse(ctx.df.getInput());
  return yield* serveSlot(ctx, {
    ...{ kind: 'repair', contract: repairContract, input },
    work: (unclear) => repairAndTell(ctx, input, unclear),
    outcomeOf: (result) => result.outcome,
  });
}

function* repairAndTell(
  ctx: OrchestrationContext,
  input: Parsed,
  unclear: Failure | undefined,
): Step<RepairResult> {
  const { system, region } = input;
  const startedAt = now(ctx);
  const ended = yield* attempt(planAndApply(ctx, input, unclear));
  const seconds = secondsSince(ctx, startedAt);
  if ('value' in ended) return { ...ended.value, seconds };
  const detail = ended.failure.message;
  const alert = {
    key: 'repair-incomplete',
    severity: 'critical' as const,
    title: `The repair of ${system} in ${region} failed`,
    detail,
    runbook: 'runbooks/scan-damage.md',
    // Nobody waits for an approval any more.
    insteadOf: 'repair-waiting',
  };
  if (!input.dryRun) yield* attempt(call(ctx, raiseAlert, { system, region, ...alert }));
  return { outcome: 'failed', detail, repaired: 0, left: 0, seconds };
}

function* planAndApply(
  ctx: OrchestrationContext,
  input: Parsed,
  unclear: Failure | undefined,
): Step<Omit<RepairResult, 'seconds'>> {
  if (unclear !== undefined) throw unclear;
  const { system, region, slot, dryRun, isByPolicyOnly } = input;
  const startedAt = isoOf(now(ctx));
  const note = new ProgressNote(ctx);
  note.begin('examine');
  const scan = yield* examineAll(ctx, input);
  note.begin('plan');
  const planned = yield* call(ctx, sealRepair, {
    ...{ system, region, slot, scan, dryRun, isByPolicyOnly },
    ...narrowedTo(input),
  });
  const onPlan = { system, region, plan: planned.plan };
  const failures: string[] = [];
  if (planned.automatic > 0 && !dryRun) {
    note.begin('repair by policy');
    yield* applyAll(ctx, onPlan, 'automatic', failures);
  }
  let approval: ApprovalWaitResult | undefined;
  if (planned.manual > 0 && !dryRun && !isByPolicyOnly) {
    note.begin('wait for approval');
    approval = yield* callChild(ctx, waitForApprovalContract, {
      ...onPlan,
      deadlineSeconds: input.approvalSeconds,
    });
    note.begin('repair as approved');
    if (approval.state === 'approved') yield* applyAll(ctx, onPlan, 'manual', failures);
  }
  note.begin('report');
  const result = yield* call(ctx, finalizeRepair, {
    ...onPlan,
    ...{ slot, startedAt, endedAt: isoOf(now(ctx)), dryRun, failures },
    ...(approval === undefined ? {} : { approval }),
  });
  return { ...result, plan: planned.plan };
}

/** The blobs that it is for, where it is not for all that the scan found. */
const narrowedTo = ({ point, store }: Parsed): Pick<Parsed, 'point' | 'store'> => ({
  ...(point === undefined ? {} : { point }),
  ...(store === undefined ? {} : { store }),
});

/** Looks at every finding, portion by portion; the scan that they are of. */
function* examineAll(ctx: OrchestrationContext, input: Parsed): Step<string> {
  const { system, region, slot, scan } = input;
  let [found, position] = [scan, { part: 0, from: 0 }];
  for (;;) {
    const portion: { scan: string; next?: { part: number; from: number } | undefined } = yield* call(
      ctx,
      examineRepair,
      {
        ...{ system, region, slot, position, ...narrowedTo(input) },
        ...(found === undefined ? {} : { scan: found }),
      },
    );
    if (portion.next === undefined) return portion.scan;
    [found, position] = [portion.scan, portion.next];
  }
}

/** Repairs everything of a mode, again while what failed may pass; an item that is done stays done. */
function* applyAll(
  ctx: OrchestrationContext,
  onPlan: OnPlan,
  mode: 'manual' | 'automatic',
  failures: string[],
): Step<void> {
  for (let pass = 1; ; pass += 1) {
    const tried = yield* attempt(applyOnce(ctx, onPlan, mode));
    if ('failure' in tried) {
      failures.push(tried.failure.message);
      return;
    }
    if (tried.value.mayPass && pass < mostPasses) yield* pause(ctx, pauseSeconds * pass);
    else {
      failures.push(...tried.value.failures.slice(0, Math.max(0, failuresTold - failures.length)));
      return;
    }
  }
}

/** One pass over all items, portion by portion. */
function* applyOnce(
  ctx: OrchestrationContext,
  onPlan: OnPlan,
  mode: 'manual' | 'automatic',
): Step<{ readonly failures: string[]; readonly mayPass: boolean }> {
  const failures: string[] = [];
  let mayPass = false;
  let from: number | undefined = 0;
  while (from !== undefined) {
    const portion: { failures: string[]; mayPass: boolean; next?: number | undefined } = yield* call(
      ctx,
      applyRepair,
      { ...onPlan, mode, from },
    );
    failures.push(...portion.failures.slice(0, Math.max(0, failuresTold - failures.length)));
    mayPass ||= portion.mayPass;
    from = portion.next;
  }
  return { failures, mayPass };
}
