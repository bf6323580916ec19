/**
 * Which recovery point a drill restores, and when the disaster struck that it plays. Pure: the points, what is asked for
 * and the provider's window are given. The RPO counts to that disruption:
 *   the newest or a named point → when the drill was declared
 *   a random point              → when the next point was taken, for until then it was the newest
 *   an instant                  → the instant itself
 */
import type { DateTime } from 'luxon';
import type { DrillScenario } from './drill-scenarios.ts';
import { Failure } from './failure.ts';
import { chooseRestore, pointsToPin, type KnownPoint } from './restore-target.ts';
import { drawIndex } from './sampling.ts';

/** What a drill may be asked for; a date is an instant. */
export type AskedPoint = 'latest' | 'random' | DateTime | { readonly point: string };

/** What there is to choose from. */
export interface DrillChoices {
  readonly declaredAt: DateTime;
  /** Usable points, the newest first. */
  readonly points: readonly KnownPoint[];
  /** A random point lies no further back. */
  readonly windowSeconds: number;
  /** From when on the provider can restore every database; undefined if it can restore none. */
  readonly earliest: DateTime | undefined;
  readonly seed: number;
}

/** What is restored, and why. */
export interface DrillChoice {
  readonly scenario: DrillScenario;
  /** The recorded point; left out for an instant of which nothing was recorded. */
  readonly point?: string;
  readonly instant: DateTime;
  readonly disruptionAt: DateTime;
  readonly because: string;
  /** The points that are kept meanwhile. */
  readonly pinned: readonly string[];
  /** What a random choice was drawn by and from. */
  readonly draw?: { readonly seed: number; readonly among: readonly string[] };
}

/** Decides; throws `not-found` if there is no such point, `bad-input` for an instant of the future. */
export function chooseDrillPoint(asked: AskedPoint, choices: DrillChoices): DrillChoice {
  if (asked === 'latest') return newest(choices);
  if (asked === 'random') return random(choices);
  const { declaredAt, points } = choices;
  const choice = chooseRestore(asked, declaredAt, points);
  if (choice.kind === 'instant')
    return {
      ...{ scenario: 'restore-instant', instant: choice.instant, disruptionAt: choice.instant },
      ...{ because: 'the instant that was asked for', pinned: pointsToPin(choice, points) },
    };
  const { instant } = points.find((one) => one.id === choice.point) as KnownPoint;
  return {
    ...{ scenario: 'restore-named-point', point: choice.point, instant, disruptionAt: declaredAt },
    ...{ because: 'asked for by name', pinned: [choice.point] },
  };
}

/** The last instant before the harm that was played; `struckAt` by the same clock. */
export function chooseBefore(
  played: {
    readonly scenario: 'operator-error' | 'corruption';
    readonly before: DateTime;
    readonly struckAt: DateTime;
  },
  points: readonly KnownPoint[],
): DrillChoice {
  const { scenario, before, struckAt } = played;
  const what = scenario === 'corruption' ? 'rows were corrupted' : 'rows were deleted by mistake';
  return {
    ...{ scenario, instant: before, disruptionAt: struckAt },
    because: `the last instant before ${what} at ${struckAt.toISO() ?? ''}`,
    pinned: pointsToPin({ kind: 'instant', instant: before }, points),
  };
}

/** The newest state of what was harmed. */
export function chooseAfter(
  played: { readonly after: DateTime; readonly struckAt: DateTime },
  points: readonly KnownPoint[],
): DrillChoice {
  const { after, struckAt } = played;
  return {
    ...{ scenario: 'ransomware', instant: after, disruptionAt: struckAt },
    because: 'the newest state there is, with which a walk back begins',
    pinned: pointsToPin({ kind: 'instant', instant: after }, points),
  };
}

/** The newest point that is older than what was tried before; throws `not-found` if there is none. */
export function chooseOlder(
  walk: { readonly before: DateTime; readonly struckAt: DateTime },
  points: readonly KnownPoint[],
): DrillChoice {
  const point = points.find(({ instant }) => instant < walk.before);
  if (point === undefined) throw none('has no usable recovery point that is older');
  return {
    ...{ scenario: 'ransomware', point: point.id, instant: point.instant, disruptionAt: walk.struckAt },
    ...{ because: `the newest before ${walk.before.toISO() ?? ''}, which is not clean`, pinned: [point.id] },
  };
}

function newest({ points, declaredAt }: DrillChoices): DrillChoice {
  const [point] = points;
  if (point === undefined) throw none('has no usable recovery point');
  const because = `the newest of ${points.length} usable recovery points`;
  return {
    ...{ scenario: 'restore-newest-point', point: point.id, instant: point.instant },
    ...{ disruptionAt: declaredAt, because, pinned: [point.id] },
  };
}

function random({ points, declaredAt, windowSeconds, earliest, seed }: DrillChoices): DrillChoice {
  const from = declaredAt.minus({ seconds: windowSeconds });
  const among = points
    .filter(({ instant }) => earliest !== undefined && instant >= earliest && instant >= from)
    .toReversed();
  const point = among[drawIndex(String(seed), among.length)];
  if (point === undefined)
    throw none('has no usable recovery point within its window that the provider can still restore');
  const next = points.findLast(({ instant }) => instant > point.instant);
  return {
    ...{ scenario: 'restore-random-point', point: point.id, instant: point.instant },
    disruptionAt: next?.instant ?? declaredAt,
    because: `drawn with seed ${seed} from ${among.length} usable recovery points of the window`,
    pinned: [point.id],
    draw: { seed, among: among.map(({ id }) => id) },
  };
}

const none = (what: string): Failure =>
  new Failure(
    'not-found',
    `the system ${what}`,
    'Take a snapshot first: lifeboat snapshot --system … --region …',
  );
