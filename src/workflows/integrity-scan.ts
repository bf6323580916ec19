/**
 * The integrity scan of one system in one region: plan → its stores, one child each → result. What could not be scanned to its
 * end is named in the result, and the scan is then not clean.
 */
import type { OrchestrationContext } from 'durable-functions';
import { partialOutcome } from '../contracts/documents.ts';
import { raiseAlert } from '../contracts/drill.ts';
import {
  finalizeScan,
  planScan,
  removeScanDocuments,
  scanInput,
  scanResult,
  type ScanInput,
  type ScanResult,
} from '../contracts/scan.ts';
import type { Failure } from '../policy/failure.ts';
import { instanceIdOf } from '../policy/identifiers.ts';
import { isoOf } from '../contracts/values.ts';
import { repairContract } from './repair.ts';
import { notScanned, scanStoresContract } from './scan-stores.ts';
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

export const scanContract: WorkflowContract<ScanInput, ScanResult> = {
  name: 'integrityScan',
  input: scanInput,
  output: scanResult,
};

export function* integrityScan(ctx: OrchestrationContext): Step<ScanResult> {
  const input = scanInput.parse(ctx.df.getInput());
  return yield* serveSlot(ctx, {
    ...{ kind: 'scan', contract: scanContract, input },
    work: (unclear) => scanAndTell(ctx, input, unclear),
    outcomeOf: (one) => (isOfSome(input) ? partialOutcome : one.outcome),
    afterwards: () => tidyUp(ctx, { system: input.system, region: input.region }),
  });
}

type Parsed = ReturnType<typeof scanInput.parse>;

function* scanAndTell(
  ctx: OrchestrationContext,
  input: Parsed,
  unclear: Failure | undefined,
): Step<ScanResult> {
  const { system, region } = input;
  const startedAt = now(ctx);
  const scanned = yield* attempt(planAndScan(ctx, input, unclear));
  if ('value' in scanned && scanned.value.repairsItself) yield* repairByPolicy(ctx, input);
  const result: ScanResult =
    'value' in scanned
      ? { ...scanResult.omit({ seconds: true }).parse(scanned.value), seconds: secondsSince(ctx, startedAt) }
      : { outcome: 'failed', detail: scanned.failure.message, seconds: secondsSince(ctx, startedAt) };
  if ('failure' in scanned) {
    const alert = {
      key: 'scan-failed',
      severity: 'warning' as const,
      title: `The integrity scan of ${system} in ${region} failed`,
      detail: scanned.failure.message,
      runbook: 'runbooks/scan-damage.md',
    };
    yield* attempt(call(ctx, raiseAlert, { system, region, ...alert }));
  }
  return result;
}

/** Portions of one scan; what is left then is removed by the next one. */
const removalsAtMost = 20;

/** Removes what older scans worked with. It fails by itself: the ledger tells, and the next scan tries again. */
function* tidyUp(ctx: OrchestrationContext, scope: Pick<ScanInput, 'system' | 'region'>): Step<void> {
  for (let portion = 0; portion < removalsAtMost; portion += 1) {
    const removed = yield* attempt(call(ctx, removeScanDocuments, scope));
    if ('failure' in removed || removed.value.isDone) return;
  }
}

/** Repairs what the estate lets repair by itself; what came of it is in its own result and alerts. */
function* repairByPolicy(ctx: OrchestrationContext, { system, region, slot }: Parsed): Step<void> {
  const id = instanceIdOf({ kind: 'repair', system, region, stamp: slot });
  const input = {
    system,
    region,
    slot,
    scan: `scan-${slot}`,
    trigger: 'cycle' as const,
    isByPolicyOnly: true,
  };
  yield* attempt(callChild(ctx, repairContract, input, id));
}

/** Whether only some blobs or some stores were asked for. */
const isOfSome = ({ mode, store, part }: Parsed): boolean =>
  store !== undefined || part !== undefined || mode === 'new' || mode === 'known-bad';

function* planAndScan(
  ctx: OrchestrationContext,
  { system, region, slot, mode, store, part }: Parsed,
  unclear: Failure | undefined,
): Step<Omit<ScanResult, 'seconds'> & { readonly repairsItself: boolean }> {
  if (unclear !== undefined) throw unclear;
  const startedAt = isoOf(now(ctx));
  const note = new ProgressNote(ctx);
  note.begin('plan');
  const planned = yield* call(ctx, planScan, {
    system,
    region,
    slot,
    ...(store === undefined ? {} : { store }),
  });
  const order = { mode, ...(part === undefined ? {} : { part }) };
  // No store is called so: its own child is found by its name.
  const id = `${ctx.df.instanceId}:STORES`;
  note.begin('scan', id);
  const about = { system, region, scan: planned.scan, points: planned.points, ...order };
  const input = { ...about, stores: planned.stores, instance: ctx.df.instanceId };
  const scanned = yield* attempt(callChild(ctx, scanStoresContract, input, id));
  const stores =
    'value' in scanned
      ? scanned.value
      : planned.stores.map((one) => notScanned(one, scanned.failure.message));
  note.begin('report');
  return yield* call(ctx, finalizeScan, {
    ...{ system, region, slot, scan: planned.scan, ...order },
    ...{ startedAt, endedAt: isoOf(now(ctx)), points: planned.points, stores },
  });
}
