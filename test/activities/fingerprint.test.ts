import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { takeFingerprintOf, type Taken } from '../../src/activities/fingerprint.ts';
import { countTables } from '../../src/activities/table-counting.ts';
import {
  compareFingerprint,
  type FingerprintMode,
  type TableFingerprint,
} from '../../src/policy/fingerprint.ts';
import type { DatabaseAddress, DatabaseSession } from '../../src/ports/database.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { sampleEstate } from '../support/sample-estate.ts';

let server: TestPostgres;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

const inMode = (fingerprint: FingerprintMode) => ({
  ...sampleEstate().systems[0]!.regions[0]!.databases[0]!,
  fingerprint,
});
const clock = { monotonicMilliseconds: () => performance.now() };
const take = (at: DatabaseAddress, mode: FingerprintMode): Promise<Taken<undefined>> =>
  takeFingerprintOf({ databases: server.databases, clock, at }, inMode(mode), async () => undefined);

async function inSnapshot<T>(
  at: DatabaseAddress,
  work: (session: DatabaseSession) => Promise<T>,
): Promise<T> {
  return server.databases.withSession(at, async (session) => {
    await session.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const value = await work(session);
    await session.query('COMMIT');
    return value;
  });
}
const fingerprintNow = (at: DatabaseAddress): Promise<TableFingerprint[]> =>
  inSnapshot(
    at,
    async (session) =>
      (await countTables(session, undefined, { seed: '', millisecondsLeft: () => 60_000 })).before,
  );

const ledgerSql = `
  CREATE TABLE entry (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz NOT NULL DEFAULT clock_timestamp(), note text);
  CREATE TABLE quiet (id int PRIMARY KEY, name text); INSERT INTO quiet SELECT n, 'q' || n FROM generate_series(1, 500) n;
  INSERT INTO entry (note) SELECT 'seed' || n FROM generate_series(1, 2000) n`;

/** Rows that were committed at or before an instant, by the server's own commit timestamps. */
async function rowsCommittedBy(name: string, instant: Date): Promise<number> {
  const client = await server.connect(name);
  const { rows } = await client.query<{ count: number }>(
    'SELECT count(*)::int AS count FROM entry WHERE pg_xact_commit_timestamp(xmin) <= $1',
    [instant],
  );
  return rows[0]!.count;
}

/** Writers that commit one row at a time until stopped; the longest time that one of them waited. */
function write(name: string, writers: number): () => Promise<{ rows: number; longestMs: number }> {
  const stopping = new AbortController();
  const all = Array.from({ length: writers }, async () => {
    const client = await server.connect(name);
    let [rows, longestMs] = [0, 0];
    while (!stopping.signal.aborted) {
      const from = performance.now();
      await client.query("INSERT INTO entry (note) VALUES ('w')");
      longestMs = Math.max(longestMs, performance.now() - from);
      rows += 1;
    }
    return { rows, longestMs };
  });
  return async () => {
    stopping.abort();
    const done = await Promise.all(all);
    return {
      rows: done.reduce((sum, one) => sum + one.rows, 0),
      longestMs: Math.max(...done.map((one) => one.longestMs)),
    };
  };
}

describe('an exact fingerprint', () => {
  test('counts exactly the rows committed by its instant while writers go on, and hardly holds them up', async () => {
    const at = await server.create('exact', ledgerSql);
    const stop = write('exact', 3);
    const taken: Taken<undefined>[] = [];
    for (let round = 0; round < 3; round += 1) {
      await delay(30);
      taken.push(await take(at, 'exact'));
    }
    const { rows, longestMs } = await stop();
    expect(rows).toBeGreaterThan(20);
    expect(longestMs).toBeLessThan(5_000);
    for (const one of taken) {
      const counted = one.before.find((table) => table.table === 'public.entry')?.rows;
      expect(counted).toBe(await rowsCommittedBy('exact', one.instant.toJSDate()));
      expect(one).toMatchObject({ mode: 'exact', modeReason: undefined });
    }
  });

  test('is that of the database as it stands when nobody writes, whatever the order of rows', async () => {
    const at = await server.create('still', ledgerSql);
    const { before } = await take(at, 'exact');
    expect(before).toEqual(await fingerprintNow(at));
    const client = await server.connect('still');
    await client.query(
      'CREATE TABLE other AS SELECT * FROM entry ORDER BY id DESC; ALTER TABLE entry RENAME TO old; ALTER TABLE other RENAME TO entry',
    );
    const again = await fingerprintNow(at);
    expect(again.find((one) => one.table === 'public.entry')).toEqual(
      before.find((one) => one.table === 'public.entry'),
    );
  });

  test('has its marker committed before its instant, and the newest heartbeat at or before it', async () => {
    const at = await server.create('marked', ledgerSql);
    const client = await server.connect('marked');
    await client.query(
      "INSERT INTO lifeboat.heartbeat (slot, writer) VALUES (date_trunc('minute', now()), 'x')",
    );
    const { marker, instant, newestHeartbeat } = await take(at, 'exact');
    const { rows } = await client.query<{ at: Date }>(
      'SELECT pg_xact_commit_timestamp(xmin) AS at FROM lifeboat.marker WHERE id = $1',
      [marker],
    );
    expect(rows[0]!.at.getTime()).toBeLessThanOrEqual(instant.toMillis());
    expect(instant.toMillis() - rows[0]!.at.getTime()).toBeLessThan(1_000);
    expect(newestHeartbeat!.toMillis()).toBeLessThanOrEqual(instant.toMillis());
  });

  test('expects no heartbeat that was committed after its instant, however early it was written', async () => {
    const at = await server.create('late', ledgerSql);
    const [early, late] = [await server.connect('late'), await server.connect('late')];
    await early.query("INSERT INTO lifeboat.heartbeat (slot, writer) VALUES ('2026-01-01', 'early')");
    await late.query("BEGIN; INSERT INTO lifeboat.heartbeat (slot, writer) VALUES ('2026-01-02', 'late')");
    const { newestHeartbeat, instant } = await take(at, 'exact');
    await late.query('COMMIT');
    const { rows } = await early.query<{ at: Date }>(
      'SELECT written_at AS at FROM lifeboat.heartbeat WHERE pg_xact_commit_timestamp(xmin) <= $1',
      [instant.toJSDate()],
    );
    expect(rows.map((row) => row.at.getTime())).toEqual([newestHeartbeat!.toMillis()]);
  });

  test('gives way to bracketed with the reason when a table stays locked', async () => {
    const at = await server.create('locked', ledgerSql);
    const holder = await server.connect('locked');
    await holder.query('BEGIN; LOCK TABLE quiet IN ROW EXCLUSIVE MODE');
    const taken = await take(at, 'exact');
    await holder.query('ROLLBACK');
    expect(taken).toMatchObject({
      mode: 'bracketed',
      modeReason: expect.stringContaining('SQLSTATE 55P03') as string,
    });
    expect(compareFingerprint(taken, await fingerprintNow(at)).every((one) => one.verdict === 'match')).toBe(
      true,
    );
  });
});

describe('a bracketed fingerprint', () => {
  test('brackets the rows committed by its instant while writers go on', async () => {
    const at = await server.create('bracketed', ledgerSql);
    const stop = write('bracketed', 3);
    await delay(30);
    const taken = await take(at, 'bracketed');
    await stop();
    const rowsOf = (tables: readonly TableFingerprint[] | undefined): number =>
      tables!.find((one) => one.table === 'public.entry')!.rows;
    const committed = await rowsCommittedBy('bracketed', taken.instant.toJSDate());
    expect(rowsOf(taken.before)).toBeLessThanOrEqual(committed);
    expect(rowsOf(taken.after)).toBeGreaterThanOrEqual(committed);
    const quiet = compareFingerprint(taken, await fingerprintNow(at)).find(
      (one) => one.table === 'public.quiet',
    );
    expect(quiet).toMatchObject({ held: 'exactly', verdict: 'match' });
  });
});

describe("a table's checksum", () => {
  const row = '1, 0.1::float8, now()::date, \'{"a": 1}\'::json, point(1, 2), NULL::text';

  test('falls back to the text of rows whose types have no hash function', async () => {
    const at = await server.create(
      'types',
      `CREATE TABLE odd AS SELECT ${row}; CREATE TABLE plain (a int, b jsonb, c bytea, d timestamptz, e numeric);
       INSERT INTO plain VALUES (1, '{}', '\\x00', now(), 1.10)`,
    );
    expect((await fingerprintNow(at)).map((one) => [one.table, one.rows, one.method])).toEqual([
      ['public.odd', 1, 'text'],
      ['public.plain', 1, 'record'],
    ]);
  });

  test('does not depend on the settings of the session that computes it', async () => {
    const at = await server.create(
      'settings',
      `CREATE TABLE odd AS SELECT ${row}, now() AS at, interval '1 day 2 hours' AS span`,
    );
    const plain = await fingerprintNow(at);
    const client = await server.connect('settings');
    await client.query(
      "ALTER DATABASE settings SET DateStyle = 'German'; ALTER DATABASE settings SET TimeZone = 'Asia/Tokyo'; ALTER DATABASE settings SET extra_float_digits = -3; ALTER DATABASE settings SET IntervalStyle = 'iso_8601'",
    );
    expect(await fingerprintNow(at)).toEqual(plain);
  });

  test('changes with one value, with one more equal row, and between two rows that swap their values', async () => {
    const at = await server.create(
      'changes',
      "CREATE TABLE t (a int, b text); INSERT INTO t VALUES (1, 'x'), (2, 'y')",
    );
    const client = await server.connect('changes');
    const sums = new Set<string>();
    const note = async (): Promise<void> => void sums.add((await fingerprintNow(at))[0]!.checksum);
    await note();
    for (const sql of [
      "UPDATE t SET b = 'z' WHERE a = 1",
      "INSERT INTO t VALUES (2, 'y')",
      "INSERT INTO t VALUES (2, 'y')",
      'UPDATE t SET a = 3 - a',
      'DELETE FROM t',
    ]) {
      await client.query(sql);
      await note();
    }
    expect(sums.size).toBe(6);
    expect(sums).toContain('0');
  });

  test('is taken of partitions and odd names, not of views, temporary and Lifeboat’s own tables', async () => {
    const at = await server.create(
      'names',
      `CREATE SCHEMA "Odd ""schema"; CREATE TABLE "Odd ""schema"."a table; --" (x int); CREATE VIEW v AS SELECT 1; CREATE UNLOGGED TABLE u (x int);
       CREATE TABLE parted (x int) PARTITION BY RANGE (x); CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (9)`,
    );
    expect((await fingerprintNow(at)).map((one) => one.table)).toEqual([
      '"Odd ""schema"."a table; --"',
      'public.parted_1',
    ]);
  });
});
