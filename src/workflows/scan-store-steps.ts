/**
 * The steps of the scan of a store, each as far as one generation of its orchestration takes it. `done` is how far the
 * scan is and what it comes to: a step moves it on, to the next phase in the end, and says how many calls it made. A
 * shard that cannot be read to its end is not judged.
 */
import type { OrchestrationContext } from 'durable-functions';
import { addCounts, noCounts, type ScanCounts } from '../contracts/scan-documents.ts';
import {
  failuresNamed,
  finishShard,
  nextShards,
  sumUpStore,
  verifyChanges,
  type ScannedShard,
  type ShardOutcome,
  type storeInput,
} from '../contracts/scan.ts';
import { instantOf } from '../contracts/values.ts';
import { shardsReadAtOnce } from '../policy/scrub-plan.ts';
import { secondsLeftAt } from '../policy/time-left.ts';
import { scanShardContract, shardName } from './scan-shard.ts';
import { attempt, call, callChildren, secondsSince, type ProgressNote, type Step } from './step.ts';

type Input = ReturnType<typeof storeInput.parse>;
export type Done = NonNullable<Input['done']>;
type About = Pick<Input, 'system' | 'region' | 'scan' | 'store' | 'mode'>;

/** Goes on with a phase; how many calls that took. */
export type StepOfStore = (
  ctx: OrchestrationContext,
  note: ProgressNote,
  about: About,
  done: Done,
) => Step<number>;

/** Reads the next shards. */
export function* readShards(
  ctx: OrchestrationContext,
  note: ProgressNote,
  about: About,
  done: Done,
): Step<number> {
  const { shards } = yield* call(ctx, nextShards, { ...about, from: done.from });
  for (let from = 0; from < shards.length; from += shardsReadAtOnce) {
    tell(ctx, note, done, done.from + from);
    const some = shards.slice(from, from + shardsReadAtOnce);
    const inputs = some.map((shard) => ({ ...about, shard }));
    const read = yield* attempt(callChildren(ctx, scanShardContract, inputs));
    if ('value' in read) for (const one of read.value) add(done, one);
    else for (const shard of some) fail(done, about.store, shard, read.failure.message);
  }
  done.from += shards.length;
  if (done.from >= done.plan.shards) go(done, 'verify');
  return 1 + shards.length;
}

/** Verifies the log: without it nobody can say what must be there, or what went lawfully, and no shard is judged. */
export function* verifyLog(
  ctx: OrchestrationContext,
  note: ProgressNote,
  about: About,
  done: Done,
): Step<number> {
  note.begin('verify changes', undefined, { percent: 95 });
  const verified = yield* attempt(call(ctx, verifyChanges, { ...about, portion: done.portion }));
  if ('value' in verified) {
    if ('next' in verified.value) {
      done.portion = verified.value.next;
      return 1;
    }
    add(done, verified.value);
    go(done, 'judge');
  } else {
    const failure = { store: about.store, shard: 'change records', failure: verified.failure.message };
    add(done, { counts: noCounts, failure });
    go(done, 'sum');
  }
  return 1;
}

/** Judges the next shards, one that turned out fat piece by piece. */
export function* judgeShards(
  ctx: OrchestrationContext,
  note: ProgressNote,
  about: About,
  done: Done,
): Step<number> {
  note.begin('judge', undefined, { percent: 95 + (4 * done.from) / done.plan.shards });
  const { shards } = yield* call(ctx, nextShards, { ...about, from: done.from });
  let calls = 1;
  for (const shard of shards) {
    const from = done.piece === undefined ? {} : { from: done.piece };
    const judged = yield* attempt(call(ctx, finishShard, { ...about, shard, ...from }));
    calls += 1;
    // One that was not read to its end was counted as failed then.
    if ('value' in judged) add(done, { counts: judged.value.counts });
    else fail(done, about.store, shard, judged.failure.message);
    done.piece = 'value' in judged ? judged.value.next : undefined;
    if (done.piece !== undefined) return calls;
    done.from += 1;
  }
  if (done.from >= done.plan.shards) go(done, 'sum');
  return calls;
}

/** Adds up what was found. */
export function* sumUp(
  ctx: OrchestrationContext,
  note: ProgressNote,
  about: About,
  done: Done,
): Step<number> {
  note.begin('add up', undefined, { percent: 99 });
  const { portion } = done;
  const summed = yield* attempt(call(ctx, sumUpStore, { ...about, portion }));
  if ('failure' in summed) {
    const failure = { store: about.store, shard: 'findings', failure: summed.failure.message };
    add(done, { counts: noCounts, failure });
    go(done, 'over');
  } else if (summed.value.isDone) {
    done.outcome.summary = portion;
    go(done, 'over');
  } else done.portion += 1;
  return 1;
}

function go(done: Done, phase: Done['phase']): void {
  Object.assign(done, { phase, from: 0, portion: 0, piece: undefined } satisfies Partial<Done>);
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
  add(done, { counts: noCounts, failure: { store, shard: shardName(shard), failure } });
}

/** Says how far the reading is, how fast it goes, and how long what is left will take at that pace. */
function tell(ctx: OrchestrationContext, note: ProgressNote, done: Done, shards: number): void {
  const { blobs, bytes } = done.outcome.counts;
  const seconds = secondsSince(ctx, instantOf(done.since));
  const share = Math.min(1, shards / Math.max(1, done.plan.shards));
  note.begin('hash', undefined, {
    ...{ percent: share * 95, secondsLeft: secondsLeftAt(share, seconds) },
    work: { blobs, bytes, ...(seconds > 0 ? { bytesPerSecond: Math.round(bytes / seconds) } : {}) },
  });
}
