/**
 * What has to be there for the first prune to have something to do: on-demand backups (real base backups, dated back),
 * blob snapshots (made while the blob store's clock stood back) and versions of blobs that were replaced before the
 * retention window.
 */
import { BlobServiceClient, StorageSharedKeyCredential, type ContainerClient } from '@azure/storage-blob';
import { DateTime } from 'luxon';
import { backupName, stampOf } from '../../src/policy/identifiers.ts';
import { Failure } from '../../src/policy/failure.ts';
import { Manager } from './manager.ts';
import type { Estateful } from './provision.ts';

/** Older than the window of 168 hours, younger than what the provider itself expires. */
const backupAgesDays = [9, 8];
export const snapshotAgeDays = 9;
const snapshotsPerStore = 5;
/** The first was replaced by the second, before the window; the second by what stands there, inside it. */
const versionAgesDays = [10, 9];
const versionsPerStore = 3;
/** With more on-demand backups than this, two more would leave no slot for the snapshot. */
const mostHeld = 3;

const isOnDemand = (backup: unknown): boolean =>
  (backup as { properties?: { backupType?: string } }).properties?.backupType === 'Customer On-Demand';

/** Takes the backups of every server and dates them back; those that are there already are left alone. */
export async function makeExpiredBackups(parts: Estateful): Promise<number> {
  let made = 0;
  for (const server of parts.topology.servers) {
    const manager = new Manager(parts, server.region);
    const held = (await manager.list(`${server.id}/backups`)).filter(isOnDemand);
    if (held.length > mostHeld) continue; // No slots to spare: the sample does without.
    for (const days of backupAgesDays) {
      const at = DateTime.utc().minus({ days }).startOf('hour');
      const name = backupName(stampOf(at));
      await manager.putOnce(`${server.id}/backups/${name}`, {});
      await control(parts, parts.ports.control, 'backdate', {
        resourceGroup: server.resource.resourceGroup,
        server: server.resource.name,
        backup: name,
        completedTime: at.toISO(),
      });
      made += 1;
    }
  }
  return made;
}

/** Snapshots the first blobs of every protected store, over plain HTTP, while the store's clock stands back. */
export async function makeExpiredSnapshots(parts: Estateful): Promise<number> {
  let made = 0;
  for (const store of storesOf(parts)) {
    const container = containerOf(parts, store, `http://127.0.0.1:${parts.ports.store}`);
    for (const name of await firstBlobs(container, snapshotsPerStore)) {
      await container.getBlobClient(name).createSnapshot();
      made += 1;
    }
  }
  return made;
}

/** Gives the first blobs of every protected store two earlier versions, of which the second one replaced the first. */
export async function makeExpiredVersions(parts: Estateful): Promise<number> {
  let made = 0;
  for (const store of storesOf(parts)) {
    const container = containerOf(parts, store, `https://127.0.0.1:${parts.ports.blob}`);
    for (const name of await firstBlobs(container, versionsPerStore)) {
      const blob = { account: accountOf(store), container: store.container, name };
      for (const days of versionAgesDays)
        await control(parts, parts.ports.storageControl, 'earlier', { ...blob, agoSeconds: days * 86_400 });
      made += versionAgesDays.length - 1;
    }
  }
  return made;
}

type Store = Estateful['estate']['systems'][number]['regions'][number]['blobStores'][number];
const storesOf = ({ estate }: Estateful): Store[] =>
  estate.systems.flatMap((system) => system.regions.flatMap((region) => region.blobStores));
const accountOf = ({ accountId }: Store): string => accountId.split('/').at(-1) ?? '';

function containerOf({ secrets }: Estateful, store: Store, origin: string): ContainerClient {
  const account = accountOf(store);
  const credential = new StorageSharedKeyCredential(account, secrets.storageKeys[account] ?? '');
  return new BlobServiceClient(`${origin}/${account}`, credential).getContainerClient(store.container);
}

async function firstBlobs(container: ContainerClient, count: number): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of container.listBlobsFlat()) {
    if (names.length === count) break;
    names.push(name);
  }
  return names;
}

async function control({ secrets }: Estateful, port: number, path: string, body: unknown): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}/${path}`, {
    method: 'POST',
    headers: { 'x-control-secret': secrets.controlSecret, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (answer.ok) return;
  throw new Failure(
    'operation-failed',
    `a control endpoint answered ${answer.status}: ${(await answer.text()).slice(0, 200)}`,
    'Look into the logs of the resource manager and the storage proxy in the state folder.',
  );
}
