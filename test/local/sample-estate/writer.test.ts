import { rm } from 'node:fs/promises';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keyFilePaths } from '../../../local/sample-estate/key-files.ts';
import { seedSystem } from '../../../local/sample-estate/seed.ts';
import { sampleSystems } from '../../../local/sample-estate/systems/catalogue.ts';
import type { SystemName } from '../../../local/sample-estate/systems/system.ts';
import { Writer } from '../../../local/sample-estate/writer.ts';
import { checkChangeRecords, checkEventLog, checkReferences } from './checks.ts';
import { MemoryStore, startSampleServer, waitFor, type SampleServer } from './fixture.ts';

const region = 'testregion';
const seed = 21;
const systems: readonly SystemName[] = ['unite-cloud', 'cloud-storage', 'lms'];

interface Sample {
  readonly client: Client;
  readonly store: MemoryStore;
}

let server: SampleServer;
const samples = new Map<SystemName, Sample>();

function sampleOf(system: SystemName): Sample {
  const sample = samples.get(system);
  if (!sample) throw new Error(`${system} was not seeded`);
  return sample;
}

function createWriter(
  system: SystemName,
  changes: { client?: Client; putBlob?: MemoryStore['putBlob'] } = {},
) {
  const { client, store } = sampleOf(system);
  const lines: string[] = [];
  const target = { database: changes.client ?? client, putBlob: changes.putBlob ?? store.putBlob };
  const log = (line: string) => lines.push(line);
  const writer = new Writer({ system, region, seed, stateDir: server.stateDir, target, everyMs: 10, log });
  return { writer, lines };
}

/** Every check that applies to the system, over a session of its own; returns the number of addresses. */
async function checkAll(system: SystemName, client: Client): Promise<number> {
  const { store } = sampleOf(system);
  const addresses = await checkReferences(system, client, async (name) => store.blobs.get(name)?.bytes);
  if (system === 'lms') await checkEventLog(client);
  const required =
    system === 'cloud-storage' ? await checkChangeRecords(client, server.stateDir, region) : addresses;
  expect(required).toEqual(addresses);
  return addresses.size;
}

async function countRows(system: SystemName, client: Client): Promise<number> {
  const { schema } = sampleSystems[system];
  const { rows } = await client.query<{ name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = $1`,
    [schema],
  );
  let total = 0;
  for (const { name } of rows) {
    total += (await client.query<{ count: number }>(`SELECT count(*)::int FROM ${name}`)).rows[0]?.count ?? 0;
  }
  return total;
}

beforeAll(async () => {
  server = await startSampleServer();
  for (const system of systems) {
    const client = await server.createDatabase(sampleSystems[system].schema);
    const store = new MemoryStore();
    const target = { database: client, putBlob: store.putBlob };
    await seedSystem({
      system,
      region,
      seed,
      now: new Date(),
      stateDir: server.stateDir,
      target,
      scale: 0.02,
    });
    samples.set(system, { client, store });
  }
});

afterAll(async () => {
  await server.stop();
});

describe.each(systems)('The writer of %s', (system) => {
  test('adds rows with their blobs, and goes on where the logs ended', async () => {
    const { client, store } = sampleOf(system);
    const rowsBefore = await countRows(system, client);
    const blobsBefore = store.blobs.size;
    const { writer, lines } = createWriter(system);
    const written = { rows: 0, blobs: 0 };
    for (let round = 0; round < 25; round++) {
      const { rows, blobs } = await writer.writeOnce();
      expect(blobs).toBeGreaterThanOrEqual(1);
      expect(blobs).toBeLessThanOrEqual(3);
      written.rows += rows;
      written.blobs += blobs;
    }
    await writer.stop();
    expect(await countRows(system, client)).toBe(rowsBefore + written.rows);
    expect(store.blobs.size).toBe(blobsBefore + written.blobs);
    expect(await checkAll(system, client)).toBeGreaterThan(20);
    expect(writer.stats).toMatchObject({
      cases: 25,
      ...written,
      failures: 0,
      reconnects: 0,
      lastError: undefined,
    });
    expect(lines).toEqual([]);
  });

  test('keeps writing until it is stopped, never with a row ahead of its blob, and not after', async () => {
    const { client, store } = sampleOf(system);
    const observer = await openSession(system);
    const { writer } = createWriter(system);
    writer.start();
    writer.start();
    while (writer.stats.cases < 8)
      await checkReferences(system, observer, async (name) => store.blobs.get(name)?.bytes);
    await writer.stop();
    const { cases } = writer.stats;
    const rows = await countRows(system, observer);
    await observer.query('SELECT pg_sleep(0.1)');
    expect(writer.stats.cases).toBe(cases);
    expect(await countRows(system, observer)).toBe(rows);
    await observer.end();
    await client.query('SELECT 1');
  });

  test('writes no row when the store fails, says so, and goes on over the same connection', async () => {
    const { client, store } = sampleOf(system);
    const rows = await countRows(system, client);
    let isFull = true;
    const { writer, lines } = createWriter(system, {
      putBlob: async (...blob) => {
        if (isFull) throw new Error('the store is full');
        await store.putBlob(...blob);
      },
    });
    await expect(writer.writeOnce()).rejects.toThrow('the store is full');
    writer.start();
    await waitFor('the failure', () => writer.stats.failures >= 2);
    expect(await countRows(system, client)).toBe(rows);
    isFull = false;
    await waitFor('the next case', () => writer.stats.cases >= 1);
    await writer.stop();
    expect(writer.stats).toMatchObject({ reconnects: 0, lastError: 'the store is full' });
    expect(lines[0]).toMatch(
      /^sample writer .* testregion: no case written \(the store is full\); trying again in \d+ ms$/,
    );
    await checkAll(system, client);
  });

  test('waits while its tables are locked for a fingerprint', async () => {
    const { client } = sampleOf(system);
    const locker = await openSession(system);
    const table = {
      'unite-cloud': 'unite.case_file',
      'cloud-storage': 'cloudstorage.change_record',
      lms: 'lms.event_log',
    }[system];
    await locker.query('BEGIN');
    await locker.query(`LOCK TABLE ${table} IN SHARE MODE`);
    const { writer } = createWriter(system);
    const written = writer.writeOnce();
    await waitFor('the wait for the lock', async () => {
      const { rows } = await locker.query<{ waiting: boolean }>(
        'SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = $1::regclass) AS waiting',
        [table],
      );
      return rows[0]?.waiting ?? false;
    });
    await locker.query('COMMIT');
    expect((await written).rows).toBeGreaterThan(0);
    await writer.stop();
    await locker.end();
    await checkAll(system, client);
  });
});

test('The writer survives a crash of the database in the midst of its cases and goes on over new connections', async () => {
  const running = systems.map((system) => createWriter(system));
  for (const { writer } of running) writer.start();
  await waitFor('the first cases', () => running.every(({ writer }) => writer.stats.cases >= 3));
  await server.halt();
  await waitFor('the failures', () => running.every(({ writer }) => writer.stats.failures >= 2));
  const cases = running.map(({ writer }) => writer.stats.cases);
  await server.resume();
  await waitFor('new cases', () =>
    running.every(({ writer }, index) => writer.stats.cases >= (cases[index] ?? 0) + 3),
  );
  for (const { writer } of running) await writer.stop();
  for (const [index, system] of systems.entries()) {
    expect(running[index]?.writer.stats.reconnects).toBeGreaterThanOrEqual(1);
    expect(running[index]?.lines.join('\n')).toContain('no case written');
    const observer = await openSession(system);
    await checkAll(system, observer);
    const { rows } = await observer.query(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`,
    );
    expect(rows, 'sessions left by a stopped writer').toEqual([]);
    await observer.end();
  }
});

test('The writer of Cloud Storage names the next step when its keys are gone', async () => {
  const client = await openSession('cloud-storage');
  const { writer } = createWriter('cloud-storage', { client });
  await rm(keyFilePaths(server.stateDir, region).keys);
  await expect(writer.writeOnce()).rejects.toThrow(
    /keys of Cloud Storage cannot be read .*: seed the sample estate afresh/,
  );
  await writer.stop();
  await client.end();
});

async function openSession(system: SystemName): Promise<Client> {
  const client = new Client(server.connectionTo(sampleSystems[system].schema));
  await client.connect();
  return client;
}
