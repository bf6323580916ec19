/**
 * What a scan has to re-hash. New blobs at the next scan, known-bad ones at each, everything once per cycle. A cycle is
 * planned to take one interval of the schedule less than it may: each scan re-hashes, of the shards in the order of
 * their debt, as much of the store as that asks for, and whatever was verified longer ago than that, wherever it lies.
 * So the work of each scan is level, and one scan that is missed leaves nothing older than the cycle. Invariant: after
 * a scan nothing was verified longer ago than the cycle less an interval, counted from the scan's start.
 */
import { intersection, shareOf, touching, without, type DigestRange } from './digest-ranges.ts';
import { Failure } from './failure.ts';

/** What is re-hashed: what the cycle asks for, everything, only what no scan has seen, only what was bad or unread. */
export const scanModes = ['cycle', 'full', 'new', 'known-bad'] as const;
export type ScanMode = (typeof scanModes)[number];

/** How long a cycle may take, and the time between two scheduled scans; seconds. */
export interface ScrubCycle {
  readonly cycleSeconds: number;
  readonly intervalSeconds: number;
}

/** A time after every reading there is: whatever is known to be right is hashed again, however short a time ago it was read. */
export const afterEveryReading = Number.MAX_SAFE_INTEGER;

/** Which blobs of a shard are hashed; `verifiedBefore` in seconds since 1970, 0 for none of those known to be right. */
export interface ScrubRule {
  readonly unknown: boolean;
  readonly bad: boolean;
  readonly verifiedBefore: number;
}

/** The rule of one shard in a scan that began at `startedAt` (seconds since 1970), given whether its debt makes it due. */
export function scrubRule(mode: ScanMode, isDue: boolean, startedAt: number, cycle: ScrubCycle): ScrubRule {
  switch (mode) {
    case 'full':
      return { unknown: true, bad: true, verifiedBefore: afterEveryReading };
    case 'new':
      return { unknown: true, bad: false, verifiedBefore: 0 };
    case 'known-bad':
      return { unknown: false, bad: true, verifiedBefore: 0 };
    case 'cycle':
      return {
        ...{ unknown: true, bad: true },
        verifiedBefore: isDue ? afterEveryReading : dueBefore(startedAt, cycle),
      };
  }
}

/** What was verified before this is due wherever it lies: at the age of a cycle less an interval, or more. */
function dueBefore(startedAt: number, cycle: ScrubCycle): number {
  return Math.max(0, Math.min(startedAt, startedAt - plannedSeconds(cycle) + 1));
}

const plannedSeconds = ({ cycleSeconds, intervalSeconds }: ScrubCycle): number =>
  Math.max(0, cycleSeconds - intervalSeconds);

/** The share of a store that each scheduled scan re-hashes, 0 to 1. */
export function shareOfScan(cycle: ScrubCycle): number {
  return Math.min(1, cycle.intervalSeconds / Math.max(1, plannedSeconds(cycle)));
}

/** A shard with what is known of it before a scan. */
export interface ShardDebt {
  readonly leading: string;
  /** When its oldest blob was last verified (or made, if never), in seconds since 1970; undefined: part of it was never scanned. */
  readonly oldest: number | undefined;
  readonly blobs: number;
  readonly bytes: number;
}

/** By scrub debt: what was never verified first, then the oldest; equals in the order of their names. */
export function byDebt(a: ShardDebt, b: ShardDebt): number {
  if (a.oldest === b.oldest) return a.leading < b.leading ? -1 : Number(a.leading > b.leading);
  return (a.oldest ?? Number.NEGATIVE_INFINITY) - (b.oldest ?? Number.NEGATIVE_INFINITY);
}

/** One request costs about as much processor time as hashing so many bytes. */
const bytesPerRequest = 16 * 1024;
const workOf = (shard: ShardDebt): number => shard.bytes + shard.blobs * bytesPerRequest;

/** The shards that the next scheduled scan re-hashes fully: by debt, until they come to its share of the work. */
export function dueShards(shards: readonly ShardDebt[], cycle: ScrubCycle): ReadonlySet<string> {
  const quota = shards.reduce((sum, shard) => sum + workOf(shard), 0) * shareOfScan(cycle);
  const due = new Set<string>();
  let work = 0;
  for (const shard of shards.toSorted(byDebt)) {
    if (shard.oldest !== undefined && work >= quota) break;
    due.add(shard.leading);
    work += workOf(shard);
  }
  return due;
}

/** What a stored state says of a range of digests. */
export interface KnownShard {
  readonly range: DigestRange;
  readonly oldest?: number | undefined;
  readonly blobs: number;
  readonly bytes: number;
}

/**
 * The debt of a shard from what is known, which is in the order of its ranges and without overlap; where the store was
 * divided otherwise before, by the shares that it has of those ranges.
 */
export function debtOf(leading: string, range: DigestRange, known: readonly KnownShard[]): ShardDebt {
  // An empty shard has nothing to verify and comes last; the number survives JSON.
  let [blobs, bytes, oldest] = [0, 0, Number.MAX_SAFE_INTEGER];
  let unknown = [range];
  for (const one of touching(known, range)) {
    const common = intersection(range, one.range) ?? range;
    const share = shareOf(common) / shareOf(one.range);
    blobs += one.blobs * share;
    bytes += one.bytes * share;
    oldest = Math.min(oldest, one.oldest ?? oldest);
    unknown = unknown.flatMap((piece) => without(piece, one.range));
  }
  return {
    leading,
    oldest: unknown.length > 0 ? undefined : oldest,
    blobs: Math.round(blobs),
    bytes: Math.round(bytes),
  };
}

/** One of several equal parts of a store's shards, counted from 1. */
export interface ShardPart {
  readonly part: number;
  readonly parts: number;
}

/** Reads `n/m`; throws `bad-input` unless 1 ≤ n ≤ m. */
export function parseShardPart(text: string): ShardPart {
  const match = /^([1-9]\d{0,5})\/([1-9]\d{0,5})$/.exec(text);
  const [part, parts] = [Number(match?.[1]), Number(match?.[2])];
  if (match !== null && part <= parts) return { part, parts };
  throw new Failure(
    'bad-input',
    `"${text}" is no part of a store`,
    'Write it as n/m with 1 ≤ n ≤ m, such as 1/4 for the first quarter of the shards.',
  );
}

/** The shards of a part; the parts together are all shards, and no shard is in two. */
export function shardsOfPart<T>(shards: readonly T[], { part, parts }: ShardPart): T[] {
  return shards.filter((_shard, index) => Math.floor((index * parts) / shards.length) === part - 1);
}
