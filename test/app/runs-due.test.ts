/** What the schedules start: each slot once, and one system's trouble does not hold up another's. */
import { beforeEach, describe, expect, test } from 'vitest';
import { claimSlot } from '../../src/activities/slots.ts';
import { scheduledKinds, startDueRuns, unfinishedRun } from '../../src/app/runs.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { Failure } from '../../src/policy/failure.ts';
import type { InstanceView, TaskHub } from '../../src/ports/task-hub.ts';
import { sampleEstate, scope } from '../support/sample-estate.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { makeWorld, type World } from '../support/world.ts';

let clock: VirtualWallClock;
let world: World;
let started: string[];
let states: Map<string, InstanceView['state']>;
let refuses: (id: string) => boolean;

const hub: TaskHub = {
  async start(_workflow, id) {
    if (refuses(id)) throw new Failure('unavailable', 'the task hub is down', 'Try again.');
    started.push(id);
    states.set(id, 'running');
  },
  async find(id) {
    const state = states.get(id);
    const now = clock.now();
    return state && { id, state, startedAt: now, updatedAt: now, customStatus: undefined, output: undefined };
  },
};

function prepare(timeZone = 'UTC', start = '2026-03-01T00:00:00.000Z'): void {
  clock = new VirtualWallClock(start);
  const estate = structuredClone(sampleEstate());
  const [shop] = estate.systems;
  for (const kind of scheduledKinds) shop!.schedules[kind].timeZone = timeZone;
  estate.systems.push({ ...structuredClone(shop!), id: 'second', name: 'Second' });
  world = makeWorld(clock, { estate });
  [started, states, refuses] = [[], new Map(), () => false];
}
beforeEach(() => prepare());

/** A run ends as its orchestration would write it down. */
async function finish(id: string): Promise<void> {
  const [kind, system, , slot] = id.split('.');
  await world.value('finishSlot', { ...scope, system, kind, slot, outcome: 'done' });
  states.set(id, 'succeeded');
}

describe('over two days, looked at every five minutes', () => {
  test.each([
    ['UTC', '2026-03-01T00:00:00.000Z'],
    ['Europe/Berlin', '2026-03-27T23:00:00.000Z'],
    ['Europe/Berlin', '2026-10-23T22:00:00.000Z'],
    ['America/New_York', '2026-03-07T05:00:00.000Z'],
    ['America/New_York', '2026-10-31T04:00:00.000Z'],
    ['Australia/Lord_Howe', '2026-04-03T13:00:00.000Z'],
  ])('in %s from %s each slot of each system is started once', async (timeZone, start) => {
    prepare(timeZone, start);
    for (let minute = 0; minute < 2 * 24 * 60 - 60; minute += 5) {
      const due = await startDueRuns(world.deps, hub);
      expect(due.troubles).toEqual([]);
      for (const id of due.started) await finish(id);
      clock.advance(300);
    }
    expect(new Set(started).size).toBe(started.length);
    for (const kind of scheduledKinds)
      for (const system of ['shop', 'second'])
        expect(
          started.filter((id) => id.startsWith(`${kind}.${system}.`)),
          `${kind} of ${system}`,
        ).toHaveLength(2);
  });
});

describe('one trouble', () => {
  test('of a system is reported and does not hold up another system or another kind', async () => {
    clock.stepTo('2026-03-01T04:30:00.000Z');
    refuses = (id) => id.startsWith('drill.shop');
    const due = await startDueRuns(world.deps, hub);
    expect(due.troubles).toEqual(['drill of shop: the task hub is down']);
    expect(due.started.map((id) => id.split('.').slice(0, 2).join(' ')).toSorted()).toEqual([
      'drill second',
      'scan second',
      'scan shop',
    ]);
    refuses = () => false;
    clock.advance(60);
    expect(await startDueRuns(world.deps, hub)).toEqual({
      started: ['drill.shop.westeurope.20260301T040000Z'],
      troubles: [],
    });
  });

  test('of a damaged claim names the document', async () => {
    world.vault.put(vaultPaths.slot(scope, 'scan', '20260301T000000Z'), '{ cut');
    const due = await startDueRuns(world.deps, hub);
    expect(due.started).toEqual(['scan.second.westeurope.20260301T000000Z']);
    expect(due.troubles).toEqual([
      expect.stringMatching(/^scan of shop: .*scan-20260301T000000Z\.json .*no JSON/),
    ]);
  });
});

describe('a slot', () => {
  test('waits while an earlier run of its kind is at work, and is started while it is still due', async () => {
    const [first] = (await startDueRuns(world.deps, hub)).started;
    clock.stepTo('2026-03-02T01:00:00.000Z');
    expect((await startDueRuns(world.deps, hub)).started).toEqual([]);
    expect(await unfinishedRun(world.deps, hub, scope, 'scan')).toBe(first);
    await finish(first!);
    clock.advance(60);
    expect((await startDueRuns(world.deps, hub)).started).toContain('scan.shop.westeurope.20260302T000000Z');
  });

  test('waits for a run at work even where one with a later slot has already ended', async () => {
    const [first] = (await startDueRuns(world.deps, hub)).started;
    const { claim } = await claimSlot(world.deps, scope, 'scan', '20260301T000100Z', 'person');
    await finish(claim.instanceId);
    expect(await unfinishedRun(world.deps, hub, scope, 'scan')).toBe(first);
  });

  test('waits while a cycle is at work', async () => {
    const claim = { schema: 'lifeboat/slot/v1', ...scope, kind: 'cycle', slot: '20260228T235900Z' };
    const instanceId = 'cycle.shop.westeurope.20260228T235900Z';
    const rest = { instanceId, claimedAt: '2026-02-28T23:59:00.000Z', trigger: 'person' };
    world.vault.put(vaultPaths.slot(scope, 'cycle', claim.slot), JSON.stringify({ ...claim, ...rest }));
    states.set(instanceId, 'running');
    expect((await startDueRuns(world.deps, hub)).started).toEqual([
      'scan.second.westeurope.20260301T000000Z',
    ]);
    states.set(instanceId, 'succeeded');
    expect((await startDueRuns(world.deps, hub)).started).toEqual(['scan.shop.westeurope.20260301T000000Z']);
  });

  test('that has been served is looked at by one read of its claim, and asks nothing of other runs', async () => {
    const [first] = (await startDueRuns(world.deps, hub)).started;
    await finish(first!);
    world.vault.faults.calls.length = 0;
    await startDueRuns(world.deps, hub);
    const calls = world.vault.faults.calls.filter(
      (label) => label.includes('v1/shop/') && label.includes('/slots/'),
    );
    expect(calls).toEqual([expect.stringContaining('scan-20260301T000000Z')]);
  });
});

test('a schedule that rotates says so to each drill that it starts', async () => {
  world.deps.estate.systems[0]!.schedules.drill.scenario = 'rotate';
  const inputs: unknown[] = [];
  const listening: TaskHub = {
    ...hub,
    start: async (workflow, id, input) => {
      inputs.push(input);
      await hub.start(workflow, id, input);
    },
  };
  clock.advance(5 * 3600);
  await startDueRuns(world.deps, listening);
  const drills = started.filter((id) => id.startsWith('drill.'));
  expect(drills).toHaveLength(2);
  const asked = inputs.filter((_, index) => started[index]?.startsWith('drill.') === true);
  expect(asked).toMatchObject([{ system: 'shop', scenario: 'rotate' }, { system: 'second' }]);
  expect(asked[1]).not.toHaveProperty('scenario');
});
