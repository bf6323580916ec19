/**
 * Takes a base backup of a running cluster into a folder: the data folder's files in `data/`, the manifest beside
 * them. The folder appears under its name only when the backup is whole and restorable, so that a crash in between
 * leaves nothing that looks like a backup.
 */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { archiveEverything, type WalPosition } from './archive.ts';
import type { Cluster } from './cluster.ts';
import { queryBaseBackup } from './replication-query.ts';
import { TarUnpacker } from './untar.ts';
import { parseLsn, segmentNumber } from './wal.ts';

/** A finished base backup. */
export interface BaseBackup {
  /** The earliest instant to which it can be rolled forward. */
  readonly completedAt: Date;
  /** Where the replay of WAL begins and what it must at least reach. */
  readonly walStart: WalPosition;
  readonly walStop: bigint;
}

/** Takes a base backup of `cluster` into `dir`, which must not exist. */
export async function takeBaseBackup(cluster: Cluster, label: string, dir: string): Promise<BaseBackup> {
  const partial = `${dir}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true, mode: 0o700 });
  try {
    const unpacker = new TarUnpacker(path.join(partial, 'data'));
    try {
      const answer = await queryBaseBackup(cluster.connection(), label, (bytes) => unpacker.write(bytes));
      unpacker.end();
      const completedAt = await archiveEverything(cluster);
      await writeFile(path.join(partial, 'backup_manifest'), answer.manifest, { mode: 0o600 });
      await rename(partial, dir);
      return {
        completedAt,
        walStart: { timeline: answer.timeline, segment: segmentNumber(parseLsn(answer.startLsn)) },
        walStop: segmentNumber(parseLsn(answer.stopLsn)),
      };
    } finally {
      unpacker.abort();
    }
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw error;
  }
}

/** The data files of a stored base backup. */
export function backupDataDir(dir: string): string {
  return path.join(dir, 'data');
}

/** The manifest of a stored base backup. */
export async function readManifest(dir: string): Promise<string> {
  return readFile(path.join(dir, 'backup_manifest'), 'utf8');
}
