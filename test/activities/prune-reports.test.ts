/** Reports have a retention of their own: years, and longer while they prove what must stay. */
import { beforeEach, describe, expect, test } from 'vitest';
import { viewExplanation } from '../../src/app/explanations.ts';
import type { RecoveryPoint } from '../../src/contracts/documents.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { drillFactsOf } from '../support/drill-facts.ts';
import { carryOut, restoreServer, takeSnapshot } from '../support/drill-steps.ts';
import { hold } from '../support/hold-steps.ts';
import { ledgerOf, planOf, planPrune, prunePortion, type Planned } from '../support/prune-steps.ts';
import { scope } from '../support/sample-estate.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { makeWorld, type World } from '../support/world.ts';

const day = 86_400;
const years = 2_193;
let clock: VirtualWallClock;
let world: World;
/** Drills, the oldest first. */
let drills: string[];

/** Plays a drill of the newest point to its report. */
async function drill(): Promise<string> {
  const planned = await restoreServer(world);
  const facts = await drillFactsOf(world, planned);
  await carryOut(world, 'beginRemoval', planned.on);
  await world.value('finalizeReport', facts);
  return planned.drill;
}
async function night(days: number): Promise<void> {
  clock.advance(days * day);
  await takeSnapshot(world);
  drills.push(await drill());
}

beforeEach(async () => {
  clock = new VirtualWallClock('2026-03-01T01:30:00.000Z');
  world = makeWorld(clock);
  drills = [];
  await night(0);
  await night(1);
});

const reports = (): string[] => [
  ...new Set(world.vault.paths(vaultPaths.reports(scope)).map((path) => path.split('/')[4] ?? '')),
];
const expired = (planned: Planned): string[] =>
  planOf(world, planned)
    .items.filter(({ kind, decision }) => kind === 'report' && decision === 'expire')
    .map(({ id }) => id);
const counted = (planned: Planned): object[] =>
  (planOf(world, planned).counted ?? []).filter(({ kind }) => kind === 'report');

describe('a report', () => {
  test('stays for its own retention, however old its point is', async () => {
    await night(years - 3);
    const planned = await planPrune(world);
    expect(expired(planned)).toEqual([]);
    expect(counted(planned)).toMatchObject([{ reason: 'inside-own-retention', count: 2 }]);
  });

  test('goes as a whole after it, with a line in the ledger, and the newest never', async () => {
    await night(years);
    const planned = await planPrune(world);
    expect(expired(planned)).toEqual(drills.slice(0, 2));
    expect(await prunePortion(world, planned, 'report')).toEqual({ deleted: 2, refused: [] });
    expect(reports()).toEqual(drills.slice(2));
    const stages = ledgerOf(world).filter(({ kind }) => kind === 'reports');
    expect(stages.map(({ item, stage }) => `${item} ${stage}`)).toEqual(
      drills.slice(0, 2).flatMap((id) => [`report ${id} intent`, `report ${id} confirmed-absent`]),
    );
    expect(world.vault.paths(vaultPaths.reportEntries(scope))).toHaveLength(3);
    expect(await prunePortion(world, planned, 'report')).toEqual({ deleted: 2, refused: [] });
  });

  test('that proves the newest proven point stays with it', async () => {
    clock.advance(years * day);
    await takeSnapshot(world);
    // The drill of today comes to no verdict: the last proof is years old.
    const planned = await restoreServer(world);
    world.vault.put(`${vaultPaths.reports(scope)}${planned.drill}/report.json`, '{}');
    const plan = await planPrune(world);
    expect(expired(plan)).toEqual([drills[0]]);
    expect(counted(plan)).toMatchObject([{ reason: 'proof-of-protected', count: 1 }]);
  });

  test('stays while everything is held, and when its point has come to matter since the plan', async () => {
    await night(years);
    const planned = await planPrune(world);
    const { hold: set } = await hold(world);
    expect((await prunePortion(world, planned, 'report')).deleted).toBe(0);
    world.vault.put(
      vaultPaths.hold(scope, set.id),
      JSON.stringify({ ...set, released: { at: set.setAt, by: 'x', reason: 'x' } }),
    );
    for (const point of world.vault.paths(vaultPaths.points(scope)).slice(1))
      world.vault.put(
        point,
        JSON.stringify({
          ...world.vault.json<RecoveryPoint>(point),
          proven: undefined,
          lastDrill: undefined,
        }),
      );
    const { deleted, refused } = await prunePortion(world, planned, 'report');
    expect({ deleted, refused }).toEqual({ deleted: 1, refused: [expect.stringContaining(drills[0] ?? '')] });
    expect(reports()).toContain(drills[0]);
  });

  test('that was cut off while it went goes with the next prune', async () => {
    await night(years);
    const planned = await planPrune(world);
    world.vault.faults.on(`delete ${vaultPaths.reports(scope)}${drills[0]}/report.md`, 'before');
    expect((await prunePortion(world, planned, 'report')).refused).toHaveLength(1);
    const again = await planPrune(world);
    await prunePortion(world, again, 'report');
    expect(reports()).toEqual(drills.slice(2));
  });

  test('goes once when two prunes remove it at once, and nothing else with it', async () => {
    await night(years);
    const planned = await planPrune(world);
    const before = world.vault.paths();
    const folders = drills.slice(0, 2).map((id) => `${vaultPaths.reports(scope)}${id}/`);
    const removed: string[] = [];
    const remove = world.vault.remove.bind(world.vault);
    world.vault.remove = (path) => {
      if (world.vault.paths(path).includes(path)) removed.push(path);
      remove(path);
    };
    const both = await Promise.all([
      prunePortion(world, planned, 'report'),
      prunePortion(world, planned, 'report'),
    ]);
    expect(both).toEqual([
      { deleted: 2, refused: [] },
      { deleted: 2, refused: [] },
    ]);
    const ofThem = before.filter((path) => folders.some((folder) => path.startsWith(folder)));
    expect(removed.toSorted()).toEqual(ofThem);
    // What tells of the others went last, so that what was cut off is found again.
    for (const folder of folders)
      expect(removed.findLast((path) => path.startsWith(folder))).toBe(`${folder}report.json`);
    for (const id of drills.slice(0, 2)) {
      const stages = ledgerOf(world).flatMap(({ item, stage }) => (item === `report ${id}` ? [stage] : []));
      expect(stages[0]).toBe('intent');
      expect(stages.at(-1)).toBe('confirmed-absent');
    }
  });

  test('is explained', async () => {
    await night(years - 3);
    const { headline } = await viewExplanation(world.deps, 'shop', drills[0] ?? '');
    expect(headline).toContain('kept');
  });
});
