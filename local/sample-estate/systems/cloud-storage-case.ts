/**
 * One step of a Cloud Storage client while the stack runs: one to three changes by one device, each signed.
 * Invariant: content is stored before the transaction begins, and the records go on behind the stored log's head.
 */
import { randomBytes } from 'node:crypto';
import type { Client } from 'pg';
import type { StoredBlob } from '../blobs.ts';
import { certificateToX5c } from '../certificates.ts';
import type { ChangeOperation } from '../../../src/policy/change-records.ts';
import { createChangeSigner } from '../change-record.ts';
import { generateContent, type ContentKind } from '../content/content.ts';
import { sealEnvelope } from '../envelope.ts';
import { readKeySet, type KeySet } from '../key-files.ts';
import type { Random } from '../random.ts';
import { bytea, inTransaction, insertTables } from '../rows.ts';
import { ChangeLog, type SigningDevice } from './cloud-storage-changes.ts';
import type { CaseContext, Written } from './system.ts';

/** What a sealed envelope is served as. */
export const sealedMediaType = 'application/octet-stream';

interface Step {
  readonly operation: ChangeOperation;
  readonly blob: StoredBlob | undefined;
}

/** Adds one to three changes; the first always brings content. */
export async function addObjectCase(context: CaseContext, kinds: readonly ContentKind[]): Promise<Written> {
  const device = await pickDevice(context);
  const steps: Step[] = [];
  for (let count = context.random.integer(1, 3); count > 0; count--) {
    const operation = drawOperation(context.random, steps.length === 0);
    const blob = operation === 'delete' ? undefined : await storeSealed(context, kinds, device.recipient);
    steps.push({ operation, blob });
  }
  const rows = await inTransaction(context.client, () => writeSteps(context, device, steps));
  return { rows, blobs: steps.filter((step) => step.blob).length };
}

function drawOperation(random: Random, first: boolean): ChangeOperation {
  const draw = random.fraction();
  if (draw < 0.1 && !first) return 'delete';
  return draw < 0.4 ? 'update' : 'create';
}

async function pickDevice(context: CaseContext): Promise<SigningDevice> {
  const keySet: KeySet = await readKeySet(context.stateDir, context.region);
  const keys = context.random.pick(keySet.devices);
  const { rows } = await context.client.query<{ public_key: Buffer }>(
    `SELECT t.public_key FROM cloudstorage.device d JOIN cloudstorage.tenant t ON t.id = d.tenant_id
     WHERE d.id = $1 AND d.revoked_at IS NULL`,
    [keys.id],
  );
  if (!rows[0])
    throw new Error(
      `cloudstorage.device has no valid device ${keys.id}: keys and database are of different seeds`,
    );
  const chain = [certificateToX5c(keys.certificatePem), certificateToX5c(keySet.intermediatePem)];
  const signer = createChangeSigner(keys.privateKeyPem, chain);
  return { id: keys.id, tenantId: keys.tenantId, recipient: rows[0].public_key, signer };
}

function storeSealed(
  context: CaseContext,
  kinds: readonly ContentKind[],
  recipient: Buffer,
): Promise<StoredBlob> {
  const content = generateContent(context.random, kinds, context.random.integer(2_000, 200_000));
  const bytes = sealEnvelope(content.bytes, recipient, randomBytes);
  return context.store({ bytes, mediaType: sealedMediaType, extension: 'sealed' });
}

async function writeSteps(
  context: CaseContext,
  device: SigningDevice,
  steps: readonly Step[],
): Promise<number> {
  const { client } = context;
  const at = context.now.toISOString();
  const log = await ChangeLog.resume(client);
  let rows = 0;
  for (const step of steps) {
    const existing = step.operation === 'create' ? undefined : await pickLiveObject(client, device.tenantId);
    if (!existing && !step.blob) continue;
    const operation = existing ? step.operation : 'create';
    const object = existing?.id ?? context.random.uuid();
    rows += await applyStep(context, device, { ...step, operation }, object, existing?.current_version ?? 0);
    const record = log.append({ object, device, operation, blob: step.blob, at });
    rows += await insertTables(client, [{ table: 'cloudstorage.change_record', rows: [record] }]);
  }
  await log.saveHead(client);
  return rows;
}

async function pickLiveObject(client: Client, tenantId: string) {
  const { rows } = await client.query<{ id: string; current_version: number }>(
    `SELECT id, current_version FROM cloudstorage.object WHERE tenant_id = $1 AND deleted_at IS NULL
     ORDER BY random() LIMIT 1 FOR UPDATE`,
    [tenantId],
  );
  return rows[0];
}

async function applyStep(
  context: CaseContext,
  device: SigningDevice,
  { operation, blob }: Step,
  object: string,
  currentVersion: number,
): Promise<number> {
  const { client, random } = context;
  const at = context.now.toISOString();
  if (!blob) return purgeObject(client, object, at);
  const version = currentVersion + 1;
  if (operation === 'update') {
    await client.query('UPDATE cloudstorage.object SET current_version = $2 WHERE id = $1', [
      object,
      version,
    ]);
  }
  const head = {
    id: object,
    tenant_id: device.tenantId,
    created_by: device.id,
    sealed_name: bytea(random.bytes(random.integer(40, 90))),
    labels: ['new'],
    current_version: version,
    created_at: at,
  };
  const entry = {
    object_id: object,
    version,
    content_digest: bytea(blob.digest),
    byte_size: blob.size,
    created_by: device.id,
    created_at: at,
  };
  return insertTables(client, [
    { table: 'cloudstorage.object', rows: operation === 'create' ? [head] : [] },
    { table: 'cloudstorage.object_version', rows: [entry] },
  ]);
}

/** The content stays in the store: recovery points of the past still refer to it. */
async function purgeObject(client: Client, object: string, at: string): Promise<number> {
  await client.query('UPDATE cloudstorage.object SET deleted_at = $2 WHERE id = $1', [object, at]);
  await client.query(
    'UPDATE cloudstorage.object_version SET content_digest = NULL, purged_at = $2 WHERE object_id = $1',
    [object, at],
  );
  return 0;
}
