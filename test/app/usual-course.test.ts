/** How runs of a kind usually go, from claims and what the hub still has of them. */
import { beforeEach, expect, test } from 'vitest';
import { viewUsualCourse } from '../../src/app/usual-course.ts';
import type { SlotClaim } from '../../src/contracts/documents.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { instanceIdOf } from '../../src/policy/identifiers.ts';
import type { InstanceView } from '../../src/ports/task-hub.ts';
import { takeSnapshot } from '../support/drill-steps.ts';
import { hubKnowing } from '../support/known-runs.ts';
import { askForRestore } from '../support/restore-steps.ts';
import { scope } from '../support/sample-estate.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { makeWorld, type World } from '../support/world.ts';

let clock: VirtualWallClock;
let world: World;
let instances: Map<string, Partial<InstanceView>>;
const asked = 'drill.shop.westeurope.20260301T060000Z';
const course = () => viewUsualCourse(world.deps, hubKnowing(instances, clock), asked);

beforeEach(() => {
  clock = new VirtualWallClock();
  world = makeWorld(clock);
  instances = new Map();
});

/** A drill that ended, with what its claim says; `seconds` undefined: the hub has forgotten it. */
function ended(slot: string, seconds: number | undefined, outcome: string | null = 'PASS'): void {
  const id = instanceIdOf({ kind: 'drill', ...scope, stamp: slot });
  const at = '2026-03-01T00:00:00.000Z';
  const claim: SlotClaim = {
    ...{ schema: 'lifeboat/slot/v1', ...scope, kind: 'drill', slot, claimedAt: at, trigger: 'schedule' },
    instanceId: id,
    ...(outcome === null ? {} : { finished: { at, outcome } }),
  };
  world.vault.put(vaultPaths.slot(scope, 'drill', slot), JSON.stringify(claim));
  if (seconds === undefined) return;
  const done = [{ step: 'restore', seconds: seconds - 1, outcome: 'done' }];
  instances.set(id, {
    state: 'succeeded',
    startedAt: clock.now(),
    updatedAt: clock.now().plus({ seconds }),
    customStatus: { step: 'report', since: at, done },
  });
}

test('is that of the newest five that ended', async () => {
  for (let hour = 10; hour < 17; hour += 1) ended(`20260228T${hour}0000Z`, hour);
  expect(await course()).toEqual({ runs: 5, seconds: 14, steps: [{ step: 'restore', seconds: 13 }] });
});

test('passes over those that failed, were cut short, have not ended or are forgotten, and the one that is asked for', async () => {
  ended('20260228T100000Z', 30);
  ended('20260228T110000Z', 3, 'failed');
  ended('20260228T120000Z', 3, 'dry-run');
  ended('20260228T130000Z', 3, null);
  ended('20260228T140000Z', undefined);
  ended('20260301T060000Z', 3);
  expect(await course()).toMatchObject({ runs: 1, seconds: 30 });
});

test('is none where there was no run', async () => {
  expect(await course()).toEqual({ runs: 0, seconds: 0, steps: [] });
});

test.each(['x', 'heartbeat.shop.westeurope.20260301T060000Z', 'drill.other.westeurope.20260301T060000Z'])(
  'of %s there is none to ask for',
  async (id) => {
    await expect(viewUsualCourse(world.deps, hubKnowing(instances, clock), id)).rejects.toMatchObject({
      code: 'not-found',
    });
  },
);

test('of a restore is what its plan expects, without the wait for another person', async () => {
  await takeSnapshot(world);
  const first = await askForRestore(world, 'latest');
  const view = (slot: string) =>
    viewUsualCourse(
      world.deps,
      hubKnowing(instances, clock),
      instanceIdOf({ kind: 'restore', ...scope, stamp: slot }),
    );
  expect(await view(first.slot)).toEqual({ runs: 0, seconds: 0, steps: [], waits: ['approve'] });
  await world.value('finalizeRestore', {
    ...{ ...scope, restore: first.restore, plan: first.digest, endedAt: '2026-03-01T02:00:00.000Z' },
    servers: [
      { database: 'main', target: first.plan.targets[0]!.target, state: 'ready', detail: 'restored' },
    ],
    ...{ checks: [], heartbeats: [], timeline: [] },
    secondsByPart: { decide: 1, approve: 600, restore: 100, reconfigure: 10, validate: 20 },
  });
  clock.advance(1);
  const second = await askForRestore(world, 'latest');
  expect(await view(second.slot)).toEqual({
    ...{ runs: 1, seconds: 130, waits: ['approve'] },
    steps: [
      { step: 'restore', seconds: 110 },
      { step: 'check', seconds: 20 },
    ],
  });
});
