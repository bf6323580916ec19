/** The scan of one shard of a store, part after part; after a number of parts it goes on as new. */
import type { OrchestrationContext } from 'durable-functions';
import { addCounts, noCounts } from '../contracts/scan-documents.ts';
import {
  scanPart,
  shardInput,
  shardOutcome,
  type ScannedShard,
  type ShardInput,
  type ShardOutcome,
} from '../contracts/scan.ts';
import { attempt, call, type Step, type WorkflowContract } from './step.ts';

export const scanShardContract: WorkflowContract<ShardInput, ShardOutcome> = {
  name: 'scanShard',
  input: shardInput,
  output: shardOutcome,
};

/** Parts in one generation of a shard's orchestration. */
const partsPerGeneration = 15;

/** One shard, part after part. */
export function* scanShard(ctx: OrchestrationContext): Step<ShardOutcome | undefined> {
  const { counts: carried, ...input } = shardInput.parse(ctx.df.getInput());
  const { shard, store } = input;
  let { position } = input;
  let counts = carried ?? noCounts;
  for (let part = 0; part < partsPerGeneration; part += 1) {
    const scanned = yield* attempt(call(ctx, scanPart, { ...input, position }));
    if ('failure' in scanned) {
      return { counts, failure: { store, shard: shardName(shard), failure: scanned.failure.message } };
    }
    counts = addCounts(counts, scanned.value.counts);
    if (scanned.value.next === undefined) return { counts };
    position = scanned.value.next;
  }
  ctx.df.continueAsNew({ ...input, position, counts });
  return undefined;
}

/** What a shard is called where a person reads of it. */
export const shardName = ({ isStray, leading }: Pick<ScannedShard, 'isStray' | 'leading'>): string =>
  isStray ? 'stray' : leading === '' ? 'all' : leading;
