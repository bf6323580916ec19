import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import 'reflect-metadata';
import { X509Crl, X509CrlReason } from '@peculiar/x509';
import type { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openEnvelope } from '../../../local/sample-estate/envelope.ts';
import { keyFilePaths, readKeySet } from '../../../local/sample-estate/key-files.ts';
import { seedSystem, type SeedResult } from '../../../local/sample-estate/seed.ts';
import { sampleSystems } from '../../../local/sample-estate/systems/catalogue.ts';
import type { SystemName } from '../../../local/sample-estate/systems/system.ts';
import { checkChangeRecords, checkEventLog, checkReferences } from './checks.ts';
import { MemoryStore, startSampleServer, type SampleServer } from './fixture.ts';
import { parseContent } from './parsers.ts';

const region = 'testregion';
const scale = 0.02;
const now = new Date('2026-03-01T12:00:00.000Z');
const systems: readonly SystemName[] = ['unite-cloud', 'cloud-storage', 'lms'];
const largest = 8 * 1_024 * 1_024;

interface Sample {
  readonly client: Client;
  readonly store: MemoryStore;
  readonly result: SeedResult;
}

let server: SampleServer;
const samples = new Map<SystemName, Sample>();

async function seedInto(name: string, system: SystemName, seed: number): Promise<Sample> {
  const client = await server.createDatabase(name);
  const store = new MemoryStore();
  const target = { database: client, putBlob: store.putBlob };
  const result = await seedSystem({ system, region, seed, now, stateDir: server.stateDir, scale, target });
  return { client, store, result };
}

function sampleOf(system: SystemName): Sample {
  const sample = samples.get(system);
  if (!sample) throw new Error(`${system} was not seeded`);
  return sample;
}

function readerOf(store: MemoryStore) {
  return async (name: string) => store.blobs.get(name)?.bytes;
}

/** All rows of a system's tables as text, without the columns that hold instants or depend on them. */
async function digestTables(client: Client, system: SystemName): Promise<Record<string, string>> {
  const { rows: columns } = await client.query<{ table: string; columns: string }>(
    `SELECT table_name AS table, string_agg(quote_ident(column_name), ',' ORDER BY ordinal_position) AS columns
     FROM information_schema.columns WHERE table_schema = $1 AND data_type NOT IN ('timestamp with time zone', 'date', 'jsonb')
       AND column_name NOT IN ('jws', 'record_hash', 'last_hash', 'hash', 'previous_hash', 'certificate_pem', 'list_pem')
     GROUP BY table_name ORDER BY table_name`,
    [sampleSystems[system].schema],
  );
  const digests: Record<string, string> = {};
  for (const { table, columns: list } of columns) {
    const { rows } = await client.query<{ digest: string }>(
      `SELECT count(*) || ' ' || coalesce(md5(string_agg(line, '|' ORDER BY line)), '') AS digest
       FROM (SELECT ROW(${list})::text AS line FROM ${sampleSystems[system].schema}.${table}) lines`,
    );
    digests[table] = rows[0]?.digest ?? '';
  }
  return digests;
}

beforeAll(async () => {
  server = await startSampleServer();
  for (const system of systems) samples.set(system, await seedInto(sampleSystems[system].schema, system, 11));
});

afterAll(async () => {
  await server.stop();
});

describe.each(systems)('A seeded %s', (system) => {
  test('refers only to blobs that are stored under their address with their content', async () => {
    const { client, store } = sampleOf(system);
    const addresses = await checkReferences(system, client, readerOf(store));
    expect(addresses.size).toBeGreaterThan(19);
    expect(addresses.size).toBe(store.blobs.size);
  });

  test('counts what it wrote', async () => {
    const { client, store, result } = sampleOf(system);
    let rows = 0;
    for (const count of Object.values(await digestTables(client, system)))
      rows += Number(count.split(' ')[0]);
    // Heads of the logs come with the schema.
    expect(rows - result.rows).toBe(system === 'unite-cloud' ? 0 : 1);
    expect(result.rows).toBeGreaterThan(50_000 * scale);
    expect(result.blobs).toBe(store.blobs.size);
    expect(result.bytes).toBe([...store.blobs.values()].reduce((sum, { bytes }) => sum + bytes.length, 0));
  });

  test('has blobs of exactly 1 KiB and 8 MiB and none beyond', () => {
    const sizes = [...sampleOf(system).store.blobs.values()].map(({ bytes }) => bytes.length);
    expect(Math.min(...sizes)).toBe(1_024);
    expect(Math.max(...sizes)).toBe(largest);
  });

  test('holds shared addresses and rows without one', async () => {
    const column = {
      'unite-cloud': 'unite.case_file',
      'cloud-storage': 'cloudstorage.object_version',
      lms: 'lms.document',
    }[system];
    const address = system === 'cloud-storage' ? 'content_digest' : 'content_address';
    const { rows } = await sampleOf(system).client.query<{ empty: number; shared: number }>(
      `SELECT count(*) FILTER (WHERE ${address} IS NULL)::int AS empty,
         (count(${address}) - count(DISTINCT ${address}))::int AS shared FROM ${column}`,
    );
    expect(rows[0]?.empty).toBeGreaterThan(0);
    expect(rows[0]?.shared).toBeGreaterThan(0);
  });

  test('lies within the 90 days before now', async () => {
    const { client } = sampleOf(system);
    const { rows } = await client.query<{ table: string; column: string }>(
      `SELECT table_name AS table, column_name AS column FROM information_schema.columns
       WHERE table_schema = $1 AND data_type = 'timestamp with time zone'
         AND column_name NOT IN ('not_after', 'next_update', 'enrolled_at')`,
      [sampleSystems[system].schema],
    );
    expect(rows.length).toBeGreaterThan(4);
    for (const { table, column } of rows) {
      const { rows: range } = await client.query<{ low: Date | null; high: Date | null }>(
        `SELECT min(${column}) AS low, max(${column}) AS high FROM ${sampleSystems[system].schema}.${table}`,
      );
      expect(range[0]?.high?.getTime() ?? 0, `${table}.${column}`).toBeLessThanOrEqual(now.getTime());
      expect(range[0]?.low?.getTime() ?? Infinity).toBeGreaterThanOrEqual(now.getTime() - 90 * 86_400_000);
    }
  });

  test('is the same again from the same seed, and another from another', async () => {
    const { client, store } = sampleOf(system);
    const again = await seedInto(`${sampleSystems[system].schema}_again`, system, 11);
    expect([...again.store.blobs.keys()].toSorted()).toEqual([...store.blobs.keys()].toSorted());
    const digests = await digestTables(client, system);
    expect(await digestTables(again.client, system)).toEqual(digests);
    const other = await seedInto(`${sampleSystems[system].schema}_other`, system, 12);
    const common = [...other.store.blobs.keys()].filter((name) => store.blobs.has(name));
    expect(common).toEqual([]);
  });

  test('is left alone by a second seed, which reports what is there', async () => {
    const { client, store, result } = sampleOf(system);
    const steps: string[] = [];
    const puts = store.puts;
    const again = await seedSystem({
      system,
      region,
      seed: 11,
      now,
      scale,
      stateDir: server.stateDir,
      target: { database: client, putBlob: store.putBlob },
      progress: ({ step }) => steps.push(step),
    });
    expect(again).toEqual(result);
    expect(steps).toEqual(['already seeded']);
    expect(store.puts).toBe(puts);
  });
});

describe('The content', () => {
  test.each(['unite-cloud', 'lms'] as const)('of %s is files that parse', (system) => {
    const mediaTypes = new Set<string>();
    for (const { bytes, mediaType } of sampleOf(system).store.blobs.values()) {
      expect(parseContent(bytes)).toBeGreaterThan(0);
      mediaTypes.add(mediaType);
    }
    expect(mediaTypes.size).toBeGreaterThan(2);
  });

  test('of Cloud Storage is envelopes that only their tenant can open, with files that parse', async () => {
    // Seeded last into this state folder were databases of other seeds: their keys have replaced the first ones.
    const { client, store } = await seedInto('cloudstorage_opened', 'cloud-storage', 13);
    const keySet = await readKeySet(server.stateDir, region);
    const { rows } = await client.query<{ hex: string; tenant: string }>(
      `SELECT encode(v.content_digest, 'hex') AS hex, o.tenant_id::text AS tenant FROM cloudstorage.object_version v
       JOIN cloudstorage.object o ON o.id = v.object_id WHERE v.content_digest IS NOT NULL`,
    );
    expect(rows.length).toBeGreaterThan(20);
    for (const { hex, tenant } of rows) {
      const envelope = store.blobs.get(`${hex.slice(0, 2)}/${hex}`)?.bytes ?? Buffer.alloc(0);
      const keysOf = (id: string) => {
        const keys = keySet.tenants.find((one) => one.id === id);
        return {
          privateKey: Buffer.from(keys?.privateKey ?? '', 'hex'),
          publicKey: Buffer.from(keys?.publicKey ?? '', 'hex'),
        };
      };
      expect(parseContent(openEnvelope(envelope, keysOf(tenant)))).toBeGreaterThan(0);
      const stranger = keySet.tenants.find((one) => one.id !== tenant)?.id ?? '';
      expect(() => openEnvelope(envelope, keysOf(stranger))).toThrow('sealed for somebody else');
    }
  });
});

describe('The change records of Cloud Storage', () => {
  test('verify up to the trust anchor, chain, and name exactly the addresses that live rows refer to', async () => {
    const { client, store } = await seedInto('cloudstorage_verified', 'cloud-storage', 14);
    const required = await checkChangeRecords(client, server.stateDir, region);
    expect(required).toEqual(await checkReferences('cloud-storage', client, readerOf(store)));
    const { rows } = await client.query<{ operation: string; count: number }>(
      'SELECT operation::text, count(*)::int FROM cloudstorage.change_record GROUP BY operation ORDER BY operation',
    );
    expect(rows.map((row) => row.operation)).toEqual(['create', 'delete', 'update']);
  });

  test('come with a trust anchor and revocation lists, of which one names a device that signed nothing', async () => {
    const { client } = await seedInto('cloudstorage_trust', 'cloud-storage', 15);
    const paths = keyFilePaths(server.stateDir, region);
    const { rows } = await client.query<{ certificate_pem: string }>(
      'SELECT certificate_pem FROM cloudstorage.trust_anchor',
    );
    expect(rows[0]?.certificate_pem).toBe(await readFile(paths.trustAnchor, 'utf8'));
    const lists = await client.query<{ list_pem: string }>(
      'SELECT list_pem FROM cloudstorage.revocation_list ORDER BY issuer',
    );
    expect(lists.rows.map((row) => row.list_pem)).toEqual([
      await readFile(paths.deviceRevocation, 'utf8'),
      await readFile(paths.anchorRevocation, 'utf8'),
    ]);
    expect(new X509Crl(lists.rows[0]?.list_pem ?? '').entries).toHaveLength(1);
    expect(new X509Crl(lists.rows[0]?.list_pem ?? '').findRevoked('01000008')?.reason).toBe(
      X509CrlReason.keyCompromise,
    );
    expect(new X509Crl(lists.rows[1]?.list_pem ?? '').entries).toHaveLength(0);
    const { rows: devices } = await client.query(
      `SELECT FROM cloudstorage.device WHERE certificate_serial = '01000008'`,
    );
    expect(devices).toEqual([]);
    expect((await stat(paths.keys)).mode & 0o777).toBe(0o600);
  });
});

describe('The event log of LMS', () => {
  test('has no gap, is in order of time, and chains', async () => {
    expect(await checkEventLog(sampleOf('lms').client)).toBeGreaterThan(200);
  });

  test('shows a changed event by its hash', async () => {
    const { client } = sampleOf('lms');
    await client.query('BEGIN');
    await client.query(
      `UPDATE lms.event_log SET payload = payload || '{"altered": true}' WHERE sequence = 5`,
    );
    await expect(checkEventLog(client)).rejects.toThrow('event 5 has its hash');
    await client.query('ROLLBACK');
  });
});

describe('A seed that was interrupted', () => {
  test.each(systems)(
    'of %s leaves no row without its blob and is made again from the start',
    async (system) => {
      const client = await server.createDatabase(`${sampleSystems[system].schema}_interrupted`);
      const store = new MemoryStore();
      const options = { system, region, seed: 11, now, stateDir: server.stateDir, scale };
      const failing = async (name: string, bytes: Uint8Array, mediaType: string) => {
        if (store.puts === 12) throw new Error('the store is full');
        await store.putBlob(name, bytes, mediaType);
      };
      await expect(
        seedSystem({ ...options, target: { database: client, putBlob: failing } }),
      ).rejects.toThrow('the store is full');
      expect((await checkReferences(system, client, readerOf(store))).size).toBeLessThan(
        sampleOf(system).store.blobs.size,
      );
      const result = await seedSystem({ ...options, target: { database: client, putBlob: store.putBlob } });
      expect(result).toEqual(sampleOf(system).result);
      expect([...store.blobs.keys()].toSorted()).toEqual([...sampleOf(system).store.blobs.keys()].toSorted());
    },
  );

  test('by SIGKILL is made again from the start', async () => {
    const client = await server.createDatabase('lms_killed');
    const blobDir = await mkdtemp(path.join(tmpdir(), 'sample-blobs-'));
    const read = async (name: string) => readFile(path.join(blobDir, name)).catch(() => undefined);
    try {
      const argument = {
        connection: server.connectionTo('lms_killed'),
        stateDir: server.stateDir,
        blobDir,
        now,
      };
      const child = spawn(
        process.execPath,
        [path.join(import.meta.dirname, 'seed-child.ts'), JSON.stringify(argument)],
        {
          stdio: 'inherit',
        },
      );
      const exited = once(child, 'exit');
      await expect
        .poll(async () => (await client.query(`SELECT to_regclass('lms.job') AS job`)).rows[0]?.job, {
          timeout: 30_000,
        })
        .toBe('lms.job');
      await expect
        .poll(async () => (await client.query('SELECT count(*)::int AS jobs FROM lms.job')).rows[0]?.jobs, {
          timeout: 30_000,
        })
        .toBeGreaterThan(0);
      child.kill('SIGKILL');
      expect((await exited)[1]).toBe('SIGKILL');
      await checkReferences('lms', client, read);
      const store = new MemoryStore();
      const target = { database: client, putBlob: store.putBlob };
      const options = {
        system: 'lms' as const,
        region,
        seed: 7,
        now,
        stateDir: server.stateDir,
        scale,
        target,
      };
      const result = await seedSystem(options);
      expect(result.blobs).toBe(store.blobs.size);
      await checkReferences('lms', client, readerOf(store));
      await checkEventLog(client);
      const before = (await readdir(blobDir, { recursive: true, withFileTypes: true })).filter((entry) =>
        entry.isFile(),
      );
      expect(before.every((entry) => [...store.blobs.keys()].some((name) => name.endsWith(entry.name)))).toBe(
        true,
      );
    } finally {
      await rm(blobDir, { recursive: true, force: true });
    }
  });
});

test('A database that was seeded as another system is refused with the next step', async () => {
  const { client, store } = sampleOf('lms');
  const target = { database: client, putBlob: store.putBlob };
  const options = {
    system: 'unite-cloud' as const,
    region,
    seed: 11,
    now,
    stateDir: server.stateDir,
    scale,
    target,
  };
  await expect(seedSystem(options)).rejects.toThrow(
    /was seeded as lms in testregion, not as unite-cloud.*start over/,
  );
});
