/**
 * Which digests the retained recovery points expect in a store: their inventories, merged in one pass and in constant
 * memory into one packed document per shard. Invariant: the documents of a pass hold only once the pass has ended, since
 * an inventory is known to be right at its last line; a pass that failed is made again, or nothing is expected by it.
 */
import type { DateTime } from 'luxon';
import { recoveryPoint, type RecoveryPoint } from '../contracts/documents.ts';
import { expectedHeader, scrubPaths, type ExpectedHeader, type ScrubShard } from '../contracts/scrub.ts';
import { instantOf } from '../contracts/values.ts';
import { vaultPaths } from '../contracts/vault-paths.ts';
import type { HashAlgorithm } from '../policy/content-address.ts';
import { boundOf, isEmptyRange } from '../policy/digest-ranges.ts';
import { ExpectedDigests, expectationBytes, expectedPointsAtMost } from '../policy/digest-sets.ts';
import { Failure } from '../policy/failure.ts';
import type { Vault, VaultStreams } from '../ports/vault.ts';
import { mergeInventories, type InventorySource } from './expected-merge.ts';
import { readRuns } from './inventory.ts';
import { readPacked, writePacked, type PackedKind } from './packed-documents.ts';
import { misplaced, type ScrubStore } from './scrub-state.ts';
import { readDocument } from './vault-documents.ts';

/** A store whose references are known. */
export interface ReferencedStore extends ScrubStore {
  readonly algorithm: HashAlgorithm;
  /** The databases that refer to it. */
  readonly databases: readonly string[];
}

/** What a pass came to. */
export interface ExpectedPass {
  /** Expected digests of each shard, in the order of the shards. */
  readonly counts: readonly number[];
  readonly points: ExpectedHeader['points'];
  readonly newestPoint: string | undefined;
}

/** What is expected of one shard. */
export interface ExpectedShard {
  readonly digests: ExpectedDigests;
  /** What the digests' point indexes refer to. */
  readonly points: ExpectedHeader['points'];
  /** The instant of the newest point that names what every database refers to; undefined if there is none. */
  readonly newestPoint: DateTime | undefined;
}

/**
 * Writes what the points expect of each shard. `shards` are in the order of their ranges and do not overlap; what lies
 * in none of them is passed over. Throws `bad-document` if an inventory is damaged: nothing of this pass holds then.
 */
export async function writeExpected(
  vault: Vault & VaultStreams,
  of: ReferencedStore,
  by: { readonly scan: string; readonly writtenAt: string },
  pointIds: readonly string[],
  shards: readonly ScrubShard[],
): Promise<ExpectedPass> {
  assertInOrder(shards);
  const points = await readPoints(vault, of, pointIds);
  const newestPoint = points.find((point) => namesEverything(point, of))?.instant;
  const about = {
    ...of.scope,
    ...{ store: of.store, algorithm: of.algorithm, digestBytes: of.digestBytes, ...by },
    points: points.map(({ id, instant }) => ({ id, instant })),
    ...(newestPoint === undefined ? {} : { newestPoint }),
  };
  const counts: number[] = [];
  for await (const { shard, bytes } of perShard(
    mergeInventories(sourcesOf(vault, of, points), of.digestBytes),
    shards,
  )) {
    const { leading, range } = shard;
    const count = bytes.length / (of.digestBytes + expectationBytes);
    const header: ExpectedHeader = { schema: 'lifeboat/expected/v1', ...about, leading, range, count };
    const path = scrubPaths.expected(of.scope, by.scan, of.store, of.algorithm, range);
    await writePacked(vault, path, kindOf(of, shard, by.scan), header, bytes);
    counts.push(count);
  }
  return { counts, points: about.points, newestPoint };
}

/** Reads what a scan's pass wrote for a shard. */
export async function readExpected(
  vault: VaultStreams,
  of: ScrubStore,
  shard: ScrubShard,
  scan: string,
): Promise<ExpectedShard> {
  const path = scrubPaths.expected(of.scope, scan, of.store, of.algorithm, shard.range);
  const chunks: Uint8Array[] = [];
  const header = await readPacked(vault, path, kindOf(of, shard, scan), (items) =>
    chunks.push(Uint8Array.from(items)),
  );
  return {
    digests: new ExpectedDigests(Buffer.concat(chunks), of.digestBytes),
    points: header.points,
    newestPoint: header.newestPoint === undefined ? undefined : instantOf(header.newestPoint),
  };
}

/** The items of each shard, in the order of the shards; what lies in none of them is passed over. */
async function* perShard(
  lists: AsyncIterable<ExpectedDigests>,
  shards: readonly ScrubShard[],
): AsyncGenerator<{ readonly shard: ScrubShard; readonly bytes: Uint8Array }> {
  let [next, items]: [number, Uint8Array[]] = [0, []];
  for await (const list of lists)
    for (let shard = shards[next]; shard !== undefined; shard = shards[next]) {
      items.push(list.bytesIn(shard.range));
      if (shard.range.to === undefined || boundOf(list.digestAt(list.length - 1)) < shard.range.to) break;
      yield { shard, bytes: Buffer.concat(items) };
      [next, items] = [next + 1, []];
    }
  for (const shard of shards.slice(next)) {
    yield { shard, bytes: Buffer.concat(items) };
    items = [];
  }
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

function sourcesOf(
  vault: VaultStreams,
  of: ReferencedStore,
  points: readonly RecoveryPoint[],
): InventorySource[] {
  return points.flatMap((point, index) =>
    point.stores
      .filter((one) => one.store === of.store)
      .map(({ inventory }) => ({
        path: inventory.path,
        point: index,
        runs: readRuns(vault, inventory.path, of.algorithm, inventory),
      })),
  );
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
