/** The JSON documents that the resource manager shows. */
import type { StorageAccountConfig } from './config.ts';
import type { BackupRecord, FirewallRule, ServerRecord } from './model.ts';
import { earliestRestoreInstant } from './restore-plan.ts';

/** The resource type of a flexible server. */
export const serverType = 'Microsoft.DBforPostgreSQL/flexibleServers';

/** A server as the provider shows it. */
export function viewServer(server: ServerRecord, tenant: string, now = new Date()): unknown {
  const { properties } = server;
  const earliest = earliestRestoreInstant(server, now)?.toISOString();
  return {
    id: server.id,
    name: server.name,
    type: serverType,
    location: server.location,
    tags: server.tags,
    sku: server.sku,
    systemData: { createdAt: server.createdAt },
    properties: {
      ...properties,
      backup: { ...properties.backup, ...(earliest === undefined ? {} : { earliestRestoreDate: earliest }) },
      minorVersion: '4',
      state: server.state,
      // As on the platform, a server that is being made has no address yet.
      ...(server.port === 0 ? {} : { fullyQualifiedDomainName: `127.0.0.1:${server.port}` }),
      authConfig: { activeDirectoryAuth: 'Enabled', passwordAuth: 'Enabled', tenantId: tenant },
      dataEncryption: { type: 'SystemManaged' },
      maintenanceWindow: { customWindow: 'Disabled', dayOfWeek: 0, startHour: 0, startMinute: 0 },
      privateEndpointConnections: [],
      replica: { role: 'Primary', capacity: 5 },
      replicaCapacity: 5,
      replicationRole: 'Primary',
    },
  };
}

/** A backup as the provider shows it. */
export function viewBackup(server: ServerRecord, backup: BackupRecord): unknown {
  return {
    id: `${server.id}/backups/${backup.name}`,
    name: backup.name,
    type: `${serverType}/backups`,
    properties: {
      backupType: backup.type,
      completedTime: backup.completedTime,
      source: backup.type === 'Full' ? 'Automatic' : 'User-Initiated',
    },
  };
}

/** A firewall rule as the provider shows it. */
export function viewFirewallRule(server: ServerRecord, name: string, rule: FirewallRule): unknown {
  return {
    id: `${server.id}/firewallRules/${name}`,
    name,
    type: `${serverType}/firewallRules`,
    properties: rule,
  };
}

/** A storage account as its provider shows it; `replicatedUntil` adds the statistics of geo-replication. */
export function viewStorageAccount(
  subscription: string,
  account: StorageAccountConfig,
  replicatedUntil: Date | undefined,
): unknown {
  const secondary = account.secondaryLocation;
  const isReadable = account.sku.includes('RAGRS') || account.sku.includes('RAGZRS');
  return {
    id: `/subscriptions/${subscription}/resourceGroups/${account.resourceGroup}/providers/Microsoft.Storage/storageAccounts/${account.name}`,
    name: account.name,
    type: 'Microsoft.Storage/storageAccounts',
    kind: 'StorageV2',
    location: account.location,
    sku: { name: account.sku, tier: account.sku.split('_')[0] },
    tags: {},
    properties: {
      accessTier: 'Hot',
      allowSharedKeyAccess: false,
      minimumTlsVersion: 'TLS1_2',
      primaryEndpoints: { blob: account.blobEndpoint },
      primaryLocation: account.location,
      provisioningState: 'Succeeded',
      statusOfPrimary: 'available',
      supportsHttpsTrafficOnly: true,
      ...(secondary === undefined ? {} : { secondaryLocation: secondary, statusOfSecondary: 'available' }),
      ...(isReadable ? { secondaryEndpoints: { blob: secondaryEndpoint(account.blobEndpoint) } } : {}),
      ...(replicatedUntil === undefined || secondary === undefined
        ? {}
        : {
            geoReplicationStats: {
              status: 'Live',
              lastSyncTime: replicatedUntil.toISOString(),
              canFailover: true,
            },
          }),
    },
  };
}

// Azure puts the suffix on the account's part of the host; Azurite, which has the account in the path, puts it there.
function secondaryEndpoint(primary: string): string {
  const url = new URL(primary);
  const [account] = url.pathname.split('/').filter((part) => part !== '');
  if (account !== undefined) return `${url.origin}/${account}-secondary/`;
  const [host, ...domain] = url.host.split('.');
  return `${url.protocol}//${host}-secondary.${domain.join('.')}/`;
}
