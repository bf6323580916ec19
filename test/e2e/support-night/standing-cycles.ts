/** Cycles that are brought to a stand before one of their steps, while something around them is changed. */
import { expect } from 'vitest';
import { until } from '../support/until.ts';
import type { Damaged } from './damage.ts';
import { expectNothingLost } from './expectations.ts';
import { HostAdmin } from './host-admin.ts';
import type { CycleView, Night } from './night.ts';
import { Pauses } from './pauses.ts';

/** Damages something between a cycle's prune and its drill, and puts it right afterwards. */
export async function cycleDamagedBeforeDrill(
  night: Night,
  damage: (night: Night) => Promise<Damaged>,
): Promise<{ cycle: CycleView; damaged: Damaged }> {
  const before = await night.belongings();
  const { id } = await beginAndStand(night, 'restoreDrill');
  const damaged = await damage(night);
  pausesOf(night).release();
  const cycle = await night.ended(id);
  await damaged.putRight();
  await expectNothingLost(night, before);
  expect(cycle).toMatchObject({ snapshot: { outcome: 'done' }, scan: { outcome: 'clean' } });
  return { cycle, damaged };
}

const children = ['snapshot', 'integrityScan', 'prune', 'restoreDrill'] as const;

/** Begins a cycle and brings the host to a stand when the cycle is about to begin one of its steps. */
export async function beginAndStand(
  night: Night,
  child: (typeof children)[number],
): Promise<{ id: string; pid: number }> {
  const task = children.indexOf(child) + 2; // The claim and the heartbeat come first.
  pausesOf(night).ask({
    instance: 'cycle',
    step: `turn SubOrchestrationInstanceCreated:${task}`,
    side: 'after',
  });
  const id = await night.begin();
  return { id, pid: await pausesOf(night).untilStanding() };
}

/** Waits until the snapshot has tried its first activity for the last time. */
export async function untilGivenUp(night: Night, snapshot: string): Promise<void> {
  const admin = new HostAdmin(night.stack, night.place.region);
  await until('the snapshot is given up', async () => {
    const recorded = await admin.history(snapshot).catch(() => undefined); // The host is not up yet.
    return recorded?.history.some(({ Name }) => Name === 'raiseAlert') === true ? true : undefined;
  });
}

/** Where the host of a night's region is brought to a stand. */
export function pausesOf(night: Night): Pauses {
  return new Pauses(new HostAdmin(night.stack, night.place.region).folder);
}
