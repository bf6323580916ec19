/** A repair that is killed at any place of a write goes on from there: one write, one result. */
import { beforeEach, describe, expect, test } from 'vitest';
import { Failure } from '../../src/policy/failure.ts';
import { applyAll, finishRepair, planRepair } from '../support/repair-steps.ts';
import {
  auditStages,
  good,
  makeDamagedWorld,
  nameOfGood,
  type RepairWorld,
} from '../support/repair-world.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';

let clock: VirtualWallClock;
let world: RepairWorld;

beforeEach(() => {
  clock = new VirtualWallClock();
});

describe('a repair that is killed', () => {
  /** Everything that one item does, in order: each is a place to be killed at. */
  const places = [
    ['vault', 'append', 0],
    ['store', 'current', 0],
    ['vault', 'createFrom', 0],
    ['vault', 'open', 0],
    ['vault', 'create v1/shop/westeurope/repair-items', 0],
    ['store', 'open version', 0],
    ['store', 'put', 0],
    ['store', `open ${nameOfGood}`, 3],
    ['vault', 'append', 1],
    ['vault', 'create v1/shop/westeurope/repair-items', 1],
  ] as const;

  test.each(
    places.flatMap(([where, what, skip]) => [
      { where, what, skip, fault: 'before' as const },
      { where, what, skip, fault: 'after' as const },
    ]),
  )(
    '$fault $what ($where, call $skip) goes on: one write, one result',
    async ({ where, what, skip, fault }) => {
      world = makeDamagedWorld(clock, 'a flipped bit');
      const planned = await planRepair(world);
      world.decide(planned.plan);
      const faults = where === 'vault' ? world.vault.faults : world.store.faults;
      faults.on(what, fault, { skip, error: new Failure('cannot-record', 'killed here', 'It goes on.') });
      await expect(applyAll(world, planned.plan)).rejects.toThrow('killed here');
      await applyAll(world, planned.plan);
      expect(world.store.writes).toEqual([`put ${nameOfGood}`]);
      expect(world.store.bytesOf(nameOfGood)).toEqual(good);
      expect(world.items()).toMatchObject([{ outcome: 'repaired' }]);
      expect(world.vault.paths().filter((path) => path.includes('/quarantine/'))).toHaveLength(1);
      expect(auditStages(world)).toContain('outcome');
      expect(await finishRepair(world, planned)).toMatchObject({ outcome: 'done', repaired: 1 });
    },
  );
});
