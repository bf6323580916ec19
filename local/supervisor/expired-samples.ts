/**
 * What has to be there for the first prune to have something to do: on-demand backups (real base backups, dated back)
 * and blob snapshots (made while the blob store's clock stood back) from before the retention window.
 */
import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { DateTime } from 'luxon';
import { backupName, stampOf } from '../../src/policy/identifiers.ts';
import { Failure } from '../../src/policy/failure.ts';
import { Manager } from './manager.ts';
import type { Estateful } from './provision.ts';

/** Older than the window of 168 hours, younger than what the provider itself expires. */
const backupAgesDays = [9, 8];
export const snapshotAgeDays = 9;
const snapshotsPerStore = 5;
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
      await control(parts, 'backdate', {
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
export async function makeExpiredSnapshots({ estate, ports, secrets }: Estateful): Promise<number> {
  let made = 0;
  for (const store of estate.systems.flatMap((system) =>
    system.regions.flatMap((region) => region.blobStores),
  )) {
    const account = store.accountId.split('/').at(-1) ?? '';
    const credential = new StorageSharedKeyCredential(account, secrets.storageKeys[account] ?? '');
    const service = new BlobServiceClient(`http://127.0.0.1:${ports.store}/${account}`, credential);
    const container = service.getContainerClient(store.container);
    let taken = 0;
    for await (const blob of container.listBlobsFlat()) {
      if (taken === snapshotsPerStore) break;
      await container.getBlobClient(blob.name).createSnapshot();
      taken += 1;
    }
    made += taken;
  }
  return made;
}

async function control({ ports, secrets }: Estateful, path: string, body: unknown): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${ports.control}/${path}`, {
    method: 'POST',
    headers: { 'x-control-secret': secrets.controlSecret, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (answer.ok) return;
  throw new Failure(
    'operation-failed',
    `the stand-in's control endpoint answered ${answer.status}: ${(await answer.text()).slice(0, 200)}`,
    'Look into the log of the resource manager in the state folder.',
  );
}
