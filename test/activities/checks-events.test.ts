/** The check of an event log on a real database, in one portion and in many. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { CheckAnswer, CheckContext } from '../../src/activities/checks/check.ts';
import { readEventLogEnds } from '../../src/activities/event-log.ts';
import type { EventLogSource } from '../../src/contracts/event-log.ts';
import { checkedShop, type CheckedShop } from '../support/checked-shop.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';

const events = 12_000;
const logSql = `
  CREATE TABLE shop.log (sequence bigint, at timestamptz NOT NULL, previous bytea, hash bytea NOT NULL);
  INSERT INTO shop.log
    SELECT n, '2026-01-01'::timestamptz + n * interval '1 second', sha256((n - 1)::text::bytea), sha256(n::text::bytea)
    FROM generate_series(1, ${events}) n`;
const eventLog: EventLogSource = {
  table: 'shop.log',
  columns: { sequence: 'sequence', at: 'at', hash: 'hash', previousHash: 'previous' },
};

let server: TestPostgres;
let shop: CheckedShop;
let changes: Partial<CheckContext>;
let databases = 0;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());
beforeEach(async () => {
  shop = await checkedShop(server, `log_${(databases += 1)}`, logSql);
  const { context } = shop;
  const ends = await server.databases.withSession(context.at, async (session) => {
    await session.query('BEGIN');
    return readEventLogEnds(session, eventLog);
  });
  changes = {
    database: { ...context.database, eventLog },
    recorded: {
      ...context.recorded!,
      fingerprint: { ...context.recorded!.fingerprint, eventLog: { table: eventLog.table, ...ends } },
    },
  };
});

const check = async (sql?: string, more: Partial<CheckContext> = {}): Promise<CheckAnswer> => {
  if (sql !== undefined) await shop.client.query(sql);
  return shop.run('events', { ...changes, ...more });
};

test('a log without a break passes, and says how far it reaches', async () => {
  expect(await check()).toMatchObject({
    status: 'passed',
    actual: `${events} events from 1 to ${events}`,
    measured: { events, last: events },
  });
});

test.each([
  ['a missing event', 'DELETE FROM shop.log WHERE sequence = 7001', 'shop.log: event 7001 is missing'],
  [
    'an event twice',
    'INSERT INTO shop.log SELECT * FROM shop.log WHERE sequence = 5000',
    'shop.log: event 5000 is there more than once',
  ],
  [
    'a hash that was changed',
    "UPDATE shop.log SET hash = '\\x00' WHERE sequence = 9",
    'shop.log: event 10 does not name the hash of event 9',
  ],
  [
    'a cut end',
    'DELETE FROM shop.log WHERE sequence > 11000',
    `shop.log: the log ends with 11000; it reached ${events} when the point was taken`,
  ],
  [
    'a cut beginning',
    'DELETE FROM shop.log WHERE sequence < 3',
    'shop.log: the log begins with 3; it began with 1 when the point was taken',
  ],
  [
    'no sequence',
    'UPDATE shop.log SET sequence = NULL WHERE sequence = 1; DELETE FROM shop.log WHERE sequence = 0',
    'shop.log: 1 event(s) have no sequence',
  ],
  [
    'two exchanged times',
    "UPDATE shop.log SET at = at + interval '2 seconds' WHERE sequence = 40",
    'shop.log: event 41 is dated 2026-01-01T00:00:41.000Z, before an earlier one of 2026-01-01T00:00:42.000Z',
  ],
])('%s is found, in one portion and in many', async (_what, sql, finding) => {
  const whole = await check(sql);
  expect(whole.status).toBe('failed');
  expect(whole.findings).toContain(finding);
  expect(await check(undefined, { timeIsUp: () => true })).toEqual(whole);
});

test('where nothing was recorded of the instant, the log is still without a break', async () => {
  expect(await check(undefined, { recorded: undefined })).toMatchObject({ status: 'passed' });
  expect(await check('DELETE FROM shop.log WHERE sequence = 4', { recorded: undefined })).toMatchObject({
    findings: ['shop.log: event 4 is missing'],
  });
});

test('a log whose ends were not recorded gives no answer', async () => {
  expect(await check(undefined, { recorded: shop.context.recorded })).toMatchObject({
    status: 'inconclusive',
  });
});
