/** An event log with a break, and change records that do not verify. */
import type { Sabotage } from './sabotage.ts';
import { events, insertRecords, records } from './shop.ts';

const broken = (name: string, sql: string, says: RegExp): Sabotage => ({
  ...{ name, sql, says, result: 'FAIL', checks: ['fingerprint', 'events'] },
});
const unproven = (name: string, sql: string, says: RegExp): Sabotage => ({
  ...{ name, sql, says, result: 'FAIL', checks: ['fingerprint', 'changes'] },
});

/** The last record is taken by one that somebody else signed, who may not. */
const signedBy = (who: 'expired' | 'revoked' | 'foreign', says: RegExp): Sabotage => ({
  ...{ name: `a change record that a device signed whose certificate is ${who}`, says, result: 'FAIL' },
  checks: ['fingerprint', 'changes'],
  arrange: async ({ stage, database }) => {
    await stage.query(database, `DELETE FROM shop.change_record WHERE sequence = ${records}`);
    await stage.query(database, insertRecords([stage.shop.last[who]]));
  },
});

export const logSabotages: readonly Sabotage[] = [
  broken('a gap in the event log', 'DELETE FROM shop.log WHERE sequence = 44', /event 44 is missing/),
  broken(
    'an event twice',
    'INSERT INTO shop.log SELECT * FROM shop.log WHERE sequence = 50',
    /event 50 is there more than once/,
  ),
  broken(
    "an event's hash changed",
    "UPDATE shop.log SET hash = '\\x00' WHERE sequence = 9",
    /event 10 does not name the hash of event 9/,
  ),
  broken(
    'an event log cut at its end',
    'DELETE FROM shop.log WHERE sequence > 190',
    new RegExp(`ends with 190; it reached ${events}`),
  ),
  broken(
    'an event log cut at its beginning',
    'DELETE FROM shop.log WHERE sequence < 3',
    /begins with 3; it began with 1/,
  ),
  broken(
    'an event that is dated later',
    "UPDATE shop.log SET at = at + interval '9 seconds' WHERE sequence = 40",
    /event 41 is dated/,
  ),
  unproven(
    'a change record that is forged',
    `UPDATE shop.change_record SET jws = left(jws, -20) ||
       CASE substr(jws, length(jws) - 19, 1) WHEN 'A' THEN 'B' ELSE 'A' END || right(jws, 19) WHERE sequence = 6`,
    /change record 6 \(bad-signature\)/,
  ),
  unproven(
    'a change record that is gone',
    'DELETE FROM shop.change_record WHERE sequence = 5',
    /change record 6 \(sequence-gap\)/,
  ),
  unproven(
    'a row that says something else than its record',
    "UPDATE shop.change_record SET object = 'x' WHERE sequence = 5",
    /change record 5 \(row-differs\)/,
  ),
  unproven(
    'change records cut at their end',
    'DELETE FROM shop.change_record WHERE sequence > 9',
    /change record 9 \(truncated\)/,
  ),
  unproven(
    'a change without a signature',
    'UPDATE shop.change_record SET jws = NULL WHERE sequence = 4',
    /change record 4 \(unsigned\)/,
  ),
  signedBy('expired', /change record 12 \((certificate-expired|not-valid|expired)[^)]*\)|expired/i),
  signedBy('revoked', /change record 12 .*revoked/i),
  signedBy('foreign', /change record 12 \(untrusted/i),
];
