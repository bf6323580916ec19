/** A person's restore of a protected server that was deleted: what the provider kept of it is revived beside its place. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { raise } from '../../src/activities/alerts.ts';
import { proposeCutover } from '../../src/activities/cutover/propose.ts';
import type { RestoreDocument, RestoreResult } from '../../src/contracts/restore.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { cutoverEstate, hookedHttp } from '../support/cutover-steps.ts';
import { addressOf } from '../support/memory-servers.ts';
import { approvedRestore, askForRestore } from '../support/restore-steps.ts';
import { scope, serverId, sourceServer } from '../support/sample-estate.ts';
import { WorkflowHub, type Ended } from '../support/workflow-hub.ts';

const point = 'on-demand-20260301T013000Z';
const target = serverId('rg-restored-westeurope', 'shop-again');
let hub: WorkflowHub;

beforeEach(async () => {
  hub = new WorkflowHub(undefined, { estate: cutoverEstate, http: hookedHttp() });
  await hub.world.value('recordHeartbeat', scope);
  await hub.run('snapshot', 'snapshot.1', { ...scope, slot: '20260301T013000Z', trigger: 'schedule' });
  hub.time.jumpTo(Date.UTC(2026, 2, 1, 1, 52));
  await hub.world.value('recordHeartbeat', scope);
  hub.time.jumpTo(Date.UTC(2026, 2, 1, 2));
  hub.world.servers.drop(sourceServer);
  await raise(hub.world.deps, scope, {
    ...{ key: 'heartbeat-silent', severity: 'critical', title: 'No heartbeat', detail: '' },
    runbook: 'runbooks/heartbeat-silent.md',
  });
  hub.time.jumpTo(Date.UTC(2026, 2, 1, 2, 10));
  hub.world.servers.effects.length = 0;
});
afterEach(() => hub.close());

const carryOut = ({ slot, input }: Pick<Awaited<ReturnType<typeof askForRestore>>, 'slot' | 'input'>) =>
  hub.run<RestoreResult>('restore', `restore.shop.westeurope.${slot}`, input);
const restore = async (to: string): Promise<Ended<RestoreResult>> =>
  carryOut(await approvedRestore(hub.world, to));
const document = (id: string): RestoreDocument => hub.world.vault.json(vaultPaths.restore(scope, id));

test('to a recorded point it comes back as a new server, is held against the record and can be cut over to', async () => {
  const { output } = await restore(point);
  expect(output).toMatchObject({
    outcome: 'ready',
    servers: [{ database: 'main', target, state: 'ready', address: addressOf(target) }],
  });
  expect(hub.world.servers.standing()).toEqual([target]);
  expect(hub.world.servers.effects).toEqual(['restore shop-again', 'firewall-rule lifeboat-check-1']);
  const { checks } = document(output.restore);
  expect(checks.map(({ id }) => id)).toEqual(expect.arrayContaining(['fingerprint', 'references']));
  expect(checks.every(({ status }) => status === 'passed')).toBe(true);
  const over = { restore: output.restore, without: ['hold-writes'] };
  const { plan } = await proposeCutover(hub.world.deps, scope, over);
  expect(plan.databases).toMatchObject([{ source: sourceServer, server: target }]);
  expect(plan.loss.unknown).toMatchObject([{ problem: 'the source does not stand any more' }]);
});

test('to what is surely archived, without a record', async () => {
  const { output } = await restore('archived');
  expect(output.outcome).toBe('ready');
  expect(document(output.restore).checks.map(({ id }) => id)).not.toContain('fingerprint');
});

test('a server that comes back while another person is waited for makes the plan stale: nothing is made', async () => {
  const asked = await approvedRestore(hub.world, point);
  hub.world.servers.put({ id: sourceServer });
  const { output } = await carryOut(asked);
  expect(output).toMatchObject({ outcome: 'refused', detail: expect.stringContaining('is stale') as string });
  expect(hub.world.servers.standing()).toEqual([sourceServer]);
});
