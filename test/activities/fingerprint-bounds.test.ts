/** The bounds of a fingerprint on a real PostgreSQL: what it does not count in time is named, and no snapshot outlasts its time. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  takeFingerprintOf,
  type FromSnapshots,
  type FingerprintBounds,
} from '../../src/activities/fingerprint.ts';
import type { CheckAnswer } from '../../src/activities/checks/check.ts';
import type { FingerprintMode, TableFingerprint } from '../../src/policy/fingerprint.ts';
import type { DatabaseAddress } from '../../src/ports/database.ts';
import { checkedShop, type CheckedShop } from '../support/checked-shop.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { sampleEstate } from '../support/sample-estate.ts';

const sizes = { whole: 8, part: 4 };
const bounds: FingerprintBounds = {
  ...{ snapshotSeconds: 100, countingSeconds: 60, lockedSeconds: 10 },
  sizes,
};
/** Of `big` dozens of blocks. */
const largeSql = `
  CREATE TABLE big AS SELECT n AS id, repeat('x', 300) AS filler FROM generate_series(1, 1000) n;
  CREATE TABLE small AS SELECT n AS id FROM generate_series(1, 10) n`;

let server: TestPostgres;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

/** Time that passes by looks alone: each one is so many seconds later. */
function lookingClock(secondsPerLook: number): { monotonicMilliseconds: () => number } {
  let looks = 0;
  return { monotonicMilliseconds: () => (looks += 1) * secondsPerLook * 1000 };
}

const take = (
  at: DatabaseAddress,
  mode: FingerprintMode,
  clock = lookingClock(0),
  within = bounds,
  extra: FromSnapshots<unknown> = async () => undefined,
) =>
  takeFingerprintOf(
    { databases: server.databases, clock, at, bounds: within },
    { ...sampleEstate().systems[0]!.regions[0]!.databases[0]!, fingerprint: mode },
    extra,
  );

const sumOf = (parts: readonly TableFingerprint[]) => ({
  rows: parts.reduce((sum, { rows }) => sum + rows, 0),
  checksum: String(parts.reduce((sum, { checksum }) => sum + BigInt(checksum), 0n)),
});

describe.each<FingerprintMode>(['exact', 'bracketed'])('a fingerprint in mode %s', (mode) => {
  test('counts a large table in parts that sum up to it', async () => {
    const at = await server.create(`parts_${mode}`, largeSql);
    const { before, after, divided } = await take(at, mode);
    const whole = await take(at, mode, undefined, { ...bounds, sizes: { whole: 1_000, part: 4 } });
    const parts = before.filter(({ table }) => table === 'public.big');
    expect(parts.length).toBeGreaterThan(10);
    expect(whole.before.find(({ table }) => table === 'public.big')).toMatchObject(sumOf(parts));
    expect(whole.divided).toEqual([]);
    expect(divided).toMatchObject([{ table: 'public.big', parts: parts.length, counted: parts.length }]);
    expect(after).toEqual(mode === 'bracketed' ? before : undefined);
  });

  test('names what it had no time for', async () => {
    const at = await server.create(`late_${mode}`, largeSql);
    const { before, after, divided } = await take(at, mode, lookingClock(9));
    const counted = before.filter(({ table }) => table === 'public.big').length;
    expect(counted).toBeGreaterThan(0);
    expect(divided).toMatchObject([{ table: 'public.big', counted }]);
    expect(counted).toBeLessThan(divided[0]!.parts);
    expect(after).toEqual(mode === 'bracketed' ? before : undefined);
    const none = await take(at, mode, lookingClock(61));
    expect(none.before).toEqual([]);
    expect(none.divided.map(({ table, counted: of }) => [table, of])).toEqual([
      ['public.big', 0],
      ['public.small', 0],
    ]);
  });

  test('breaks off a table that is still being counted when the time is up', async () => {
    const at = await server.create(
      `slow_${mode}`,
      'CREATE TABLE slow AS SELECT n AS id FROM generate_series(1, 300000) n',
    );
    const brief = { ...bounds, countingSeconds: 0.002, sizes: { whole: 100_000, part: 4 } };
    const { before, divided } = await take(at, mode, lookingClock(0), brief);
    expect(before).toEqual([]);
    expect(divided).toMatchObject([{ table: 'public.slow', parts: 1, counted: 0 }]);
  });

  test('is ended by the server itself when its snapshot has been open too long', async () => {
    const at = await server.create(`ended_${mode}`, largeSql);
    const late = take(at, mode, undefined, { ...bounds, snapshotSeconds: 1 }, async (_mode, before) =>
      before.query('SELECT pg_sleep(30)'),
    );
    await expect(late).rejects.toMatchObject({
      code: 'deadline-exceeded',
      retryable: false,
      message: expect.stringContaining('was not read within 1 s') as string,
    });
    const client = await server.connect(at.name);
    const { rows } = await client.query(
      `SELECT state FROM pg_stat_activity WHERE datname = '${at.name}' AND xact_start < now() - interval '1 s'`,
    );
    expect(rows).toEqual([]);
  });
});

test('locks that do not come in time, all of them together, are given up by the server itself', async () => {
  const at = await server.create('locked', largeSql);
  const holder = await server.connect(at.name);
  await holder.query('BEGIN; LOCK TABLE big IN ROW EXCLUSIVE MODE');
  const taken = await take(at, 'exact', undefined, { ...bounds, lockedSeconds: 1 });
  expect(taken).toMatchObject({
    mode: 'bracketed',
    modeReason: expect.stringContaining('(SQLSTATE 25P04)') as string,
  });
  const { rows } = await holder.query(`SELECT 1 FROM pg_locks WHERE NOT granted`);
  expect(rows).toEqual([]);
});

describe('the check of a fingerprint that was counted in parts', () => {
  let databases = 0;
  const shopWith = (secondsPerLook: number): Promise<CheckedShop> =>
    checkedShop(server, `in_parts_${(databases += 1)}`, largeSql.replaceAll('TABLE ', 'TABLE shop.'), {
      bounds,
      clock: lookingClock(secondsPerLook),
    });
  /** In stretches of four blocks, one a portion. */
  const inPortions = (shop: CheckedShop): Promise<CheckAnswer> =>
    shop.run('fingerprint', { timeIsUp: () => true, blocksAtOnce: 4 });

  test('answers in many portions as in one', async () => {
    const shop = await shopWith(0);
    const answer = await shop.run('fingerprint');
    expect(answer).toMatchObject({ status: 'passed', measured: { tables: 4 } });
    expect(answer.expected).toBe('4 tables as recorded, each exactly');
    expect(await inPortions(shop)).toEqual(answer);
  });

  test('finds what is another in one part, and tells which', async () => {
    const shop = await shopWith(0);
    await shop.client.query("UPDATE shop.big SET filler = 'z' WHERE ctid = '(5,1)'");
    const answer = await inPortions(shop);
    expect(answer.status).toBe('failed');
    expect(answer.findings[0]).toMatch(/^table shop\.big, blocks 4 to 7 has /);
  });

  test('finds that a large table is empty, or gone', async () => {
    const shop = await shopWith(0);
    await shop.client.query('TRUNCATE shop.big');
    const emptied = await inPortions(shop);
    expect(emptied.status).toBe('failed');
    expect(emptied.findingCount).toBeGreaterThan(10);
    await shop.client.query('DROP TABLE shop.big');
    expect((await inPortions(shop)).findings[0]).toMatch(/^table shop\.big, blocks 0 to 3 is missing/);
  });

  test('says of a sample how large it is and how sure that makes', async () => {
    const shop = await shopWith(6);
    const answer = await shop.run('fingerprint');
    expect(answer.status).toBe('passed');
    expect(answer.expected).toMatch(
      /; of shop\.big a random sample of \d of \d\d parts \(seed \S+\/shop\.big\): if 0\.1 % of them were damaged, it would have found one with a probability of \d\d\.\d\d %$/,
    );
    expect(answer.measured['countedParts']).toBeLessThan(Number(answer.measured['parts']));
  });

  test('gives no answer where a table was not counted at all', async () => {
    const shop = await shopWith(61);
    const answer = await shop.run('fingerprint');
    expect(answer.status).toBe('inconclusive');
    expect(answer.findings).toContain(
      'table shop.big was not counted: the time did not suffice when the point was taken',
    );
  });
});
