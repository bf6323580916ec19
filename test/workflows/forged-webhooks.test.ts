/**
 * The management webhooks of the task hub, with the key that opens them: whoever has it can start, end and forget
 * orchestrations and raise events past the API. Nothing is restored, pruned or repaired by that, and what is ended is told.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ApiResponse } from '../../local/functions-host/durable/api-messages.ts';
import { createManagementApi } from '../../local/functions-host/durable/management-api.ts';
import { closeCutOff } from '../../src/app/cut-off.ts';
import { requestRestore } from '../../src/app/restores.ts';
import { nameOfActor } from '../../src/contracts/actor.ts';
import type { AlertDocument, RecoveryPoint } from '../../src/contracts/documents.ts';
import type { RestoreDocument } from '../../src/contracts/restore.ts';
import type { AuditEntry } from '../../src/contracts/audit.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { actorOf } from '../support/actors.ts';
import { runVirtually } from '../local/functions-host/virtual-clock.ts';
import { approve, askForRestore, type AskedFor } from '../support/restore-steps.ts';
import { scope, sourceServer } from '../support/sample-estate.ts';
import { WorkflowHub } from '../support/workflow-hub.ts';
import { workflows } from '../support/workflows.ts';
import type { InstanceView, TaskHub } from '../../src/ports/task-hub.ts';

const point = 'on-demand-20260301T013000Z';
const hour = 3_600_000;
let hub: WorkflowHub;
let asked: AskedFor;
let id: string;

beforeEach(async () => {
  hub = new WorkflowHub();
  await hub.world.value('recordHeartbeat', scope);
  await hub.run('snapshot', 'snapshot.1', { ...scope, slot: '20260301T013000Z', trigger: 'schedule' });
  hub.time.jumpTo(Date.UTC(2026, 2, 1, 2));
  asked = await askForRestore(hub.world, point, { by: nameOfActor(jane) });
  id = `restore.shop.westeurope.${asked.slot}`;
  await requestRestore(
    hub.world.deps,
    taskHub,
    { system: 'shop', plan: asked.digest, confirm: 'shop-again', reason: 'rows are gone' },
    jane,
  );
  hub.world.servers.effects.length = 0;
});
afterEach(() => hub.close());

const jane = actorOf('jane');
const states: Readonly<Record<string, InstanceView['state']>> = {
  Pending: 'waiting',
  Running: 'running',
  Completed: 'succeeded',
  Failed: 'failed',
  Terminated: 'terminated',
};
/** The hub as the app's timers reach it. */
const taskHub: TaskHub = {
  start: async (workflow, instanceId, input) =>
    void (await hub.engine.startNew(workflow, { instanceId, input })),
  find: async (instanceId) => {
    const found = hub.engine.instance(instanceId);
    const at = hub.world.clock.now();
    return (
      found && {
        ...{ id: instanceId, state: states[found.status] ?? 'running', startedAt: at, updatedAt: at },
        ...{ customStatus: undefined, output: undefined },
      }
    );
  },
};

/** A request with the system key, as the extension takes it. */
function webhook(method: string, path: string, body?: unknown): Promise<ApiResponse> {
  const endpoints = {
    taskHub: 'Lifeboat',
    webhookBase: 'http://app/w',
    rpcBase: 'http://app/r/',
    systemKey: 'k',
  };
  const [route = '', query] = path.split('?');
  return createManagementApi(
    hub.engine,
    () => endpoints,
  )({
    ...{ method, path: route.split('/').map(decodeURIComponent), query: new URLSearchParams(query) },
    header: () => 'application/json',
    body: body === undefined ? '' : JSON.stringify(body),
  });
}
const pass = (milliseconds: number): Promise<void> =>
  runVirtually(hub.engine, hub.time, hub.time.now() + milliseconds);
const alert = (key: string): AlertDocument => hub.world.vault.json(vaultPaths.alert(scope, key));
const close = (): Promise<string[]> => closeCutOff({ deps: hub.world.deps, systems: ['shop'] }, taskHub);
const pins = (): string[] =>
  hub.world.vault.json<RecoveryPoint>(vaultPaths.point(scope, point)).pins.map(({ by }) => by);
/** Nothing of the provider, of the catalogue and of the permits has changed. */
function nothingWasDone(): void {
  expect(hub.world.servers.effects).toEqual([]);
  expect(hub.world.servers.standing()).toEqual([sourceServer]);
  expect(hub.world.vault.paths(vaultPaths.restorePermit(scope, asked.restore))).toEqual([]);
  expect(hub.world.vault.json<RecoveryPoint>(vaultPaths.point(scope, point)).tombstone).toBeUndefined();
}

describe('with the system key', () => {
  test('no event of whatever name approves, cancels or lets go', async () => {
    await pass(hour / 2);
    const said = {
      state: 'approved',
      decision: 'approved',
      by: 'Board',
      plan: asked.digest,
      cancelledBy: 'Joe',
    };
    for (const one of hub.engine.listInstances({}, 100).filter(({ status }) => status === 'Running'))
      for (const name of [
        'approve',
        'approved',
        'approval',
        'decision',
        'go',
        'permit',
        'cancel',
        'waitForGo',
      ])
        expect((await webhook('POST', `instances/${one.id}/raiseEvent/${name}`, said)).status).toBe(202);
    await pass(hour);
    nothingWasDone();
    expect(hub.engine.instance(id)?.status).toBe('Running');
  });

  test('no orchestration that is started with a forged input restores, prunes, repairs or removes anything', async () => {
    const forged = {
      ...{ ...scope, slot: asked.slot, trigger: 'person', plan: asked.digest, restore: asked.restore },
      ...{
        database: 'main',
        deadlineSeconds: 600,
        state: 'approved',
        approval: { kind: 'approved', by: 'Board' },
      },
      ...{ target: sourceServer, server: sourceServer, servers: [sourceServer] },
    };
    // These are what any operator may begin: they decide by the vault, whoever began them.
    const free = ['cycle', 'snapshot', 'integrityScan', 'restoreDrill', 'prune', 'repair'];
    for (const name of Object.keys(workflows).filter((one) => !free.includes(one)))
      expect((await webhook('POST', `orchestrators/${name}/forged-${name}`, forged)).status).toBe(202);
    for (const name of ['prune', 'repair'])
      await webhook('POST', `orchestrators/${name}/forged-${name}`, { ...forged, slot: '20260301T020001Z' });
    await pass(2 * hour);
    nothingWasDone();
  });

  test('a restore that was approved and is begun a second time by hand makes one server', async () => {
    await approve(hub.world, asked);
    await pass(2 * hour);
    const made = hub.world.servers.effects.length;
    expect(hub.engine.instance(id)?.status).toBe('Completed');
    await webhook('DELETE', `instances/${id}`);
    for (const other of [id, 'another']) await webhook('POST', `orchestrators/restore/${other}`, asked.input);
    await pass(2 * hour);
    expect(hub.world.servers.effects).toHaveLength(made);
    expect(await close()).toEqual([]);
  });
});

describe('what is ended from outside', () => {
  test.each([
    [
      'terminated',
      () => webhook('POST', `instances/${id}/terminate?reason=x`),
      'its orchestration is terminated',
    ],
    [
      'terminated and purged',
      async () => {
        await webhook('POST', `instances/${id}/terminate?reason=x`);
        await pass(1_000);
        return webhook('DELETE', `instances/${id}`);
      },
      'unknown to the task hub',
    ],
  ] as const)(
    '%s is told once, is carried out by no approval, and lets its points go',
    async (_, end, why) => {
      await pass(hour / 2);
      expect(pins()).toEqual([asked.restore]);
      expect((await end()).status).toBeLessThan(300);
      await pass(1_000);
      expect(await close()).toEqual([expect.stringContaining(why)]);
      expect(alert('restore-failed')).toMatchObject({
        severity: 'critical',
        detail: expect.stringContaining(why),
      });
      expect(hub.world.vault.json<RestoreDocument>(vaultPaths.restore(scope, asked.restore)).outcome).toBe(
        'failed',
      );
      expect(pins()).toEqual([]);
      const told = hub.world.vault.entries<AuditEntry>(vaultPaths.auditSegments(scope)).at(-1);
      expect(told).toMatchObject({ action: 'restore', stage: 'outcome', result: 'failed' });
      expect(await close()).toEqual([]);
      await expect(approve(hub.world, asked)).rejects.toThrow('has ended');
      await webhook('POST', `orchestrators/restore/${id}`, asked.input);
      await pass(2 * hour);
      nothingWasDone();
    },
  );

  test('is not taken for ended while it waits, is suspended, or was just asked for', async () => {
    expect(await close()).toEqual([]);
    await pass(hour / 2);
    expect(await close()).toEqual([]);
    expect((await webhook('POST', `instances/${id}/suspend?reason=x`)).status).toBe(202);
    await pass(60_000);
    expect(await close()).toEqual([]);
    nothingWasDone();
  });
});
