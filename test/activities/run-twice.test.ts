/**
 * The platform may run any activity twice, one after the other or at the same time. Each must then have one effect
 * outside. The tables name, for every activity, what it is given and what its one effect is; an activity without an
 * entry fails.
 */
import { describe, expect, test } from 'vitest';
import { allActivities } from '../../src/activities/all.ts';
import type { ActivityOutcome } from '../../src/contracts/activity.ts';
import { cutovers } from '../support/run-twice/cutovers.ts';
import { drills } from '../support/run-twice/drills.ts';
import { nothing, type Entries, type Entry } from '../support/run-twice/entry.ts';
import { prunes } from '../support/run-twice/prunes.ts';
import { repairs } from '../support/run-twice/repairs.ts';
import { restoredTables } from '../support/run-twice/restored-tables.ts';
import { restores } from '../support/run-twice/restores.ts';
import { runs } from '../support/run-twice/runs.ts';
import { scans } from '../support/run-twice/scans.ts';
import { snapshots } from '../support/run-twice/snapshots.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { makeWorld, type World } from '../support/world.ts';

const table: Entries = {
  ...runs,
  ...snapshots,
  ...drills,
  ...scans,
  ...repairs,
  ...prunes,
  ...restores,
  ...restoredTables,
  ...cutovers,
};

const names = allActivities(makeWorld(new VirtualWallClock()).deps).map((activity) => activity.name);
/** Planning a snapshot leaves nothing behind. */
const isSilent = (name: string): boolean => table[name]?.effects === nothing || name === 'planSnapshot';

test('every activity of the product stands in the table, and none else', () => {
  expect(Object.keys(table).toSorted()).toEqual(names.toSorted());
});

const worldOf = (entry: Entry): World => entry.make?.() ?? makeWorld(new VirtualWallClock());

/** Done, or told to come again because the first run's work is still going on. */
function expectAccepted(outcome: ActivityOutcome): void {
  const isAccepted =
    outcome.outcome === 'done' || outcome.failure.retryable || outcome.failure.code === 'conflict';
  expect({ isAccepted, outcome }).toEqual({ isAccepted: true, outcome });
}

describe.each(names)('%s', (name) => {
  const entry = table[name]!;

  test('run a second time changes nothing outside', async () => {
    const world = worldOf(entry);
    const input = await entry.prepare(world);
    expect(await world.run(name, input)).toMatchObject({ outcome: 'done' });
    const once = entry.effects(world);
    expect(once.length > 0).toBe(!isSilent(name));
    expectAccepted(await world.run(name, input));
    expect(entry.effects(world)).toEqual(once);
  });

  test('run twice at the same time has one effect', async () => {
    const [alone, both] = [worldOf(entry), worldOf(entry)];
    await alone.run(name, await entry.prepare(alone));
    const input = await entry.prepare(both);
    const outcomes = await Promise.all([both.run(name, input), both.run(name, input)]);
    expect(outcomes.filter((one) => one.outcome === 'done').length).toBeGreaterThan(0);
    outcomes.forEach(expectAccepted);
    expect(entry.effects(both)).toHaveLength(entry.effects(alone).length);
  });
});
