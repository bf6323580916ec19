/** Whether what was kept of a protected server that is gone may be revived, and to which orders. */
import { DateTime } from 'luxon';
import { describe, expect, test } from 'vitest';
import {
  objectionToOrder,
  objectionToRevival,
  type LostOrder,
  type LostSource,
} from '../../src/policy/lost-source.ts';
import { reachableHint } from '../../src/policy/restore-target.ts';

const at = (day: number, hour = 0, minute = 0): DateTime => DateTime.utc(2026, 3, day, hour, minute);
const server = '/subscriptions/x/flexibleServers/shop';
const lost: LostSource = {
  ...{ server, newestPoint: at(1, 1, 30), silentSince: at(1, 2), now: at(1, 3) },
  recordedOn: undefined,
};
const revival = (changes: Partial<LostSource> = {}) => objectionToRevival({ ...lost, ...changes });

describe('a server that is gone', () => {
  test('may be revived where a point was recorded on it and it went silent days ago at most', () => {
    expect(revival()).toBeUndefined();
    expect(revival({ silentSince: undefined, now: at(20) })).toBeUndefined();
    expect(revival({ recordedOn: server.toUpperCase() })).toBeUndefined();
  });

  test('that nothing was ever recorded on is a wrong id as far as anybody knows', () => {
    const objection = revival({ newestPoint: undefined });
    expect(objection?.said).toMatch(/^there is no server .*no recovery point was recorded on it/);
    expect(objection?.hint).toContain('Compare the id in the estate file');
  });

  test('does not hold a point that was recorded on another one', () => {
    expect(revival({ recordedOn: '/subscriptions/x/flexibleServers/old' })?.said).toContain(
      'shop is gone, and the point was recorded on old:',
    );
  });

  test.each<[string, Partial<LostSource>, boolean]>([
    ['a minute before five days', { now: at(6, 1, 59) }, false],
    ['five days after it fell silent', { now: at(6, 2) }, true],
    [
      'five days after another database did, where a point is newer',
      { now: at(6, 2), newestPoint: at(3) },
      false,
    ],
  ])('is too late to revive: %s: %j', (_what, changes, isTooLate) => {
    expect(revival(changes)?.said.includes('for 5 days')).toBe(isTooLate ? true : undefined);
  });
});

describe('an order of a server that is gone', () => {
  test.each<[string, Partial<LostOrder>, string | undefined]>([
    ['2026-03-01T01:59:00.000Z', { intoSource: true }, 'tables would go into its database'],
    ['latest', {}, 'nobody can tell the newest instant'],
    ['archived', {}, undefined],
    ['archived', { silentSince: undefined }, 'no missed heartbeat was told yet'],
    ['archived', { silentSince: undefined, point: 'b' }, undefined],
    ['2026-03-01T01:59:00.000Z', { silentSince: undefined }, undefined],
    ['on-demand-20260301T013000Z', { silentSince: undefined }, undefined],
  ])('to %s with %j', (to, changes, said) => {
    const objection = objectionToOrder({ ...lost, intoSource: false, point: undefined, ...changes, to });
    expect(objection?.said.replace(/^.*(nobody|no missed|tables)/, '$1').slice(0, said?.length)).toBe(said);
  });
});

describe('an instant that a server which stands cannot be brought to', () => {
  const young = { earliest: at(1, 2), createdAt: at(1, 1, 59) };

  test.each([
    ['while it is written', undefined],
    ['while the silence of the one that it took the place of is told', at(1, 1)],
  ])('as "archived" %s: from when on it works', (_what, silentSince) => {
    const ordered = { to: 'archived', silentSince };
    const hint = reachableHint(young, at(1, 1, 58), ordered);
    expect(hint).toContain('"archived" works from 2026-03-01T02:07:00.000Z on');
    const unbacked = reachableHint({ ...young, earliest: undefined }, at(1, 1, 58), ordered);
    expect(unbacked).toBe('"archived" works 7 minutes after its first backup: the server is that young.');
  });

  test.each([
    ['a point', { to: 'x', silentSince: undefined }],
    ['"archived" that its silence pins', { to: 'archived', silentSince: at(1, 1, 59) }],
    ['nothing known of the order', undefined],
  ])('as %s: a later one; and whether a server of that name was there before', (_what, ordered) => {
    const hint = reachableHint(young, at(1, 1, 58), ordered);
    expect(hint).toMatch(/^Give a later instant.*made at 2026-03-01T01:59:00.000Z.*server-lost/);
    expect(reachableHint(young, at(1, 1, 59), ordered)).toBe('Give a later instant or a newer point.');
  });
});
