import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CycleResult } from '../../src/contracts/cycle.ts';
import type { DrillResult } from '../../src/contracts/drill.ts';
import type { DrillReport } from '../../src/contracts/report.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { Failure } from '../../src/policy/failure.ts';
import { drillTags } from '../../src/policy/server-removal.ts';
import { addressOf } from '../support/memory-servers.ts';
import { scope, sourceServer } from '../support/sample-estate.ts';
import { WorkflowHub, type Ended } from '../support/workflow-hub.ts';

const slots = ['20260301T013000Z', '20260302T013000Z'] as const;
let hub: WorkflowHub;
beforeEach(() => {
  hub = new WorkflowHub();
});
afterEach(() => hub.close());

const cycle = (slot: string = slots[0]): Promise<Ended<CycleResult>> =>
  hub.run('cycle', `cycle.shop.westeurope.${slot}`, { ...scope, slot, trigger: 'person' });
const drill = (slot: string): Promise<Ended<DrillResult>> =>
  hub.run('restoreDrill', `drill.shop.westeurope.${slot}`, { ...scope, slot, trigger: 'schedule' });
const snapshot = (slot: string): Promise<Ended<{ outcome: string; detail: string }>> =>
  hub.run('snapshot', `snapshot.shop.westeurope.${slot}`, { ...scope, slot, trigger: 'schedule' });
const report = (slot: string): DrillReport => hub.world.vault.json(vaultPaths.report(scope, `drill-${slot}`));
const alerts = (): string[] => hub.world.vault.paths(vaultPaths.alerts(scope));
const nextDay = (): void => hub.time.jumpTo(hub.time.now() + 86_400_000);
const longestHistory = (): number => Math.max(...hub.histories().map(({ history }) => history.length));

describe('a cycle', () => {
  test('whose heartbeat fails says so and still takes the snapshot and drills it', async () => {
    hub.world.databases.faults.on('INSERT INTO lifeboat.heartbeat', 'before', { times: 9 });
    const { output } = await cycle();
    expect(output.heartbeat).toMatchObject({
      outcome: 'failed',
      detail: expect.stringContaining('disturbed') as string,
    });
    expect(output.snapshot.outcome).toBe('done');
    // Without any heartbeat nothing can be said about the RPO.
    expect(output.drill.result).toBe('FAIL');
    expect(report(slots[0]).recovery.rpo.verdict).toBe('inconclusive');
    expect(alerts()).toContain('v1/shop/westeurope/alerts/heartbeat-silent.json');
  });

  test('whose snapshot fails raises an alert and drills the older point', async () => {
    await cycle();
    nextDay();
    hub.world.servers.failNext('backup', 'InternalServerError', 'out of disks');
    const { output } = await cycle(slots[1]);
    expect(output.snapshot).toMatchObject({
      outcome: 'failed',
      detail: expect.stringContaining('out of disks') as string,
    });
    expect(output.drill).toMatchObject({ drill: `drill-${slots[1]}`, report: expect.any(String) as string });
    expect(report(slots[1]).recoveryPoint.id).toBe(`on-demand-${slots[0]}`);
    expect(alerts()).toContain('v1/shop/westeurope/alerts/snapshot-failed.json');
  });

  test('without any point to drill is inconclusive, and that is an alert', async () => {
    hub.world.servers.failNext('backup', 'InternalServerError', 'out of disks');
    const { output } = await cycle();
    expect(output.drill).toMatchObject({
      result: 'INCONCLUSIVE',
      reasons: [expect.stringContaining('no usable recovery point')],
    });
    expect(alerts()).toContain('v1/shop/westeurope/alerts/drill-failed.json');
  });
});

describe('a snapshot', () => {
  test.each(['fingerprint', 'points', 'audit'])(
    'that cannot write its %s leaves no recovery point',
    async (what) => {
      const error = new Failure('refused', 'the vault is full', 'Make room.');
      for (const method of ['create', 'createFrom', 'append'])
        hub.world.vault.faults.on(
          `${method} v1/shop/westeurope/${what === 'fingerprint' ? 'inventories' : what}`,
          'before',
          { error, times: 99 },
        );
      expect((await snapshot(slots[0])).output).toMatchObject({
        outcome: 'failed',
        detail: expect.stringContaining('the vault is full'),
      });
      expect(hub.world.vault.paths(vaultPaths.points(scope))).toEqual([]);
    },
  );

  test('goes through a provider that fails three times in a row', async () => {
    hub.world.servers.faults.on('listBackups', 'before', { times: 3 }).on('poll', 'before', { times: 3 });
    expect((await snapshot(slots[0])).output).toMatchObject({ outcome: 'done' });
  });

  test('whose activities all lose their first answer still has one effect each', async () => {
    hub.world.servers.faults.on('beginBackup', 'after');
    hub.world.vault.faults.on('create', 'after', { times: 2 }).on('append', 'after');
    expect((await snapshot(slots[0])).output).toMatchObject({ outcome: 'failed' });
    expect(hub.world.servers.effects).toEqual([`backup lifeboat-${slots[0]}`]);
  });
});

describe('a drill', () => {
  beforeEach(async () => {
    await hub.world.value('recordHeartbeat', scope);
    await snapshot(slots[0]);
    hub.time.jumpTo(hub.time.now() + 3_600_000);
    hub.world.servers.effects.length = 0;
  });
  const target = (): string => hub.world.servers.standing().find((id) => id !== sourceServer) ?? '';

  test('whose restore takes twelve hours waits for it, with short histories', async () => {
    hub.world.servers.polls.restore = 1_480;
    const { output } = await drill(slots[1]);
    expect(output).toMatchObject({ result: 'FAIL', reasons: ['the RTO objective was missed'] });
    expect(output.rtoSeconds).toBeGreaterThan(11 * 3600);
    expect(longestHistory()).toBeLessThan(200);
  });

  test('whose restore never ends gives up, removes the server and reports it', async () => {
    hub.world.servers.polls.restore = Number.POSITIVE_INFINITY;
    const { output } = await drill(slots[1]);
    expect(output.result).toBe('FAIL');
    expect(output.reasons[0]).toMatch(/^the restore timed out: it had not ended after \d+ s/);
    expect(report(slots[1]).statuses).toMatchObject({
      restore: 'timed-out',
      validation: 'not-run',
      cleanUp: 'done',
    });
    expect(hub.world.servers.standing()).toEqual([sourceServer]);
    expect(longestHistory()).toBeLessThan(200);
  });

  test('tells how often something was tried again in each step, by itself or by what it called', async () => {
    hub.world.servers.faults.on('beginRestore', 'before', { times: 2 }).on('beginDeleteServer', 'before');
    hub.world.databases.faults.on('query SELECT count(*) AS rows', 'before', { times: 3 });
    expect((await drill(slots[1])).output.result).toBe('PASS');
    const retries = report(slots[1]).timeline.map((one) => [one.step, one.retries]);
    expect(retries).toEqual([
      ['plan', undefined],
      ['restore', 2],
      ['check', 3],
      ['clean up', 1],
    ]);
    const markdown = hub.world.vault.text(vaultPaths.reportMarkdown(scope, `drill-${slots[1]}`));
    expect(markdown).toContain('; tried again 3 times');
  });

  test('whose restore is accepted and fails says in whose words', async () => {
    hub.world.servers.failNext('restore', 'WalMissing', 'segment 0000A1 is missing');
    const { output } = await drill(slots[1]);
    expect(output).toMatchObject({
      result: 'FAIL',
      reasons: ['the restore failed: WalMissing: segment 0000A1 is missing'],
    });
    expect(hub.world.servers.standing()).toEqual([sourceServer]);
    expect(report(slots[1]).checks.every((check) => check.status === 'not-run')).toBe(true);
  });

  test.each<[string, string, (address: string) => void, RegExp]>([
    [
      'an emptied table',
      'fingerprint',
      (address) =>
        void hub.world.databases.at(address, 'shop').tables.set('shop.item', { rows: 0, checksum: '0' }),
      /shop\.item has another number of rows/,
    ],
    [
      'a page that is damaged',
      'pages',
      (address) => void hub.world.databases.at(address, 'shop').corruptPages.add('shop.item'),
      /invalid page/,
    ],
    [
      'no heartbeat',
      'heartbeat',
      (address) => hub.world.databases.at(address, 'shop').heartbeats.clear(),
      /holds no heartbeat/,
    ],
    [
      'no marker',
      'instant',
      (address) => hub.world.databases.at(address, 'shop').markers.clear(),
      /earlier point/,
    ],
    [
      'an answer that the operator does not expect',
      'operator',
      (address) =>
        hub.world.databases.at(address, 'shop').answers.forEach((_answer, sql, all) => all.set(sql, '7')),
      /expected 0, found 7/,
    ],
  ])('of data with %s fails its check "%s" and no other is skipped', async (_what, id, damage, finding) => {
    const { onRestored } = hub.world.servers;
    hub.world.servers.onRestored = (from, to, instant) => {
      onRestored(from, to, instant);
      damage(addressOf(to.id));
    };
    const { output } = await drill(slots[1]);
    expect(output.result).toBe('FAIL');
    const { checks, findings } = report(slots[1]);
    expect(checks.filter((check) => check.status === 'failed').map((check) => check.id)).toEqual([id]);
    expect(checks.filter((check) => check.status === 'passed')).toHaveLength(checks.length - 1);
    expect(checks.length).toBeGreaterThan(6);
    expect(findings[0]?.text).toMatch(finding);
  });

  test('gives the restored server the recorded parameters back and compares them', async () => {
    hub.world.servers.putParameter(sourceServer, 'work_mem', '8192');
    await hub.world.value('recordHeartbeat', scope);
    await snapshot(slots[1]);
    hub.world.servers.effects.length = 0;
    expect((await drill(slots[1])).output.result).toBe('PASS');
    expect(hub.world.servers.effects).toContain('parameter work_mem');
    expect(report(slots[1]).checks.find(({ id }) => id === 'configuration')).toMatchObject({
      status: 'passed',
      measured: { parameters: 1, roles: 1 },
    });
  });

  test('whose server refuses a parameter or lacks a login says which, with what was recorded', async () => {
    hub.world.servers.putParameter(sourceServer, 'work_mem', '8192');
    await hub.world.value('recordHeartbeat', scope);
    await snapshot(slots[1]);
    hub.world.servers.failNext('parameter', 'InvalidParameterValue', 'too much');
    const { onRestored } = hub.world.servers;
    hub.world.servers.onRestored = (from, to, instant) => {
      onRestored(from, to, instant);
      hub.world.databases.at(addressOf(to.id), 'shop').roles = [];
    };
    expect((await drill(slots[1])).output.result).toBe('FAIL');
    const { checks } = report(slots[1]);
    expect(checks.filter(({ status }) => status !== 'passed')).toMatchObject([
      {
        id: 'configuration',
        findings: [
          'parameter work_mem: recorded "8192", found the default',
          'login clerk is missing: recorded login',
        ],
      },
    ]);
  });

  test('of a point whose configuration could not be recorded gives no answer to that, and says why', async () => {
    hub.world.servers.faults.on('listOwnParameters', 'before', { times: 4 });
    await hub.world.value('recordHeartbeat', scope);
    expect((await snapshot(slots[1])).output.outcome).toBe('done');
    expect((await drill(slots[1])).output.result).toBe('INCONCLUSIVE');
    expect(report(slots[1]).checks.find(({ id }) => id === 'configuration')?.actual).toMatch(
      /^none was recorded: .*disturbed/,
    );
  });

  test('tries a connection before the server is opened, and reports that it was refused', async () => {
    const { output } = await drill(slots[1]);
    expect(output.result).toBe('PASS');
    expect(report(slots[1]).isolation).toMatchObject([
      {
        probe: { outcome: 'refused', detail: 'no pg_hba.conf entry' },
        firewallRules: ['lifeboat-check-1: 10.0.0.1 to 10.0.0.9'],
      },
    ]);
  });

  test('whose server lets a connection in before it is opened is not passed, critically', async () => {
    hub.world.databases.admits = () => true;
    const { output } = await drill(slots[1]);
    expect(output).toMatchObject({
      result: 'FAIL',
      reasons: ['isolation: a connection that had to be refused was let in: let in'],
    });
    expect(report(slots[1]).findings).toMatchObject([
      { severity: 'critical', text: expect.stringMatching(/^isolation: .* before it was opened/) as string },
    ]);
  });

  test('that cannot find out whether a connection is refused is inconclusive, and its checks still run', async () => {
    hub.world.databases.faults.on('try ', 'before', { times: 99 });
    const { output } = await drill(slots[1]);
    expect(output).toMatchObject({
      result: 'INCONCLUSIVE',
      reasons: [expect.stringMatching(/^isolation: whether a connection is refused/)],
    });
    expect(report(slots[1]).checks.every((check) => check.status === 'passed')).toBe(true);
  });

  test('in a virtual network tries none, and says so', async () => {
    const beginRestore = hub.world.servers.beginRestore.bind(hub.world.servers);
    hub.world.servers.beginRestore = async (request) => {
      const begun = await beginRestore(request);
      hub.world.servers.put({ id: request.target, publicNetworkAccess: 'Disabled' });
      return begun;
    };
    expect((await drill(slots[1])).output.result).toBe('PASS');
    expect(report(slots[1]).isolation).toMatchObject([{ probe: { outcome: 'not-tried' } }]);
  });

  test('whose check cannot run is inconclusive, says why, and goes on', async () => {
    hub.world.databases.faults.on('FROM lifeboat.marker', 'before', { times: 99 });
    const { output } = await drill(slots[1]);
    expect(output).toMatchObject({ result: 'INCONCLUSIVE' });
    const { checks } = report(slots[1]);
    expect(checks.filter((check) => check.status !== 'passed')).toMatchObject([
      { id: 'instant', status: 'inconclusive' },
    ]);
    expect(checks.at(-1)?.status).toBe('passed');
  });

  test('whose server carries other tags by then leaves it standing, as a finding', async () => {
    const { servers } = hub.world;
    const beginFirewallRule = servers.beginFirewallRule.bind(servers);
    servers.beginFirewallRule = (server, ...given) => {
      hub.world.servers.put({ id: server, tags: { [drillTags.drill]: 'another' } });
      return beginFirewallRule(server, ...given);
    };
    const { output } = await drill(slots[1]);
    expect(output).toMatchObject({ result: 'FAIL', reasons: ['a server of the drill was left behind'] });
    expect(report(slots[1]).cleanUp.leftOver).toEqual([target()]);
    expect(report(slots[1]).findings[0]?.text).toMatch(/was not removed and costs money/);
  });

  test('whose every start loses its answer makes one server and removes it', async () => {
    for (const method of ['beginRestore', 'beginFirewallRule', 'beginDeleteServer'])
      hub.world.servers.faults.on(method, 'after');
    const { output } = await drill(slots[1]);
    expect(output.result).toBe('PASS');
    expect(hub.world.servers.effects.filter((effect) => effect.startsWith('restore'))).toHaveLength(1);
    expect(hub.world.servers.standing()).toEqual([sourceServer]);
  });
});
