/**
 * What must be true of a seeded system at any time, computed from the outside: from rows, blobs and key files alone.
 * Each check throws with what is wrong, and returns how much it looked at so that a test can tell it looked at all.
 */
import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import 'reflect-metadata';
import { X509Crl } from '@peculiar/x509';
import { compactVerify, decodeProtectedHeader, importX509 } from 'jose';
import type { Client } from 'pg';
import { keyFilePaths } from '../../../local/sample-estate/key-files.ts';
import type { SystemName } from '../../../local/sample-estate/systems/system.ts';

interface Reference {
  readonly sql: string;
  readonly name: (hex: string) => string;
}

const references: Readonly<Record<SystemName, Reference>> = {
  'unite-cloud': {
    sql: 'SELECT content_address AS hex, byte_size::int AS size FROM unite.case_file WHERE content_address IS NOT NULL',
    name: (hex) => `sha256/${hex.slice(0, 2)}/${hex.slice(2, 4)}/${hex}`,
  },
  'cloud-storage': {
    sql: `SELECT encode(content_digest, 'hex') AS hex, byte_size::int AS size FROM cloudstorage.object_version
          WHERE content_digest IS NOT NULL`,
    name: (hex) => `${hex.slice(0, 2)}/${hex}`,
  },
  lms: {
    sql: `SELECT replace(content_address, 'sha256:', '') AS hex, byte_size::int AS size FROM lms.document
          WHERE content_address IS NOT NULL`,
    name: (hex) => `${hex.slice(0, 2)}/${hex.slice(2, 4)}/${hex}`,
  },
};

/** Reads a blob by its name; undefined when it is missing. */
export type ReadBlob = (name: string) => Promise<Buffer | undefined>;

/** Every address that rows refer to, in hex, after each was found in the store and re-hashed. */
export async function checkReferences(
  system: SystemName,
  client: Client,
  read: ReadBlob,
): Promise<Set<string>> {
  const { sql, name } = references[system];
  const { rows } = await client.query<{ hex: string; size: number }>(sql);
  for (const { hex, size } of rows) {
    const bytes = await read(name(hex));
    assert.ok(bytes, `a row refers to ${hex}, which is not in the store`);
    assert.equal(createHash('sha256').update(bytes).digest('hex'), hex, 'the content has its address');
    assert.equal(bytes.length, size, 'the row states the size');
  }
  return new Set(rows.map((row) => row.hex));
}

/** Checks that the event log has no gap, is in order of time and chains; returns the number of events. */
export async function checkEventLog(client: Client): Promise<number> {
  const { rows } = await client.query<EventRow>(`
    SELECT sequence::int, event_type AS type, payload::text, at, (extract(epoch FROM at) * 1000000)::bigint::text AS micros,
      previous_hash AS previous, hash FROM lms.event_log ORDER BY sequence`);
  let previous = Buffer.alloc(32);
  let latest = 0;
  rows.forEach((event, index) => {
    assert.equal(event.sequence, index + 1, 'sequences have no gap');
    assert.ok(event.at.getTime() >= latest, `event ${event.sequence} is not older than the one before`);
    assert.ok(event.previous.equals(previous), `event ${event.sequence} chains`);
    const lines = `${event.sequence}\n${event.type}\n${event.micros}\n${event.payload}`;
    const hash = createHash('sha256').update(previous).update(lines, 'utf8').digest();
    assert.ok(event.hash.equals(hash), `event ${event.sequence} has its hash`);
    previous = hash;
    latest = event.at.getTime();
  });
  const head = await client.query<{ last: number; hash: Buffer }>(
    'SELECT last_sequence::int AS last, last_hash AS hash FROM lms.event_log_head',
  );
  assert.equal(head.rows[0]?.last, rows.length);
  assert.ok(head.rows[0]?.hash.equals(previous));
  return rows.length;
}

interface EventRow {
  readonly sequence: number;
  readonly type: string;
  readonly payload: string;
  readonly at: Date;
  readonly micros: string;
  readonly previous: Buffer;
  readonly hash: Buffer;
}

interface Payload {
  readonly sequence: number;
  readonly object: string;
  readonly operation: 'create' | 'update' | 'delete';
  readonly address: string | null;
  readonly size: number;
  readonly at: string;
  readonly previous: string | null;
}

/**
 * Verifies every change record (signature, chain to the anchor, validity when signed, revocation, sequence, previous
 * hash) and returns the addresses that must exist according to them.
 */
export async function checkChangeRecords(
  client: Client,
  stateDir: string,
  region: string,
): Promise<Set<string>> {
  const verify = await createRecordVerifier(stateDir, region);
  const { rows } = await client.query<{
    sequence: number;
    object: string;
    operation: string;
    at: Date;
    hash: Buffer;
    jws: string;
  }>(`
    SELECT sequence::int, object_id::text AS object, operation::text, at, record_hash AS hash, jws
    FROM cloudstorage.change_record ORDER BY sequence`);
  const addresses = new Map<string, Set<string>>();
  let previous: string | null = null;
  for (const [index, row] of rows.entries()) {
    const payload: Payload = await verify(row.jws);
    assert.equal(payload.sequence, index + 1, 'sequences have no gap');
    assert.equal(payload.previous, previous, `record ${payload.sequence} chains`);
    const stated = [row.sequence, row.object, row.operation, row.at.toISOString()];
    assert.deepEqual(stated, [payload.sequence, payload.object, payload.operation, payload.at]);
    previous = createHash('sha256').update(row.jws).digest('hex');
    assert.equal(row.hash.toString('hex'), previous);
    apply(addresses, payload);
  }
  return new Set([...addresses.values()].flatMap((own) => [...own]));
}

function apply(addresses: Map<string, Set<string>>, { operation, object, address, size }: Payload): void {
  if (operation === 'delete') {
    assert.ok(addresses.delete(object), 'only an object that is there is deleted');
    assert.deepEqual([address, size], [null, 0]);
    return;
  }
  assert.ok(address && size > 0);
  assert.equal(
    addresses.has(object),
    operation === 'update',
    'an object is created once and updated afterwards',
  );
  addresses.set(object, new Set([...(addresses.get(object) ?? []), address]));
}

async function createRecordVerifier(
  stateDir: string,
  region: string,
): Promise<(jws: string) => Promise<Payload>> {
  const paths = keyFilePaths(stateDir, region);
  const anchor = new X509Certificate(await readFile(paths.trustAnchor));
  const anchorList = new X509Crl(await readFile(paths.anchorRevocation, 'utf8'));
  const deviceList = new X509Crl(await readFile(paths.deviceRevocation, 'utf8'));
  const keys = new Map<string, Awaited<ReturnType<typeof importX509>>>();
  return async (jws) => {
    const header = decodeProtectedHeader(jws);
    assert.equal(header.typ, 'change-record+jws');
    assert.equal(header.x5c?.length, 2);
    const [device, intermediate] = (header.x5c ?? []).map(
      (der) => new X509Certificate(Buffer.from(der, 'base64')),
    );
    assert.ok(device && intermediate);
    const key = keys.get(device.fingerprint256) ?? (await importX509(device.toString(), 'ES384'));
    keys.set(device.fingerprint256, key);
    const { payload } = await compactVerify(jws, key, { algorithms: ['ES384'] });
    const record = JSON.parse(Buffer.from(payload).toString('utf8')) as Payload;
    checkLink(device, intermediate, record.at);
    checkLink(intermediate, anchor, record.at);
    assert.ok(intermediate.ca && anchor.ca && !device.ca);
    assert.equal(deviceList.findRevoked(device.serialNumber.toLowerCase()), null);
    assert.equal(anchorList.findRevoked(intermediate.serialNumber.toLowerCase()), null);
    return record;
  };
}

function checkLink(subject: X509Certificate, issuer: X509Certificate, at: string): void {
  assert.ok(
    subject.checkIssued(issuer) && subject.verify(issuer.publicKey),
    'the issuer has signed the certificate',
  );
  const instant = Date.parse(at);
  assert.ok(Date.parse(subject.validFrom) <= instant && instant <= Date.parse(subject.validTo));
}
