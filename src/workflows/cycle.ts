/**
 * The nightly cycle of one system in one region: heartbeat → snapshot → restore drill (which ends in its report). A
 * step that fails is reported as such and does not keep the later ones from being tried: a drill of an older point
 * says more than none.
 */
import type { OrchestrationContext } from 'durable-functions';
import { cycleInput, cycleResult, type CycleInput, type CycleResult } from '../contracts/cycle.ts';
import { finishSlot, type DrillResult } from '../contracts/drill.ts';
import { recordHeartbeat, type SnapshotResult } from '../contracts/snapshot.ts';
import { isoOf } from '../contracts/values.ts';
import { instanceIdOf } from '../policy/identifiers.ts';
import { restoreDrillContract } from './restore-drill.ts';
import { snapshotContract } from './snapshot.ts';
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

export const cycleContract: WorkflowContract<CycleInput, CycleResult> = {
  name: 'cycle',
  input: cycleInput,
  output: cycleResult,
};

export function* cycle(ctx: OrchestrationContext): Step<CycleResult> {
  const input = cycleInput.parse(ctx.df.getInput());
  const { system, region, slot, cleanUpDelaySeconds } = input;
  const startedAt = now(ctx);
  const note = new ProgressNote(ctx);

  note.begin('heartbeat');
  const beaten = yield* attempt(call(ctx, recordHeartbeat, { system, region }));
  const silent =
    'value' in beaten
      ? beaten.value.beats.find((beat) => beat.failure !== undefined)?.failure
      : beaten.failure.message;
  const heartbeat = {
    outcome: silent === undefined ? ('done' as const) : ('failed' as const),
    detail: silent ?? 'written',
    seconds: secondsSince(ctx, startedAt),
  };
  note.end('heartbeat', heartbeat.seconds, heartbeat.outcome);

  const snapshotId = instanceIdOf({ kind: 'snapshot', system, region, stamp: slot });
  note.begin('snapshot', snapshotId);
  const taken = yield* attempt(
    callChild(ctx, snapshotContract, { system, region, slot, trigger: 'cycle' }, snapshotId),
  );
  const snapshotOutcome: SnapshotResult =
    'value' in taken ? taken.value : { outcome: 'failed', detail: taken.failure.message, seconds: 0 };
  note.end('snapshot', snapshotOutcome.seconds, snapshotOutcome.outcome);

  const drillId = instanceIdOf({ kind: 'drill', system, region, stamp: slot });
  const declared = now(ctx);
  note.begin('restore drill', drillId);
  const drilled = yield* attempt(
    callChild(
      ctx,
      restoreDrillContract,
      { system, region, slot, trigger: 'cycle', declaredAt: isoOf(declared), cleanUpDelaySeconds },
      drillId,
    ),
  );
  const drill: DrillResult =
    'value' in drilled
      ? drilled.value
      : { result: 'INCONCLUSIVE', drill: `drill-${slot}`, reasons: [drilled.failure.message], timeline: [] };
  note.end('restore drill', secondsSince(ctx, declared), drill.result);

  yield* attempt(call(ctx, finishSlot, { system, region, kind: 'cycle', slot, outcome: drill.result }));
  return { heartbeat, snapshot: snapshotOutcome, drill, seconds: secondsSince(ctx, startedAt) };
}
