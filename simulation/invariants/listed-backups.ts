/** What the provider lists of the protected servers, by the name of the resource. */
import type { ListedBackup } from '../../src/policy/on-demand-slots.ts';
import type { World } from '../world/world.ts';

export const backupId = (server: string, name: string): string => `${server}/backups/${name}`;

/** Every backup that is listed now, and those that were since an instant. */
export function listedBackups(
  { provider, sources }: Pick<World, 'provider' | 'sources'>,
  since?: number,
): Map<string, ListedBackup> {
  const listed = new Map<string, ListedBackup>();
  for (const server of sources.keys())
    for (const one of since === undefined
      ? provider.backups(server, false)
      : provider.backupsSince(server, since))
      listed.set(backupId(server, one.name), one);
  return listed;
}

/** Whether the backups of all parts of a point are among those. */
export const hasAllParts = (
  point: { readonly databases: readonly { readonly server: string; readonly backup: string }[] },
  listed: ReadonlyMap<string, ListedBackup>,
): boolean => point.databases.every(({ server, backup }) => listed.has(backupId(server, backup)));
