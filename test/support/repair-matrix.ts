/** The repair matrix: where a good copy is, what is damaged, what else happens between the plan and the repair. */
import type { Clock } from '../../src/ports/clock.ts';
import {
  damageCurrent,
  damages,
  good,
  makeRepairWorld,
  nameOfGood,
  type DamageKind,
  type RepairWorld,
} from './repair-world.ts';

export const replicas = ['an earlier version', 'the geo secondary'] as const;
export type Replica = (typeof replicas)[number];
export const races = ['undisturbed', 'changed meanwhile', 'repaired meanwhile'] as const;

export const matrix = replicas.flatMap((replica) =>
  damages.flatMap((kind) => races.map((race) => ({ replica, kind, race }))),
);

/** A world in which a blob is damaged and just that replica of it is good. */
export function damagedBlobOf(clock: Clock, replica: Replica, kind: DamageKind): RepairWorld {
  const world = makeRepairWorld(clock, {
    keeping: replica === 'an earlier version' ? 'versions' : 'nothing',
  });
  if (replica === 'an earlier version') world.store.upload(nameOfGood, good);
  else world.store.replicate();
  damageCurrent(world.store, kind);
  return world;
}
