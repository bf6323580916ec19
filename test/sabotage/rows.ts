/** Rows that are not those of the point: lost, added, exchanged, or of another moment. */
import type { Sabotage } from './sabotage.ts';
import { hexOf } from './shop.ts';

const content = (name: string, sql: string, says: RegExp, checks = ['fingerprint']): Sabotage => ({
  ...{ name, sql, says, checks, result: 'FAIL' },
});

export const rowSabotages: readonly Sabotage[] = [
  content(
    'an emptied table',
    'TRUNCATE shop.orders',
    /shop\.orders has another number of rows: .*found 0 rows/,
  ),
  content(
    'a row that is gone',
    'DELETE FROM shop.orders WHERE id = 250',
    /shop\.orders has another number of rows/,
  ),
  content(
    'a row that nobody wrote',
    'INSERT INTO shop.monday VALUES (99, NULL)',
    /shop\.monday has another number/,
  ),
  content(
    'two rows whose values are exchanged',
    'UPDATE shop.orders SET amount = 3 - amount WHERE id IN (1, 2)',
    /shop\.orders has other content/,
  ),
  content(
    'two tables whose contents are exchanged',
    `CREATE TEMPORARY TABLE aside AS SELECT * FROM shop.monday; TRUNCATE shop.monday;
     INSERT INTO shop.monday SELECT * FROM shop.tuesday; TRUNCATE shop.tuesday;
     INSERT INTO shop.tuesday SELECT * FROM aside`,
    /shop\.(monday|tuesday) has other content/,
  ),
  content(
    'a value that became null',
    'UPDATE shop.monday SET note = NULL WHERE id = 1',
    /shop\.monday has other content/,
  ),
  content(
    'a character that is another one',
    "UPDATE shop.tuesday SET note = 'tuesdaY 7' WHERE id = 7",
    /shop\.tuesday has other/,
  ),
  content(
    'a row twice, another one gone',
    'DELETE FROM shop.monday WHERE id = 3; INSERT INTO shop.monday SELECT 3, note FROM shop.monday WHERE id = 4',
    /shop\.monday has other content/,
  ),
  content(
    'rows that break a rule of the operator',
    'UPDATE shop.item SET name = NULL WHERE id = 0',
    /every item has a name: expected 0, found 1/,
    ['fingerprint', 'operator'],
  ),
  content(
    'a reference to a blob that was not recorded',
    `UPDATE shop.item SET content = '${hexOf('four')}' WHERE id = 1`,
    /a restored row refers to sha256-[0-9a-f]+, which was not recorded/,
    ['fingerprint', 'references'],
  ),
  content(
    'a reference that is no address',
    "UPDATE shop.item SET content = 'lost' WHERE id = 2",
    /a row refers to "lost", which is no sha256 address/,
    ['fingerprint', 'references'],
  ),
  content(
    'references that are gone',
    'UPDATE shop.item SET content = NULL',
    /no restored row refers to sha256-/,
    ['fingerprint', 'references'],
  ),
  content('heartbeats that are gone', 'DELETE FROM lifeboat.heartbeat', /holds no heartbeat/, ['heartbeat']),
  content(
    'the newest heartbeat gone',
    "UPDATE lifeboat.heartbeat SET written_at = written_at - interval '90 seconds'",
    /writes are missing/,
    ['heartbeat'],
  ),
  content(
    'a point later than the one asked for',
    "UPDATE lifeboat.heartbeat SET written_at = now() + interval '1 hour'",
    /is later than the instant restored to: this is another point/,
    ['heartbeat'],
  ),
  content(
    'a point earlier than the one asked for',
    'DELETE FROM lifeboat.marker',
    /this is an earlier point/,
    ['instant'],
  ),
  content(
    'another point altogether',
    `DELETE FROM lifeboat.marker; DELETE FROM shop.orders WHERE id > 400;
     UPDATE lifeboat.heartbeat SET written_at = written_at - interval '1 day'`,
    /this is an earlier point/,
    ['heartbeat', 'instant', 'fingerprint'],
  ),
];
