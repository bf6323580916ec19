/**
 * The nightly snapshot of one system in one region:
 *   1. plan: which backup of which server, and whether a slot must be freed first
 *   2. per server: free the slot, take the on-demand backup
 *   3. per database: fingerprint and blob inventory at one instant after the backup
 *   4. record the recovery point: only now it exists
 * Whatever fails leaves no recovery point behind that looks whole and is not.
 */
import type { OrchestrationContext } from 'durable-functions';
import { raiseAlert } from '../contracts/drill.ts';
import {
  planSnapshot,
  recordPoint,
  snapshotInput,
  snapshotResult,
  type PointParts,
  type SnapshotInput,
  type SnapshotResult,
  type TakePartsInput,
} from '../contracts/snapshot.ts';
import { failureFromFacts, type Failure } from '../policy/failure.ts';
import { countParts, noParts, takeParts } from './point-parts.ts';
import { serveSlot } from './serve-slot.ts';
import {
  attempt,
  call,
  callChild,
  now,
  ProgressNote,
  secondsSince,
  type Step,
  type WorkflowContract,
} from './step.ts';
import { takePartsContract } from './take-parts.ts';

export const snapshotContract: WorkflowContract<SnapshotInput, SnapshotResult> = {
  name: 'snapshot',
  input: snapshotInput,
  output: snapshotResult,
};

export function* snapshot(ctx: OrchestrationContext): Step<SnapshotResult> {
  const input = snapshotInput.parse(ctx.df.getInput());
  return yield* serveSlot(ctx, {
    ...{ kind: 'snapshot', contract: snapshotContract, input },
    work: (unclear) => takeAndTell(ctx, input, unclear),
    outcomeOf: (result) => result.outcome,
  });
}

function* takeAndTell(
  ctx: OrchestrationContext,
  input: SnapshotInput,
  unclear: Failure | undefined,
): Step<SnapshotResult> {
  const startedAt = now(ctx);
  const taken = yield* attempt(takePoint(ctx, input, unclear));
  const result: SnapshotResult =
    'value' in taken
      ? {
          outcome: 'done',
          ...taken.value,
          detail: `recovery point ${taken.value.point}`,
          seconds: secondsSince(ctx, startedAt),
        }
      : { outcome: 'failed', detail: taken.failure.message, seconds: secondsSince(ctx, startedAt) };
  if ('failure' in taken) yield* reportFailure(ctx, input, taken.failure);
  return result;
}

function* takePoint(
  ctx: OrchestrationContext,
  input: SnapshotInput,
  unclear: Failure | undefined,
): Step<{ point: string; instant: string }> {
  if (unclear !== undefined) throw unclear;
  const scope = { system: input.system, region: input.region };
  const note = new ProgressNote(ctx);

  note.begin('plan');
  const plan = yield* call(ctx, planSnapshot, { ...scope, slot: input.slot });
  const { databases, stores, servers } = yield* takeAllParts(ctx, note, { ...scope, plan });

  note.begin('record');
  const recorded = yield* call(ctx, recordPoint, {
    ...scope,
    ...{ point: plan.point, slot: input.slot, databases, stores, servers },
  });
  return { point: plan.point, instant: recorded.instant };
}

/** So many parts are few enough for the history of the snapshot itself; more are taken by a child. */
const fewParts = 6;

function* takeAllParts(
  ctx: OrchestrationContext,
  note: ProgressNote,
  order: Omit<TakePartsInput, 'done'>,
): Step<PointParts> {
  if (countParts(order.plan) <= fewParts) return yield* takeParts(ctx, note, order, noParts, fewParts);
  const id = `${ctx.df.instanceId}:PARTS`;
  note.begin('take every part', id);
  const taken = yield* callChild(ctx, takePartsContract, { ...order, done: noParts }, id);
  if ('failure' in taken) throw failureFromFacts(taken.failure);
  return taken;
}

function* reportFailure(ctx: OrchestrationContext, input: SnapshotInput, failure: Failure): Step<void> {
  const { system, region } = input;
  const title = `No snapshot of ${system} in ${region} for slot ${input.slot}`;
  yield* attempt(
    call(ctx, raiseAlert, {
      system,
      region,
      key: 'snapshot-failed',
      severity: 'critical',
      title,
      detail: failure.message,
      runbook: 'runbooks/snapshot-failed.md',
    }),
  );
}
