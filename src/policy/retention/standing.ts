/**
 * What a recovery point is good for, and what that makes of each database server: which points are proven, which are
 * cover, which bases a chain needs. Judged per server: what is proven or covered of one says nothing of another.
 *
 * Only a whole point whose last drill did not fail counts, and only one that is dated no later than now. A point that
 * the provider or a person deletes when they please is never one of the proven points that deletion must leave.
 */
import { climbLadder, compareText, type LadderPoint, type RungHold } from './ladder.ts';
import type { PointItem } from './items.ts';
import { millisOf, type Moment } from './moment.ts';
import type { NewerPoint, NotCounting } from './reasons.ts';

/** Lifeboat's to delete: its own on-demand backups and exports. */
export const isOurs = (point: PointItem): boolean =>
  point.owner === 'lifeboat' && (point.source === 'on-demand' || point.source === 'export');

/** A person made it, and deletes it when they please. */
export const isPersons = (point: PointItem): boolean =>
  point.owner === 'person' && (point.source === 'on-demand' || point.source === 'export');

/** Why a point is not one that something is certainly restored from; undefined when it is. */
export function flawOf(point: PointItem, moment: Moment): NotCounting | undefined {
  const at = millisOf(point.completedAt);
  if (at === undefined) return 'undated';
  if (at > moment.nowMillis) return 'future-dated';
  if (point.isMarked) return 'marked';
  if (point.condition.state !== 'whole') return point.condition.state;
  return point.proof.state === 'drill-failed' ? 'drill-failed' : undefined;
}

/** Why a point does not count as proven; undefined when it does. */
function whyNotProven(point: PointItem, moment: Moment): NotCounting | undefined {
  const flaw = flawOf(point, moment);
  if (flaw !== undefined) return flaw;
  if (!isOurs(point)) return 'not-ours';
  return point.proof.state === 'proven' ? undefined : 'unproven';
}

/** Why a point inside the window is no cover; undefined when it is. A person's own may go at any time. */
function whyNoCover(point: PointItem, moment: Moment): NotCounting | undefined {
  return flawOf(point, moment) ?? (isPersons(point) ? 'not-ours' : undefined);
}

/** What the points of one server are to it. */
export interface ServerStanding {
  readonly server: string;
  /** Each id once, newest first; those without a date are left out. */
  readonly points: readonly PointItem[];
  /** Ids of the proven points that must stay → 1 for the newest. */
  readonly protected: ReadonlyMap<string, number>;
  /** The newest cover's id; undefined: the server has none. */
  readonly cover: string | undefined;
  /** Where it has none: the points inside the window, and why they are no cover. */
  readonly noCover: readonly NewerPoint[];
  /** Per source: the newest base that counts and was complete before the window began. */
  readonly anchors: ReadonlyMap<string, PointItem>;
  readonly rungs: ReadonlyMap<string, readonly RungHold[]>;
}

/** Every server that a point names, by name. */
export function standingsOf(points: readonly PointItem[], moment: Moment): Map<string, ServerStanding> {
  const byServer = Map.groupBy(
    points.flatMap((point) => [...new Set(point.servers)].map((server) => ({ server, point }))),
    (pair) => pair.server,
  );
  const entries = [...byServer].map(([server, pairs]) => {
    const held = pairs.map((pair) => pair.point);
    return [server, standingOf(server, newestFirst(held), moment)] as const;
  });
  return new Map(entries);
}

function standingOf(server: string, points: readonly PointItem[], moment: Moment): ServerStanding {
  const proven = points.filter((point) => whyNotProven(point, moment) === undefined);
  const mustStay = proven.slice(0, moment.policy.minimumProven);
  const bases = points.filter(
    (point) =>
      point.role === 'chain-base' &&
      flawOf(point, moment) === undefined &&
      timeOf(point) < moment.startMillis,
  );
  return {
    server,
    points,
    protected: new Map(mustStay.map((point, index) => [point.id, index + 1])),
    ...coverIn(points, moment),
    // Oldest first, so that the newest of each source is what remains.
    anchors: new Map(bases.toReversed().map((base) => [base.source, base])),
    rungs: rungsOf(points, moment),
  };
}

function coverIn(points: readonly PointItem[], moment: Moment): Pick<ServerStanding, 'cover' | 'noCover'> {
  const inside = points.filter((point) => timeOf(point) >= moment.startMillis);
  const why = (point: PointItem): NotCounting | undefined => whyNoCover(point, moment);
  const cover = inside.find((point) => why(point) === undefined)?.id;
  return { cover, noCover: cover === undefined ? reasonsOf(inside, why) : [] };
}

/** An on-demand backup takes no rung from an export: each source has a ladder of its own, as each host has in restic. */
function rungsOf(points: readonly PointItem[], moment: Moment): Map<string, readonly RungHold[]> {
  const { ladder } = moment.policy;
  if (ladder === undefined) return new Map();
  const fit = points.filter((point) => isOurs(point) && flawOf(point, moment) === undefined);
  const bySource = Map.groupBy(fit, (point) => point.source);
  return new Map([...bySource.values()].flatMap((held) => [...climbLadder(held.map(ladderPoint), ladder)]));
}

const ladderPoint = (point: PointItem): LadderPoint => ({ id: point.id, atMillis: timeOf(point) });

/** Newest first, ids in order between equals; of an id that comes twice the least good one stands for it. */
function newestFirst(points: readonly PointItem[]): PointItem[] {
  const once = new Map<string, PointItem>();
  for (const point of points) {
    const other = once.get(point.id);
    if (other === undefined || isLessSure(point, other)) once.set(point.id, point);
  }
  return [...once.values()]
    .filter((point) => millisOf(point.completedAt) !== undefined)
    .toSorted((a, b) => timeOf(b) - timeOf(a) || compareText(a.id, b.id));
}

function isLessSure(one: PointItem, other: PointItem): boolean {
  const order =
    goodness(one) - goodness(other) || (millisOf(one.completedAt) ?? 0) - (millisOf(other.completedAt) ?? 0);
  return order < 0;
}

/** The fewer of these are true, the less is relied on the point. */
function goodness(point: PointItem): number {
  const good = [
    millisOf(point.completedAt) !== undefined,
    point.condition.state === 'whole' && !point.isMarked,
    point.proof.state !== 'drill-failed',
    point.proof.state === 'proven',
    isOurs(point),
  ];
  return good.filter(Boolean).length;
}

/** Milliseconds of a point that has a date. */
export const timeOf = (point: PointItem): number => millisOf(point.completedAt) ?? Number.NaN;

/** Every point of these servers newer than `point` that does not count as proven, and why not. */
export function newerUnproven(
  point: PointItem,
  servers: readonly ServerStanding[],
  moment: Moment,
): NewerPoint[] {
  const newer = servers
    .flatMap((standing) => standing.points)
    .filter((other) => timeOf(other) > timeOf(point));
  return reasonsOf(newer, (other) => whyNotProven(other, moment));
}

/** What is inside the window of these servers and covers none of them, each once. */
export const noCoverOf = (servers: readonly ServerStanding[]): NewerPoint[] => [
  ...new Map(servers.flatMap(({ noCover }) => noCover).map((point) => [point.id, point])).values(),
];

function reasonsOf(
  points: readonly PointItem[],
  why: (point: PointItem) => NotCounting | undefined,
): NewerPoint[] {
  const found = new Map<string, NotCounting>();
  for (const point of points) {
    const because = why(point);
    if (because !== undefined) found.set(point.id, because);
  }
  return [...found].map(([id, because]) => ({ id, why: because }));
}
