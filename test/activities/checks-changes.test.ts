/** The check of signed change records on a real database: what it finds, in portions, and by a sample. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { CheckAnswer, CheckContext } from '../../src/activities/checks/check.ts';
import { readChangeHead } from '../../src/activities/change-records/rows.ts';
import type { ChangeRecordSource } from '../../src/contracts/change-records.ts';
import { checkedShop, type CheckedShop } from '../support/checked-shop.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { makeHierarchy, now, pemOf, signerOf } from './change-records/authority.ts';
import { signLog, sourceOf, type LogRow } from './change-records/log.ts';

const records = 600;
let server: TestPostgres;
let source: ChangeRecordSource;
let log: readonly LogRow[];
let shop: CheckedShop;
let changes: Partial<CheckContext>;
let databases = 0;

beforeAll(async () => {
  server = await startPostgres();
  const ours = await makeHierarchy();
  source = sourceOf([pemOf(ours.anchor)], ours.lists);
  const signer = await signerOf(ours.devices[0], ours.intermediate);
  const at = (index: number): string =>
    new Date(Date.parse('2026-03-01T00:00:00Z') + index * 60_000).toISOString();
  log = signLog(
    signer,
    Array.from({ length: records }, (_, index) => ({
      object: `o${index}`,
      operation: 'create',
      at: at(index),
    })),
  );
});
afterAll(() => server.stop());

const createSql = `CREATE TABLE shop.change_record
  (sequence bigint, jws text, object text, operation text, at timestamptz, hash bytea)`;

/** A context whose signatures are bounded by `atMost`. */
function bounded(atMost: number): Partial<CheckContext> {
  const here = structuredClone({ ...shop.context.here, region: shop.context.here.region });
  const [store] = here.region.blobStores;
  store!.changeRecords = source;
  here.region.drill.changeRecords = { atMost };
  return { ...changes, here };
}

beforeEach(async () => {
  shop = await checkedShop(server, `changes_${(databases += 1)}`, createSql);
  await shop.client.query(
    `INSERT INTO shop.change_record SELECT sequence, jws, object, operation, at, decode(hash, 'hex')
     FROM jsonb_to_recordset($1) AS row (sequence bigint, jws text, object text, operation text, at timestamptz, hash text)`,
    [JSON.stringify(log)],
  );
  const head = await server.databases.withSession(shop.context.at, (session) =>
    readChangeHead(session, source),
  );
  const recorded = shop.context.recorded!;
  changes = {
    instant: new Date(now).toISOString(),
    recorded: {
      ...recorded,
      fingerprint: { ...recorded.fingerprint, changeLogs: [{ store: 'files', ...head! }] },
    },
  };
});

const check = async (sql?: string, context = bounded(records)): Promise<CheckAnswer> => {
  if (sql !== undefined) await shop.client.query(sql);
  return shop.run('changes', context);
};

test('a log that devices signed passes with every signature computed', async () => {
  expect(await check()).toMatchObject({
    status: 'passed',
    expected: expect.stringMatching(/signatures computed: files: all 600$/) as string,
    measured: { records, signatures: records },
  });
});

/** A character of the signature of a record is exchanged for another. */
const forged = (sequence: number): string =>
  `UPDATE shop.change_record SET jws = left(jws, -20) || CASE substr(jws, length(jws) - 19, 1) WHEN 'A' THEN 'B' ELSE 'A' END || right(jws, 19) WHERE sequence = ${sequence}`;

test.each([
  ['a signature that is not the device’s', forged(300), /^store files: change record 300 \(bad-signature\)/],
  [
    'a record that is gone',
    'DELETE FROM shop.change_record WHERE sequence = 17',
    /^store files: change record 18 \(sequence-gap\)/,
  ],
  [
    'a row that says something else',
    "UPDATE shop.change_record SET object = 'x' WHERE sequence = 5",
    /^store files: change record 5 \(row-differs\)/,
  ],
  [
    'a log that was cut',
    'DELETE FROM shop.change_record WHERE sequence > 590',
    /^store files: change record 590 \(truncated\)/,
  ],
  [
    'no record in a row',
    'UPDATE shop.change_record SET jws = NULL WHERE sequence = 44',
    /^store files: change record 44 \(unsigned\)/,
  ],
])('%s is found, in one portion and in many', async (_what, sql, finding) => {
  const whole = await check(sql);
  expect(whole.status).toBe('failed');
  expect(whole.findings).toContainEqual(expect.stringMatching(finding));
  expect(await check(undefined, { ...bounded(records), timeIsUp: () => true })).toEqual(whole);
});

describe('beyond the bound of the estate', () => {
  test('the newest half and a sample of the others are computed, and the same ones again', async () => {
    const answer = await check(undefined, bounded(100));
    expect(answer).toMatchObject({ status: 'passed', measured: { records, signatures: 100 } });
    expect(answer.expected).toMatch(
      /the newest 50, and a random sample of 50 of 550 older ones \(seed sha256-/,
    );
    expect(await check(undefined, { ...bounded(100), timeIsUp: () => true })).toEqual(answer);
  });

  test('a link that does not hold is found wherever it is', async () => {
    const answer = await check(forged(123), bounded(10));
    expect(answer.status).toBe('failed');
    expect(answer.findings).toContainEqual(
      expect.stringMatching(/^store files: change record 124 \(broken-link\)/),
    );
  });
});

test('a log whose head was not recorded gives no answer; where nothing was recorded it is verified all the same', async () => {
  const { recorded } = shop.context;
  expect(await check(undefined, { ...bounded(records), recorded })).toMatchObject({ status: 'inconclusive' });
  expect(await check(undefined, { ...bounded(records), recorded: undefined })).toMatchObject({
    status: 'passed',
  });
});
