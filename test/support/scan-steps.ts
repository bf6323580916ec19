/** An integrity scan, one activity after the other as its orchestration calls them. */
import type { Scope } from '../../src/contracts/vault-paths.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import {
  addCounts,
  noCounts,
  type ScanCounts,
  type ScanDocument,
  type ScanPartDocument,
  type ShardOutcome,
} from '../../src/contracts/scan.ts';
import { isoOf } from '../../src/contracts/values.ts';
import { stampOf } from '../../src/policy/identifiers.ts';
import { shardNames } from '../../src/policy/shards.ts';
import { scope } from './sample-estate.ts';
import type { World } from './world.ts';

type Position = NonNullable<ScanPartDocument['next']>;

/** What a scan is planned to look at. */
export interface PlannedScan extends Scope {
  readonly slot: string;
  readonly scan: string;
  readonly stores: readonly string[];
  readonly points: readonly string[];
}

/** Plans a scan in the slot of this second. */
export async function planScan(world: World): Promise<PlannedScan> {
  const slot = stampOf(world.clock.now());
  return {
    ...scope,
    slot,
    ...(await world.value<Omit<PlannedScan, 'slot'>>('planScan', { ...scope, slot })),
  };
}

/** Scans one shard to its end, or to the first part that fails; `beforePart` runs before each part. */
export async function scanShard(
  world: World,
  { slot: _slot, stores: _stores, ...planned }: PlannedScan,
  store: string,
  shard: (typeof shardNames)[number],
  beforePart: (input: object) => Promise<void> = () => Promise.resolve(),
): Promise<ShardOutcome> {
  let counts = noCounts;
  for (let position: Position | undefined = { part: 0 }; position !== undefined;) {
    const input: object = { ...planned, store, shard, position };
    await beforePart(input);
    const outcome = await world.run('scanPart', input);
    if (outcome.outcome === 'failed') return { store, shard, counts, failure: outcome.failure.message };
    const done = outcome.value as { counts: ScanCounts; next?: Position };
    counts = addCounts(counts, done.counts);
    position = done.next;
  }
  return { store, shard, counts };
}

/** Scans every shard of every store and writes the result; the result's document. */
export async function scanAll(
  world: World,
  beforePart?: (input: object) => Promise<void>,
): Promise<ScanDocument> {
  const planned = await planScan(world);
  const shards: ShardOutcome[] = [];
  for (const store of planned.stores)
    for (const shard of shardNames) shards.push(await scanShard(world, planned, store, shard, beforePart));
  return finishScan(world, planned, shards);
}

/** Writes the result of a scan; its document. */
export async function finishScan(
  world: World,
  { slot, scan, points }: PlannedScan,
  shards: readonly ShardOutcome[],
): Promise<ScanDocument> {
  const at = isoOf(world.clock.now());
  await world.value('finalizeScan', { ...scope, slot, scan, startedAt: at, endedAt: at, points, shards });
  return world.vault.json<ScanDocument>(vaultPaths.scan(scope, scan));
}
