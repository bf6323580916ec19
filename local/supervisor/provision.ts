/**
 * Makes the sample estate where it is missing: containers, servers, databases with Lifeboat's schema, content. Each
 * part is looked for first, so that a start that was interrupted goes on where it was.
 */
import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import pg from 'pg';
import pMap from 'p-map';
import { databaseSetupSql } from '../../src/contracts/database-setup.ts';
import type { Estate, EstateBlobStore } from '../../src/contracts/estate.ts';
import { Failure } from '../../src/policy/failure.ts';
import { seedSystem, type SeedResult, type SeedTarget } from '../sample-estate/seed.ts';
import { sampleSystems } from '../sample-estate/systems/catalogue.ts';
import type { SystemName } from '../sample-estate/systems/system.ts';
import { Manager } from './manager.ts';
import type { Secrets } from './state.ts';
import { blobEndpoint, roleOf, type Ports, type SampleServer, type Topology } from './topology.ts';

const administrator = 'estateadmin';
/** One that takes effect at once, and one that a restart is needed for. */
const ownParameters = {
  work_mem: '8192',
  max_files_per_process: '2000',
  'azure.extensions': 'AMCHECK,PG_PREWARM',
};
const seedNumber = 20_260_115;

/** What the parts of the stack are reached with. */
export interface Estateful {
  readonly estate: Estate;
  readonly topology: Topology;
  readonly ports: Ports;
  readonly secrets: Secrets;
  readonly stateDir: string;
}

/** Makes every container of every account. */
export async function makeContainers({ topology, ports, secrets }: Estateful): Promise<void> {
  for (const account of topology.accounts) {
    const service = blobService(ports, secrets, account.name);
    for (const container of account.containers)
      await service.getContainerClient(container).createIfNotExists();
  }
}

/** The blob service of an account, with its shared key: for the estate's owner, not for the product. */
export function blobService(ports: Ports, secrets: Secrets, account: string): BlobServiceClient {
  return new BlobServiceClient(
    blobEndpoint(ports, account),
    new StorageSharedKeyCredential(account, secrets.storageKeys[account] ?? ''),
  );
}

/** Makes every server with its databases; returns how many were new. */
export async function makeServers(parts: Estateful): Promise<number> {
  const made = await pMap(
    parts.topology.servers,
    async (server) => ((await makeServer(parts, server)) ? 1 : 0),
    { concurrency: 2 },
  );
  return made.reduce<number>((sum, one) => sum + one, 0);
}

async function makeServer(parts: Estateful, server: SampleServer): Promise<boolean> {
  const manager = new Manager(parts, server.region);
  const isNew = (await manager.get(server.id)) === undefined;
  if (isNew) {
    await manager.put(server.id, {
      location: server.region,
      sku: { name: 'Standard_D2ds_v5', tier: 'GeneralPurpose' },
      properties: {
        version: '18',
        administratorLogin: administrator,
        administratorLoginPassword: parts.secrets.administratorPassword,
        storage: { storageSizeGB: 32 },
        backup: {
          backupRetentionDays: 14,
          geoRedundantBackup: server.isGeo ? 'Enabled' : 'Disabled',
        },
      },
    });
  }
  // Set by the estate's owner: what a restore does not bring over, and a drill has to give back.
  if (isNew)
    for (const [name, value] of Object.entries(ownParameters))
      await manager.put(`${server.id}/configurations/${name}`, {
        properties: { value, source: 'user-override' },
      });
  await manager.putOnce(`${server.id}/firewallRules/this-machine`, {
    properties: { startIpAddress: '127.0.0.1', endIpAddress: '127.0.0.1' },
  });
  for (const { name } of server.databases) {
    await manager.putOnce(`${server.id}/databases/${name}`, {
      properties: { charset: 'UTF8', collation: 'C.UTF-8' },
    });
    const sql = databaseSetupSql(roleOf(server.region), { tables: areTablesAllowed(parts, server) });
    await withOwner(parts, server, name, (client) => client.query(sql));
  }
  return isNew;
}

const regionOf = ({ estate }: Estateful, server: SampleServer) =>
  estate.systems
    .find((system) => system.id === server.system)
    ?.regions.find((one) => one.region === server.region);

const areTablesAllowed = (parts: Estateful, server: SampleServer): boolean =>
  regionOf(parts, server)?.restore?.tables === 'allowed';

/** How the sample estate is made: its size (1 is the full one), and what breaks it off. */
export interface SeedOrder {
  readonly scale: number;
  readonly signal: AbortSignal;
}

/** Seeds every system that is not seeded; calls back with how far it is. */
export async function seedSystems(
  parts: Estateful,
  { scale, signal }: SeedOrder,
  progress: (text: string) => void,
): Promise<SeedResult> {
  const told = new Map<string, string>();
  const results = await pMap(
    parts.topology.servers,
    (server) =>
      withTarget(parts, server, (target) =>
        seedSystem({
          system: sampleName(server),
          region: server.region,
          seed: seedNumber,
          now: new Date(),
          stateDir: parts.stateDir,
          target,
          scale,
          progress: ({ system, region, done, total }) => {
            signal.throwIfAborted();
            told.set(`${system}/${region}`, `${Math.floor((done / Math.max(total, 1)) * 100)} %`);
            progress([...told].map(([name, text]) => `${name} ${text}`).join(', '));
          },
        }),
      ),
    { concurrency: 2 },
  );
  return results.reduce((sum, one) => ({
    rows: sum.rows + one.rows,
    blobs: sum.blobs + one.blobs,
    bytes: sum.bytes + one.bytes,
  }));
}

/** The sample system that a server holds; only those can be seeded. */
export function sampleName(server: SampleServer): SystemName {
  if (server.system in sampleSystems) return server.system as SystemName;
  throw new Failure(
    'bad-estate',
    `the embedded stack has no sample of a system "${server.system}"`,
    `Use the sample estate with it: ${Object.keys(sampleSystems).join(', ')}.`,
  );
}

/** Runs work with a server's first database and its system's blob store as the owner of both sees them. */
export async function withTarget<T>(
  parts: Estateful,
  server: SampleServer,
  work: (target: SeedTarget) => Promise<T>,
): Promise<T> {
  return withOwner(parts, server, server.databases[0]?.name ?? '', (database) =>
    work({ database, putBlob: blobWriter(parts, server) }),
  );
}

/** Puts blobs into the store of a server's system. */
export function blobWriter(parts: Estateful, server: SampleServer): SeedTarget['putBlob'] {
  const { ports, secrets } = parts;
  const region = regionOf(parts, server);
  const store = region?.blobStores[0] as EstateBlobStore;
  const container = blobService(ports, secrets, store.accountId.split('/').at(-1) ?? '').getContainerClient(
    store.container,
  );
  return async (name, bytes, mediaType) => {
    await container
      .getBlockBlobClient(name)
      .uploadData(bytes, { blobHTTPHeaders: { blobContentType: mediaType } });
  };
}

/** A connection as the owner of a database; the caller ends it. */
export async function connectOwner(
  parts: Estateful,
  server: SampleServer,
  database: string,
): Promise<pg.Client> {
  const properties = (await new Manager(parts, server.region).get(server.id))?.['properties'] as
    | { fullyQualifiedDomainName?: string }
    | undefined;
  const [host, port] = (properties?.fullyQualifiedDomainName ?? '').split(':');
  const client = new pg.Client({
    host: host ?? '',
    port: Number(port),
    database,
    user: administrator,
    password: parts.secrets.administratorPassword,
    ssl: true,
    application_name: 'sample-estate',
  });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function withOwner<T>(
  parts: Estateful,
  server: SampleServer,
  database: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = await connectOwner(parts, server, database);
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
