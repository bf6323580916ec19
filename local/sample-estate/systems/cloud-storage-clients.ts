/**
 * Who uses Cloud Storage: tenants with their recipient keys and devices with their certificates.
 * Invariant: recipient keys follow from the seed (so that blobs do), signing keys do not; all keys are in the state
 * folder before the first row that depends on them.
 */
import { certificateToX5c, issueTrustMaterial, type TrustMaterial } from '../certificates.ts';
import { createChangeSigner } from '../change-record.ts';
import { createRecipientKeys, type RecipientKeys } from '../envelope.ts';
import { writeKeyFiles } from '../key-files.ts';
import type { Random } from '../random.ts';
import { bytea, type TableRows } from '../rows.ts';
import { scaled } from '../spread.ts';
import { historyDays, type Timeline } from '../timeline.ts';
import { cities } from '../vocabulary.ts';
import type { SigningDevice } from './cloud-storage-changes.ts';
import type { History } from './cloud-storage-history.ts';
import type { PlanContext } from './system.ts';

const owner = 'Sample Dental Cloud';
const devicesPerTenant = 12;

/** The rows of tenants, devices and trust, and the devices as signers. */
export interface Clients {
  readonly tables: readonly TableRows[];
  /** The device that keeps an object; copies belong to the tenant of their source. */
  deviceOf(history: History, object: number): SigningDevice;
  /** All devices of a tenant. */
  devicesOf(tenantId: string): readonly SigningDevice[];
}

interface Tenant {
  readonly id: string;
  readonly keys: RecipientKeys;
}

/** Draws the tenants, issues the certificates and writes all keys to the state folder. */
export async function createClients(random: Random, context: PlanContext): Promise<Clients> {
  const tenants = Array.from({ length: scaled(8, context.scale, 3) }, (): Tenant => {
    return { id: random.uuid(), keys: createRecipientKeys((length) => random.bytes(length)) };
  });
  const ids = Array.from({ length: tenants.length * devicesPerTenant }, () => random.uuid());
  const trust = await issueTrustMaterial(owner, ids, context.timeline.now);
  const tenantOf = (index: number) => tenants[index % tenants.length] as Tenant;
  await writeKeyFiles(context.stateDir, context.region, trust, {
    version: 1,
    intermediatePem: trust.intermediatePem,
    devices: trust.devices.map((device, index) => ({
      id: ids[index] as string,
      tenantId: tenantOf(index).id,
      privateKeyPem: device.privateKeyPem,
      certificatePem: device.certificatePem,
    })),
    tenants: tenants.map(({ id, keys }) => ({
      id,
      publicKey: keys.publicKey.toString('hex'),
      privateKey: keys.privateKey.toString('hex'),
    })),
  });
  const devices = signingDevices(ids, trust, tenantOf);
  const byTenant = Map.groupBy(devices, (device) => device.tenantId);
  return {
    tables: [
      ...trustTables(trust, context.timeline),
      {
        table: 'cloudstorage.tenant',
        rows: tenants.map((tenant) => tenantRow(random, tenant, context.timeline)),
      },
      {
        table: 'cloudstorage.device',
        rows: devices.map((device, index) => deviceRow(random, device, trust, index)),
      },
      {
        table: 'cloudstorage.quota_sample',
        rows: tenants.flatMap((tenant) => quotaRows(random, tenant, context.timeline)),
      },
    ],
    deviceOf: (history, object) =>
      devices[(history.objects[object]?.family ?? object) % devices.length] as SigningDevice,
    devicesOf: (tenantId) => byTenant.get(tenantId) ?? [],
  };
}

function signingDevices(
  ids: readonly string[],
  trust: TrustMaterial,
  tenantOf: (index: number) => Tenant,
): SigningDevice[] {
  const intermediate = certificateToX5c(trust.intermediatePem);
  return trust.devices.map((device, index) => ({
    id: ids[index] as string,
    tenantId: tenantOf(index).id,
    recipient: tenantOf(index).keys.publicKey,
    signer: createChangeSigner(device.privateKeyPem, [certificateToX5c(device.certificatePem), intermediate]),
  }));
}

function trustTables(trust: TrustMaterial, timeline: Timeline): TableRows[] {
  const anchor = { name: owner, certificate_pem: trust.anchorPem, not_after: trust.notAfter.toISOString() };
  const period = { this_update: timeline.now.toISOString(), next_update: trust.notAfter.toISOString() };
  return [
    { table: 'cloudstorage.trust_anchor', rows: [anchor] },
    {
      table: 'cloudstorage.revocation_list',
      rows: [
        { issuer: `${owner} Trust Anchor`, list_pem: trust.anchorRevocationPem, ...period },
        { issuer: `${owner} Device Authority`, list_pem: trust.deviceRevocationPem, ...period },
      ],
    },
  ];
}

function tenantRow(random: Random, tenant: Tenant, timeline: Timeline) {
  const [city, country, timeZone] = random.pick(cities);
  return {
    id: tenant.id,
    name: `Tenant ${city} ${random.bytes(3).toString('hex')}`,
    public_key: bytea(tenant.keys.publicKey),
    settings: { country, timeZone, versions: 'all', quotaGb: random.pick([50, 100, 500]) },
    created_at: timeline.moment(0).at,
  };
}

function deviceRow(random: Random, device: SigningDevice, trust: TrustMaterial, index: number) {
  const certificate = trust.devices[index];
  return {
    id: device.id,
    tenant_id: device.tenantId,
    name: `device-${String(index + 1).padStart(3, '0')}`,
    kind: random.pick(['scanner', 'workstation', 'workstation', 'mill', 'tablet']),
    certificate_serial: certificate?.serial ?? '',
    certificate_pem: certificate?.certificatePem ?? '',
    enrolled_at: trust.notBefore.toISOString(),
    revoked_at: null,
  };
}

function quotaRows(random: Random, tenant: Tenant, timeline: Timeline) {
  let used = random.integer(1_000_000, 9_000_000);
  return Array.from({ length: historyDays }, (_, day) => {
    used += random.integer(0, 400_000);
    const { id } = tenant;
    return {
      tenant_id: id,
      day: timeline.moment(0).day(day),
      used_bytes: String(used),
      object_count: 10 + day,
    };
  });
}
