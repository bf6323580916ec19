import { DateTime } from 'luxon';
import { expect, test } from 'vitest';
import { notRevivable } from '../../src/policy/server-loss.ts';

const server = '/subscriptions/x/resourceGroups/y/providers/z/flexibleServers/shop';
const at = (day: number): DateTime => DateTime.utc(2026, 3, day);
const pointOf = (day: number) => ({ id: `on-demand-${day}`, instant: at(day) });

test('what goes with a server: on-demand backups, what lies before its automatic ones, everything after some days', () => {
  const points = [pointOf(1), pointOf(2), pointOf(5)];
  const onDemand = ['a', 'b', 'c', 'd', 'e', 'f'];
  expect(notRevivable({ server, earliestRestore: at(3), onDemand, points })).toEqual([
    'shop: its 6 on-demand backup(s) go with the server: a, b, c, d, e, …; what they hold is reached through automatic backups alone',
    'shop: 2 recorded point(s) lie before what its automatic backups reach: on-demand-1, on-demand-2',
    'shop: nothing from before 2026-03-03T00:00:00.000Z, and nothing at all once it has been gone for 5 days',
  ]);
});

test('a server without automatic backups cannot be revived at all', () => {
  const told = notRevivable({ server, earliestRestore: undefined, onDemand: [], points: [pointOf(4)] });
  expect(told).toEqual([
    'shop: 1 recorded point(s) lie before what its automatic backups reach: on-demand-4',
    'shop: the provider names no instant that it can restore: nothing of it could be revived',
  ]);
});
