/**
 * What the embedded stack consists of, derived from the estate file: which regions, storage accounts, servers; and the
 * addresses and settings of each process. The only thing that differs from Azure is written here: addresses and
 * credentials.
 */
import path from 'node:path';
import { roles } from '../../src/contracts/actor.ts';
import type { Estate } from '../../src/contracts/estate.ts';
import { Failure } from '../../src/policy/failure.ts';
import { parseServerResourceId, type ServerResource } from '../../src/policy/identifiers.ts';
import type { StandInConfigInput } from '../resource-manager/config.ts';
import type { CertificatePaths } from '../certificates/ensure-certificates.ts';
import type { KeyVaultConfig } from '../key-vault/config.ts';
import type { LoginConfigInput } from '../login/config.ts';
import type { SampleApplicationConfig } from '../sample-application/config.ts';
import type { StorageProxyConfigInput } from '../storage-proxy/config.ts';
import type { Secrets, StateFolder } from './state.ts';

const samplePorts = {
  /** Where everybody finds the blob stores: the storage proxy. */
  blob: 10_000,
  /** The blob store behind it. */
  store: 10_001,
  manager: 10_443,
  identity: 10_444,
  control: 10_445,
  storageControl: 10_446,
  keys: 10_447,
  keysControl: 10_448,
  application: 10_449,
  login: 10_450,
  firstHost: 7_071,
};

export interface Ports {
  readonly blob: number;
  readonly store: number;
  readonly manager: number;
  readonly identity: number;
  readonly control: number;
  readonly storageControl: number;
  /** The key vault, and its control endpoint. */
  readonly keys: number;
  readonly keysControl: number;
  /** The sample application that drills and cutovers point at what was restored. */
  readonly application: number;
  /** Where people and programs sign in to the API. */
  readonly login: number;
  readonly hosts: ReadonlyMap<string, number>;
}

/** The ports of a stack; `offset` moves them all. */
export function portsOf(regions: readonly string[], offset: number): Ports {
  const moved = Object.fromEntries(
    Object.entries(samplePorts).map(([name, port]) => [name, port + offset]),
  ) as typeof samplePorts;
  return { ...moved, hosts: new Map(regions.map((region, index) => [region, moved.firstHost + index])) };
}

/** The estate file's text with the ports of the blob store and of the application as they are on this machine. */
export function estateForPorts(text: string, ports: Ports): string {
  return (['blob', 'application'] as const).reduce(
    (moved, name) =>
      moved.replaceAll(`https://127.0.0.1:${samplePorts[name]}/`, `https://127.0.0.1:${ports[name]}/`),
    text,
  );
}

export interface SampleServer {
  readonly id: string;
  readonly resource: ServerResource;
  readonly region: string;
  readonly system: string;
  readonly databases: readonly { readonly id: string; readonly name: string }[];
  /** Its backups are replicated into the paired region. */
  readonly isGeo: boolean;
}

export interface SampleAccount {
  readonly name: string;
  readonly resourceGroup: string;
  readonly region: string;
  readonly sku: string;
  readonly containers: readonly string[];
}

export interface Topology {
  readonly regions: readonly string[];
  readonly subscription: string;
  readonly servers: readonly SampleServer[];
  readonly accounts: readonly SampleAccount[];
}

const skus = {
  local: 'Standard_LRS',
  zone: 'Standard_ZRS',
  geo: 'Standard_RAGRS',
  'geo-zone': 'Standard_RAGZRS',
} as const;

/** The vault's account and container of a region. */
export const vaultOf = (region: string): { account: string; container: string } => ({
  account: `vault${region}`.slice(0, 24),
  container: 'vault',
});

/** Where a region's audit checkpoints lie, apart from its vault. */
export const checkpointsOf = (region: string): { account: string; container: string } => ({
  account: `audit${region}`.slice(0, 24),
  container: 'checkpoints',
});

/** Derives the stack from the estate. */
export function topologyOf(estate: Estate): Topology {
  const scopes = estate.systems.flatMap((system) => system.regions.map((region) => ({ system, region })));
  const regions = [...new Set(scopes.map(({ region }) => region.region))];
  const servers = scopes.flatMap(({ system, region }) =>
    [...new Set(region.databases.map((database) => database.server))].map((id): SampleServer => ({
      id,
      resource: parseServerResourceId(id) as ServerResource,
      region: region.region,
      system: system.id,
      databases: region.databases
        .filter((database) => database.server === id)
        .map(({ id: databaseId, name }) => ({ id: databaseId, name })),
      isGeo: region.databases.some(({ server, redundancy }) => server === id && redundancy.startsWith('geo')),
    })),
  );
  const accounts = scopes.flatMap(({ region }) =>
    region.blobStores.map((store): SampleAccount => ({
      name: store.accountId.split('/').at(-1) ?? '',
      resourceGroup: store.accountId.split('/')[4] ?? '',
      region: region.region,
      sku: skus[store.redundancy],
      containers: [store.container],
    })),
  );
  const own = regions.flatMap((region) =>
    [vaultOf(region), checkpointsOf(region)].map(({ account, container }): SampleAccount => ({
      name: account,
      resourceGroup: `rg-lifeboat-${region}`,
      region,
      sku: skus.zone,
      containers: [container],
    })),
  );
  const subscriptions = new Set(servers.map((server) => server.resource.subscription));
  const [subscription] = subscriptions;
  if (subscription === undefined || subscriptions.size > 1)
    throw new Failure(
      'bad-estate',
      'the embedded stack stands for one subscription, the estate names several',
      'Use the sample estate with the embedded stack.',
    );
  return { regions, subscription, servers, accounts: [...accounts, ...own] };
}

/** How far the secondary of a geo-redundant sample account lags behind. */
const secondaryLagSeconds = 60;

/** A restored server of the stack has its first backup within a minute or so: on the platform it is scheduled at once. */
const firstBackupAfterRestoreMs = 60_000;
const maintenanceEveryMs = 10_000;

/** What the protected sample accounts keep. */
const kept = { versions: true, softDeleteDays: 7 } as const;
const isOwn = ({ regions }: Topology, account: string): boolean =>
  regions.some((region) => [vaultOf(region), checkpointsOf(region)].some((one) => one.account === account));

/** The storage proxy's configuration: the protected accounts keep versions; our own are passed through. */
export function storageProxyConfig(
  state: StateFolder,
  topology: Topology,
  ports: Ports,
  secrets: Secrets,
  { certFile, keyFile, caFile }: CertificatePaths,
): StorageProxyConfigInput {
  const stores = topology.accounts.filter((account) => !isOwn(topology, account.name));
  const isGeo = (sku: string): boolean => sku === skus.geo || sku === skus['geo-zone'];
  return {
    stateFolder: state.path('storage-proxy'),
    upstream: `https://127.0.0.1:${ports.store}`,
    tls: { certFile, keyFile, caFile },
    port: ports.blob,
    control: { port: ports.storageControl, secret: secrets.controlSecret },
    accounts: Object.fromEntries(
      stores.map(({ name, sku }) => [
        name,
        {
          key: secrets.storageKeys[name] ?? '',
          ...kept,
          ...(isGeo(sku) ? { secondary: { lagSeconds: secondaryLagSeconds } } : {}),
        },
      ]),
    ),
  };
}

/** The role that a region's app signs in as. */
export const roleOf = (region: string): string => `lifeboat-${region}`;

export const blobEndpoint = (ports: Ports, account: string): string =>
  `https://127.0.0.1:${ports.blob}/${account}`;

/** The stand-in's configuration. */
export function standInConfig(
  state: StateFolder,
  topology: Topology,
  ports: Ports,
  secrets: Secrets,
  certificates: CertificatePaths,
  postgresHome: string,
): StandInConfigInput {
  return {
    stateDir: state.path('resource-manager'),
    postgresHome,
    tls: { certFile: certificates.certFile, keyFile: certificates.keyFile, caFile: certificates.caFile },
    port: ports.manager,
    identityPort: ports.identity,
    control: { port: ports.control, secret: secrets.controlSecret },
    subscription: topology.subscription,
    tenant: secrets.tenant,
    identities: topology.regions
      .map((region) => ({
        name: roleOf(region),
        clientId: secrets.identities[region]?.clientId ?? '',
        secret: secrets.identities[region]?.header ?? '',
        principal: roleOf(region),
      }))
      .concat(applicationIdentity(secrets)),
    timing: { firstBackupAfterRestoreMs, maintenanceEveryMs },
    storageAccounts: topology.accounts.map((account) => ({
      resourceGroup: account.resourceGroup,
      name: account.name,
      location: account.region,
      sku: account.sku,
      blobEndpoint: blobEndpoint(ports, account.name),
      ...(isOwn(topology, account.name) ? {} : kept),
    })),
  };
}

/** The role that the sample application signs in as, and the name of its identity. */
export const applicationName = 'sample-application';

const applicationIdentity = (secrets: Secrets): NonNullable<StandInConfigInput['identities']> => {
  const identity = secrets.identities[applicationName];
  if (identity === undefined) return [];
  const { clientId, header } = identity;
  return [{ name: applicationName, clientId, secret: header, principal: applicationName }];
};

/** Whether a drill or a cutover of the estate points the sample application at what was restored. */
export const usesApplication = (estate: Estate, { application }: Ports): boolean =>
  estate.systems.some(({ regions }) =>
    regions.some(({ drill, restore }) =>
      [
        drill.smoke?.start,
        ...(restore?.cutover ?? []).map((hook) => (hook.kind === 'http' ? hook.over.url : undefined)),
      ].some((url) => url?.startsWith(`https://127.0.0.1:${application}/`) === true),
    ),
  );

/** The sample application's configuration. */
export function applicationConfig(
  ports: Ports,
  secrets: Secrets,
  { certFile, keyFile }: CertificatePaths,
): SampleApplicationConfig {
  const { clientId = '', header = '' } = secrets.identities[applicationName] ?? {};
  return {
    port: ports.application,
    tls: { certFile, keyFile },
    identity: {
      endpoint: `http://127.0.0.1:${ports.identity}/msi/token`,
      ...{ clientId, header, role: applicationName },
    },
  };
}

const signingKeyOf = (region: string): string => `reports-${region}`;

/** The key vault's configuration: a signing key for each region, so that none can speak for another. */
export function keyVaultConfig(
  state: StateFolder,
  topology: Topology,
  ports: Ports,
  secrets: Secrets,
  { certFile, keyFile }: CertificatePaths,
): KeyVaultConfig {
  return {
    stateFolder: state.path('key-vault'),
    tls: { certFile, keyFile },
    port: ports.keys,
    control: { port: ports.keysControl, secret: secrets.controlSecret },
    tokenKeyFile: state.path('resource-manager', 'identity', 'signing.key'),
    tenant: secrets.tenant,
    keys: topology.regions.map(signingKeyOf),
  };
}

/** Where tokens for the API are issued. */
export const authorityOf = (ports: Ports): string => `https://127.0.0.1:${ports.login}`;

/** The configuration of the place to sign in: an identity for each role of the API. */
export function loginConfig(
  state: StateFolder,
  ports: Ports,
  { tenant, api }: Secrets,
  { certFile, keyFile }: CertificatePaths,
): LoginConfigInput {
  return {
    stateFolder: state.path('login'),
    tls: { certFile, keyFile },
    port: ports.login,
    ...{ tenant, audience: api.audience },
    identities: roles.map((role) => ({ name: role, ...api.identities[role], roles: [role] })),
  };
}

/** The settings of a region's app: the same names as in Azure. */
export function appSettings(
  state: StateFolder,
  region: string,
  ports: Ports,
  secrets: Secrets,
  certificates: CertificatePaths,
): Record<string, string> {
  const identity = secrets.identities[region];
  const [vault, checkpoints] = [vaultOf(region), checkpointsOf(region)];
  return {
    FUNCTIONS_WORKER_RUNTIME: 'node',
    IDENTITY_ENDPOINT: `http://127.0.0.1:${ports.identity}/msi/token`,
    IDENTITY_HEADER: identity?.header ?? '',
    AZURE_CLIENT_ID: identity?.clientId ?? '',
    NODE_EXTRA_CA_CERTS: path.resolve(certificates.caFile),
    LIFEBOAT_REGION: region,
    LIFEBOAT_ESTATE: state.path('deployment', 'estate.yaml'),
    LIFEBOAT_VAULT_URL: `${blobEndpoint(ports, vault.account)}/${vault.container}`,
    LIFEBOAT_CHECKPOINTS_URL: `${blobEndpoint(ports, checkpoints.account)}/${checkpoints.container}`,
    LIFEBOAT_RESOURCE_MANAGER_URL: `https://127.0.0.1:${ports.manager}`,
    LIFEBOAT_RESOURCE_MANAGER_AUDIENCE: 'https://management.azure.com',
    LIFEBOAT_SIGNING_KEY: `https://127.0.0.1:${ports.keys}/keys/${signingKeyOf(region)}`,
    LIFEBOAT_DATABASE_ROLE: roleOf(region),
    LIFEBOAT_API_TENANT: secrets.tenant,
    LIFEBOAT_API_AUDIENCE: secrets.api.audience,
    LIFEBOAT_API_AUTHORITY: authorityOf(ports),
  };
}
