/**
 * Takes and removes the backups of a server. One base backup runs at a time per server; an automatic one does not make
 * the server busy, and an on-demand one waits for it.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { pruneArchive } from '../postgres/archive.ts';
import { takeBaseBackup } from '../postgres/base-backup.ts';
import { archiveDir, backupDir, backupsDir, type Context } from './context.ts';
import { oldestNeededSegment } from './backup-retention.ts';
import type { BackupRecord, ServerRecord } from './model.ts';

const queues = new WeakMap<ServerRecord, Promise<unknown>>();

/** Takes a backup of a running server and records it. */
export async function takeBackup(
  context: Context,
  server: ServerRecord,
  type: BackupRecord['type'],
  name = automaticName(new Date()),
): Promise<void> {
  await inTurn(server, async () => {
    // Done already by a process that was killed before it could say so.
    if (server.backups.some((backup) => backup.name === name)) return;
    const cluster = context.clusters.running(server);
    await mkdir(backupsDir(context.config, server), { recursive: true, mode: 0o700 });
    await removeUnfinished(backupsDir(context.config, server));
    const folder = randomUUID();
    const taken = await takeBaseBackup(cluster, name, backupDir(context.config, server, { folder }));
    const at = taken.completedAt.toISOString();
    server.backups.push({
      name,
      type,
      completedTime: at,
      restorableFrom: at,
      folder,
      walTimeline: taken.walStart.timeline,
      walStart: String(taken.walStart.segment),
      walStop: String(taken.walStop),
    });
    context.store.noteEffect(
      type === 'Full' ? 'automatic-backup-created' : 'backup-created',
      server.name,
      name,
    );
    context.store.save();
  });
}

/** Removes a backup; the record goes first, so that nothing half removed looks like a backup. */
export async function removeBackup(
  context: Context,
  server: ServerRecord,
  name: string,
  effect: 'backup-deleted' | 'backup-expired',
): Promise<void> {
  const backup = server.backups.find((each) => each.name === name);
  if (backup === undefined) return;
  server.backups = server.backups.filter((each) => each !== backup);
  context.store.noteEffect(effect, server.name, name);
  context.store.save();
  await rm(backupDir(context.config, server, backup), { recursive: true, force: true });
}

/** Removes the archived WAL that no kept backup needs. */
export async function pruneWal(context: Context, server: ServerRecord): Promise<void> {
  const segment = oldestNeededSegment(server.backups);
  const [backup] = server.backups;
  if (segment === undefined || backup === undefined) return;
  await pruneArchive(archiveDir(context.config, server), { timeline: backup.walTimeline, segment });
}

/** Removes what a process that was killed in the middle of a backup left behind. */
async function removeUnfinished(dir: string): Promise<void> {
  const unfinished = (await readdir(dir)).filter((name) => name.endsWith('.partial'));
  for (const name of unfinished) await rm(path.join(dir, name), { recursive: true, force: true });
}

function automaticName(now: Date): string {
  return `backup_${now.getTime()}0000`;
}

function inTurn<T>(server: ServerRecord, work: () => Promise<T>): Promise<T> {
  const run = (queues.get(server) ?? Promise.resolve()).then(work);
  queues.set(
    server,
    run.catch(() => undefined),
  );
  return run;
}
