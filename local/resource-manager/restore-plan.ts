/**
 * Decides from which backup a restore starts and where it stops, or why the instant cannot be reached. Pure: the
 * server's backups, the instant and the present time are all it knows.
 */
import type { RecoveryTarget } from '../postgres/settings.ts';
import type { BackupRecord, ServerRecord } from './model.ts';

/** The chosen start and end of a restore. */
export interface RestorePlan {
  readonly backup: BackupRecord;
  readonly target: RecoveryTarget;
}

const dayMs = 86_400_000;

/** The earliest instant that a server can be restored to; undefined while it has no backup. */
export function earliestRestoreInstant(server: ServerRecord, now: Date): Date | undefined {
  if (server.backups.length === 0) return undefined;
  const first = Math.min(...server.backups.map((backup) => Date.parse(backup.restorableFrom)));
  const windowStart = now.getTime() - server.properties.backup.backupRetentionDays * dayMs;
  return new Date(Math.max(first, windowStart));
}

/**
 * The plan for a restore to an instant: the newest backup that was complete by then, rolled forward. The exact time
 * shown for a backup whose WAL no longer reaches back to it means that backup as it is.
 */
export function planPointInTime(server: ServerRecord, at: Date, now: Date): RestorePlan | undefined {
  const earliest = earliestRestoreInstant(server, now);
  if (earliest === undefined || at.getTime() > now.getTime()) return undefined;
  const exact = server.backups.find((backup) => Date.parse(backup.completedTime) === at.getTime());
  if (exact !== undefined && Date.parse(exact.restorableFrom) > at.getTime()) {
    return { backup: exact, target: { kind: 'immediate' } };
  }
  if (at.getTime() < earliest.getTime()) return undefined;
  const backup = newestCompletedBy(server.backups, at);
  return backup === undefined ? undefined : { backup, target: { kind: 'time', at } };
}

/** The plan for a restore in the paired region: the newest replicated backup, as far as its WAL was replicated. */
export function planGeoRestore(server: ServerRecord, replicatedUntil: Date): RestorePlan | undefined {
  const backup = newestCompletedBy(server.backups, replicatedUntil);
  return backup === undefined ? undefined : { backup, target: { kind: 'end' } };
}

function newestCompletedBy(backups: readonly BackupRecord[], at: Date): BackupRecord | undefined {
  return backups
    .filter((backup) => Date.parse(backup.restorableFrom) <= at.getTime())
    .toSorted((a, b) => Date.parse(a.restorableFrom) - Date.parse(b.restorableFrom))
    .at(-1);
}
