/**
 * The scan of one store: plan → read every shard, a few at a time → verify the log of changes → judge every shard. A
 * shard that cannot be read to its end is not judged. After a number of shards the orchestration goes on as new, so
 * that its history stays short however many there are.
 */
import type { OrchestrationContext } from 'durable-functions';
import type { Progress } from '../contracts/cycle.ts';
import { addCounts, noCounts, type ScanCounts } from '../contracts/scan-documents.ts';
import {
  failuresNamed,
  finishShard,
  nextShards,
  planStore,
  scanPart,
  shardInput,
  shardOutcome,
  storeInput,
  storeOutcome,
  verifyChanges,
  type ScannedShard,
  type ShardInput,
  type ShardOutcome,
  type StoreInput,
  type StoreOutcome,
} from '../contracts/scan.ts';
import { instantOf, isoOf } from '../contracts/values.ts';
import { shardsReadAtOnce } from '../policy/scrub-plan.ts';
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

export const scanStoreContract: WorkflowContract<StoreInput, StoreOutcome> = {
  name: 'scanStore',
  input: storeInput,
  output: storeOutcome,
};
export const scanShardContract: WorkflowContract<ShardInput, ShardOutcome> = {
  name: 'scanShard',
  input: shardInput,
  output: shardOutcome,
};

/** Lists of shards in one generation of a store's orchestration. */
const listsPerGeneration = 2;
/** Parts in one generation of a shard's orchestration. */
const partsPerGeneration = 15;

type Input = ReturnType<typeof storeInput.parse>;
type Done = NonNullable<Input['done']>;

export function* scanStore(ctx: OrchestrationContext): Step<StoreOutcome | undefined> {
  const input = storeInput.parse(ctx.df.getInput());
  const { system, region, scan, store, mode } = input;
  const about = { system, region, scan, store, mode };
  const note = new ProgressNote(ctx);
  const done = input.done ?? (yield* begin(ctx, note, input));
  for (let list = 0; list < listsPerGeneration && done.from < 2 * done.plan.shards; list += 1) {
    const isReading = done.from < done.plan.shards;
    if (done.from === done.plan.shards && !(yield* verifyLog(ctx, note, about, done))) break;
    const from = isReading ? done.from : done.from - done.plan.shards;
    const { shards } = yield* call(ctx, nextShards, { ...about, from });
    if (isReading) yield* readShards(ctx, note, about, shards, done);
    else yield* judgeShards(ctx, note, about, shards, done);
    done.from += shards.length;
  }
  if (done.from >= 2 * done.plan.shards) return done.outcome;
  ctx.df.continueAsNew({ ...input, done });
  return undefined;
}

type About = Pick<Input, 'system' | 'region' | 'scan' | 'store' | 'mode'>;

function* begin(ctx: OrchestrationContext, note: ProgressNote, input: Input): Step<Done> {
  note.begin('divide');
  const { system, region, scan, store, mode, part, points } = input;
  const plan = yield* call(ctx, planStore, {
    ...{ system, region, scan, store, mode, points },
    ...(part === undefined ? {} : { part }),
  });
  const outcome = { store, counts: noCounts, shards: plan.shards, failed: 0, failures: [] };
  return { from: 0, plan, since: isoOf(now(ctx)), outcome };
}

/** Reads some shards; `done` is what it all adds up to. */
function* readShards(
  ctx: OrchestrationContext,
  note: ProgressNote,
  about: About,
  shards: readonly ScannedShard[],
  done: Done,
): Step<void> {
  for (let from = 0; from < shards.length; from += shardsReadAtOnce) {
    tell(ctx, note, done, done.from + from);
    const some = shards.slice(from, from + shardsReadAtOnce);
    const inputs = some.map((shard) => ({ ...about, shard }));
    const read = yield* attempt(callChildren(ctx, scanShardContract, inputs));
    if ('value' in read) for (const one of read.value) add(done, one);
    else for (const shard of some) fail(done, about.store, shard, read.failure.message);
  }
}

/** Whether it could: without the log nobody can say what must be there, or what went lawfully, and no shard is judged. */
function* verifyLog(ctx: OrchestrationContext, note: ProgressNote, about: About, done: Done): Step<boolean> {
  note.begin('verify changes', undefined, 95);
  const verified = yield* attempt(call(ctx, verifyChanges, about));
  if ('value' in verified) {
    add(done, verified.value);
    return true;
  }
  const failure = { store: about.store, shard: 'change records', failure: verified.failure.message };
  add(done, { counts: noCounts, failure });
  done.from = 2 * done.plan.shards;
  return false;
}

function* judgeShards(
  ctx: OrchestrationContext,
  note: ProgressNote,
  about: About,
  shards: readonly ScannedShard[],
  done: Done,
): Step<void> {
  note.begin('judge', undefined, 95 + (5 * (done.from - done.plan.shards)) / done.plan.shards);
  for (const shard of shards) {
    const judged = yield* attempt(call(ctx, finishShard, { ...about, shard }));
    // One that was not read to its end was counted as failed then.
    if ('value' in judged) add(done, { counts: judged.value.counts });
    else fail(done, about.store, shard, judged.failure.message);
  }
}

function add(
  done: Done,
  { counts, failure }: { counts: ScanCounts; failure?: ShardOutcome['failure'] },
): void {
  const { outcome } = done;
  outcome.counts = addCounts(outcome.counts, counts);
  if (failure === undefined) return;
  outcome.failed += 1;
  if (outcome.failures.length < failuresNamed) outcome.failures.push(failure);
}

function fail(done: Done, store: string, shard: ScannedShard, failure: string): void {
  const name = shard.isStray ? 'stray' : shard.leading === '' ? 'all' : shard.leading;
  add(done, { counts: noCounts, failure: { store, shard: name, failure } });
}

/** Says how far the reading is, how fast it goes, and how long what is left will take at that pace. */
function tell(ctx: OrchestrationContext, note: ProgressNote, done: Done, shards: number): void {
  const { blobs, bytes } = done.outcome.counts;
  const seconds = secondsSince(ctx, instantOf(done.since));
  const share = Math.min(1, shards / Math.max(1, done.plan.shards));
  const work: NonNullable<Progress['work']> = {
    ...{ blobs, bytes },
    ...(seconds > 0 ? { bytesPerSecond: Math.round(bytes / seconds) } : {}),
    ...(share > 0 ? { secondsLeft: Math.round((seconds * (1 - share)) / share) } : {}),
  };
  note.begin('hash', undefined, share * 95, work);
}

/** One shard, part after part. */
export function* scanShard(ctx: OrchestrationContext): Step<ShardOutcome | undefined> {
  const { counts: carried, ...input } = shardInput.parse(ctx.df.getInput());
  const { shard, store } = input;
  let { position } = input;
  let counts = carried ?? noCounts;
  for (let part = 0; part < partsPerGeneration; part += 1) {
    const scanned = yield* attempt(call(ctx, scanPart, { ...input, position }));
    if ('failure' in scanned) {
      const name = shard.isStray ? 'stray' : shard.leading === '' ? 'all' : shard.leading;
      return { counts, failure: { store, shard: name, failure: scanned.failure.message } };
    }
    counts = addCounts(counts, scanned.value.counts);
    if (scanned.value.next === undefined) return { counts };
    position = scanned.value.next;
  }
  ctx.df.continueAsNew({ ...input, position, counts });
  return undefined;
}
