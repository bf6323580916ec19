/**
 * The integrity scan of one system in one region: plan → one child per part of each store's address space → result.
 * A shard that cannot be scanned to its end is named in the result, and the scan is then not clean.
 */
import type { OrchestrationContext } from 'durable-functions';
import { finishSlot, raiseAlert } from '../contracts/drill.ts';
import {
  addCounts,
  finalizeScan,
  noCounts,
  planScan,
  scanInput,
  scanPart,
  scanResult,
  shardInput,
  shardOutcome,
  type ScanInput,
  type ScanResult,
  type ShardInput,
  type ShardOutcome,
} from '../contracts/scan.ts';
import { isoOf } from '../contracts/values.ts';
import { shardNames } from '../policy/shards.ts';
import {
  attempt,
  call,
  callChildren,
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
export const scanShardContract: WorkflowContract<ShardInput, ShardOutcome> = {
  name: 'scanShard',
  input: shardInput,
  output: shardOutcome,
};

/** Shards that are scanned at the same time. */
const shardsAtOnce = 4;
/** Parts in one generation of a shard's orchestration; then it continues as new, so that its history stays short. */
const partsPerGeneration = 15;

export function* integrityScan(ctx: OrchestrationContext): Step<ScanResult> {
  const input = scanInput.parse(ctx.df.getInput());
  const { system, region, slot } = input;
  const startedAt = now(ctx);
  const scanned = yield* attempt(scanStores(ctx, input));
  const result: ScanResult =
    'value' in scanned
      ? { ...scanned.value, seconds: secondsSince(ctx, startedAt) }
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
  yield* attempt(call(ctx, finishSlot, { system, region, kind: 'scan', slot, outcome: result.outcome }));
  return result;
}

function* scanStores(
  ctx: OrchestrationContext,
  { system, region, slot }: ScanInput,
): Step<Omit<ScanResult, 'seconds'>> {
  const startedAt = isoOf(now(ctx));
  const note = new ProgressNote(ctx);
  note.begin('plan');
  const { scan, stores, points } = yield* call(ctx, planScan, { system, region, slot });
  const inputs = stores.flatMap((store) =>
    shardNames.map((shard) => ({ system, region, scan, store, shard, points })),
  );
  const shards: ShardOutcome[] = [];
  for (let from = 0; from < inputs.length; from += shardsAtOnce) {
    note.begin('hash', undefined, (from / inputs.length) * 100);
    const some = inputs.slice(from, from + shardsAtOnce);
    const done = yield* attempt(callChildren(ctx, scanShardContract, some));
    shards.push(
      ...('value' in done
        ? done.value
        : some.map(({ store, shard }) => ({
            store,
            shard,
            counts: noCounts,
            failure: done.failure.message,
          }))),
    );
  }
  note.begin('report');
  return yield* call(ctx, finalizeScan, {
    system,
    region,
    slot,
    scan,
    startedAt,
    endedAt: isoOf(now(ctx)),
    points,
    shards,
  });
}

/** One shard, part after part. */
export function* scanShard(ctx: OrchestrationContext): Step<ShardOutcome | undefined> {
  const { counts: carried, ...input } = shardInput.parse(ctx.df.getInput());
  let { position } = input;
  let counts = carried ?? noCounts;
  for (let part = 0; part < partsPerGeneration; part += 1) {
    const scanned = yield* attempt(call(ctx, scanPart, { ...input, position }));
    if ('failure' in scanned)
      return { store: input.store, shard: input.shard, counts, failure: scanned.failure.message };
    counts = addCounts(counts, scanned.value.counts);
    if (scanned.value.next === undefined) return { store: input.store, shard: input.shard, counts };
    position = scanned.value.next;
  }
  ctx.df.continueAsNew({ ...input, position, counts });
  return undefined;
}
