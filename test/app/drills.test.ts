/** Drills as the API starts them, and as the status shows them. */
import { beforeEach, describe, expect, test } from 'vitest';
import { startDrill } from '../../src/app/drills.ts';
import { viewStatus } from '../../src/app/views.ts';
import { startDrillRequest } from '../../src/contracts/api/runs.ts';
import { isoOf } from '../../src/contracts/values.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import type { TaskHub } from '../../src/ports/task-hub.ts';
import { actorOf } from '../support/actors.ts';
import { drillFactsOf } from '../support/drill-facts.ts';
import { carryOut, takeSnapshot } from '../support/drill-steps.ts';
import { scope } from '../support/sample-estate.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { makeWorld, type World } from '../support/world.ts';

let world: World;
let started: { workflow: string; id: string; input: unknown }[];
const hub: TaskHub = {
  start: async (workflow, id, input) => void started.push({ workflow, id, input }),
  find: async () => undefined,
};
const begin = (order: object): Promise<string> =>
  startDrill(world.deps, hub, startDrillRequest.parse({ system: 'shop', ...order }), actorOf('Jane'));

beforeEach(() => {
  world = makeWorld(new VirtualWallClock('2026-03-01T02:00:00.000Z'));
  started = [];
});

describe('a drill', () => {
  test.each([
    [{}],
    [{ point: 'latest', cleanUpDelaySeconds: 60 }],
    [{ point: 'random', seed: 7 }],
    [{ point: '2026-03-01T01:30:00.000Z' }],
    [{ scenario: 'operator-error' }],
  ])('of %j is started as it was asked for', async (order) => {
    const id = await begin(order);
    expect(id).toBe('drill.shop.westeurope.20260301T020000Z');
    expect(started).toMatchObject([{ workflow: 'restoreDrill', id, input: { ...scope, ...order } }]);
  });

  test.each([
    [{ point: 'latest', seed: 7 }, 'bad-input', /^seed: goes with the point "random" alone/],
    [{ seed: 7 }, 'bad-input', /^seed: /],
    [{ scenario: 'ransomware', cleanUpDelaySeconds: 9 }, 'bad-input', /^cleanUpDelaySeconds: does not go/],
    [{ scenario: 'operator-error', point: 'latest' }, 'bad-input', /^point: does not go with the scenario/],
    [{ point: '2026-03-02T00:00:00.000Z' }, 'bad-input', /lies in the future/],
    [{ point: 'on-demand-20260301T013000Z' }, 'not-found', /no usable recovery point "on-demand/],
  ])('of %j is refused before anything is started', async (order, code, message) => {
    const refused = { code, message: expect.stringMatching(message) as string };
    await expect(async () => begin(order)).rejects.toMatchObject(refused);
    expect(started).toEqual([]);
    expect(world.vault.paths(vaultPaths.slots(scope, 'drill'))).toEqual([]);
  });

  test('of an instant is the last one that the status shows, though no recorded point tells of it', async () => {
    await takeSnapshot(world);
    const clock = world.clock as VirtualWallClock;
    clock.advance(30);
    const point = isoOf(clock.now());
    clock.advance(30);
    const planned = await world.value<{
      plan: string;
      drill: string;
      targets: { database: string; target: string }[];
    }>('planDrill', {
      ...{ ...scope, slot: '20260301T020100Z', trigger: 'person', point, declaredAt: isoOf(clock.now()) },
      cleanUpDelaySeconds: 0,
    });
    const { database, target } = planned.targets[0]!;
    const on = { ...scope, plan: planned.plan, database };
    await carryOut(world, 'beginRestore', on);
    await carryOut(world, 'openServer', on);
    const facts = await drillFactsOf(world, { on, drill: planned.drill, target, point: '' });
    expect(await world.value('finalizeReport', facts)).toMatchObject({ result: 'PASS', rpoSeconds: 30 });
    const { systems } = await viewStatus(world.deps, hub, 'https://vault.example/lifeboat');
    expect(systems[0]?.drill).toMatchObject({ id: planned.drill, point: 'instant-20260301T020030Z' });
  });
});
