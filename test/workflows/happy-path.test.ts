import { afterEach, beforeEach, expect, test } from 'vitest';
import type { CycleResult } from '../../src/contracts/cycle.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import type { DrillReport } from '../../src/contracts/report.ts';
import { scope, sourceServer } from '../support/sample-estate.ts';
import { WorkflowHub } from '../support/workflow-hub.ts';

const slot = '20260301T013000Z';
let hub: WorkflowHub;
beforeEach(() => {
  hub = new WorkflowHub();
});
afterEach(() => hub.close());

test('a cycle beats, takes a snapshot, restores it, checks it, removes the server and writes the report', async () => {
  const { world } = hub;
  world.servers.polls.backup = 3;
  world.servers.polls.restore = 5;
  const { status, output } = await hub.run<CycleResult>('cycle', 'cycle.shop.westeurope.1', {
    ...scope,
    slot,
    trigger: 'person',
  });
  expect(output).toMatchObject({
    heartbeat: { outcome: 'done' },
    snapshot: { outcome: 'done', point: `on-demand-${slot}` },
    drill: { result: 'PASS', reasons: [], drill: `drill-${slot}` },
  });
  expect(status).toBe('Completed');
  expect(world.servers.standing()).toEqual([sourceServer]);
  const target = expect.stringMatching(/ drill-shop-main-/) as string;
  expect(world.servers.effects.slice(0, 4)).toEqual([
    `backup lifeboat-${slot}`,
    target,
    'firewall-rule lifeboat-check-1',
    target,
  ]);
  const report = world.vault.json<DrillReport>(vaultPaths.report(scope, `drill-${slot}`));
  const ids = [
    'heartbeat',
    'clock',
    'instant',
    'configuration',
    'schema',
    'fingerprint',
    'pages',
    'indexes',
    'references',
    'operator',
  ];
  expect(report.checks.map((check) => check.id).toSorted()).toEqual(ids.toSorted());
  expect(report.checks.every((check) => check.status === 'passed')).toBe(true);
  expect(report.cleanUp).toMatchObject({ created: report.cleanUp.deleted, leftOver: [] });
  expect(world.vault.json(vaultPaths.point(scope, `on-demand-${slot}`))).toMatchObject({
    proven: { drill: `drill-${slot}` },
    lastDrill: { result: 'PASS' },
  });
  expect(world.vault.paths(vaultPaths.alerts(scope))).toEqual([]);
});
