/**
 * Legal holds: which of them keep a thing from being deleted now. A hold is counted from the moment it is set until it
 * is released or its own end has come, and not at that end. What is in doubt is held: a hold that cannot be read holds
 * everything, and a hold over a time holds every recovery point whose instant is not known.
 */
import type { DateTime } from 'luxon';
import type { Pin } from './retention/items.ts';

/** What a hold holds; both ends of a time belong to it. */
export type HoldSubject =
  | { readonly kind: 'point'; readonly point: string }
  | { readonly kind: 'time'; readonly from: DateTime; readonly to: DateTime }
  | { readonly kind: 'everything' };

export interface Hold {
  readonly id: string;
  readonly subject: HoldSubject;
  readonly reason: string;
  readonly by: string;
  /** Held up to this instant, and not at it; undefined: until it is released. */
  readonly until: DateTime | undefined;
  readonly isReleased: boolean;
}

/** Every hold of a scope: those that could be read, released ones too, and what is wrong with the others. */
export interface Holds {
  readonly readable: readonly Hold[];
  readonly unreadable: readonly { readonly path: string; readonly problem: string }[];
}

/** A thing that could be deleted: a recovery point, or anything else of the system, such as a snapshot of a blob. */
export type Holdable =
  | { readonly kind: 'recovery-point'; readonly id: string; readonly instant: DateTime | undefined }
  | { readonly kind: 'other' };

/** How a hold stands: it holds, its end has come, or somebody released it. */
export type HoldState = 'active' | 'over' | 'released';

/** How a hold stands now. */
export function stateOfHold(
  { until, isReleased }: Pick<Hold, 'until' | 'isReleased'>,
  now: DateTime,
): HoldState {
  if (isReleased) return 'released';
  return until !== undefined && until <= now ? 'over' : 'active';
}

/** What holds a thing now, one pin for each hold; empty when nothing does. */
export function holdsOn(holds: Holds, thing: Holdable, now: DateTime): Pin[] {
  const holding = holds.readable.filter(
    (hold) => stateOfHold(hold, now) === 'active' && covers(hold.subject, thing),
  );
  return [
    ...holding.map(({ id, by, reason, until }): Pin => ({
      ...{ kind: 'legal-hold', by, until },
      reason: `${id}: ${reason}`,
    })),
    ...holds.unreadable.map(({ problem }): Pin => ({
      ...{ kind: 'legal-hold', by: 'somebody who cannot be read', until: undefined },
      reason: `${problem}; it is taken to hold everything`,
    })),
  ];
}

/** Why a thing must not be deleted now, in words; undefined if no hold holds it. */
export function heldBy(holds: Holds, thing: Holdable, now: DateTime): string | undefined {
  const pins = holdsOn(holds, thing, now);
  if (pins.length === 0) return undefined;
  return pins.map(({ by, reason }) => `a legal hold of ${by} (${reason})`).join('; ');
}

/** Whether a hold on a subject is one on the thing, whenever that is asked. */
export function covers(subject: HoldSubject, thing: Holdable): boolean {
  if (subject.kind === 'everything') return true;
  if (thing.kind !== 'recovery-point') return false;
  if (subject.kind === 'point') return subject.point === thing.id;
  const { instant } = thing;
  if (instant === undefined || !instant.isValid) return true;
  return instant >= subject.from && instant <= subject.to;
}
