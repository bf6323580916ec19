/**
 * To which instant a person's restore goes, and what keeps points while it runs. Pure: points, the order and the
 * provider's window are given. `latest` is the instant at which the restore was declared, less a margin: a provider
 * refuses an instant that lies in its future by a hair. `archived` is the newest instant that the provider can reach also
 * if the server never runs again: what was written in the minutes before it fell silent may never have left it.
 */
import type { DateTime } from 'luxon';
import { Failure } from './failure.ts';
import { safetyMargins } from './safety-margins.ts';

/** A recovery point as far as it matters here. */
export interface KnownPoint {
  readonly id: string;
  readonly instant: DateTime;
}

/** What is restored to. */
export type RestoreChoice =
  | { readonly kind: 'point'; readonly point: string }
  | { readonly kind: 'instant'; readonly instant: DateTime };

/** Decides what an order means; throws `not-found` naming the points there are, or `bad-input` for a future instant. */
export function chooseRestore(
  to: 'latest' | 'archived' | DateTime | { readonly point: string },
  declaredAt: DateTime,
  points: readonly KnownPoint[],
  silentSince?: DateTime,
): RestoreChoice {
  if (to === 'archived') return newestArchived(silentSince ?? declaredAt, points);
  if (to === 'latest')
    return {
      kind: 'instant',
      instant: declaredAt.minus({ seconds: safetyMargins.latestInstantMarginSeconds }),
    };
  if ('point' in to) {
    if (points.some((one) => one.id === to.point)) return { kind: 'point', point: to.point };
    throw new Failure(
      'not-found',
      `there is no usable recovery point "${to.point}"`,
      `Use one of: ${points.map((one) => one.id).join(', ') || 'none; restore to an instant'}.`,
    );
  }
  if (to <= declaredAt) return { kind: 'instant', instant: to };
  throw new Failure(
    'bad-input',
    `${to.toISO() ?? ''} lies in the future`,
    'Give an instant that has been, or "latest".',
  );
}

/** A point was archived when it was taken, so no older instant is needed than the newest one. */
function newestArchived(lastRan: DateTime, points: readonly KnownPoint[]): RestoreChoice {
  const instant = lastRan.minus({ seconds: safetyMargins.archivedAfterSeconds });
  const newer = points
    .filter((one) => one.instant >= instant)
    .toSorted((a, b) => b.instant.toMillis() - a.instant.toMillis())[0];
  return newer === undefined ? { kind: 'instant', instant } : { kind: 'point', point: newer.id };
}

/** The points that are kept meanwhile: the one asked for, or the neighbours of the instant, which know its blobs best. */
export function pointsToPin(choice: RestoreChoice, points: readonly KnownPoint[]): string[] {
  if (choice.kind === 'point') return [choice.point];
  const sorted = points.toSorted((a, b) => a.instant.toMillis() - b.instant.toMillis());
  const before = sorted.findLast((one) => one.instant <= choice.instant);
  const after = sorted.find((one) => one.instant > choice.instant);
  return [before, after].flatMap((one) => (one === undefined ? [] : [one.id]));
}

/** Why an instant cannot be reached; undefined if it can. */
export function unreachable(instant: DateTime, earliest: DateTime | undefined): string | undefined {
  if (earliest !== undefined && instant >= earliest) return undefined;
  return `the provider can restore from ${earliest?.toISO() ?? 'no instant'} on, and ${instant.toISO() ?? ''} was asked for`;
}

/** How an instant was asked for, and since when the system's heartbeats are missed, where they are. */
export interface OrderedInstant {
  readonly to: string;
  readonly silentSince: DateTime | undefined;
}

/** What to do about an instant that cannot be reached. `archived` moves on with the time while the server is written. */
export function reachableHint(
  { earliest, createdAt }: Readonly<Record<'earliest' | 'createdAt', DateTime | undefined>>,
  instant: DateTime,
  ordered?: OrderedInstant,
): string {
  if (ordered?.to === 'archived' && !wasSilent(createdAt, ordered)) {
    const { archivedAfterSeconds: seconds } = safetyMargins;
    const from =
      earliest === undefined
        ? `${seconds / 60} minutes after its first backup`
        : `from ${earliest.plus({ seconds }).toISO() ?? ''} on`;
    return `"archived" works ${from}: the server is that young.${earliest === undefined ? '' : ' Until then use "latest".'}`;
  }
  const later = 'Give a later instant or a newer point.';
  if (createdAt === undefined || createdAt <= instant) return later;
  return `${later} The server that stands was made at ${createdAt.toISO() ?? ''}: if one of that name was deleted before, see runbooks/server-lost.md.`;
}

/** Whether it is this server whose heartbeats are missed, and not one that it took the place of. */
const wasSilent = (createdAt: DateTime | undefined, { silentSince }: OrderedInstant): boolean =>
  silentSince !== undefined && (createdAt === undefined || silentSince >= createdAt);
