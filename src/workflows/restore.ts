/**
 * A restore that a person asked for:
 *   1. plan: find the instant, check the targets, write down what is going to be done, pin the points
 *   2. restore every database into a new server, side by side, while listening for a cancellation
 *   3. run every check on every restored database
 *   4. write what it came to; the servers stay
 * Cancelled before the end, what was made is removed again. Whatever fails, the result is written and the pins go.
 */
import type { OrchestrationContext } from 'durable-functions';
import type { RestoreOutcome } from '../contracts/drill.ts';
import {
  finalizeRestore,
  planRestore,
  readCancel,
  removeRestored,
  restoreInput,
  restoreResult,
  type RestoreFacts,
  type RestoreInput,
  type RestoreResult,
} from '../contracts/restore.ts';
import { isoOf } from '../contracts/values.ts';
import type { Failure } from '../policy/failure.ts';
import { runChecks, type Checked } from './drill-checks.ts';
import { restoreServerContract } from './restore-server.ts';
import { runOperation } from './run-operation.ts';
import { serveSlot } from './serve-slot.ts';
import { attempt, call, now, race, secondsSince, type Step, type WorkflowContract } from './step.ts';
import { Timeline } from './timeline.ts';
import { waitForCancelContract } from './wait-for-cancel.ts';

export const restoreContract: WorkflowContract<RestoreInput, RestoreResult> = {
  name: 'restore',
  input: restoreInput,
  output: restoreResult,
};

type Planned = ReturnType<typeof planRestore.output.parse>;
type Facts = Omit<RestoreFacts, 'endedAt' | 'timeline' | 'system' | 'region' | 'restore'>;

export function* restore(ctx: OrchestrationContext): Step<RestoreResult> {
  const input = restoreInput.parse(ctx.df.getInput());
  return yield* serveSlot(ctx, {
    ...{ kind: 'restore', contract: restoreContract, input },
    work: (unclear) => planAndRestore(ctx, input, unclear),
    outcomeOf: ({ outcome }) => outcome,
  });
}

function* planAndRestore(
  ctx: OrchestrationContext,
  input: ReturnType<typeof restoreInput.parse>,
  unclear: Failure | undefined,
): Step<RestoreResult> {
  const { system, region, slot } = input;
  const startedAt = now(ctx);
  const about = { system, region, restore: `restore-${slot}` };
  const timeline = new Timeline(ctx);

  const { to, name, reason, requestedBy } = input;
  const order = { system, region, slot, to, name, reason, requestedBy, declaredAt: isoOf(startedAt) };
  timeline.begin('plan');
  const planned =
    unclear === undefined ? yield* attempt(call(ctx, planRestore, order)) : { failure: unclear };
  if ('failure' in planned) timeline.end('failed', planned.failure.message);
  else timeline.end('done', planned.value.instant);
  const decide = secondsSince(ctx, startedAt);
  const facts: Facts =
    'failure' in planned
      ? { ...nothingDone(decide), failure: `it could not be planned: ${planned.failure.message}` }
      : yield* carryOut(ctx, about, planned.value, { timeline, decide });

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

interface About {
  readonly system: string;
  readonly region: string;
  readonly restore: string;
}

function* carryOut(
  ctx: OrchestrationContext,
  about: About,
  planned: Planned,
  { timeline, decide }: { readonly timeline: Timeline; readonly decide: number },
): Step<Facts> {
  const { plan, targets, deadlines } = planned;
  const scope = { system: about.system, region: about.region };
  const onTargets = targets.map(({ database }) => ({ ...scope, plan, database }));

  timeline.begin('restore');
  const wait = { ...about, deadlineSeconds: deadlines.restoreSeconds };
  const raced = yield* attempt(
    race(
      ctx,
      restoreServerContract,
      onTargets.map((on) => ({ ...on, deadlineSeconds: deadlines.restoreSeconds })),
      waitForCancelContract,
      wait,
    ),
  );
  if ('failure' in raced) {
    timeline.end('failed', raced.failure.message);
    return { ...nothingDone(decide), plan, failure: raced.failure.message };
  }
  if ('other' in raced.value && raced.value.other.cancelledBy !== undefined) {
    timeline.end('failed', `cancelled by ${raced.value.other.cancelledBy}`);
    return yield* takeBack(ctx, raced.value.other.cancelledBy, planned, onTargets, { timeline, decide });
  }
  const restores: RestoreOutcome[] = 'all' in raced.value ? raced.value.all : [];
  const broken = restores.find((one) => one.state !== 'ready');
  const isRestored = broken === undefined && restores.length > 0;
  timeline.end(isRestored ? 'done' : 'failed', broken?.detail ?? `${restores.length} server(s)`);
  const restoreSeconds = Math.max(0, ...restores.map((one) => one.restoreSeconds));
  const reconfigureSeconds = Math.max(0, ...restores.map((one) => one.reconfigureSeconds));

  timeline.begin('check');
  const checkFrom = now(ctx);
  const checked: Checked = yield* runChecks(
    ctx,
    onTargets.map((on, index) => ({ on, checks: targets[index]?.checks ?? [] })),
    isRestored ? undefined : (broken?.detail ?? 'nothing was restored'),
  );
  const notPassed = checked.checks.filter((one) => one.status !== 'passed').length;
  const passed = `${checked.checks.length - notPassed} of ${checked.checks.length} passed`;
  timeline.end(isRestored ? (notPassed === 0 ? 'done' : 'failed') : 'not-run', passed);

  const late = yield* attempt(call(ctx, readCancel, about));
  if ('value' in late && late.value.cancelledBy !== undefined)
    return yield* takeBack(ctx, late.value.cancelledBy, planned, onTargets, { timeline, decide });
  return {
    plan,
    ...checked,
    servers: targets.map(({ database, target }, index) => {
      const one = restores[index];
      return { database, target, state: one?.state ?? 'failed', detail: one?.detail ?? 'no answer' };
    }),
    secondsByPart: {
      ...{ decide, restore: restoreSeconds, reconfigure: reconfigureSeconds },
      validate: secondsSince(ctx, checkFrom),
    },
  };
}

/** Removes what was made; what cannot be removed is told as left over. */
function* takeBack(
  ctx: OrchestrationContext,
  cancelledBy: string,
  { plan, targets, deadlines }: Planned,
  onTargets: readonly { system: string; region: string; plan: string; database: string }[],
  { timeline, decide }: { readonly timeline: Timeline; readonly decide: number },
): Step<Facts> {
  timeline.begin('take back');
  const servers: RestoreFacts['servers'] = [];
  for (const [index, on] of onTargets.entries()) {
    const removed = yield* attempt(runOperation(ctx, removeRestored, on, deadlines.removalSeconds));
    const detail = 'failure' in removed ? removed.failure.message : removed.value.detail;
    const isGone = 'value' in removed && removed.value.state === 'done';
    const state = !isGone ? 'left-over' : detail === 'never made' ? 'never-made' : 'removed';
    servers.push({ database: on.database, target: targets[index]?.target ?? '', state, detail });
  }
  const left = servers.find(({ state }) => state === 'left-over');
  timeline.end(left === undefined ? 'done' : 'failed', left?.detail ?? `${servers.length} server(s) absent`);
  return { ...nothingDone(decide), plan, servers, cancelledBy };
}

const nothingDone = (decide: number): Facts => ({
  ...{ servers: [], checks: [], heartbeats: [] },
  secondsByPart: { decide, restore: 0, reconfigure: 0, validate: 0 },
});
