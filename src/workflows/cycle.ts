/**
 * The nightly cycle of one system in one region: heartbeat → snapshot → integrity scan → prune → restore drill (which
 * ends in its report). A step that fails is reported as such and does not keep the later ones from being tried: a drill
 * of an older point says more than none. The prune looks at the scan's findings and comes before the drill, so that
 * what it leaves is what the drill proves.
 */
import type { OrchestrationContext } from 'durable-functions';
import { cycleInput, cycleResult, type CycleInput, type CycleResult } from '../contracts/cycle.ts';
import type { DrillResult } from '../contracts/drill.ts';
import type { PruneResult } from '../contracts/prune.ts';
import type { ScanResult } from '../contracts/scan.ts';
import { recordHeartbeat, type SnapshotResult } from '../contracts/snapshot.ts';
import { isoOf } from '../contracts/values.ts';
import type { Failure } from '../policy/failure.ts';
import { instanceIdOf } from '../policy/identifiers.ts';
import { scanContract } from './integrity-scan.ts';
import { pruneContract } from './prune.ts';
import { restoreDrillContract } from './restore-drill.ts';
import { serveSlot } from './serve-slot.ts';
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
  return yield* serveSlot(ctx, {
    ...{ kind: 'cycle', contract: cycleContract, input },
    work: (unclear) => runSteps(ctx, input, unclear),
    outcomeOf: (result) => result.drill.result,
  });
}

function* runSteps(
  ctx: OrchestrationContext,
  { system, region, slot, cleanUpDelaySeconds }: ReturnType<typeof cycleInput.parse>,
  unclear: Failure | undefined,
): Step<CycleResult> {
  if (unclear !== undefined) throw unclear;
  const startedAt = now(ctx);
  const note = new ProgressNote(ctx);
  const run = { system, region, slot, trigger: 'cycle' as const };
  const idOf = (kind: string): string => instanceIdOf({ kind, system, region, stamp: slot });

  const heartbeat = yield* beat(ctx, note, system, region);
  const snapshot: SnapshotResult = yield* child(
    ctx,
    note,
    'snapshot',
    idOf('snapshot'),
    callChild(ctx, snapshotContract, run, idOf('snapshot')),
    {
      of: (result) => result.outcome,
      lost: (detail) => ({ outcome: 'failed', detail, seconds: 0 }),
    },
  );
  const scan: ScanResult = yield* child(
    ctx,
    note,
    'integrity scan',
    idOf('scan'),
    callChild(ctx, scanContract, run, idOf('scan')),
    {
      of: (result) => result.outcome,
      lost: (detail) => ({ outcome: 'failed', detail, seconds: 0 }),
    },
  );
  const prune: PruneResult = yield* child(
    ctx,
    note,
    'prune',
    idOf('prune'),
    callChild(ctx, pruneContract, run, idOf('prune')),
    {
      of: (result) => result.outcome,
      lost: (detail) => ({ outcome: 'failed', detail, deleted: 0, kept: 0, blocked: 0, seconds: 0 }),
    },
  );
  const drillInput = { ...run, declaredAt: isoOf(now(ctx)), cleanUpDelaySeconds };
  const drill: DrillResult = yield* child(
    ctx,
    note,
    'restore drill',
    idOf('drill'),
    callChild(ctx, restoreDrillContract, drillInput, idOf('drill')),
    {
      of: (result) => result.result,
      lost: (detail) => ({ result: 'INCONCLUSIVE', drill: `drill-${slot}`, reasons: [detail], timeline: [] }),
    },
  );

  return { heartbeat, snapshot, scan, prune, drill, seconds: secondsSince(ctx, startedAt) };
}

function* beat(
  ctx: OrchestrationContext,
  note: ProgressNote,
  system: string,
  region: string,
): Step<CycleResult['heartbeat']> {
  const startedAt = now(ctx);
  note.begin('heartbeat');
  const beaten = yield* attempt(call(ctx, recordHeartbeat, { system, region }));
  const silent =
    'value' in beaten
      ? beaten.value.beats.find((one) => one.failure !== undefined)?.failure
      : beaten.failure.message;
  const outcome = silent === undefined ? ('done' as const) : ('failed' as const);
  note.end('heartbeat', secondsSince(ctx, startedAt), outcome);
  return { outcome, detail: silent ?? 'written', seconds: secondsSince(ctx, startedAt) };
}

/** How a step's result reads in one word, and what stands for it when it was lost. */
interface Reading<T> {
  readonly of: (result: T) => string;
  readonly lost: (detail: string) => T;
}

function* child<T>(
  ctx: OrchestrationContext,
  note: ProgressNote,
  step: string,
  id: string,
  work: Step<T>,
  reading: Reading<T>,
): Step<T> {
  const startedAt = now(ctx);
  note.begin(step, id);
  const ended = yield* attempt(work);
  const result = 'value' in ended ? ended.value : reading.lost(ended.failure.message);
  note.end(step, secondsSince(ctx, startedAt), reading.of(result));
  return result;
}
