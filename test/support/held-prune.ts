/** A prune that the brake holds: two of three points would go, and a third at most may. */
import { claimSlot } from '../../src/activities/slots.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { personOf, type Actor } from '../../src/contracts/actor.ts';
import { stampOf } from '../../src/policy/identifiers.ts';
import { finishPrune, oldAndNew, planPrune, type Planned } from './prune-steps.ts';
import { sampleEstate, scope } from './sample-estate.ts';
import type { VirtualWallClock } from './wall-clock.ts';
import { makeWorld, type World } from './world.ts';

/** A world in which a prune of this second is held, as it ends when `starter`, or the schedule, began it. */
export async function heldPrune(
  clock: VirtualWallClock,
  starter?: Actor,
  fraction = 0.3,
): Promise<{ readonly world: World; readonly planned: Planned }> {
  const estate = structuredClone(sampleEstate());
  estate.systems[0]!.retention.brake = { fraction, count: 20, contentFraction: 1, contentCount: 20_000 };
  const world = makeWorld(clock, { estate });
  await oldAndNew(world, clock);
  await beginPrune(world, starter);
  const planned = await planPrune(world);
  await finishPrune(world, planned.plan, planned.held === undefined ? {} : { held: planned.held });
  return { world, planned };
}

/** Claims the prune of this second. */
export async function beginPrune({ deps, clock }: World, starter?: Actor): Promise<void> {
  const stamp = stampOf(clock.now());
  if (starter === undefined) await claimSlot(deps, scope, 'prune', stamp, 'schedule');
  else await claimSlot(deps, scope, 'prune', stamp, 'person', { person: personOf(starter) });
}

/** Has the held plan carried out by a prune of this second. */
export async function takeUp(world: World, { plan }: Planned, starter?: Actor): ReturnType<World['run']> {
  (world.clock as VirtualWallClock).advance(1);
  await beginPrune(world, starter);
  return world.run('planPrune', { ...scope, slot: stampOf(world.clock.now()), dryRun: false, plan });
}

export const approvalPath = ({ plan }: Planned): string => vaultPaths.approval(scope, plan);
