/**
 * The configuration files of a cluster. `postgresql.conf` holds what the embedded stack needs to run a cluster at all;
 * parameters set by a customer go through ALTER SYSTEM into `postgresql.auto.conf` and are checked by PostgreSQL.
 */
import path from 'node:path';
import type { ClusterPaths } from './cluster-paths.ts';
import { walSegmentBytes } from './wal.ts';

/** The role that only the stack itself signs in with, as the provider's own superuser on a managed server. */
export const internalSuperuser = 'azuresu';

/** Parameters that belong to the stack; a customer may not change them. */
export const reservedParameters: ReadonlySet<string> = new Set([
  'archive_cleanup_command',
  'archive_command',
  'archive_library',
  'archive_mode',
  'cluster_name',
  'data_directory',
  'external_pid_file',
  'fsync',
  'full_page_writes',
  'hba_file',
  'ident_file',
  'listen_addresses',
  'logging_collector',
  'port',
  'primary_conninfo',
  'recovery_end_command',
  'restore_command',
  'shared_preload_libraries',
  'ssl',
  'ssl_ca_file',
  'ssl_cert_file',
  'ssl_key_file',
  'unix_socket_directories',
  'wal_level',
]);

/** The parameters of every cluster: loopback with TLS, little memory, WAL archived segment by segment. */
export function baseSettings(paths: ClusterPaths, port: number, hasTls: boolean): Record<string, string> {
  return {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    ssl: hasTls ? 'on' : 'off',
    ...(hasTls ? { ssl_cert_file: paths.certFile, ssl_key_file: paths.keyFile } : {}),
    shared_buffers: '32MB',
    max_connections: '60',
    max_wal_senders: '4',
    huge_pages: 'off',
    io_method: 'sync',
    jit: 'off',
    wal_level: 'replica',
    min_wal_size: `${16 * (walSegmentBytes / 1024)}kB`,
    max_wal_size: '256MB',
    archive_mode: 'on',
    archive_library: 'basic_archive',
    'basic_archive.archive_directory': paths.archiveDir,
    // An idle server's commits are archived within five minutes, as the provider's recovery point promises.
    archive_timeout: '300s',
    track_commit_timestamp: 'on',
    timezone: 'UTC',
    log_timezone: 'UTC',
    logging_collector: 'off',
    log_checkpoints: 'off',
    log_line_prefix: '%m [%p] ',
  };
}

/** The parameters of a recovery from an archive up to a target. */
export function recoverySettings(archiveDir: string, target: RecoveryTarget): Record<string, string> {
  return {
    restore_command: restoreCommand(archiveDir),
    recovery_target_action: 'promote',
    hot_standby: 'off',
    // A drill's data is thrown away: when the machine fails in the middle, the restore is made again.
    fsync: 'off',
    ...targetSettings(target),
  };
}

/** Where a recovery stops: after the last commit of an instant, at the end of the backup, or at the end of the WAL. */
export type RecoveryTarget =
  | { readonly kind: 'time'; readonly at: Date }
  | { readonly kind: 'immediate' }
  | { readonly kind: 'end' };

function targetSettings(target: RecoveryTarget): Record<string, string> {
  switch (target.kind) {
    case 'time':
      return { recovery_target_time: formatInstant(target.at), recovery_target_inclusive: 'on' };
    case 'immediate':
      return { recovery_target: 'immediate' };
    case 'end':
      return {};
  }
}

/** An instant as PostgreSQL's parameters take it: the `Z` of ISO 8601 is refused there. */
export function formatInstant(at: Date): string {
  return at.toISOString().replace('T', ' ').replace('Z', '+00');
}

function restoreCommand(archiveDir: string): string {
  if (process.platform === 'win32') return `copy "${path.win32.normalize(archiveDir)}\\%f" "%p"`;
  return `cp "${archiveDir}/%f" "%p"`;
}

/** The text of `postgresql.conf`. */
export function renderSettings(settings: Readonly<Record<string, string>>): string {
  const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'`);
  return `${lines.join('\n')}\n`;
}

/** The text of `pg_hba.conf`: the stack's own superuser always, everybody else over TLS and only when admitted. */
export function renderAccessRules(admitsClients: boolean): string {
  return [
    `host all ${internalSuperuser} 127.0.0.1/32 scram-sha-256`,
    `host replication ${internalSuperuser} 127.0.0.1/32 scram-sha-256`,
    ...(admitsClients ? ['hostssl all all 127.0.0.1/32 scram-sha-256'] : []),
    '',
  ].join('\n');
}
