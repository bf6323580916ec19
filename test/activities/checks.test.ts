/** Each check of a drill on a real database: what it accepts, what it calls wrong, and where it gives no answer. */
import { open } from 'node:fs/promises';
import path from 'node:path';
import type { Client } from 'pg';
import { DateTime } from 'luxon';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { CheckAnswer, CheckContext, Recorded } from '../../src/activities/checks/check.ts';
import { checksFor } from '../../src/activities/checks/registry.ts';
import { isoOf } from '../../src/contracts/values.ts';
import { addressFromHex, blobNameFor } from '../../src/policy/content-address.ts';
import { checkedShop, hexOf, type CheckedShop } from '../support/checked-shop.ts';
import type { Damage } from '../support/memory-contents.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { layout, type World } from '../support/world.ts';

let server: TestPostgres;
let databases = 0;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

let name: string;
let world: World;
let context: CheckContext;
let recorded: Recorded;
let client: Client;
let run: CheckedShop['run'];
let after: CheckedShop['after'];

beforeEach(async () => {
  name = `shop_${(databases += 1)}`;
  ({ world, context, client, run, after } = await checkedShop(server, name));
  recorded = context.recorded!;
});

test.each(['heartbeat', 'pages', 'indexes', 'references', 'operator'])(
  'the check "%s" passes where nothing was recorded of the instant',
  async (id) => {
    expect(await run(id, { recorded: undefined })).toMatchObject({ status: 'passed', findings: [] });
  },
);

test.each(['instant', 'schema', 'fingerprint'])(
  'the check "%s" is not planned where nothing was recorded',
  async (id) => {
    const { here, database } = context;
    expect(checksFor(here.region, database, { hasRecord: true, occasion: 'drill', isLast: true })).toContain(
      id,
    );
    expect(
      checksFor(here.region, database, { hasRecord: false, occasion: 'drill', isLast: true }),
    ).not.toContain(id);
    await expect(run(id, { recorded: undefined })).rejects.toMatchObject({ code: 'refused' });
  },
);

test.each(['heartbeat', 'instant', 'schema', 'fingerprint', 'pages', 'indexes', 'references', 'operator'])(
  'the check "%s" passes on the database that was recorded',
  async (id) => {
    expect(await run(id)).toMatchObject({ status: 'passed', findings: [] });
  },
);

describe('the check of the heartbeat', () => {
  test('fails when there is none', async () => {
    expect(await after('DELETE FROM lifeboat.heartbeat', 'heartbeat')).toMatchObject({
      status: 'failed',
      actual: 'the restored database holds no heartbeat',
    });
  });

  test('fails when the newest recorded one is missing, and measures the older one', async () => {
    const answer = await after(
      "UPDATE lifeboat.heartbeat SET written_at = written_at - interval '90 seconds'",
      'heartbeat',
    );
    expect(answer).toMatchObject({
      status: 'failed',
      findings: [expect.stringContaining('writes are missing')],
    });
    expect(answer.newestHeartbeat).toBeDefined();
  });

  test('fails when one is later than the instant', async () => {
    const answer = await after(
      "UPDATE lifeboat.heartbeat SET written_at = now() + interval '1 hour'",
      'heartbeat',
    );
    expect(answer).toMatchObject({
      status: 'failed',
      findings: [expect.stringContaining('later than the instant')],
    });
  });

  test('is inconclusive when the source itself was silent for long', async () => {
    const instant = isoOf(DateTime.fromISO(context.instant).plus({ minutes: 10 }));
    expect(await run('heartbeat', { instant })).toMatchObject({
      status: 'inconclusive',
      actual: expect.stringContaining('silent') as string,
    });
  });

  test('cannot run without the table, and throws instead of answering', async () => {
    await expect(after('DROP TABLE lifeboat.heartbeat', 'heartbeat')).rejects.toMatchObject({
      sqlState: '42P01',
    });
  });
});

test('the check of the instant fails without the marker', async () => {
  expect(await after('DELETE FROM lifeboat.marker', 'instant')).toMatchObject({
    status: 'failed',
    findings: [expect.stringContaining('earlier point')],
  });
});

describe('the check of the fingerprint', () => {
  test.each([
    [
      'an emptied table',
      'TRUNCATE shop.orders',
      /shop\.orders has another number of rows: expected 100 rows.*found 0 rows/,
    ],
    [
      'two values swapped',
      'UPDATE shop.orders SET amount = 3 - amount WHERE id IN (1, 2)',
      /shop\.orders has other content/,
    ],
    ['a table that is gone', 'DROP TABLE shop.orders', /shop\.orders is missing/],
    ['a table that was not there', 'CREATE TABLE shop.more (x int)', /shop\.more was not there before/],
    ['one null more', 'UPDATE shop.item SET name = NULL WHERE id = 1', /shop\.item has other content/],
  ])('finds %s', async (_what, sql, finding) => {
    const answer = await after(sql, 'fingerprint');
    expect(answer.status).toBe('failed');
    expect(answer.findings).toHaveLength(1);
    expect(answer.findings[0]).toMatch(finding);
  });
});

test("the operator's check fails with what was found, and with a broken query", async () => {
  expect(await after('UPDATE shop.item SET name = NULL', 'operator')).toMatchObject({
    status: 'failed',
    findings: ['every item has a name: expected 0, found 3'],
  });
  expect(await after('ALTER TABLE shop.item RENAME TO things', 'operator')).toMatchObject({
    status: 'failed',
    findings: [expect.stringContaining('42P01')],
  });
});

test("the operator's query cannot write", async () => {
  const database = {
    ...context.database,
    checks: [{ name: 'sly', sql: 'DELETE FROM shop.orders RETURNING 0', expect: '0' }],
  };
  expect(await run('operator', { database })).toMatchObject({
    status: 'failed',
    findings: [expect.stringContaining('25006')],
  });
  expect((await client.query('SELECT count(*)::int AS count FROM shop.orders')).rows).toEqual([
    { count: 100 },
  ]);
});

test.each([
  ['pages', 'pg_prewarm'],
  ['indexes', 'amcheck'],
])('the check of the %s is inconclusive without the extension %s', async (id, extension) => {
  expect(await after(`DROP EXTENSION ${extension}`, id)).toMatchObject({
    status: 'inconclusive',
    actual: `the extension ${extension} is not installed in the database`,
  });
});

test('the check of the pages names the relation whose bytes were changed on disk', async () => {
  const { rows } = await client
    .query<{ file: string }>("CHECKPOINT; SELECT pg_relation_filepath('shop.orders') AS file")
    .then((many) => (many as unknown as { rows: { file: string }[] }[])[1]!);
  await server.cluster.stop('fast');
  const handle = await open(path.join(server.cluster.paths.dataDir, rows[0]!.file), 'r+');
  await handle.write(Buffer.from([0xff, 0x00, 0xff]), 0, 3, 4_000);
  await handle.close();
  await server.cluster.start();
  const answer = await run('pages');
  expect(answer).toMatchObject({
    status: 'failed',
    findings: [expect.stringMatching(/^shop\.orders \(main\): invalid page in block 0/)],
  });
  expect((await run('fingerprint').catch((thrown: unknown) => thrown)) as Error).toMatchObject({
    sqlState: 'XX001',
  });
});

describe('the check of the references', () => {
  const nameOf = (content: string): string => blobNameFor(layout, addressFromHex('sha256', hexOf(content))!);
  const damaged = (damage: Damage): Promise<CheckAnswer> => {
    world.contents.damage(nameOf('two'), damage);
    return run('references');
  };

  test.each<[Damage, string, RegExp]>([
    ['missing', 'failed', /is missing: no such blob/],
    ['flip', 'failed', /is digest-mismatch: its content hashes to [0-9a-f]{64}/],
    ['cut', 'failed', /is wrong-size: 2 bytes came, 3 were announced/],
    ['unreadable', 'inconclusive', /is unreadable: the store does not answer/],
    ['broken-off', 'inconclusive', /is unreadable: the connection was reset/],
  ])('of a blob that is %s is %s', async (damage, status, finding) => {
    const answer = await damaged(damage);
    expect(answer.status).toBe(status);
    expect(answer.findings).toEqual([expect.stringMatching(finding)]);
    expect(answer.findings[0]).toContain(nameOf('two'));
  });

  test('passes a blob whose second reading is right, and counts it as transient', async () => {
    expect(await damaged('flip-once')).toMatchObject({ status: 'passed', measured: { ok: 2, transient: 1 } });
  });

  test('finds rows that refer to no address, to an unrecorded one, and recorded ones that no row refers to', async () => {
    const extra = world.contents.put('extra', layout);
    const answer = await after(
      `UPDATE shop.item SET content = 'not-an-address' WHERE id = 0; UPDATE shop.item SET content = '${extra}' WHERE id = 1`,
      'references',
    );
    expect(answer.status).toBe('failed');
    expect(answer.findings.map((one) => one.replaceAll(/sha256-[0-9a-f]+/g, 'X')).toSorted()).toEqual(
      [
        'store files: a row refers to "not-an-address", which is no sha256 address',
        'store files: a restored row refers to X, which was not recorded with the point',
        'store files: no restored row refers to X, which was recorded with the point',
        'store files: no restored row refers to X, which was recorded with the point',
      ].toSorted(),
    );
  });

  test('finds every recorded address missing when the table was emptied', async () => {
    const answer = await after('TRUNCATE shop.item CASCADE', 'references');
    expect(answer).toMatchObject({ status: 'failed', measured: { blobs: 0 } });
    expect(answer.findings).toHaveLength(3);
  });

  test.each([
    ['was cut', (text: string) => text.split('\n').slice(0, 3).join('\n'), /its last line is missing/],
    [
      'had an address changed',
      (text: string) => text.replace(hexOf('one'), 'a'.repeat(64)),
      /not those that were recorded/,
    ],
    [
      'lost an address',
      (text: string) => text.replace(`${hexOf('one')}\n`, ''),
      /not those that were recorded/,
    ],
    ['holds a line of another kind', (text: string) => text.replace(hexOf('one'), 'zz'), /is no address/],
  ])('fails with an inventory that %s, and still re-hashes every blob', async (_how, change, finding) => {
    world.vault.put('i', change(world.vault.text('i')));
    const answer = await run('references');
    expect(answer).toMatchObject({ status: 'failed', measured: { ok: 3 } });
    expect(answer.findings.some((one) => finding.test(one))).toBe(true);
  });

  test('re-hashes a sample of known size beyond the bound of the estate, and says how sure that makes', async () => {
    const here = structuredClone({ ...context.here });
    here.region.drill.references = { atMost: 2 };
    const answer = await run('references', { here });
    expect(answer).toMatchObject({ status: 'passed', measured: { blobs: 2, ok: 2 } });
    expect(answer.expected).toMatch(
      /files: a random sample of 2 of 3 blobs \(seed sha256-a+\/files\): if 0\.1 % of them were damaged, it would have found one with a probability of 66\.66 %$/,
    );
    expect(answer.detail).toMatchObject({ files: { inTotal: 3, lookedAt: 2 } });
  });

  test('comes to the same in many portions, a sample included', async () => {
    const here = structuredClone({ ...context.here });
    for (const atMost of [100, 2]) {
      here.region.drill.references = { atMost };
      world.contents.damage(nameOf('two'), 'flip');
      const whole = await run('references', { here });
      expect(await run('references', { here, timeIsUp: () => true })).toEqual(whole);
    }
  });

  test('fails when the point has no inventory of the store', async () => {
    const { point, fingerprint } = recorded;
    const answer = await run('references', {
      recorded: { point, fingerprint: { ...fingerprint, stores: [] } },
    });
    expect(answer).toMatchObject({
      status: 'failed',
      measured: { ok: 3 },
      findings: ['store files: the point has no inventory of it'],
    });
  });
});
