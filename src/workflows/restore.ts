/**
 * A restore that a person asked for:
 *   1. open: hold the plan and the request against each other, pin the points
 *   2. wait until another person has approved the plan, or one may go on alone, while listening for a cancellation
 *   3. permit: everything is looked at again, and written down once
 *   4. restore every database into a new server, check, keep; or take back what was made
 *   5. write what it came to
 * Nothing is restored without the permit. Whatever fails, the result is written and the pins go.
 */
import type { OrchestrationContext } from 'durable-functions';
import { openRestore, permitRestore } from '../contracts/restore-request.ts';
import {
  finalizeRestore,
  restoreInput,
  restoreResult,
  type RestoreInput,
  type RestoreResult,
} from '../contracts/restore.ts';
import { isoOf } from '../contracts/values.ts';
import type { Failure } from '../policy/failure.ts';
import { carryOut, nothingDone, type AboutRestore, type EndFacts } from './carry-out-restore.ts';
import { decideAndPermit, timed, unlessUnclear } from './matter-steps.ts';
import { serveSlot } from './serve-slot.ts';
import { call, callChild, now, secondsSince, type Step, type WorkflowContract } from './step.ts';
import { Timeline } from './timeline.ts';
import { waitForGoContract } from './wait-for-go.ts';

export const restoreContract: WorkflowContract<RestoreInput, RestoreResult> = {
  name: 'restore',
  input: restoreInput,
  output: restoreResult,
};

type Opened = ReturnType<typeof openRestore.output.parse>;

export function* restore(ctx: OrchestrationContext): Step<RestoreResult> {
  const input = restoreInput.parse(ctx.df.getInput());
  return yield* serveSlot(ctx, {
    ...{ kind: 'restore', contract: restoreContract, input },
    work: (unclear) => openAndRestore(ctx, input, unclear),
    outcomeOf: ({ outcome }) => outcome,
  });
}

function* openAndRestore(
  ctx: OrchestrationContext,
  { system, region, slot, plan }: ReturnType<typeof restoreInput.parse>,
  unclear: Failure | undefined,
): Step<RestoreResult> {
  const startedAt = now(ctx);
  const about = { system, region, restore: `restore-${slot}`, plan };
  const timeline = new Timeline(ctx);
  const open = unlessUnclear(unclear, call(ctx, openRestore, about));
  const opened = yield* timed(timeline, 'open', open, ({ instant }) => instant);
  const decide = secondsSince(ctx, startedAt);
  const facts: EndFacts =
    'failure' in opened
      ? { ...nothingDone({ decide }), failure: `it could not be begun: ${opened.failure.message}` }
      : yield* decideAndCarryOut(ctx, about, opened.value, { timeline, decide });

  const record = call(ctx, finalizeRestore, {
    ...{ ...about, ...facts, endedAt: isoOf(now(ctx)), timeline: [...timeline.steps] },
  });
  const told = yield* timed(timeline, 'record', record, ({ outcome }) => outcome);
  const end =
    'value' in told
      ? told.value
      : {
          outcome: 'failed' as const,
          detail: `it could not be recorded: ${told.failure.message}`,
          servers: facts.servers,
        };
  return {
    ...end,
    restore: about.restore,
    seconds: secondsSince(ctx, startedAt),
    timeline: [...timeline.steps],
  };
}

/** Waits for the decision; goes on only with the permit, which is asked for at the last moment. */
function* decideAndCarryOut(
  ctx: OrchestrationContext,
  about: AboutRestore,
  opened: Opened,
  { timeline, decide }: { readonly timeline: Timeline; readonly decide: number },
): Step<EndFacts> {
  const from = now(ctx);
  const deadlineSeconds = opened.deadlines.approvalSeconds;
  const wait = callChild(ctx, waitForGoContract, { ...about, deadlineSeconds });
  const decided = yield* decideAndPermit(timeline, wait, call(ctx, permitRestore, about));
  const spent = { decide, approve: secondsSince(ctx, from) };
  if (!('approval' in decided)) return { ...nothingDone(spent), ...decided };
  return { ...(yield* carryOut(ctx, about, opened, { timeline, spent })), ...decided };
}
