/**
 * A soft-deleted blob: brought back where nothing else is good, and as deleted as before if it turns out wrong, also
 * where the repair is killed at any place of that.
 */
import { beforeEach, describe, expect, test } from 'vitest';
import type { RepairDocument } from '../../src/contracts/repair.ts';
import { Failure } from '../../src/policy/failure.ts';
import {
  applyAll,
  finishRepair,
  planRepair,
  repairAll,
  type PlannedRepair,
} from '../support/repair-steps.ts';
import { alertOf, good, makeRepairWorld, nameOfGood, type RepairWorld } from '../support/repair-world.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';

let clock: VirtualWallClock;
let world: RepairWorld;

beforeEach(() => {
  clock = new VirtualWallClock();
});

describe('a soft-deleted blob', () => {
  beforeEach(() => {
    world = makeRepairWorld(clock, { keeping: 'soft-delete' });
    world.find([nameOfGood, 'missing']);
  });

  test('is undeleted, not written', async () => {
    world.store.delete(nameOfGood);
    expect(await repairAll(world)).toMatchObject({ outcome: 'done', repaired: 1 });
    expect(world.store.writes).toEqual([`undelete ${nameOfGood}`]);
    expect(world.store.bytesOf(nameOfGood)).toEqual(good);
  });

  test('is left deleted where another copy is good', async () => {
    world.store.replicate();
    world.store.delete(nameOfGood);
    await repairAll(world);
    expect(world.store.writes).toEqual([`put ${nameOfGood}`]);
  });

  test('that turns out wrong is deleted again: nothing is otherwise than before', async () => {
    world.store.delete(nameOfGood);
    world.store.rot(nameOfGood, 'deleted', Buffer.from('bad as well'));
    expect(await repairAll(world)).toMatchObject({ outcome: 'incomplete', repaired: 0, left: 1 });
    expect(world.store.bytesOf(nameOfGood)).toBeUndefined();
    expect(world.store.isSoftDeleted(nameOfGood)).toBe(true);
  });

  test('in whose place somebody uploads at the last moment: that upload is not deleted', async () => {
    world.store.delete(nameOfGood);
    const upload = Buffer.from('of the last moment');
    world.store.undelete = () => {
      clock.advance(1);
      world.store.upload(nameOfGood, upload);
      return Promise.resolve(true);
    };
    await repairAll(world);
    expect(world.items()[0]?.outcome).toBe('failed');
    expect(world.store.bytesOf(nameOfGood)).toEqual(upload);
    expect(world.store.writes).toEqual([]);
  });
});

describe('an undeletion that is killed', () => {
  const wrong = Buffer.from('bad as well');
  /** Everything that an undeletion of wrong content does, in order: each is a place to be killed at. */
  const places = [
    ['vault', 'append', 0],
    ['store', 'current', 0],
    ['vault', 'create v1/shop/westeurope/repair-items', 0],
    ['store', 'undelete', 0],
    ['store', 'current', 1],
    ['store', 'current', 2],
    ['store', `open ${nameOfGood}`, 0],
    ['store', `open ${nameOfGood}`, 1],
    ['store', 'deleteAgain', 0],
    ['vault', 'append', 1],
    ['vault', 'create v1/shop/westeurope/repair-items', 1],
  ] as const;
  const kills = places.flatMap(([where, what, skip]) => [
    { where, what, skip, fault: 'before' as const },
    { where, what, skip, fault: 'after' as const },
  ]);

  /** A planned and approved repair of a soft-deleted blob with that content. */
  async function planUndeletion(content: Buffer): Promise<PlannedRepair> {
    world = makeRepairWorld(clock, { keeping: 'soft-delete' });
    world.find([nameOfGood, 'missing']);
    world.store.delete(nameOfGood);
    world.store.rot(nameOfGood, 'deleted', content);
    const planned = await planRepair(world);
    world.decide(planned.plan);
    return planned;
  }

  /** Everything that is left behind: in the store, on record, and told to people. */
  const leftBehind = (document: RepairDocument): object => ({
    bytes: world.store.bytesOf(nameOfGood),
    isSoftDeleted: world.store.isSoftDeleted(nameOfGood),
    items: world.items(),
    document,
    alert: alertOf(world, 'repair-incomplete'),
  });

  /** The repair is gone between the undeletion and the look at it: nothing behind that place ever runs. */
  async function dieOnceUndeleted(plan: string): Promise<void> {
    const undelete = world.store.undelete.bind(world.store);
    const undeleted = new Promise<void>((resolve) => {
      world.store.undelete = async (...given) => {
        await undelete(...given);
        resolve();
        return new Promise(() => undefined);
      };
    });
    void applyAll(world, plan);
    await undeleted;
    world.store.undelete = undelete;
  }

  test('between the undeletion and the look at it leaves behind what an undisturbed one does', async () => {
    const undisturbed = await planUndeletion(wrong);
    await applyAll(world, undisturbed.plan);
    const end = leftBehind(await finishRepair(world, undisturbed));
    expect(end).toMatchObject({ bytes: undefined, isSoftDeleted: true });
    const planned = await planUndeletion(wrong);
    await dieOnceUndeleted(planned.plan);
    expect(world.store.bytesOf(nameOfGood)).toEqual(wrong);
    await applyAll(world, planned.plan);
    expect(leftBehind(await finishRepair(world, planned))).toEqual(end);
    expect(world.store.writes).toEqual([`undelete ${nameOfGood}`, `deleteAgain ${nameOfGood}`]);
    expect(alertOf(world, 'repair-incomplete')).toMatchObject({
      severity: 'critical',
      detail: expect.stringContaining('the undeletion was taken back') as string,
    });
  });

  test.each(kills)('$fault $what ($where, call $skip): wrong content ends deleted', async (kill) => {
    const planned = await planUndeletion(wrong);
    await killedAt(kill, planned.plan);
    await applyAll(world, planned.plan);
    expect(world.store.bytesOf(nameOfGood)).toBeUndefined();
    expect(world.store.isSoftDeleted(nameOfGood)).toBe(true);
    expect(world.items()).toMatchObject([{ outcome: 'no-good-copy' }]);
    expect(await finishRepair(world, planned)).toMatchObject({ outcome: 'incomplete', repaired: 0, left: 1 });
  });

  test.each(
    kills.filter(({ what, skip }) => what !== 'deleteAgain' && !(what.startsWith('open') && skip > 0)),
  )('$fault $what ($where, call $skip): right content ends standing, brought back once', async (kill) => {
    const planned = await planUndeletion(good);
    await killedAt(kill, planned.plan);
    await applyAll(world, planned.plan);
    expect(world.store.bytesOf(nameOfGood)).toEqual(good);
    expect(world.store.writes).toEqual([`undelete ${nameOfGood}`]);
    expect(await finishRepair(world, planned)).toMatchObject({ outcome: 'done', repaired: 1, left: 0 });
  });

  test.each<[string, () => void]>([
    [
      'somebody uploads over it',
      () => {
        clock.advance(1);
        world.store.upload(nameOfGood, Buffer.from('not so good'));
      },
    ],
    [
      'it is of another size than the plan says',
      () => world.store.rot(nameOfGood, 'current', Buffer.from('longer than it was')),
    ],
    [
      'the store does not tell when it was made',
      () => {
        const current = world.store.current.bind(world.store);
        world.store.current = async (...given) => {
          const state = await current(...given);
          return state === undefined ? undefined : { ...state, createdAt: undefined };
        };
      },
    ],
    [
      'it changes at the moment of the deletion',
      () => {
        const deleteAgain = world.store.deleteAgain.bind(world.store);
        world.store.deleteAgain = (...given) => {
          world.store.upload(nameOfGood, Buffer.from('last moment'));
          return deleteAgain(...given);
        };
      },
    ],
  ])('and %s before the next run: it is left alone, and people are told', async (_what, change) => {
    const planned = await planUndeletion(wrong);
    await dieOnceUndeleted(planned.plan);
    change();
    await applyAll(world, planned.plan);
    expect(world.store.bytesOf(nameOfGood)).toBeDefined();
    expect(world.store.writes).toEqual([`undelete ${nameOfGood}`]);
    expect(world.items()).toMatchObject([{ outcome: 'refused' }]);
    const document = await finishRepair(world, planned);
    expect(document).toMatchObject({ outcome: 'incomplete', repaired: 0, left: 1 });
    expect(alertOf(world, 'repair-incomplete')).toMatchObject({
      severity: 'critical',
      detail: expect.stringContaining('it is not certain that this is what was brought back') as string,
    });
  });

  async function killedAt(kill: (typeof kills)[number], plan: string): Promise<void> {
    const faults = kill.where === 'vault' ? world.vault.faults : world.store.faults;
    const error = new Failure('cannot-record', 'killed here', 'It goes on.');
    faults.on(kill.what, kill.fault, { skip: kill.skip, error });
    await expect(applyAll(world, plan)).rejects.toThrow('killed here');
  }
});
