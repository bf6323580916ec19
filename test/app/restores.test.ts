/** Restores as the API starts, shows and cancels them. */
import { beforeEach, expect, test } from 'vitest';
import { cancelRestore, startRestore, viewRestores } from '../../src/app/restores.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import type { TaskHub } from '../../src/ports/task-hub.ts';
import { actorOf } from '../support/actors.ts';
import { takeSnapshot } from '../support/drill-steps.ts';
import { scope } from '../support/sample-estate.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { makeWorld, type World } from '../support/world.ts';

let world: World;
let started: unknown[];
const hub: TaskHub = {
  start: async (workflow, id, input) => void started.push({ workflow, id, input }),
  find: async () => undefined,
};
const order = { system: 'shop', to: 'latest', name: 'shop-again', reason: 'rows are gone' } as const;
const begin = (confirm = 'shop-again'): Promise<string> =>
  startRestore(world.deps, hub, { ...order, confirm }, actorOf('Jane'));

beforeEach(() => {
  world = makeWorld(new VirtualWallClock('2026-03-01T02:00:00.000Z'));
  started = [];
});

test('a restore is claimed and started with who asked for it', async () => {
  const id = await begin();
  expect(id).toBe('restore.shop.westeurope.20260301T020000Z');
  expect(started).toMatchObject([
    {
      workflow: 'restore',
      id,
      input: { ...scope, to: 'latest', name: 'shop-again', requestedBy: 'Jane@tests' },
    },
  ]);
  expect((started[0] as { input: object }).input).not.toHaveProperty('confirm');
  expect(await viewRestores(world.deps, 'shop')).toEqual({
    restores: [{ id: 'restore-20260301T020000Z', operation: id }],
  });
});

test('a name that was not typed once more as it is starts nothing', async () => {
  await expect(begin('shop-agian')).rejects.toMatchObject({ code: 'bad-input' });
  expect(started).toEqual([]);
  expect(world.vault.paths(vaultPaths.slots(scope, 'restore'))).toEqual([]);
});

test('a cancellation is taken down once; one of an unknown restore is not found', async () => {
  await begin();
  const by = { by: actorOf('Joe'), reason: 'wrong instant' };
  const restore = 'restore-20260301T020000Z';
  const operation = 'restore.shop.westeurope.20260301T020000Z';
  expect(await cancelRestore(world.deps, 'shop', restore, by)).toEqual({ restore, operation });
  await cancelRestore(world.deps, 'shop', restore, { by: actorOf('Jim'), reason: 'the same' });
  expect(world.vault.json(vaultPaths.restoreCancel(scope, restore))).toMatchObject({
    by: 'Joe@tests',
    reason: 'wrong instant',
  });
  for (const unknown of ['restore-20200101T000000Z', '../points/x', 'x'])
    await expect(cancelRestore(world.deps, 'shop', unknown, by)).rejects.toMatchObject({ code: 'not-found' });
});

test('a plan and an end are shown once it has ended', async () => {
  await takeSnapshot(world);
  await begin();
  const declaredAt = '2026-03-01T02:00:00.000Z';
  const planned = await world.value<{ plan: string }>('planRestore', {
    ...{ ...scope, slot: '20260301T020000Z', to: declaredAt, name: 'shop-again', reason: 'x' },
    ...{ requestedBy: 'Jane', declaredAt },
  });
  await world.value('finalizeRestore', {
    ...{ ...scope, restore: 'restore-20260301T020000Z', plan: planned.plan, endedAt: declaredAt },
    ...{ servers: [], checks: [], heartbeats: [], timeline: [], cancelledBy: 'Joe' },
    secondsByPart: { decide: 0, restore: 0, reconfigure: 0, validate: 0 },
  });
  const { restores } = await viewRestores(world.deps, 'shop');
  expect(restores[0]).toMatchObject({ plan: { requestedBy: 'Jane' }, end: { outcome: 'cancelled' } });
  await expect(
    cancelRestore(world.deps, 'shop', 'restore-20260301T020000Z', { by: actorOf('Joe'), reason: 'late' }),
  ).rejects.toMatchObject({ code: 'conflict' });
});
