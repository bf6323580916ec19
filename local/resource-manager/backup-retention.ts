/**
 * Decides which backups the provider itself removes, and from where WAL must be kept. Backups expire with the server's
 * retention; the newest automatic backup from before the window stays, because every instant at the beginning of the
 * window is rolled forward from it. Pure.
 */
import type { BackupRecord, ServerRecord } from './model.ts';

const dayMs = 86_400_000;

/** The backups that expired by `now`. */
export function expiredBackups(server: ServerRecord, now: Date): readonly BackupRecord[] {
  const windowStart = now.getTime() - server.properties.backup.backupRetentionDays * dayMs;
  const old = server.backups.filter((backup) => Date.parse(backup.completedTime) < windowStart);
  const base = old
    .filter((backup) => backup.type === 'Full')
    .toSorted((a, b) => Date.parse(a.completedTime) - Date.parse(b.completedTime))
    .at(-1);
  return old.filter((backup) => backup !== base);
}

/** The first WAL segment that a kept backup needs, in decimal; undefined without a backup. */
export function oldestNeededSegment(backups: readonly BackupRecord[]): bigint | undefined {
  return backups
    .map((backup) => BigInt(backup.walStart))
    .reduce<bigint | undefined>(
      (oldest, each) => (oldest === undefined || each < oldest ? each : oldest),
      undefined,
    );
}

/** Whether the daily automatic backup is due. */
export function automaticBackupIsDue(
  server: ServerRecord,
  now: Date,
  timing: { readonly automaticBackupEveryMs: number; readonly firstBackupAfterRestoreMs: number },
): boolean {
  const newest = server.backups
    .filter((backup) => backup.type === 'Full')
    .reduce((latest, backup) => Math.max(latest, Date.parse(backup.completedTime)), 0);
  if (newest > 0) return now.getTime() - newest >= timing.automaticBackupEveryMs;
  const wait = server.isRestored ? timing.firstBackupAfterRestoreMs : 0;
  return now.getTime() - Date.parse(server.createdAt) >= wait;
}
