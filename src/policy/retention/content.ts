/**
 * The decision on what lies in blob containers: dumps, copies of blobs (snapshots and earlier versions), and blobs that
 * nothing refers to. A dump goes with its recovery point. A copy stays while its blob is damaged: it may be what the
 * blob is repaired from. A blob goes only where its deletion was switched on and can be undone, after two looks over
 * every retained point that found it without reference, and a grace.
 */
import type { CopyItem, DumpItem, StoreFacts, UnreferencedItem } from './items.ts';
import {
  datingBlock,
  doubtBlocks,
  hoursSince,
  millisOf,
  pinHold,
  windowFacts,
  windowHold,
  type Moment,
} from './moment.ts';
import type { RetentionPolicy } from './policy.ts';
import {
  expireUnless,
  keepIfAny,
  type BlockReason,
  type KeepReason,
  type RetentionDecision,
  type Verdict,
} from './reasons.ts';
import { noCoverOf, type ServerStanding } from './standing.ts';

type Standings = ReadonlyMap<string, ServerStanding>;

/** A dump of a point that is known follows it; one that is left over is judged by itself. */
export function decideDump(
  dump: DumpItem,
  points: ReadonlyMap<string, Pick<RetentionDecision, 'decision'>>,
  standings: Standings,
  moment: Moment,
): Verdict {
  const undatable = datingBlock(moment, dump.completedAt);
  if (undatable !== undefined) return { decision: 'blocked', reasons: [undatable] };
  const at = millisOf(dump.completedAt) ?? Number.NaN;
  const pins = pinHold(moment, dump.pins, at);
  const fate = dump.point === undefined ? undefined : points.get(dump.point)?.decision;
  if (dump.point !== undefined && fate !== undefined && pins.length === 0)
    return followPoint(dump.point, fate);
  const kept = keepIfAny([...windowHold(moment, at), ...pins]);
  if (kept !== undefined) return kept;
  const blocks = [...coverOf(dump.servers, standings, hoursSince(moment, at)), ...doubtBlocks(moment)];
  const cover = dump.servers.flatMap((server) => standings.get(server)?.cover ?? []);
  return expireUnless(blocks, { reason: 'past-window', ...windowFacts(moment, at), cover });
}

function followPoint(point: string, fate: RetentionDecision['decision']): Verdict {
  if (fate === 'expire') return { decision: 'expire', reasons: [{ reason: 'with-its-point', point }] };
  if (fate === 'keep') return { decision: 'keep', reasons: [{ reason: 'part-of-point', point }] };
  return { decision: 'blocked', reasons: [{ reason: 'point-blocked', point }] };
}

/** Decides on a snapshot or a version of a blob. */
export function decideCopy(copy: CopyItem, moment: Moment): Verdict {
  if (copy.kind === 'blob-version' && copy.isCurrent)
    return { decision: 'keep', reasons: [{ reason: 'current-version' }] };
  const undatable = datingBlock(moment, copy.completedAt);
  if (undatable !== undefined) return { decision: 'blocked', reasons: [undatable] };
  const at = millisOf(copy.completedAt) ?? Number.NaN;
  const repair: KeepReason[] = copy.blobIsDamaged
    ? [{ reason: 'repair-source', blob: copy.blob, ageHours: hoursSince(moment, at) }]
    : [];
  const kept = keepIfAny([...windowHold(moment, at), ...repair, ...pinHold(moment, copy.pins, at)]);
  if (kept !== undefined) return kept;
  return expireUnless(doubtBlocks(moment), {
    reason: 'past-window',
    ...windowFacts(moment, at),
    cover: [],
  });
}

/** Decides on a blob without reference; `store` is undefined when nothing is known of its store. */
export function decideUnreferenced(
  blob: UnreferencedItem,
  store: StoreFacts | undefined,
  standings: Standings,
  moment: Moment,
): Verdict {
  if (store === undefined)
    return { decision: 'blocked', reasons: [{ reason: 'store-unknown', store: blob.store }] };
  const undatable = datingBlock(moment, blob.completedAt);
  if (undatable !== undefined) return { decision: 'blocked', reasons: [undatable] };
  const at = millisOf(blob.completedAt) ?? Number.NaN;
  const marks = blob.marks.flatMap((mark) => millisOf(mark) ?? []).filter((mark) => mark <= moment.nowMillis);
  const kept = keepIfAny([
    ...referenceHolds(blob, store),
    ...windowHold(moment, at),
    ...pinHold(moment, blob.pins, at),
    ...markHolds(marks, store, moment),
  ]);
  if (kept !== undefined) return kept;
  const markedHours = hoursSince(moment, Math.min(...marks));
  return expireUnless(
    [...storeBlocks(store), ...coverOf(store.servers, standings, markedHours), ...doubtBlocks(moment)],
    { reason: 'unreferenced', marks: marks.length, markedHours },
  );
}

function referenceHolds(blob: UnreferencedItem, store: StoreFacts): KeepReason[] {
  const holds: KeepReason[] = [];
  if (blob.referencedBy.length > 0) holds.push({ reason: 'referenced', by: blob.referencedBy });
  if (!store.deletesUnreferenced) holds.push({ reason: 'reported-only', store: store.store });
  return holds;
}

/** How long ago the first look of a row must be that found a blob without reference. */
export function markWaitHours(
  { graceHours, windowHours }: Pick<RetentionPolicy, 'graceHours' | 'windowHours'>,
  { hasInstants }: Pick<StoreFacts, 'hasInstants'>,
): number {
  // An instant between two recorded points may refer to what no inventory of them holds.
  return hasInstants ? Math.max(graceHours, windowHours) : graceHours;
}

/** Two looks far enough apart, and the first one long enough ago. */
function markHolds(marks: readonly number[], store: StoreFacts, moment: Moment): KeepReason[] {
  const { marksApartHours } = moment.policy;
  const first = marks.length === 0 ? undefined : Math.min(...marks);
  const apartHours = first === undefined ? 0 : (Math.max(...marks) - first) / 3_600_000;
  if (first === undefined || apartHours < marksApartHours)
    return [
      {
        reason: 'awaiting-mark',
        marks: marks.length,
        firstMarkedAt: first === undefined ? undefined : new Date(first).toISOString(),
        apartHours: marksApartHours,
      },
    ];
  const wait = markWaitHours(moment.policy, store);
  const markedHours = hoursSince(moment, first);
  return markedHours < wait ? [{ reason: 'inside-grace', markedHours, graceHours: wait }] : [];
}

function storeBlocks(store: StoreFacts): BlockReason[] {
  const blocks: BlockReason[] = [];
  if (!store.hasSoftDelete && !store.hasVersioning)
    blocks.push({ reason: 'no-safety-net', store: store.store });
  if (store.unreadInventories.length > 0)
    blocks.push({ reason: 'inventory-unread', points: store.unreadInventories });
  return blocks;
}

/** Without a whole point inside the window nobody can say what is referred to, nor what is left without. */
function coverOf(servers: readonly string[], standings: Standings, ageHours: number): BlockReason[] {
  const bare = servers.filter((server) => standings.get(server)?.cover === undefined);
  if (bare.length === 0 && servers.length > 0) return [];
  const newer = noCoverOf(bare.flatMap((server) => standings.get(server) ?? []));
  return [{ reason: 'last-cover', servers: bare, newer, ageHours }];
}
