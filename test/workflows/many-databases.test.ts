/** A system of many databases, and one in trouble: their snapshots and drills have short histories all the same. */
import { expect, test } from 'vitest';
import { orderCancel } from '../../src/activities/restore/cancel.ts';
import type { DrillResult } from '../../src/contracts/drill.ts';
import type { RestoreResult } from '../../src/contracts/restore.ts';
import type { DrillReport } from '../../src/contracts/report.ts';
import type { SnapshotResult } from '../../src/contracts/snapshot.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { Failure } from '../../src/policy/failure.ts';
import { hubOfManyDatabases } from '../support/many-databases.ts';
import { approvedRestore } from '../support/restore-steps.ts';
import { scope, sourceServer } from '../support/sample-estate.ts';
import { WorkflowHub } from '../support/workflow-hub.ts';

const slot = '20260301T013000Z';
const about = { ...scope, slot, trigger: 'schedule' };
const report = ({ world }: WorkflowHub): DrillReport =>
  world.vault.json(vaultPaths.report(scope, `drill-${slot}`));

function expectShort(hub: WorkflowHub): void {
  for (const { name, history } of hub.histories()) expect(history.length, name).toBeLessThan(200);
}

test.each([2, 5, 21])('no history grows with %i databases', async (count) => {
  const hub = await hubOfManyDatabases(count);
  const taken = await hub.run<SnapshotResult>('snapshot', 'snapshot.1', about);
  expect(taken.output).toMatchObject({ outcome: 'done' });
  expect((await hub.run<DrillResult>('restoreDrill', 'drill.1', about)).output.result).toBe('PASS');
  const { checks, recovery, cleanUp } = report(hub);
  expect(new Set(checks.map(({ database }) => database)).size).toBe(count);
  expect(recovery.heartbeats.filter((one) => one.newestWrittenAt !== undefined)).toHaveLength(count);
  expect(cleanUp.deleted).toHaveLength(count);
  expect(hub.world.servers.standing()).toHaveLength(count);
  expectShort(hub);
  await hub.close();
});

test.each([false, true])('nor does a restore for people, cancelled %s', async (isCancelled) => {
  const hub = await hubOfManyDatabases(21);
  await hub.run('snapshot', 'snapshot.1', about);
  hub.time.jumpTo(hub.time.now() + 600_000);
  const { slot: asked, input } = await approvedRestore(hub.world, `on-demand-${slot}`, 'again');
  const run = hub.world.run.bind(hub.world);
  const order = { by: 'Joe', reason: 'wrong' };
  hub.world.run = async (name, given) => {
    if (name === 'runCheck' && isCancelled)
      await orderCancel(hub.world.deps, scope, `restore-${asked}`, order).catch(() => undefined);
    return run(name, given);
  };
  const { output } = await hub.run<RestoreResult>('restore', `restore.shop.westeurope.${asked}`, input);
  expect(output.outcome).toBe(isCancelled ? 'cancelled' : 'ready');
  expect(output.servers).toHaveLength(21);
  expect(hub.world.servers.standing()).toHaveLength(isCancelled ? 21 : 42);
  expectShort(hub);
  await hub.close();
});

test('nor with the servers of many databases that are lost and revived', async () => {
  const hub = await hubOfManyDatabases(9);
  await hub.run('snapshot', 'snapshot.1', about);
  hub.time.jumpTo(hub.time.now() + 3_600_000);
  const drill = { ...about, trigger: 'person', scenario: 'server-lost' };
  expect((await hub.run<DrillResult>('restoreDrill', 'drill.1', drill)).output.result).toBe('PASS');
  expect(report(hub).cleanUp.deleted).toHaveLength(18);
  expect(hub.world.servers.standing()).toHaveLength(9);
  expectShort(hub);
  await hub.close();
});

test.each(['beginBackup', 'beginRestore', 'beginFirewallRule', 'beginDeleteServer'])(
  'nor with a server that is busy for half an hour: %s',
  async (what) => {
    const hub = new WorkflowHub();
    await hub.world.value('recordHeartbeat', scope);
    const error = new Failure('busy', 'the server is busy', 'It is asked again.');
    const busy = () => hub.world.servers.faults.on(what, 'before', { times: 22, error });
    if (what === 'beginBackup') busy();
    const from = hub.time.now();
    expect((await hub.run<SnapshotResult>('snapshot', 'snapshot.1', about)).output.outcome).toBe('done');
    if (what !== 'beginBackup') busy();
    await hub.world.value('recordHeartbeat', scope);
    const { output } = await hub.run<DrillResult>('restoreDrill', 'drill.1', about);
    expect(output.reasons).toEqual([]);
    expect(hub.time.now() - from).toBeGreaterThan(25 * 60_000);
    expectShort(hub);
    await hub.close();
  },
);

test('nor with the parameters that a server is given back, and the ranges that are let in', async () => {
  const hub = new WorkflowHub();
  for (let n = 0; n < 60; n += 1) hub.world.servers.putParameter(sourceServer, `parameter_${n}`, String(n));
  const { drill } = hub.world.deps.estate.systems[0]!.regions[0]!;
  drill.allowedAddresses = Array.from({ length: 16 }, (_, n) => ({
    start: `10.0.${n}.1`,
    end: `10.0.${n}.9`,
  }));
  await hub.world.value('recordHeartbeat', scope);
  await hub.run('snapshot', 'snapshot.1', about);
  expect((await hub.run<DrillResult>('restoreDrill', 'drill.1', about)).output.result).toBe('PASS');
  expect(report(hub).checks.find(({ id }) => id === 'configuration')).toMatchObject({
    measured: { parameters: 60 },
  });
  expect(report(hub).isolation[0]?.firewallRules).toHaveLength(16);
  expect(hub.world.servers.effects.filter((one) => one.startsWith('parameter '))).toHaveLength(60);
  expectShort(hub);
  await hub.close();
});

test('a server of many that cannot be backed up is told as that of one', async () => {
  const hub = await hubOfManyDatabases(5);
  hub.world.servers.failNext('backup', 'InternalServerError', 'out of disks');
  const { output } = await hub.run<SnapshotResult>('snapshot', 'snapshot.1', about);
  expect(output).toMatchObject({
    outcome: 'failed',
    detail: 'the backup failed: InternalServerError: out of disks',
  });
  await hub.close();
});

test('no history grows with what is tried again: each check of a drill, whose server is hardly reached', async () => {
  const hub = new WorkflowHub();
  await hub.world.value('recordHeartbeat', scope);
  await hub.run('snapshot', 'snapshot.1', about);
  const run = hub.world.run.bind(hub.world);
  let turns = 0;
  hub.world.run = async (name, input) => {
    if (name === 'runCheck' && (turns += 1) % 4 !== 0) throw new Error('the connection was lost');
    return run(name, input);
  };
  expect((await hub.run<DrillResult>('restoreDrill', 'drill.1', about)).output.result).toBe('PASS');
  const { checks, timeline } = report(hub);
  expect(timeline.find(({ step }) => step === 'check')?.retries).toBe(3 * checks.length);
  expect(checks.map(({ id }) => id)).toEqual(report(hub).plan.checks);
  expect(hub.world.servers.standing()).toEqual([sourceServer]);
  expectShort(hub);
  await hub.close();
});
