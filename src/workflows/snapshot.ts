/**
 * The nightly snapshot of one system in one region:
 *   1. plan: which backup of which server, and whether a slot must be freed first
 *   2. per server: free the slot, take the on-demand backup
 *   3. per database: fingerprint and blob inventory at one instant after the backup
 *   4. record the recovery point: only now it exists
 * Whatever fails leaves no recovery point behind that looks whole and is not.
 */
import type { OrchestrationContext } from 'durable-functions';
import { recordConfiguration } from '../contracts/configuration.ts';
import type { PointServer } from '../contracts/documents.ts';
import { raiseAlert } from '../contracts/drill.ts';
import {
  beginBackup,
  giveUpBackup,
  planSnapshot,
  readBackup,
  recordPoint,
  snapshotInput,
  snapshotResult,
  takeFingerprint,
  type SnapshotInput,
  type SnapshotResult,
} from '../contracts/snapshot.ts';
import { Failure } from '../policy/failure.ts';
import { runOperation } from './run-operation.ts';
import { serveSlot } from './serve-slot.ts';
import { attempt, call, now, ProgressNote, secondsSince, type Step, type WorkflowContract } from './step.ts';

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

  const completed = new Map<string, string>();
  for (const { server, backup, giveUp } of plan.servers) {
    if (giveUp !== undefined) {
      note.begin('free a slot');
      mustEnd(
        'free a slot',
        yield* runOperation(ctx, giveUpBackup, { ...scope, server, ...giveUp }, plan.deadlineSeconds),
      );
    }
    note.begin('back up');
    mustEnd(
      'the backup',
      yield* runOperation(ctx, beginBackup, { ...scope, server, backup }, plan.deadlineSeconds),
    );
    completed.set(server, (yield* call(ctx, readBackup, { server, backup })).completedAt);
  }

  const databases = [];
  const stores = [];
  for (const { database, server, backup } of plan.databases) {
    note.begin('fingerprint');
    const taken = yield* call(ctx, takeFingerprint, { ...scope, point: plan.point, database });
    databases.push({
      database,
      server,
      backup,
      completedAt: completed.get(server) as string,
      instant: taken.instant,
      fingerprint: taken.fingerprint,
    });
    stores.push(...taken.stores);
  }

  note.begin('configuration');
  const servers: PointServer[] = [];
  for (const { server } of plan.servers) {
    const read = yield* attempt(call(ctx, recordConfiguration, { ...scope, point: plan.point, server }));
    // A point without it is worth more than none: the drill's check says that it is missing, and why.
    servers.push(
      'value' in read ? { server, configuration: read.value } : { server, problem: read.failure.message },
    );
  }

  note.begin('record');
  const recorded = yield* call(ctx, recordPoint, {
    ...scope,
    point: plan.point,
    slot: input.slot,
    databases,
    stores,
    servers,
  });
  return { point: plan.point, instant: recorded.instant };
}

function mustEnd(what: string, end: { readonly state: string; readonly detail: string }): void {
  if (end.state === 'done') return;
  throw new Failure(
    'operation-failed',
    `${what} ${end.state === 'failed' ? 'failed' : 'timed out'}: ${end.detail}`,
    'See the runbook "snapshot-failed".',
    { retryable: false },
  );
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
