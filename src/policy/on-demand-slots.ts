/**
 * May the next on-demand backup be taken, and which one gives way? The provider holds at most seven; one slot stays
 * free for people. A backup is given up early (reason `slot`) only if an automatic backup or an export of its UTC day
 * is listed, and never the newest proven one; without such a candidate the snapshot is refused, not the deletion
 * forced.
 */
import type { DateTime } from 'luxon';
import { safetyMargins } from './safety-margins.ts';

/** A backup as the provider lists it. */
export interface ListedBackup {
  readonly name: string;
  readonly kind: 'automatic' | 'on-demand';
  readonly completedAt: DateTime;
}

/** What the vault knows of a backup; a backup without a record is a person's own and never given up here. */
export interface BackupRecord {
  readonly name: string;
  readonly provenAt: DateTime | undefined;
  readonly pinned: boolean;
}

export type SlotDecision =
  | { readonly decision: 'take' }
  | {
      readonly decision: 'give-up';
      readonly backup: string;
      readonly coveredBy: string;
      readonly reason: 'slot';
    }
  | { readonly decision: 'refuse'; readonly reason: string };

const utcDay = (at: DateTime): string => at.toUTC().toFormat('yyyy-MM-dd');

/** Decides over every listed backup of one server. `exportsOn` are the UTC days of which an export is listed. */
export function decideSlot(
  listed: readonly ListedBackup[],
  records: readonly BackupRecord[],
  exportsOn: readonly string[] = [],
): SlotDecision {
  const onDemand = listed.filter((backup) => backup.kind === 'on-demand');
  const allowed = safetyMargins.onDemandLimit - safetyMargins.onDemandHeadroom;
  if (onDemand.length < allowed) return { decision: 'take' };

  const ours = new Map(records.map((record) => [record.name, record]));
  const newestProven = onDemand
    .filter((backup) => ours.get(backup.name)?.provenAt !== undefined)
    .toSorted((a, b) => b.completedAt.toMillis() - a.completedAt.toMillis())[0];
  const oldestFirst = onDemand.toSorted((a, b) => a.completedAt.toMillis() - b.completedAt.toMillis());
  for (const backup of oldestFirst) {
    const record = ours.get(backup.name);
    if (record === undefined || record.pinned || backup === newestProven) continue;
    const cover = listed.find(
      (other) => other.kind === 'automatic' && utcDay(other.completedAt) === utcDay(backup.completedAt),
    );
    const coveredBy = cover?.name ?? exportsOn.find((day) => day === utcDay(backup.completedAt));
    if (coveredBy !== undefined)
      return { decision: 'give-up', backup: backup.name, coveredBy, reason: 'slot' };
  }
  return {
    decision: 'refuse',
    reason: `${onDemand.length} on-demand backups are held and none can be given up: each is a person's own, pinned, the newest proven one, or not covered by an automatic backup of its day`,
  };
}

/** Whether `cover` is an automatic backup of the same UTC day as `backup`, and both are listed. */
export function coversDay(listed: readonly ListedBackup[], backup: string, cover: string): boolean {
  const given = listed.find((one) => one.name === backup);
  const by = listed.find((one) => one.name === cover && one.kind === 'automatic');
  return given !== undefined && by !== undefined && utcDay(given.completedAt) === utcDay(by.completedAt);
}
