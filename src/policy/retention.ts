/**
 * What the retention window says of each thing that could be deleted: keep, expire or blocked, with the reason. Every
 * item gets exactly one decision. A self-contained item is past the window when it was complete more than the window's
 * hours of UTC ago. Guards come first: a guard that stops a deletion is named, never passed over in silence.
 */
import type { DateTime } from 'luxon';
import { safetyMargins } from './safety-margins.ts';

/** An on-demand backup as listed, with what the catalogue knows of it. */
export interface BackupItem {
  readonly kind: 'on-demand-backup';
  readonly id: string;
  readonly completedAt: DateTime;
  /** Made by Lifeboat, by its name; a person's own is never deleted. */
  readonly ours: boolean;
  readonly provenAt: DateTime | undefined;
  readonly pinnedBy: string | undefined;
  /** Recorded with a fingerprint and inventory: something could be restored from it. */
  readonly isWhole: boolean;
}

/** A snapshot of a blob. */
export interface SnapshotItem {
  readonly kind: 'blob-snapshot';
  readonly id: string;
  readonly completedAt: DateTime;
  /** The last scan found its blob damaged: the snapshot may be what it is repaired from. */
  readonly blobIsDamaged: boolean;
}

export type RetentionItem = BackupItem | SnapshotItem;

export interface RetentionPolicy {
  readonly windowHours: number;
  readonly minimumProven: number;
}

export type RetentionReason =
  | 'inside-window'
  | 'past-window'
  | 'not-ours'
  | 'pinned'
  | 'newest-proven'
  | 'minimum-proven'
  | 'last-cover'
  | 'future-dated'
  | 'repair-source'
  | 'clock'
  | 'listing';

export interface RetentionDecision {
  readonly id: string;
  readonly kind: RetentionItem['kind'];
  readonly decision: 'keep' | 'expire' | 'blocked';
  readonly reason: RetentionReason;
  /** The decision in a sentence. */
  readonly sentence: string;
}

/** What keeps every deletion from being made: facts about the run itself. */
export interface RetentionDoubts {
  /** Why the clock is not to be trusted; undefined when it is. */
  readonly clock: string | undefined;
  /** Why a listing is not known to be whole; undefined when it is. */
  readonly listing: string | undefined;
}

/** Decides over every item; the order of the result is that of the items. */
export function decideRetention(
  items: readonly RetentionItem[],
  policy: RetentionPolicy,
  doubts: RetentionDoubts,
  now: DateTime,
): RetentionDecision[] {
  const backups = items.filter((item): item is BackupItem => item.kind === 'on-demand-backup');
  const kept = protectedBackups(backups, policy, now);
  return items.map((item) => {
    const age = ageOf(item, now);
    const decide = (
      decision: RetentionDecision['decision'],
      reason: RetentionReason,
      because: string,
    ): RetentionDecision => ({
      ...{ id: item.id, kind: item.kind, decision, reason },
      sentence: `${decision === 'keep' ? 'kept' : decision === 'expire' ? 'expired' : 'not deleted'}: ${because}`,
    });
    const stop =
      item.kind === 'on-demand-backup' ? guardOfBackup(item, kept, age) : guardOfSnapshot(item, age);
    if (item.completedAt > now.plus({ minutes: safetyMargins.clockToleranceMinutes }))
      return decide(
        'blocked',
        'future-dated',
        `it is dated ${age} in the future, so its age cannot be judged`,
      );
    if (item.kind === 'on-demand-backup' && !item.ours)
      return decide('keep', 'not-ours', "it is a person's own backup, which is theirs to delete");
    if (isInside(item, policy, now))
      return decide(
        'keep',
        'inside-window',
        `it is ${age} old, inside the window of ${policy.windowHours} hours`,
      );
    if (stop !== undefined) return decide('keep', stop.reason, stop.because);
    if (item.kind === 'on-demand-backup' && !kept.hasCover)
      return decide(
        'blocked',
        'last-cover',
        `it is ${age} old, but no whole recovery point is inside the window: it may be the last cover`,
      );
    if (doubts.clock !== undefined)
      return decide(
        'blocked',
        'clock',
        `it is ${age} old by a clock that is not to be trusted: ${doubts.clock}`,
      );
    if (doubts.listing !== undefined)
      return decide(
        'blocked',
        'listing',
        `it is ${age} old, but not everything could be listed: ${doubts.listing}`,
      );
    return decide(
      'expire',
      'past-window',
      `it is ${age} old, past the window of ${policy.windowHours} hours`,
    );
  });
}

interface Protected {
  readonly newestProven: string | undefined;
  readonly minimum: ReadonlySet<string>;
  readonly hasCover: boolean;
}

function protectedBackups(backups: readonly BackupItem[], policy: RetentionPolicy, now: DateTime): Protected {
  const proven = backups
    .filter((one) => one.provenAt !== undefined && one.completedAt <= now)
    .toSorted((a, b) => b.completedAt.toMillis() - a.completedAt.toMillis());
  return {
    newestProven: proven[0]?.id,
    minimum: new Set(proven.slice(0, policy.minimumProven).map((one) => one.id)),
    hasCover: backups.some((one) => one.isWhole && one.completedAt <= now && isInside(one, policy, now)),
  };
}

function guardOfBackup(
  item: BackupItem,
  kept: Protected,
  age: string,
): { reason: RetentionReason; because: string } | undefined {
  if (item.pinnedBy !== undefined)
    return { reason: 'pinned', because: `it is ${age} old, but pinned by ${item.pinnedBy}` };
  if (item.id === kept.newestProven)
    return {
      reason: 'newest-proven',
      because: `it is the newest proven recovery point, although ${age} old`,
    };
  if (kept.minimum.has(item.id))
    return {
      reason: 'minimum-proven',
      because: `it is ${age} old, but without it fewer proven recovery points were left than the minimum`,
    };
  return undefined;
}

function guardOfSnapshot(
  item: SnapshotItem,
  age: string,
): { reason: RetentionReason; because: string } | undefined {
  return item.blobIsDamaged
    ? {
        reason: 'repair-source',
        because: `it is ${age} old, but its blob is damaged and may be repaired from it`,
      }
    : undefined;
}

function isInside(item: RetentionItem, policy: RetentionPolicy, now: DateTime): boolean {
  return now.diff(item.completedAt).as('hours') <= policy.windowHours;
}

function ageOf(item: RetentionItem, now: DateTime): string {
  const hours = Math.abs(now.diff(item.completedAt).as('hours'));
  return hours < 48 ? `${hours.toFixed(1)} hours` : `${(hours / 24).toFixed(1)} days`;
}
