/** The repair matrix: repaired wherever a good copy exists, otherwise not one write. */
import { beforeEach, describe, expect, test } from 'vitest';
import { damagedBlobOf, matrix, races, replicas } from '../support/repair-matrix.ts';
import { applyAll, finishRepair, planRepair, repairAll } from '../support/repair-steps.ts';
import { alertOf, damages, good, nameOfGood, verdictOf, type RepairWorld } from '../support/repair-world.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';

let clock: VirtualWallClock;
let world: RepairWorld;

beforeEach(() => {
  clock = new VirtualWallClock();
});

describe('the repair matrix', () => {
  test('is of 2 replicas, 8 kinds of damage and 3 races', () => {
    expect(matrix).toHaveLength(2 * 8 * 3);
    expect([replicas.length, damages.length, races.length]).toEqual([2, 8, 3]);
  });

  test.each(matrix)('$replica, $kind, $race', async ({ replica, kind, race }) => {
    world = damagedBlobOf(clock, replica, kind);
    world.find([nameOfGood, verdictOf(kind)]);
    const other = Buffer.from('what somebody else wrote in the meantime');
    const document = await repairAll(world, () => {
      if (race === 'changed meanwhile') world.store.upload(nameOfGood, other);
      if (race === 'repaired meanwhile') world.store.upload(nameOfGood, good);
    });
    const { store } = world;
    const [item] = world.items();
    expect({
      ...{ outcome: item?.outcome, left: document.left, bytes: store.bytesOf(nameOfGood) },
      ...{ writes: store.writes.length, asked: store.faults.count('put ') },
    }).toEqual(
      {
        undisturbed: { outcome: 'repaired', left: 0, bytes: good, writes: 1, asked: 1 },
        'changed meanwhile': { outcome: 'refused', left: 1, bytes: other, writes: 0, asked: 0 },
        'repaired meanwhile': { outcome: 'not-damaged-any-more', left: 0, bytes: good, writes: 0, asked: 0 },
      }[race],
    );
  });

  test.each(replicas.flatMap((replica) => damages.map((kind) => ({ replica, kind }))))(
    '$replica that is bad too, $kind: not one write',
    async ({ replica, kind }) => {
      world = damagedBlobOf(clock, replica, kind);
      const bad = Buffer.from('bad as well');
      world.store.rot(nameOfGood, 'versions', bad);
      world.store.rot(nameOfGood, 'secondary', bad);
      world.find([nameOfGood, verdictOf(kind)]);
      const before = world.store.bytesOf(nameOfGood);
      const planned = await planRepair(world);
      expect(planned).toMatchObject({ automatic: 0, manual: 0 });
      world.decide(planned.plan);
      await applyAll(world, planned.plan);
      expect(world.store.writes).toEqual([]);
      expect(world.store.faults.count('put ')).toBe(0);
      expect(world.store.bytesOf(nameOfGood)).toEqual(before);
      expect(world.plan(planned.plan).items).toMatchObject([{ decision: 'no-good-copy' }]);
      expect(await finishRepair(world, planned)).toMatchObject({
        outcome: 'incomplete',
        repaired: 0,
        left: 1,
      });
      expect(alertOf(world, 'repair-incomplete')).toMatchObject({ severity: 'critical' });
    },
  );
});
