/**
 * Which digests the retained recovery points expect in a store: their inventories, merged in one pass and in constant
 * memory into one packed document per shard; a long pass is put down and taken up again. Invariant: the documents of a pass hold only once the pass has ended, since
 * an inventory is known to be right at its last line; a pass that failed is made again, or nothing is expected by it.
 */
import type { DateTime } from 'luxon';
import { recoveryPoint, type RecoveryPoint } from '../contracts/documents.ts';
import type { ExpectedFacts, ExpectedPlace } from '../contracts/scan-documents.ts';
import { expectedHeader, scrubPaths, type ExpectedHeader, type ScrubShard } from '../contracts/scrub.ts';
import { instantOf } from '../contracts/values.ts';
import { vaultPaths } from '../contracts/vault-paths.ts';
import type { HashAlgorithm } from '../policy/content-address.ts';
import { isEmptyRange } from '../policy/digest-ranges.ts';
import { ExpectedDigests, expectationBytes, expectedPointsAtMost } from '../policy/digest-sets.ts';
import { Failure } from '../policy/failure.ts';
import type { Vault, VaultStreams } from '../ports/vault.ts';
import { InventoryMerge, type InventorySource } from './expected-merge.ts';
import { InventoryRuns } from './inventory.ts';
import { readPackedItems, writePacked, type PackedKind } from './packed-documents.ts';
import { misplaced, type ScrubStore } from './scrub-state.ts';
import { readDocument } from './vault-documents.ts';

/** A store whose references are known. */
export interface ReferencedStore extends ScrubStore {
  readonly algorithm: HashAlgorithm;
  /** The databases that refer to it. */
  readonly databases: readonly string[];
}

/** What is expected of one shard. */
export interface ExpectedShard {
  readonly digests: ExpectedDigests;
  /** What the digests' point indexes refer to. */
  readonly points: ExpectedHeader['points'];
  /** The instant of the newest point that names what every database refers to; undefined if there is none. */
  readonly newestPoint: DateTime | undefined;
}

/** The points that name addresses of the store, and their inventories. */
export async function expectedFactsOf(
  vault: Vault,
  of: ReferencedStore,
  pointIds: readonly string[],
): Promise<ExpectedFacts> {
  const points = await readPoints(vault, of, pointIds);
  const newestPoint = points.find((point) => namesEverything(point, of))?.instant;
  return {
    points: points.map(({ id, instant }) => ({ id, instant })),
    ...(newestPoint === undefined ? {} : { newestPoint }),
    inventories: points.flatMap((one, point) =>
      one.stores.filter(({ store }) => store === of.store).map(({ inventory }) => ({ ...inventory, point })),
    ),
  };
}

/** By whom and how a pass is made. */
export interface ExpectedOrder {
  readonly scan: string;
  readonly writtenAt: string;
  /** Whether it may be put down, which makes reading the inventories slower; the same in every portion of a pass. */
  readonly isResumable: boolean;
  readonly from?: ExpectedPlace | undefined;
  /** Whether a pass that may be put down is to be put down now. */
  readonly isOver: () => boolean;
}

/** Bytes of all the inventories of a pass, about. */
export function inventoryBytes(of: ScrubStore, { inventories }: ExpectedFacts): number {
  return inventories.reduce((sum, { addresses }) => sum + addresses, 0) * (2 * of.digestBytes + 1);
}

/**
 * Writes what the points expect of each shard; where it is to go on if the time was over before. `shards` are in the
 * order of their ranges and do not overlap; what lies in none of them is passed over. Throws `bad-document` if an
 * inventory is damaged: nothing of this pass holds then.
 */
export async function writeExpected(
  vault: Vault & VaultStreams,
  of: ReferencedStore,
  facts: ExpectedFacts,
  shards: readonly ScrubShard[],
  order: ExpectedOrder,
): Promise<ExpectedPlace | undefined> {
  assertInOrder(shards);
  const merge = await openMerge(vault, of, facts, order);
  const isOver = (): boolean => order.isResumable && order.isOver();
  const placeAt = (shard: number): ExpectedPlace => ({
    shard,
    inventories: merge.places().map((place) => place ?? 'ended'),
  });
  try {
    for (let next = order.from?.shard ?? 0; next < shards.length; next += 1) {
      const shard = shards[next] as ScrubShard;
      if (!(await merge.skip(shard.range.from, isOver))) return placeAt(next);
      await writeShard(vault, of, facts, order, shard, await merge.take(shard.range.to));
      if (isOver()) return placeAt(next + 1);
    }
    // An inventory is known to be right at its last line.
    return (await merge.skip(undefined, isOver)) ? undefined : placeAt(shards.length);
  } finally {
    await merge.close();
  }
}

async function writeShard(
  vault: Vault,
  of: ReferencedStore,
  { points, newestPoint }: ExpectedFacts,
  { scan, writtenAt }: ExpectedOrder,
  shard: ScrubShard,
  items: Uint8Array,
): Promise<void> {
  const header: ExpectedHeader = {
    schema: 'lifeboat/expected/v1',
    ...of.scope,
    ...{ store: of.store, algorithm: of.algorithm, digestBytes: of.digestBytes, ...shard },
    ...{ scan, writtenAt, points, count: items.length / (of.digestBytes + expectationBytes) },
    ...(newestPoint === undefined ? {} : { newestPoint }),
  };
  const path = scrubPaths.expected(of.scope, scan, of.store, of.algorithm, shard.range);
  await writePacked(vault, path, kindOf(of, shard, scan), header, items);
}

async function openMerge(
  vault: VaultStreams,
  { algorithm, digestBytes }: ReferencedStore,
  { inventories }: ExpectedFacts,
  { from: place, isResumable }: ExpectedOrder,
): Promise<InventoryMerge> {
  const sources = await Promise.all(
    inventories.map(async ({ path, point, ...expected }, index): Promise<InventorySource> => {
      const from = place?.inventories[index];
      if (from === 'ended') return { path, point };
      return {
        ...{ path, point },
        runs: await InventoryRuns.open(vault, { path, algorithm, expected, isResumable, from }),
      };
    }),
  );
  return InventoryMerge.open(sources, digestBytes);
}

/** Reads what a scan's pass wrote for a shard, all of it or a range. */
export async function readExpected(
  vault: VaultStreams,
  of: ScrubStore,
  shard: ScrubShard,
  scan: string,
  range = shard.range,
): Promise<ExpectedShard> {
  const path = scrubPaths.expected(of.scope, scan, of.store, of.algorithm, shard.range);
  const { header, items } = await readPackedItems(vault, path, kindOf(of, shard, scan), (some) =>
    new ExpectedDigests(some, of.digestBytes).bytesIn(range),
  );
  return {
    digests: new ExpectedDigests(items, of.digestBytes),
    points: header.points,
    newestPoint: header.newestPoint === undefined ? undefined : instantOf(header.newestPoint),
  };
}

/** The points that name addresses of the store, newest first; those given up since the scan was planned are left out. */
async function readPoints(
  vault: Vault,
  of: ReferencedStore,
  ids: readonly string[],
): Promise<RecoveryPoint[]> {
  const points: RecoveryPoint[] = [];
  for (const id of ids) {
    const point = await readDocument(vault, vaultPaths.point(of.scope, id), recoveryPoint);
    if (point === undefined || point.tombstone !== undefined) continue;
    if (point.stores.some((one) => one.store === of.store)) points.push(point);
  }
  if (points.length > expectedPointsAtMost)
    throw new Failure(
      'refused',
      `${points.length} recovery points are too many`,
      'Shorten the retention window.',
    );
  return points.toSorted((a, b) => instantOf(b.instant).toMillis() - instantOf(a.instant).toMillis());
}

/** Whether a point has an inventory of every database that refers to the store. */
function namesEverything(point: RecoveryPoint, of: ReferencedStore): boolean {
  const named = point.stores.filter((one) => one.store === of.store).map((one) => one.database);
  return of.databases.every((database) => named.includes(database));
}

function assertInOrder(shards: readonly ScrubShard[]): void {
  for (const [index, { leading, range }] of shards.entries()) {
    const before = shards[index - 1]?.range;
    const isBehind = before === undefined || (before.to !== undefined && before.to <= range.from);
    if (isEmptyRange(range) || !isBehind)
      throw new RangeError(`shard "${leading}" is not behind the one before it`);
  }
}

function kindOf(of: ScrubStore, shard: ScrubShard, scan: string): PackedKind<ExpectedHeader> {
  return {
    schema: expectedHeader,
    itemBytes: of.digestBytes + expectationBytes,
    problemOf: (header) =>
      misplaced(header, of, shard.range) ??
      (header.scan === scan
        ? undefined
        : `it is of ${header.scan}, and stands where that of ${scan} belongs`),
  };
}
