/**
 * The scan as it is shipped, its activities called in the order in which the orchestration calls them: planned with
 * what a recovery point expects, divided into shards, read part by part with a checkpoint behind each, judged against
 * inventory and expectation, its state and its result written. The vault is a folder; the orchestration's own history
 * is left out.
 */
import pMap from 'p-map';
import type { z } from 'zod';
import type { Dependencies } from '../../src/activities/dependencies.ts';
import { scanActivities } from '../../src/activities/scan.ts';
import { shardsReadAtOnce } from '../../src/policy/scrub-plan.ts';
import { systemClock } from '../../src/azure/clock.ts';
import type { ActivityContract } from '../../src/contracts/activity.ts';
import { addCounts, noCounts, type ScanCounts } from '../../src/contracts/scan-documents.ts';
import {
  finalizeScan,
  finishShard,
  nextShards,
  planScan,
  planStore,
  sumUpStore,
  scanPart,
  type scanPosition,
  verifyChanges,
  type StorePlan,
  type ScannedShard,
} from '../../src/contracts/scan.ts';
import { isoOf } from '../../src/contracts/values.ts';
import { stampOf } from '../../src/policy/identifiers.ts';
import { ThreadedBlobScanner } from '../../src/scan-engine/threaded-blob-scanner.ts';
import { bearerHeader, readOrder, tellOutcome, type ScanOrder } from './arguments.ts';
import { lazyContents, loadContents } from './contents.ts';
import { estateOf, region, scope, storeId } from './estate.ts';
import { FileVault } from './file-vault.ts';

type About = Omit<z.infer<typeof verifyChanges.input>, 'portion'>;
type Position = z.infer<typeof scanPosition>;
type PartResult = z.infer<typeof scanPart.output>;

const order = readOrder() as ScanOrder;
const scanner = new ThreadedBlobScanner({
  authorize: () => Promise.resolve({ header: bearerHeader }),
  clock: systemClock,
});
const contents = order.hasLibrary === true ? await loadContents() : lazyContents();
const activities = new Map(scanActivities(dependencies()).map((one) => [one.name, one] as const));
const counts = await scanStore();
await scanner.close();
tellOutcome({
  listed: counts.blobs,
  hashed: counts.hashed,
  bytes: counts.bytes,
  doubtful:
    counts['digest-mismatch'] + counts['wrong-size'] + counts.missing + counts.unreadable + counts.unstable,
});

/** What the scan's activities need; anything else they asked for would be an error that is told. */
function dependencies(): Dependencies {
  const needed: Partial<Dependencies> = {
    ...{ estate: estateOf(order), estateDigest: '', region, softwareVersion: 'bench', actor: 'bench' },
    ...{ clock: systemClock, scanner, contents: contents as Dependencies['contents'] },
    vault: new FileVault(order.vault) as unknown as Dependencies['vault'],
    servers: { storageLocation: () => Promise.resolve(region) } as unknown as Dependencies['servers'],
    // Two requests once in a scan; asked of nobody here.
    referenceClocks: { offsets: () => Promise.resolve([{ source: 'none', seconds: 0 }]) },
  };
  return needed as Dependencies;
}

async function scanStore(): Promise<ScanCounts> {
  const { mode } = order;
  const startedAt = systemClock.now();
  const slot = stampOf(startedAt);
  const { scan, points } = await call(planScan, { ...scope, slot, store: storeId });
  const about: About = { ...scope, scan, store: storeId, mode };
  const plan = await planWhole({ ...about, points });
  const shards: ScannedShard[] = [];
  while (shards.length < plan.shards)
    shards.push(...(await call(nextShards, { ...about, from: shards.length })).shards);
  const read = await pMap(shards, (shard) => readShard(about, shard), { concurrency: shardsReadAtOnce });
  let total = read.reduce((sum, one) => addCounts(sum, one), noCounts);
  total = addCounts(total, await verifyWhole(about));
  for (const shard of shards) total = addCounts(total, await judgeShard(about, shard));
  let summary = 0;
  while (!(await call(sumUpStore, { ...about, portion: summary })).isDone) summary += 1;
  const result = await call(finalizeScan, {
    ...{ ...scope, slot, scan, mode, points },
    ...{ startedAt: isoOf(startedAt), endedAt: isoOf(systemClock.now()) },
    stores: [{ store: storeId, counts: total, shards: shards.length, failed: 0, failures: [], summary }],
  });
  return result.counts;
}

async function planWhole(about: About & { readonly points: string[] }): Promise<StorePlan> {
  for (let portion = 0; ; portion += 1) {
    const planned: z.infer<typeof planStore.output> = await call(planStore, { ...about, portion });
    if ('plan' in planned) return planned.plan;
  }
}

async function verifyWhole(about: About): Promise<ScanCounts> {
  for (let portion = 0; ; portion += 1) {
    const verified: z.infer<typeof verifyChanges.output> = await call(verifyChanges, { ...about, portion });
    if ('counts' in verified) return verified.counts;
  }
}

async function judgeShard(about: About, shard: ScannedShard): Promise<ScanCounts> {
  let judged = await call(finishShard, { ...about, shard });
  let sum = judged.counts;
  while (judged.next !== undefined) {
    judged = await call(finishShard, { ...about, shard, from: judged.next });
    sum = addCounts(sum, judged.counts);
  }
  return sum;
}

async function readShard(about: About, shard: ScannedShard): Promise<ScanCounts> {
  let sum = noCounts;
  let position: Position | undefined = { part: 0 };
  while (position !== undefined) {
    const done: PartResult = await call(scanPart, { ...about, shard, position });
    sum = addCounts(sum, done.counts);
    position = done.next;
  }
  return sum;
}

/** Runs an activity as the host does: JSON in, an outcome out. */
async function call<I, O>(contract: ActivityContract<I, O>, input: NoInfer<I>): Promise<O> {
  const outcome = await activities.get(contract.name)?.run(JSON.parse(JSON.stringify(input)));
  if (outcome?.outcome === 'done') return outcome.value as O;
  const failure = outcome?.failure ?? { code: 'none', message: 'there is no such activity' };
  throw new Error(`${contract.name}: ${failure.code}: ${failure.message}`);
}
