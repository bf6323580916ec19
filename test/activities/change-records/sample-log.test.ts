/** The sample estate's own log in a real PostgreSQL, read through the product's adapter as the estate file describes it. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DateTime } from 'luxon';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { keyFilePaths } from '../../../local/sample-estate/key-files.ts';
import { seedSystem } from '../../../local/sample-estate/seed.ts';
import type { ChangeLogOrder } from '../../../src/activities/change-records/verify-log.ts';
import { verifyWhole } from './log.ts';
import type { ChangeLogSummary, ChangeRecordSource } from '../../../src/contracts/change-records.ts';
import { hexOf } from '../../../src/policy/content-address.ts';
import type { DatabaseAddress } from '../../../src/ports/database.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';

const now = new Date('2026-06-01T00:00:00Z');
const region = 'westeurope';
let postgres: TestPostgres;
let database: DatabaseAddress;
let stateDir: string;
let source: ChangeRecordSource;

beforeAll(async () => {
  postgres = await startPostgres();
  stateDir = await mkdtemp(path.join(tmpdir(), 'change-records-'));
  database = await postgres.create('cloudstorage', '');
  const client = await postgres.connect('cloudstorage');
  const target = { database: client, putBlob: async () => undefined };
  await seedSystem({ ...{ system: 'cloud-storage', region, seed: 7, now, stateDir, target }, scale: 0.05 });
  source = {
    ...{ database: 'cloudstorage', table: 'cloudstorage.change_record' },
    columns: {
      ...{ sequence: 'sequence', record: 'jws', object: 'object_id', operation: 'operation' },
      ...{ at: 'at', hash: 'record_hash' },
    },
    trustAnchors: [await readFile(keyFilePaths(stateDir, region).trustAnchor, 'utf8')],
    revocationLists: { table: 'cloudstorage.revocation_list', column: 'list_pem' },
  };
});

afterAll(async () => {
  await postgres.stop();
  await rm(stateDir, { recursive: true, force: true });
});

/** Verifies in a transaction, after `damage` in it, which is undone afterwards. */
function verify(damage = 'SELECT 1', more: Partial<ChangeLogOrder> = {}) {
  return postgres.databases.withSession(database, async (session) => {
    await session.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    await session.query(damage);
    const at = DateTime.fromJSDate(now, { zone: 'utc' });
    const store = { algorithm: 'sha256', changeRecords: source } as const;
    const { summary, addresses } = await verifyWhole({ session, store, at, ...more }, 20);
    await session.query('ROLLBACK');
    const expected = addresses.filter(({ state }) => state === 'live' || state === 'unproven');
    return { summary, expected: new Set(expected.map(({ address }) => hexOf(address))) };
  });
}

const kinds = (summary: ChangeLogSummary) => Object.keys(summary.counts);

it('Every record of the sample is proven, and expects exactly what its rows refer to', async () => {
  const { summary, expected } = await verify();
  expect(summary.findings).toEqual([]);
  expect(summary.records).toBeGreaterThan(50);
  expect(summary.proven).toBe(summary.records);
  expect(summary.addresses.deleted).toBeGreaterThan(0);
  expect(summary.revocationLists.map(({ state }) => state)).toEqual(['usable', 'usable']);
  const { rows } = await (
    await postgres.connect('cloudstorage')
  ).query<{ hex: string }>(
    "SELECT DISTINCT encode(content_digest, 'hex') AS hex FROM cloudstorage.object_version WHERE content_digest IS NOT NULL",
  );
  expect([...expected].toSorted()).toEqual(rows.map(({ hex }) => hex).toSorted());
});

it('Each column that repeats what was signed is compared', async () => {
  const columns = {
    object_id: '(SELECT max(id::text)::uuid FROM cloudstorage.object)',
    operation: "'update'",
    at: "at + interval '1 millisecond'",
    record_hash: "sha256('other')",
  };
  for (const [column, value] of Object.entries(columns)) {
    const sql = `UPDATE cloudstorage.change_record SET ${column} = ${value} WHERE sequence = 1`;
    const { summary } = await verify(sql);
    expect(summary.counts, column).toEqual({ 'row-differs': 1 });
  }
});

it('Damage in the database is found: a row gone, a text changed, the lists gone, the tail gone', async () => {
  const records = 'cloudstorage.change_record';
  const { summary: whole } = await verify();
  expect(kinds((await verify(`DELETE FROM ${records} WHERE sequence = 10`)).summary)).toContain(
    'sequence-gap',
  );
  const cut = `UPDATE ${records} SET jws = left(jws, -4) || 'AAAA' WHERE sequence = 10`;
  expect(kinds((await verify(cut)).summary)).toContain('bad-signature');
  const { summary: doubtful } = await verify('DELETE FROM cloudstorage.revocation_list');
  expect(doubtful.counts).toEqual({ 'revocation-unknown': whole.records });
  const tail = `DELETE FROM ${records} WHERE sequence > ${whole.records - 3}`;
  expect(kinds((await verify(tail, { earlierHead: whole.head })).summary)).toEqual(['truncated']);
});
