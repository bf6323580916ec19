/** The body of a server's creation: checked as the provider does, and turned into a server's record. */
import { randomBytes, randomUUID } from 'node:crypto';
import { z } from 'zod';
import { invalidParameter, ResourceManagerError } from '../errors.ts';
import type { ServerRecord } from '../model.ts';
import { serverKey } from '../state-store.ts';
import type { ManagementRequest, ServerPlace } from './request.ts';

const namePattern = /^[a-z0-9](?:[a-z0-9-]{1,61})[a-z0-9]$/;
const reservedLogins =
  /^(azuresu|azure_superuser|azure_pg_admin|admin|administrator|root|guest|public|pg_.*)$/i;

const bodySchema = z.object({
  location: z.string({ error: 'The location property is required for this definition.' }).min(1),
  tags: z.record(z.string(), z.string()).default({}),
  sku: z
    .object({ name: z.string(), tier: z.enum(['Burstable', 'GeneralPurpose', 'MemoryOptimized']) })
    .optional(),
  properties: z
    .object({
      createMode: z.string().optional(),
      sourceServerResourceId: z.string().optional(),
      pointInTimeUTC: z.iso.datetime({ offset: true }).optional(),
      administratorLogin: z.string().min(1).max(63).optional(),
      administratorLoginPassword: z.string().min(8).max(128).optional(),
      version: z.string().optional(),
      availabilityZone: z.string().optional(),
      storage: z.record(z.string(), z.unknown()).optional(),
      backup: z
        .object({
          backupRetentionDays: z.number().int().min(7).max(35).optional(),
          geoRedundantBackup: z.enum(['Enabled', 'Disabled']).optional(),
        })
        .optional(),
      network: z
        .object({
          publicNetworkAccess: z.enum(['Enabled', 'Disabled']).optional(),
          delegatedSubnetResourceId: z.string().optional(),
          privateDnsZoneArmResourceId: z.string().optional(),
        })
        .optional(),
      highAvailability: z.record(z.string(), z.string()).optional(),
    })
    .default({}),
});

/** The checked body of a server's creation. */
export type ServerBody = z.infer<typeof bodySchema>;

/** Checks the body of a PUT for a server. */
export function readServerBody(body: unknown): ServerBody {
  const parsed = bodySchema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const name = String(issue?.path.at(-1) ?? 'body');
  if (name === 'location') throw new ResourceManagerError(400, 'LocationRequired', issue?.message ?? '');
  throw invalidParameter(name, issue?.message ?? '');
}

/** Adds the record of a new server, in state `Provisioning`; a restored one takes its source's properties. */
export function addServer(
  request: ManagementRequest,
  place: ServerPlace,
  body: ServerBody,
  source: ServerRecord | undefined,
): ServerRecord {
  checkNames(place.name, body.properties.administratorLogin);
  const { store, config } = request.context;
  const server: ServerRecord = {
    id: `/subscriptions/${config.subscription}/resourceGroups/${place.resourceGroup}/providers/Microsoft.DBforPostgreSQL/flexibleServers/${place.name}`,
    resourceGroup: place.resourceGroup,
    name: place.name,
    location: body.location,
    tags: body.tags,
    sku: body.sku ?? source?.sku ?? { name: 'Standard_B1ms', tier: 'Burstable' },
    createdAt: new Date().toISOString(),
    isRestored: source !== undefined,
    properties: makeProperties(body, source),
    state: 'Provisioning',
    folder: randomUUID(),
    port: 0,
    superuserPassword: source?.superuserPassword ?? randomBytes(18).toString('hex'),
    backups: [],
    firewallRules: {},
    parameters: {},
  };
  store.state.servers[serverKey(place.resourceGroup, place.name)] = server;
  return server;
}

function checkNames(serverName: string, login: string | undefined): void {
  if (!namePattern.test(serverName)) {
    throw invalidParameter('serverName', 'Use 3 to 63 lowercase letters, digits and hyphens.');
  }
  if (login !== undefined && reservedLogins.test(login))
    throw invalidParameter('administratorLogin', 'It is reserved.');
}

function makeProperties(
  { properties }: ServerBody,
  source: ServerRecord | undefined,
): ServerRecord['properties'] {
  const from = source?.properties;
  const subnet = properties.network?.delegatedSubnetResourceId;
  const zone = properties.network?.privateDnsZoneArmResourceId;
  return {
    administratorLogin: from?.administratorLogin ?? properties.administratorLogin ?? '',
    version: '18',
    storage: properties.storage ??
      from?.storage ?? { storageSizeGB: 32, autoGrow: 'Disabled', tier: 'P4', iops: 120 },
    backup: {
      backupRetentionDays: properties.backup?.backupRetentionDays ?? from?.backup.backupRetentionDays ?? 7,
      geoRedundantBackup: properties.backup?.geoRedundantBackup ?? 'Disabled',
    },
    network: {
      publicNetworkAccess:
        subnet === undefined ? (properties.network?.publicNetworkAccess ?? 'Enabled') : 'Disabled',
      ...(subnet === undefined ? {} : { delegatedSubnetResourceId: subnet }),
      ...(zone === undefined ? {} : { privateDnsZoneArmResourceId: zone }),
    },
    // High availability is never taken over from a source.
    highAvailability: { mode: 'Disabled', state: 'NotEnabled', ...properties.highAvailability },
    availabilityZone: properties.availabilityZone ?? '1',
  };
}
