import { beforeEach, describe, expect, test } from 'vitest';
import { startDueRuns, startRun } from '../../src/app/runs.ts';
import { slotClaim } from '../../src/contracts/documents.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { Failure } from '../../src/policy/failure.ts';
import type { InstanceView, TaskHub } from '../../src/ports/task-hub.ts';
import { actorOf } from '../support/actors.ts';
import { scope } from '../support/sample-estate.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { makeWorld, type World } from '../support/world.ts';

let clock: VirtualWallClock;
let world: World;
let started: string[];
let states: Map<string, InstanceView['state']>;
let isDown: boolean;

const hub: TaskHub = {
  async start(workflow, id) {
    if (isDown) throw new Failure('unavailable', 'the task hub is down', 'Try again.');
    started.push(`${workflow} ${id}`);
    states.set(id, 'running');
  },
  async find(id) {
    const state = states.get(id);
    const at = clock.now();
    return state && { id, state, startedAt: at, updatedAt: at, customStatus: undefined, output: undefined };
  },
};

beforeEach(() => {
  clock = new VirtualWallClock('2026-03-01T01:30:00.000Z');
  world = makeWorld(clock);
  [started, states, isDown] = [[], new Map(), false];
});

const due = async (): Promise<readonly string[]> => (await startDueRuns(world.deps, hub)).started;
const snapshots = (): string[] => started.filter((one) => one.startsWith('snapshot '));
const order = { kind: 'cycle', scope, actor: actorOf('someone'), input: {} } as const;

test('a scan of a store that the estate does not have is refused before anything is started', async () => {
  const scan = { ...order, kind: 'scan', input: { store: 'pictures' } } as const;
  await expect(startRun(world.deps, hub, scan)).rejects.toMatchObject({
    code: 'not-found',
    message: expect.stringContaining('no blob store "pictures"') as string,
  });
  expect(started).toEqual([]);
  expect(world.vault.paths(vaultPaths.slots(scope, 'scan'))).toEqual([]);
});

describe('a run by the schedule', () => {
  test('is started once however often and by however many hosts the timer fires', async () => {
    await Promise.all([due(), due(), due()]);
    clock.advance(600);
    await due();
    expect(new Set(snapshots())).toEqual(new Set(['snapshot snapshot.shop.westeurope.20260301T013000Z']));
    // Hosts that look at the same moment start the same instance id, which the hub takes once.
    expect(world.vault.paths(vaultPaths.slots(scope, 'snapshot'))).toHaveLength(1);
  });

  test('that was claimed and never started, because the process died, is started by the next look', async () => {
    isDown = true;
    const { started: none, troubles } = await startDueRuns(world.deps, hub);
    expect({ none, isTold: troubles.length > 0 }).toEqual({ none: [], isTold: true });
    isDown = false;
    clock.advance(60);
    await due();
    expect(snapshots()).toHaveLength(1);
  });

  test('that has ended is not started again when the hub has forgotten it', async () => {
    await due();
    await world.value('finishSlot', {
      ...scope,
      kind: 'snapshot',
      slot: '20260301T013000Z',
      outcome: 'done',
    });
    states.clear();
    clock.advance(60);
    await due();
    expect(snapshots()).toHaveLength(1);
  });

  test('that was missed is not made up for', async () => {
    clock.stepTo('2026-03-01T03:45:00.000Z');
    await due();
    expect(snapshots()).toEqual([]);
  });

  test('is of this deployment’s region alone', async () => {
    await due();
    expect(started.length).toBeGreaterThan(0);
    expect(started.every((one) => one.includes('.westeurope.'))).toBe(true);
  });
});

describe('a run that a person starts', () => {
  test('is in the audit log under their name, claimed, and started', async () => {
    const id = await startRun(world.deps, hub, order);
    expect(id).toBe('cycle.shop.westeurope.20260301T013000Z');
    expect(started).toEqual([`cycle ${id}`]);
    expect(world.vault.entries(vaultPaths.auditSegments(scope))).toMatchObject([
      { actor: { kind: 'caller', subject: 'someone', tenant: 'tests' }, action: 'start-cycle' },
      { action: 'start-cycle', intent: 1, result: 'done', detail: { operation: id } },
    ]);
    expect(
      slotClaim.parse(world.vault.json(vaultPaths.slot(scope, 'cycle', '20260301T013000Z'))),
    ).toMatchObject({ trigger: 'person' });
  });

  test('is refused while one of its kind is at work, naming it', async () => {
    const id = await startRun(world.deps, hub, order);
    clock.advance(60);
    await expect(startRun(world.deps, hub, order)).rejects.toMatchObject({
      code: 'conflict',
      message: `${id} is still at work`,
    });
    states.set(id, 'succeeded');
    await startRun(world.deps, hub, order);
    expect(started).toHaveLength(2);
  });

  test('begun in the second in which another has ended is a run of its own', async () => {
    const first = await startRun(world.deps, hub, order);
    states.set(first, 'succeeded');
    await world.value('finishSlot', { ...scope, kind: 'cycle', slot: '20260301T013000Z', outcome: 'PASS' });
    const second = await startRun(world.deps, hub, order);
    expect([first, second]).toEqual([
      'cycle.shop.westeurope.20260301T013000Z',
      'cycle.shop.westeurope.20260301T013001Z',
    ]);
    expect(started).toHaveLength(2);
  });

  test('does not happen if it cannot be recorded', async () => {
    world.vault.faults.on('append', 'before', { error: new Failure('cannot-record', 'full', 'Make room.') });
    await expect(startRun(world.deps, hub, order)).rejects.toMatchObject({ code: 'cannot-record' });
    expect(started).toEqual([]);
    expect(world.vault.entries(vaultPaths.auditSegments(scope))).toEqual([]);
    expect(world.vault.paths(vaultPaths.slots(scope, 'cycle'))).toEqual([]);
  });

  test('of another region or system is refused', async () => {
    await expect(
      startRun(world.deps, hub, { ...order, scope: { ...scope, region: 'eastus' } }),
    ).rejects.toMatchObject({ code: 'wrong-region' });
    await expect(
      startRun(world.deps, hub, { ...order, scope: { ...scope, system: 'x' } }),
    ).rejects.toMatchObject({ code: 'not-found' });
    expect(started).toEqual([]);
  });
});
