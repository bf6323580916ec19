/** An integrity scan, one activity after the other as its orchestrations call them. */
import {
  addCounts,
  noCounts,
  type ScanCounts,
  type ScanDocument,
} from '../../src/contracts/scan-documents.ts';
import type { ScannedShard, StoreOutcome } from '../../src/contracts/scan.ts';
import type { Scope } from '../../src/contracts/vault-paths.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { isoOf } from '../../src/contracts/values.ts';
import { stampOf } from '../../src/policy/identifiers.ts';
import type { ScanMode } from '../../src/policy/scrub.ts';
import { scope } from './sample-estate.ts';
import type { World } from './world.ts';

/** What a person may ask of a scan. */
export interface ScanOrder {
  readonly mode?: ScanMode;
  readonly store?: string;
  readonly part?: string;
}

/** What a scan is planned to look at. */
export interface PlannedScan extends Scope {
  readonly slot: string;
  readonly scan: string;
  readonly mode: ScanMode;
  readonly part?: string;
  readonly stores: readonly string[];
  readonly points: readonly string[];
}

/** Runs before each activity of a scan, with what it is about to be given. */
export type Before = (activity: string, input: object) => Promise<void>;
const nothing: Before = () => Promise.resolve();

/** Plans a scan in the slot of this second. */
export async function planScan(
  world: World,
  { store, mode = 'cycle', part }: ScanOrder = {},
): Promise<PlannedScan> {
  const slot = stampOf(world.clock.now());
  const planned: { scan: string; stores: string[]; points: string[] } = await valueOf(world, 'planScan', {
    ...scope,
    ...{ slot, store },
  });
  return { ...scope, slot, mode, ...(part === undefined ? {} : { part }), ...planned };
}

/** What every activity of a store is given. */
export const about = ({ scan, mode }: PlannedScan, store: string) => ({ ...scope, scan, mode, store });

/** Plans a store and gives its shards as they are scanned. */
export async function planShards(
  world: World,
  planned: PlannedScan,
  store: string,
  before = nothing,
): Promise<ScannedShard[]> {
  const order = { ...about(planned, store), part: planned.part, points: planned.points };
  const count = await planWhole(world, order, before);
  const shards: ScannedShard[] = [];
  while (shards.length < count) {
    const from = { ...about(planned, store), from: shards.length };
    await before('nextShards', from);
    shards.push(...(await valueOf<{ shards: ScannedShard[] }>(world, 'nextShards', from)).shards);
  }
  return shards;
}

/** Plans a store, portion by portion; how many shards it is divided into. */
async function planWhole(world: World, order: object, before: Before): Promise<number> {
  for (let portion = 0; ; portion += 1) {
    await before('planStore', { ...order, portion });
    const planned = await valueOf<{ plan?: { shards: number } }>(world, 'planStore', { ...order, portion });
    if (planned.plan !== undefined) return planned.plan.shards;
  }
}

/** What was read of a shard, and why not all of it. */
export interface ReadShard {
  readonly counts: ScanCounts;
  readonly failure?: string;
}

/** Reads one shard to its end, or to the first part that fails. */
export async function readShard(
  world: World,
  planned: PlannedScan,
  store: string,
  shard: ScannedShard,
  before = nothing,
): Promise<ReadShard> {
  let counts = noCounts;
  let position: object | undefined = { part: 0 };
  while (position !== undefined) {
    const input: object = { ...about(planned, store), shard, position };
    await before('scanPart', input);
    const outcome = await world.run('scanPart', input);
    if (outcome.outcome === 'failed') return { counts, failure: outcome.failure.message };
    const done = outcome.value as { counts: ScanCounts; next?: object };
    counts = addCounts(counts, done.counts);
    position = done.next;
  }
  return { counts };
}

const labelOf = ({ isStray, leading }: ScannedShard): string =>
  isStray ? 'stray' : leading === '' ? 'all' : leading;

/** Scans a store as its orchestration does. */
export async function scanStore(
  world: World,
  planned: PlannedScan,
  store: string,
  before = nothing,
): Promise<StoreOutcome> {
  const outcome: StoreOutcome = { store, counts: noCounts, shards: 0, failed: 0, failures: [] };
  const add = (shard: string, counts: ScanCounts, failure?: string): void => {
    outcome.counts = addCounts(outcome.counts, counts);
    if (failure === undefined) return;
    outcome.failed += 1;
    outcome.failures.push({ store, shard, failure });
  };
  const tryOne = async (name: string, input: object): Promise<ReadShard & { next?: unknown }> => {
    await before(name, input);
    const ended = await world.run(name, input);
    if (ended.outcome === 'failed') return { counts: noCounts, failure: ended.failure.message };
    return ended.value as ReadShard;
  };
  let shards: ScannedShard[];
  try {
    shards = await planShards(world, planned, store, before);
  } catch (thrown) {
    add('all', noCounts, (thrown as Error).message);
    return outcome;
  }
  outcome.shards = shards.length;
  for (const shard of shards) {
    const { counts, failure } = await readShard(world, planned, store, shard, before);
    add(labelOf(shard), counts, failure);
  }
  let verified: ReadShard & { next?: unknown } = { counts: noCounts, next: 0 };
  while (verified.next !== undefined)
    verified = await tryOne('verifyChanges', { ...about(planned, store), portion: verified.next });
  add('change records', verified.counts, verified.failure);
  if (verified.failure === undefined)
    for (const shard of shards)
      for (let from: unknown, isFirst = true; isFirst || from !== undefined; isFirst = false) {
        const judged = await tryOne('finishShard', { ...about(planned, store), shard, from });
        add(labelOf(shard), judged.counts, judged.failure);
        from = judged.next;
      }
  outcome.summary = await sumUp(world, planned, store, before);
  return outcome;
}

/** Adds up what was found in a store, portion by portion; which of them was the last. */
export async function sumUp(
  world: World,
  planned: PlannedScan,
  store: string,
  before: Before = nothing,
): Promise<number> {
  for (let portion = 0; ; portion += 1) {
    const order = { ...about(planned, store), portion };
    await before('sumUpStore', order);
    if ((await valueOf<{ isDone: boolean }>(world, 'sumUpStore', order)).isDone) return portion;
  }
}

/** Scans every store and writes the result; its document. */
export async function scanAll(
  world: World,
  order: ScanOrder = {},
  before: Before = nothing,
): Promise<ScanDocument> {
  const planned = await planScan(world, order);
  const stores: StoreOutcome[] = [];
  for (const store of planned.stores) stores.push(await scanStore(world, planned, store, before));
  return finishScan(world, planned, stores, before);
}

/** Writes the result of a scan; its document. */
export async function finishScan(
  world: World,
  { slot, scan, mode, part, points }: PlannedScan,
  stores: readonly StoreOutcome[],
  before = nothing,
): Promise<ScanDocument> {
  const at = isoOf(world.clock.now());
  const facts = { ...scope, slot, scan, mode, part, startedAt: at, endedAt: at, points, stores };
  await before('finalizeScan', facts);
  await valueOf(world, 'finalizeScan', facts);
  const document = world.vault.json<ScanDocument>(vaultPaths.scan(scope, scan));
  assertAddsUp(document.counts);
  for (const store of document.stores) assertAddsUp(store.counts);
  return document;
}

/** Every listed blob is counted once: so in every scan of every test. */
function assertAddsUp(counts: ScanCounts): void {
  const { blobs, ok, rested, unverified, unreadable, unstable } = counts;
  const bad = counts['digest-mismatch'] + counts['wrong-size'] + unreadable + unstable;
  const sum = ok + rested + unverified + bad + counts['not-an-address'];
  if (blobs !== sum) throw new Error(`${blobs} blobs were listed, ${sum} counted: ${JSON.stringify(counts)}`);
}

/** An activity's value by `world.run`, which a test may have replaced; a thrown error with the failure's message. */
export async function valueOf<T>(world: World, name: string, input: object): Promise<T> {
  const outcome = await world.run(name, input);
  if (outcome.outcome === 'done') return outcome.value as T;
  throw new Error(outcome.failure.message);
}
