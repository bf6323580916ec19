/**
 * The decision on a recovery point. It stays if any rule keeps it for any of its servers; what no rule keeps is past
 * the window, and goes only if each of its servers has cover without it and nothing is in doubt. A point of several
 * servers goes as one or stays as one.
 */
import type { PointItem } from './items.ts';
import { ladderRungs } from './ladder.ts';
import {
  datingBlock,
  doubtBlocks,
  hoursSince,
  isoText,
  pinHold,
  windowFacts,
  windowHold,
  type Moment,
} from './moment.ts';
import { expireUnless, keepIfAny, type BlockReason, type KeepReason, type Verdict } from './reasons.ts';
import { isPersons, newerUnproven, noCoverOf, timeOf, type ServerStanding } from './standing.ts';

/** Decides on one point; `standings` are those of every server. */
export function decidePoint(
  point: PointItem,
  standings: ReadonlyMap<string, ServerStanding>,
  moment: Moment,
): Verdict {
  const undatable = datingBlock(moment, point.completedAt);
  if (undatable !== undefined) return { decision: 'blocked', reasons: [undatable] };
  const servers = [...new Set(point.servers)].flatMap((server) => standings.get(server) ?? []);
  const kept = keepIfAny([
    ...ownerHolds(point),
    ...windowHold(moment, timeOf(point)),
    ...provenHolds(point, servers, moment),
    ...pinHold(moment, point.pins, timeOf(point)),
    ...chainHolds(point, servers, moment),
    ...ladderHolds(point, servers),
  ]);
  if (kept !== undefined) return kept;
  return expireUnless([...coverBlocks(point, servers, moment), ...doubtBlocks(moment)], {
    reason: 'past-window',
    ...windowFacts(moment, timeOf(point)),
    cover: [...new Set(servers.flatMap((standing) => standing.cover ?? []))],
  });
}

function ownerHolds(point: PointItem): KeepReason[] {
  if (point.source === 'automatic' || point.source === 'instant') {
    const expiresAt = isoText(point.providerExpiresAt);
    return [{ reason: 'providers-own', source: point.source, expiresAt }];
  }
  return isPersons(point) ? [{ reason: 'persons-own' }] : [];
}

function provenHolds(point: PointItem, servers: readonly ServerStanding[], moment: Moment): KeepReason[] {
  const holding = servers.filter((standing) => standing.protected.has(point.id));
  const newestOf = holding.filter((standing) => standing.protected.get(point.id) === 1);
  const ageHours = hoursSince(moment, timeOf(point));
  if (newestOf.length > 0)
    return [
      {
        reason: 'newest-proven',
        ageHours,
        servers: newestOf.map((standing) => standing.server),
        newer: newerUnproven(point, newestOf, moment),
      },
    ];
  if (holding.length === 0) return [];
  return [
    {
      reason: 'minimum-proven',
      ageHours,
      servers: holding.map((standing) => standing.server),
      nth: Math.min(...holding.map((standing) => standing.protected.get(point.id) ?? Infinity)),
      minimum: moment.policy.minimumProven,
    },
  ];
}

/** From the newest base to the oldest: needed up to and including the first that was complete before the window. */
function chainHolds(point: PointItem, servers: readonly ServerStanding[], moment: Moment): KeepReason[] {
  if (point.role !== 'chain-base') return [];
  const anchors = servers.map((standing) => standing.anchors.get(point.source));
  const needed = anchors.filter((anchor) => anchor === undefined || timeOf(point) >= timeOf(anchor));
  if (needed.length === 0) return [];
  const anchor = needed.find((one) => one?.id === point.id) ?? needed[0];
  return [{ reason: 'chain-needed', anchor: anchor?.id, ...windowFacts(moment, timeOf(point)) }];
}

/** One reason for each rung, of whichever servers it keeps the point for. */
function ladderHolds(point: PointItem, servers: readonly ServerStanding[]): KeepReason[] {
  const holds = servers.flatMap(({ server, rungs }) =>
    (rungs.get(point.id) ?? []).map((hold) => ({ server, hold })),
  );
  return ladderRungs.flatMap((rung): KeepReason[] => {
    const found = holds.filter(({ hold }) => hold.rung === rung);
    const least = found.toSorted((a, b) => a.hold.nth - b.hold.nth)[0]?.hold;
    if (least === undefined) return [];
    return [{ reason: 'ladder', ...least, servers: found.map(({ server }) => server) }];
  });
}

/** A server without cover loses nothing: not even what is not good for much, because it may be all there is. */
function coverBlocks(point: PointItem, servers: readonly ServerStanding[], moment: Moment): BlockReason[] {
  const bare = servers.filter((standing) => standing.cover === undefined);
  if (bare.length === 0 && servers.length > 0) return [];
  return [
    {
      reason: 'last-cover',
      ageHours: hoursSince(moment, timeOf(point)),
      servers: bare.map((standing) => standing.server),
      newer: noCoverOf(bare),
    },
  ];
}
