import { expect, test } from 'vitest';
import {
  automaticBackupIsDue,
  expiredBackups,
  oldestNeededSegment,
} from '../../../local/resource-manager/backup-retention.ts';
import { admitsClients, findRuleProblem } from '../../../local/resource-manager/firewall.ts';
import type { BackupRecord, ServerRecord } from '../../../local/resource-manager/model.ts';
import { earliestRestoreInstant, planPointInTime } from '../../../local/resource-manager/restore-plan.ts';

const now = new Date('2026-05-20T12:00:00.000Z');
const hours = (count: number): Date => new Date(now.getTime() + count * 3_600_000);

function backup(name: string, at: Date, extra: Partial<BackupRecord> = {}): BackupRecord {
  const instant = at.toISOString();
  const place = { folder: name, walTimeline: 1, walStart: '5', walStop: '6' };
  return { name, type: 'Full', completedTime: instant, restorableFrom: instant, ...place, ...extra };
}

function server(backups: BackupRecord[], extra: Partial<ServerRecord> = {}): ServerRecord {
  return {
    id: '/subscriptions/s/x',
    resourceGroup: 'g',
    name: 'n',
    location: 'westeurope',
    tags: {},
    sku: { name: 'Standard_D2ds_v5', tier: 'GeneralPurpose' },
    createdAt: hours(-1000).toISOString(),
    isRestored: false,
    properties: {
      administratorLogin: 'a',
      version: '18',
      storage: {},
      backup: { backupRetentionDays: 7, geoRedundantBackup: 'Disabled' },
      network: { publicNetworkAccess: 'Enabled' },
      highAvailability: {},
      availabilityZone: '1',
    },
    state: 'Ready',
    folder: 'f',
    port: 1,
    superuserPassword: '',
    backups,
    firewallRules: {},
    parameters: {},
    ...extra,
  };
}

test('a restore begins at the newest backup that was complete by the instant', () => {
  const source = server([backup('a', hours(-48)), backup('b', hours(-24)), backup('c', hours(-1))]);
  expect(planPointInTime(source, hours(-2), now)).toMatchObject({
    backup: { name: 'b' },
    target: { kind: 'time' },
  });
  expect(planPointInTime(source, hours(-24), now)).toMatchObject({ backup: { name: 'b' } });
  expect(planPointInTime(source, now, now)).toMatchObject({ backup: { name: 'c' } });
});

test('no restore reaches before the first backup, into the future, or before the retention window', () => {
  const source = server([backup('old', hours(-200)), backup('new', hours(-1))]);
  expect(earliestRestoreInstant(source, now)).toEqual(hours(-168));
  expect(planPointInTime(source, hours(-169), now)).toBeUndefined();
  expect(planPointInTime(source, hours(-168), now)).toMatchObject({ backup: { name: 'old' } });
  expect(planPointInTime(source, new Date(now.getTime() + 1), now)).toBeUndefined();
  expect(planPointInTime(server([]), now, now)).toBeUndefined();
});

test('the shown time of a back-dated backup means that backup as it is', () => {
  const source = server([
    backup('full', hours(-2)),
    backup('dated', hours(-150), { restorableFrom: hours(-1).toISOString() }),
  ]);
  expect(planPointInTime(source, hours(-150), now)).toMatchObject({
    backup: { name: 'dated' },
    target: { kind: 'immediate' },
  });
});

test('backups expire with the retention, but the automatic one that the window begins with stays', () => {
  const backups = [
    backup('too-old', hours(-400)),
    backup('base', hours(-180)),
    backup('own-old', hours(-169), { type: 'Customer On-Demand' }),
    backup('inside', hours(-100)),
    backup('own-inside', hours(-167), { type: 'Customer On-Demand' }),
  ];
  expect(expiredBackups(server(backups), now).map((each) => each.name)).toEqual(['too-old', 'own-old']);
});

test('WAL is kept from the oldest backup on', () => {
  expect(
    oldestNeededSegment([backup('a', now, { walStart: '10' }), backup('b', now, { walStart: '9' })]),
  ).toBe(9n);
  expect(oldestNeededSegment([])).toBeUndefined();
});

test('the automatic backup is due a day after the last, at once for a new server, later for a restored one', () => {
  const timing = { automaticBackupEveryMs: 86_400_000, firstBackupAfterRestoreMs: 600_000 };
  expect(automaticBackupIsDue(server([backup('a', hours(-23))]), now, timing)).toBe(false);
  expect(automaticBackupIsDue(server([backup('a', hours(-24))]), now, timing)).toBe(true);
  expect(automaticBackupIsDue(server([]), now, timing)).toBe(true);
  const restored = { isRestored: true, createdAt: hours(-0.1).toISOString() };
  expect(automaticBackupIsDue(server([], restored), now, timing)).toBe(false);
  expect(
    automaticBackupIsDue(server([], { ...restored, createdAt: hours(-1).toISOString() }), now, timing),
  ).toBe(true);
});

test('clients are admitted by a rule that covers them, as an Azure service, or inside the network', () => {
  const rules = (startIpAddress: string, endIpAddress: string) => ({
    rule: { startIpAddress, endIpAddress },
  });
  expect(admitsClients(server([]))).toBe(false);
  expect(admitsClients(server([], { firewallRules: rules('10.0.0.1', '10.0.0.9') }))).toBe(false);
  expect(admitsClients(server([], { firewallRules: rules('127.0.0.0', '127.0.0.255') }))).toBe(true);
  expect(admitsClients(server([], { firewallRules: rules('0.0.0.0', '0.0.0.0') }))).toBe(true);
  const inside = server([]);
  inside.properties.network = { publicNetworkAccess: 'Disabled', delegatedSubnetResourceId: '/subnet' };
  expect(admitsClients(inside)).toBe(true);
  const closed = server([], { firewallRules: rules('127.0.0.1', '127.0.0.1') });
  closed.properties.network = { publicNetworkAccess: 'Disabled' };
  expect(admitsClients(closed)).toBe(false);
});

test('a firewall rule must be a range of IPv4 addresses', () => {
  expect(findRuleProblem({ startIpAddress: '1.2.3.4', endIpAddress: '1.2.3.5' })).toBeUndefined();
  expect(findRuleProblem({ startIpAddress: '1.2.3.5', endIpAddress: '1.2.3.4' })).toMatch(
    /must not be after/,
  );
  expect(findRuleProblem({ startIpAddress: '::1', endIpAddress: '::1' })).toMatch(/IPv4/);
  expect(findRuleProblem(undefined)).toMatch(/IPv4/);
});
