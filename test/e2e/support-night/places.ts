/** Where the systems of an estate file stand, for tests that look at them from outside. */
import type { EstateFile } from '../support/estate-file.ts';
import type { Place } from './night.ts';

interface StoreEntry {
  readonly accountId: string;
  readonly container: string;
}

/** The place of a system in a region; an estate without it is an error of the test. */
export function placeOf(estate: EstateFile, system: string, region: string): Place {
  const entry = estate.systems.find(({ id }) => id === system)?.regions.find((one) => one.region === region);
  const [database] = entry?.databases ?? [];
  const [store] = (entry as { blobStores?: StoreEntry[] } | undefined)?.blobStores ?? [];
  if (database === undefined || store === undefined) throw new Error(`no ${system} in ${region}`);
  const id = database.server.split('/');
  return {
    ...{ system, region, database: database.name, container: store.container },
    server: id.at(-1) ?? '',
    resourceGroup: id[4] ?? '',
    account: store.accountId.split('/').at(-1) ?? '',
  };
}

/** Gives a system deadlines of its own. */
export function withDeadlines(
  estate: EstateFile,
  system: string,
  deadlines: Record<string, string>,
): EstateFile {
  const entry = estate.systems.find(({ id }) => id === system);
  if (entry === undefined) throw new Error(`no ${system}`);
  Object.assign(entry, { deadlines });
  return estate;
}
