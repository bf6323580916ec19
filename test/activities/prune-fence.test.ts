/**
 * Two prunes on two hosts, of which one stood still and comes back late: the looks that mark blobs without reference count
 * as if one host alone had made them, and a plan that was overtaken deletes nothing that the looks since then do not bear.
 */
import { beforeEach, describe, expect, test } from 'vitest';
import { readMarks } from '../../src/activities/prune/marks.ts';
import { planPrune, prunePortion, type Planned, type Portion } from '../support/prune-steps.ts';
import { scope } from '../support/sample-estate.ts';
import { scanAll } from '../support/scan-steps.ts';
import { day, hexOf, makeUnreferencedWorld, marked, night } from '../support/unreferenced-world.ts';
import type { UnreferencedWorld } from '../support/unreferenced-world.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';

let world: UnreferencedWorld;
beforeEach(() => {
  world = makeUnreferencedWorld(new VirtualWallClock('2026-03-01T01:30:00.000Z'));
});

const carryOut = (planned: Planned): Promise<Portion> => prunePortion(world, planned, 'unreferenced-blob');
const stands = (): boolean => world.store.bytesOf(world.free) !== undefined;
/** The other host's scan and prune, without a snapshot: no recovery point remembers what was referred to then. */
async function otherHostLooks(): Promise<Planned> {
  world.clock.advance(1);
  await scanAll(world);
  return planPrune(world);
}
/** A row refers to the blob for as long as `during` takes, and no more afterwards. */
async function referredTo(during: () => Promise<unknown>): Promise<void> {
  const rows = world.source.references;
  world.source.references = [...rows, hexOf('nobody')];
  await during();
  world.source.references = rows;
}
const firstMark = async (): Promise<number | undefined> =>
  [...(await readMarks(world.deps, scope, 'files')).before.unreferenced.values()][0]?.first;
const overtaken = `looks since the plan did not all find it without reference`;

describe('a host that stood still with its plan and comes back late', () => {
  test('deletes what every look since then found without reference, as one host alone would', async () => {
    const planned = await marked(world);
    world.clock.advance(day);
    await otherHostLooks();
    expect(await carryOut(planned)).toEqual({ deleted: 1, refused: [] });
    expect(world.store.writes).toEqual([`delete ${world.free}`]);
  });

  test('deletes nothing whose row of looks was broken, whether it began anew or not', async () => {
    const planned = await marked(world);
    world.clock.advance(day);
    await referredTo(otherHostLooks);
    const refused = { deleted: 0, refused: [`files/${world.free}: ${overtaken}`] };
    expect(await carryOut(planned)).toEqual(refused);
    await otherHostLooks();
    expect(await carryOut(planned)).toEqual(refused);
    expect([stands(), world.store.writes]).toEqual([true, []]);
    // The row that began anew bears it once it is as long as it must be.
    world.clock.advance(8 * day);
    expect(await carryOut(await night(world))).toEqual({ deleted: 1, refused: [] });
  });

  test('deletes nothing where the marks are gone, and confirms what the other host deleted', async () => {
    const planned = await marked(world);
    const path = world.vault.paths().find((one) => one.includes('/content-marks/')) ?? '';
    const marks = world.vault.text(path);
    world.vault.remove(path);
    expect((await carryOut(planned)).deleted).toBe(0);
    world.vault.put(path, marks);
    const other = await otherHostLooks();
    expect(await carryOut(other)).toEqual({ deleted: 1, refused: [] });
    await otherHostLooks(); // The blob is gone, and its mark with it.
    expect(await carryOut(planned)).toEqual({ deleted: 1, refused: [] });
    expect(world.store.writes).toEqual([`delete ${world.free}`]);
  });
});

describe('a host that stood still in the middle of its look', () => {
  /** Lets `meanwhile` happen right before this host writes its marks. */
  function standsStillFor(meanwhile: () => Promise<unknown>): void {
    for (const name of ['create', 'replace'] as const) {
      const write = world.vault[name].bind(world.vault) as (...given: unknown[]) => Promise<boolean>;
      let isFirst = true;
      world.vault[name] = async (path: string, ...rest: unknown[]) => {
        if (path.includes('/content-marks/') && isFirst) {
          isFirst = false;
          await meanwhile();
        }
        return write(path, ...rest);
      };
    }
  }

  test('marks nothing over what the other one has marked since', async () => {
    await night(world);
    world.clock.advance(4 * day);
    standsStillFor(async () => {
      world.clock.advance(day);
      await referredTo(otherHostLooks);
    });
    await night(world);
    expect(await firstMark()).toBeUndefined();
    await otherHostLooks();
    expect(await firstMark()).toBe(Math.floor(world.clock.now().toSeconds()));
  });

  test('does not begin the row of the other one anew either', async () => {
    standsStillFor(otherHostLooks);
    await night(world);
    const first = await firstMark();
    expect(first).toBeDefined();
    world.clock.advance(4 * day);
    const both = await Promise.all([planPrune(world), planPrune(world)]);
    expect(both.map(({ portions }) => portions)).toEqual([[], []]);
    expect(await firstMark()).toBe(first);
  });
});
