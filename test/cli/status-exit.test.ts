/** The exit code of `lifeboat status --exit-code`: an open critical alert is never 0. */
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { exitOfStatus } from '../../src/cli/status-exit.ts';
import type { StatusResponse, SystemStatus } from '../../src/contracts/api/status.ts';
import { failed, passed, pruned, statusOf } from './canned-status.ts';
import { estateOf } from './running-apps.ts';

type Alert = SystemStatus['alerts'][number];
const alertOf = (key: string, severity: Alert['severity'] = 'critical'): Alert => ({
  ...{ key, severity, title: 'x', detail: '', runbook: 'runbooks/x.md', count: 1 },
  firstAt: '2026-03-01T01:00:00.000Z',
});
const west = (...systems: SystemStatus[]): StatusResponse => statusOf('westeurope', systems);
const withAlerts = (...alerts: Alert[]): StatusResponse => west(passed('lms', 'westeurope', { alerts }));

test.each([
  ['heartbeat-silent', 1],
  ['restore-failed', 1],
  ['drill-late', 1],
  ['cutover-failed', 1],
  ['scan-damage', 2],
  ['repair-incomplete', 2],
  ['audit-not-verified', 2],
  ['restore-waiting', 3],
  ['cutover-waiting', 3],
  ['estate-weakened', 3],
])('the open alert %s of a system that is well otherwise: %i', (key, exit) =>
  expect(exitOfStatus([withAlerts(alertOf(key))])).toBe(exit),
);

test('no critical alert that the design lists is 0', async () => {
  const design = await readFile(new URL('../../docs/design.md', import.meta.url), 'utf8');
  const rows = [...design.matchAll(/^\| (`[a-z-]+`(?:, `[a-z-]+`)*) \| critical \|/gm)];
  const keys = rows.flatMap(([, names = '']) =>
    [...names.matchAll(/`([a-z-]+)`/g)].map(([, key = '']) => key),
  );
  expect(keys.length).toBeGreaterThan(15);
  expect(keys.filter((key) => exitOfStatus([withAlerts(alertOf(key))]) === 0)).toEqual([]);
});

test('a warning changes no code, the worst of several wins, and what a drill says goes on to count', () => {
  expect(exitOfStatus([withAlerts(alertOf('points-changed', 'warning'))])).toBe(0);
  expect(exitOfStatus([withAlerts(alertOf('restore-waiting'), alertOf('heartbeat-silent'))])).toBe(1);
  expect(exitOfStatus([withAlerts(alertOf('scan-damage'), alertOf('heartbeat-silent'))])).toBe(2);
  expect(exitOfStatus([withAlerts(alertOf('heartbeat-silent')), west(failed('other', 'westeurope'))])).toBe(
    2,
  );
  const held = passed('lms', 'westeurope', { prune: pruned({ outcome: 'held' }) });
  expect(exitOfStatus([west(held), withAlerts()], { unansweredRegions: 1 })).toBe(3);
});

test('a system that is gone from the estate is no 0, but for those who ask about another one', async () => {
  const gone = { unprotected: [{ system: 'old', detail: 'it is gone' }] };
  const status = { ...withAlerts(), ...gone };
  expect(exitOfStatus([status])).toBe(3);
  await using estate = await estateOf({ westeurope: { 'GET status': { json: status } } });
  expect((await estate.place.runHere(['status', '--exit-code'])).code).toBe(3);
  expect((await estate.place.runHere(['status', '--exit-code', '--system', 'lms'])).code).toBe(0);
});

test('the command ends with it', async () => {
  const status = withAlerts(alertOf('heartbeat-silent'), alertOf('restore-failed'));
  await using estate = await estateOf({ westeurope: { 'GET status': { json: status } } });
  expect((await estate.place.runHere(['status', '--exit-code'])).code).toBe(1);
  expect((await estate.place.runHere(['status'])).code).toBe(0);
});
