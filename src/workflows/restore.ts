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
import { openRestore, permitRestore, type RestoreApproval } from '../contracts/restore-request.ts';
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
import { personText } from '../policy/person-name.ts';
import { serveSlot } from './serve-slot.ts';
import { attempt, call, callChild, now, secondsSince, type Step, type WorkflowContract } from './step.ts';
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
  timeline.begin('open');
  const opened = unclear === undefined ? yield* attempt(call(ctx, openRestore, about)) : { failure: unclear };
  if ('failure' in opened) timeline.end('failed', opened.failure.message);
  else timeline.end('done', opened.value.instant);
  const decide = secondsSince(ctx, startedAt);
  const facts: EndFacts =
    'failure' in opened
      ? { ...nothingDone({ decide }), failure: `it could not be begun: ${opened.failure.message}` }
      : yield* decideAndCarryOut(ctx, about, opened.value, { timeline, decide });

  timeline.begin('record');
  const told = yield* attempt(
    call(ctx, finalizeRestore, {
      ...{ ...about, ...facts, endedAt: isoOf(now(ctx)), timeline: [...timeline.steps] },
    }),
  );
  if ('failure' in told) timeline.end('failed', told.failure.message);
  else timeline.end('done', told.value.outcome);
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
  timeline.begin('approve');
  const decided = yield* attempt(waitAndPermit(ctx, about, opened.deadlines.approvalSeconds));
  const spent = { decide, approve: secondsSince(ctx, from) };
  if ('failure' in decided) {
    timeline.end('failed', decided.failure.message);
    const isRefused = decided.failure.code === 'refused';
    const why = isRefused ? 'refusal' : 'failure';
    return { ...nothingDone(spent), [why]: decided.failure.message };
  }
  const said = decided.value;
  if ('approval' in said) {
    const { approval } = said;
    timeline.end('done', `${approval.kind} by ${personText(approval.by, approval.byName)}`);
    return { ...(yield* carryOut(ctx, about, opened, { timeline, spent })), approval };
  }
  timeline.end('failed', said.sentence);
  return { ...nothingDone(spent), [said.why]: said.sentence };
}

type Decided =
  | { readonly approval: RestoreApproval }
  | { readonly why: 'refusal' | 'cancelledBy'; readonly sentence: string };

function* waitAndPermit(
  ctx: OrchestrationContext,
  about: AboutRestore,
  deadlineSeconds: number,
): Step<Decided> {
  const go = yield* callChild(ctx, waitForGoContract, { ...about, deadlineSeconds });
  if (go.state === 'approved' || go.state === 'break-glass')
    return { approval: yield* call(ctx, permitRestore, about) };
  if (go.state === 'cancelled')
    return { why: 'cancelledBy', sentence: go.sentence.replace(/^cancelled by /, '') };
  return { why: 'refusal', sentence: go.sentence };
}
