/** What every part of the stand-in works with, and where the parts of a server lie on disk. */
import path from 'node:path';
import type { TokenIssuer } from '../identity/token-issuer.ts';
import { clusterPaths } from '../postgres/cluster-paths.ts';
import type { ClusterRegistry } from './cluster-registry.ts';
import type { StandInConfig } from './config.ts';
import type { BackupRecord, ServerRecord } from './model.ts';
import type { StateStore } from './state-store.ts';

/** The shared parts of a running stand-in. */
export interface Context {
  readonly config: StandInConfig;
  readonly store: StateStore;
  readonly issuer: TokenIssuer;
  readonly clusters: ClusterRegistry;
  readonly log: (message: string) => void;
}

/** The folder of all servers. */
export function serversDir(config: StandInConfig): string {
  return path.join(config.postgresHome, 'servers');
}

/** The folder of one server: cluster, archive and backups. */
export function serverDir(config: StandInConfig, server: Pick<ServerRecord, 'folder'>): string {
  return path.join(serversDir(config), server.folder);
}

/** The archive of a server's write-ahead log. */
export function archiveDir(config: StandInConfig, server: Pick<ServerRecord, 'folder'>): string {
  return clusterPaths(serverDir(config, server)).archiveDir;
}

/** The folder of a server's backups. */
export function backupsDir(config: StandInConfig, server: Pick<ServerRecord, 'folder'>): string {
  return path.join(serverDir(config, server), 'backups');
}

/** The folder of one backup. */
export function backupDir(
  config: StandInConfig,
  server: Pick<ServerRecord, 'folder'>,
  backup: Pick<BackupRecord, 'folder'>,
): string {
  return path.join(backupsDir(config, server), backup.folder);
}
