/** `lifeboat status`: what must be acted on stands first, under names that people know. */
import { expect, test } from 'vitest';
import { withShortNames } from '../../src/cli/format.ts';
import { renderStatus } from '../../src/cli/status-view.ts';
import type { SystemStatus } from '../../src/contracts/api/status.ts';
import { serverId } from './canned-names.ts';
import { passed, statusOf } from './canned-status.ts';
import { expectNarrow } from './golden.ts';

type Alert = SystemStatus['alerts'][number];
const alertOf = (key: string, severity: Alert['severity'], detail: string): Alert => ({
  ...{ key, severity, title: `${key}!`, detail, runbook: `runbooks/${key}.md`, count: 1 },
  firstAt: '2026-03-01T01:00:00.000Z',
});
const shown = (...systems: SystemStatus[]): string => renderStatus([statusOf('westeurope', systems)], []);

test('open alerts stand above every table, those of all systems together, the critical ones first', () => {
  const text = shown(
    passed('cloud-storage', 'westeurope', { alerts: [alertOf('points-changed', 'warning', 'w')] }),
    passed('lms', 'westeurope', { alerts: [alertOf('heartbeat-silent', 'critical', 'c')] }),
  );
  const at = (what: string): number => text.indexOf(what);
  const places = ['Open alerts', 'critical: heartbeat', 'warning: points', 'EXPOSURE', 'NEWEST RECOVERY'].map(
    at,
  );
  expect(places.every((place) => place > 0)).toBe(true);
  expect(places).toEqual(places.toSorted((a, b) => a - b));
});

test('a server is called by its short name, in one piece', () => {
  const detail = `the database does not answer: ${serverId('rg-west', 'lms')}: connect ECONNREFUSED`;
  const text = shown(
    passed('lms', 'westeurope', { alerts: [alertOf('heartbeat-silent', 'critical', detail)] }),
  );
  expect(text).toContain('    the database does not answer: lms: connect ECONNREFUSED\n');
  expect(text).not.toContain('/subscriptions/');
});

test('only resource ids are shortened; what lies below a server stays', () => {
  const id = serverId('rg-west', 'lms');
  expect(withShortNames(`${id}, ${id}/backups/b-1. See /v1/lms`)).toBe('lms, lms/backups/b-1. See /v1/lms');
});

test('a restore that waits and one that is ready are told of, and where it is', () => {
  const about = { since: '2026-03-01T01:00:00.000Z', operation: 'restore.lms.westeurope.20260301T010000Z' };
  const restores: SystemStatus['restores'] = [
    { ...about, id: 'restore-20260301T030000Z', state: 'at-work', where: [] },
    { ...about, id: 'restore-20260301T020000Z', state: 'waiting', where: [] },
    { ...about, id: 'restore-20260301T010000Z', state: 'ready', where: ['lms-again.example'] },
    { ...about, id: 'restore-20260301T000000Z', state: 'doubtful', where: ['schema lifeboat_restored'] },
  ];
  const text = shown(passed('lms', 'westeurope', { restores }));
  expect(text).toContain(
    [
      'Restores',
      '  restore-20260301T030000Z of lms in westeurope: at work since 2026-03-01 01:00:00Z',
      '    lifeboat operation restore.lms.westeurope.20260301T010000Z --wait',
      '  restore-20260301T020000Z of lms in westeurope: waits for another person since 2026-03-01 01:00:00Z',
      '    lifeboat restore show restore-20260301T020000Z --system lms --region westeurope',
      '  restore-20260301T010000Z of lms in westeurope: ready since 2026-03-01 01:00:00Z: lms-again.example',
    ].join('\n'),
  );
  expect(text).toContain('  restore-20260301T000000Z of lms in westeurope: in doubt, restored at 2026-03-01');
  expectNarrow(text);
});
