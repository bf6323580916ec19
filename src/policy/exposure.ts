/**
 * How much would be lost if everything went now: the time since the newest recovery point that is proven and can still be
 * restored. It grows until a drill proves a newer point. Points that nobody has drilled stand apart: they may be good, and
 * nobody knows. Where the provider did not say how far back it can go, the figure is a lower bound, and never `within`.
 */
import type { DateTime } from 'luxon';
import type { PointProof } from './retention/items.ts';

/** How far back the provider can restore a server. */
export type Reach =
  | { readonly state: 'from'; readonly earliest: DateTime }
  /** There is no such server, or nothing that it could be restored from. */
  | { readonly state: 'nowhere' }
  | { readonly state: 'unknown'; readonly because: string };

/** A recovery point as far as it matters here. */
export interface ExposedPoint {
  readonly id: string;
  readonly instant: DateTime;
  readonly proof: PointProof;
  /** Its deletion was begun. */
  readonly isMarked: boolean;
  /** What the system has today and the point does not hold: databases and stores. */
  readonly lacks: readonly string[];
  /** Each database of it, with the instant that it is restored to. */
  readonly parts: readonly { readonly server: string; readonly instant: DateTime }[];
}

/** Why a point counts no more. */
export type NotCounted = 'given-up' | 'future-dated' | 'refuted' | 'incomplete' | 'out-of-reach';

export interface PointAge {
  readonly id: string;
  readonly instant: DateTime;
  readonly seconds: number;
}

export interface Exposure {
  readonly objectiveSeconds: number;
  readonly verdict: 'within' | 'over' | 'nothing-proven' | 'unknown';
  /** The newest proven point that can be restored; its age is the exposure. */
  readonly proven: (PointAge & { readonly provenAt: DateTime; readonly drill: string }) | undefined;
  /** The newest point that can be restored and that no drill has proven. */
  readonly unproven: PointAge | undefined;
  /** Points that count no more, newest first. */
  readonly notCounted: readonly { readonly id: string; readonly why: NotCounted }[];
  /** What could not be found out, each once. */
  readonly doubts: readonly string[];
}

/** Why a point counts no more; undefined if it counts. A server that nobody could be asked about rules nothing out. */
export function whyNotCounted(
  point: ExposedPoint,
  reach: ReadonlyMap<string, Reach>,
  now: DateTime,
): NotCounted | undefined {
  if (point.isMarked) return 'given-up';
  if (point.instant > now) return 'future-dated';
  if (point.proof.state === 'drill-failed') return 'refuted';
  if (point.lacks.length > 0) return 'incomplete';
  const isLost = point.parts.some(({ server, instant }) => {
    const of = reach.get(server) ?? { state: 'nowhere' };
    return of.state === 'nowhere' || (of.state === 'from' && instant < of.earliest);
  });
  return isLost ? 'out-of-reach' : undefined;
}

/** The exposure at `now`. */
export function exposureAt(
  points: readonly ExposedPoint[],
  reach: ReadonlyMap<string, Reach>,
  objectiveSeconds: number,
  now: DateTime,
): Exposure {
  const newestFirst = points.toSorted((a, b) => b.instant.toMillis() - a.instant.toMillis());
  const judged = newestFirst.map((point) => ({ point, why: whyNotCounted(point, reach, now) }));
  const counting = judged.flatMap(({ point, why }) => (why === undefined ? [point] : []));
  const proven = counting.flatMap((point) => provenAge(point, now))[0];
  const unproven = counting.find(({ proof }) => proof.state === 'unproven');
  const doubts = proven === undefined ? [] : doubtsOf(proven.point, reach);
  return {
    objectiveSeconds,
    verdict: verdictOf(proven?.age.seconds, objectiveSeconds, doubts.length > 0),
    proven: proven?.age,
    unproven: unproven === undefined ? undefined : ageOf(unproven, now),
    notCounted: judged.flatMap(({ point: { id }, why }) => (why === undefined ? [] : [{ id, why }])),
    doubts,
  };
}

type ProvenAge = NonNullable<Exposure['proven']>;

function provenAge(point: ExposedPoint, now: DateTime): { point: ExposedPoint; age: ProvenAge }[] {
  const { proof } = point;
  if (proof.state !== 'proven') return [];
  return [{ point, age: { ...ageOf(point, now), provenAt: proof.at, drill: proof.drill } }];
}

const ageOf = ({ id, instant }: ExposedPoint, now: DateTime): PointAge => ({
  id,
  instant,
  seconds: (now.toMillis() - instant.toMillis()) / 1000,
});

function doubtsOf({ parts }: ExposedPoint, reach: ReadonlyMap<string, Reach>): string[] {
  const said = parts.flatMap(({ server }) => {
    const of = reach.get(server);
    return of?.state === 'unknown' ? [of.because] : [];
  });
  return [...new Set(said)];
}

/** Equal to the objective is within it, as it is met by a drill. */
function verdictOf(
  seconds: number | undefined,
  objectiveSeconds: number,
  isInDoubt: boolean,
): Exposure['verdict'] {
  if (seconds === undefined) return 'nothing-proven';
  if (seconds > objectiveSeconds) return 'over';
  return isInDoubt ? 'unknown' : 'within';
}
