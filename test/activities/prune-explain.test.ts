/** Why is it still here, why is it gone: asked of a world in which a prune kept some things and deleted others. */
import { beforeEach, describe, expect, test } from 'vitest';
import { viewExplanation } from '../../src/app/explanations.ts';
import type { ExplanationResponse } from '../../src/contracts/api/retention.ts';
import { carryOut } from '../support/drill-steps.ts';
import {
  backupOf,
  finishPrune,
  oldAndNew,
  planPrune,
  prunePortion,
  snapshotsGone,
  type OldAndNew,
} from '../support/prune-steps.ts';
import { scope, sourceServer } from '../support/sample-estate.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { makeWorld, type World } from '../support/world.ts';

let clock: VirtualWallClock;
let world: World;
let points: OldAndNew;

/** The older of two old points was deleted, and the snapshots; the other one was not. */
beforeEach(async () => {
  clock = new VirtualWallClock('2026-03-01T01:30:00.000Z');
  world = makeWorld(clock);
  points = await oldAndNew(world, clock);
  const { plan } = await planPrune(world);
  clock.advance(1);
  await carryOut(world, 'pruneBackup', { ...scope, plan, item: points.older, server: sourceServer });
  await prunePortion(world, { plan }, 'blob-snapshot');
  await finishPrune(world, plan, snapshotsGone(2));
  clock.advance(60);
});

const ask = (id: string): Promise<ExplanationResponse> => viewExplanation(world.deps, scope.system, id);

describe('the explanation', () => {
  test('of a point that is gone tells its deletion in the order of time, by whichever of its names it is asked for', async () => {
    const backup = backupOf(points.older);
    for (const name of [
      points.older,
      backup,
      `shop-westeurope/${backup}`,
      `${sourceServer}/backups/${backup}`,
    ]) {
      const told = await ask(name);
      expect(told).toMatchObject({ id: points.older, state: 'gone' });
      expect(told.headline).toMatch(/Lifeboat deleted it.*past the window of 168 hours/);
      expect(told.statements.map(({ text }) => text)).toEqual([
        expect.stringMatching(/^prune-.* decided: expired: /),
        expect.stringMatching(/^its deletion was decided: .*past the window/),
        expect.stringMatching(/^it was confirmed absent: /),
        expect.stringMatching(/^marked for deletion: /),
        expect.stringMatching(/its tombstone was closed/),
      ]);
      const times = told.statements.map(({ at }) => at);
      expect(times).toEqual(times.toSorted());
    }
  });

  test('of a point that is kept says why, as it would be decided now', async () => {
    const told = await ask(points.fresh);
    expect(told).toMatchObject({ id: points.fresh, state: 'present' });
    expect(told.headline).toContain('inside the window of 168 hours');
    expect(told.statements.at(-1)?.text).toMatch(/^now: kept: /);
  });

  test('of a blob snapshot that is gone finds it in the ledger', async () => {
    const told = await ask(`files/${points.blob}@2026-03-01T01:30:00.000Z`);
    expect(told).toMatchObject({ state: 'gone' });
  });

  test('of something that nobody knows names what is called nearly so', async () => {
    const told = await ask(points.fresh.replace('20260310', '20260311'));
    expect(told).toMatchObject({ state: 'unknown', statements: [] });
    expect(told.nearest).toContain(points.fresh);
  });

  test('of a system that is not there is refused', async () => {
    await expect(viewExplanation(world.deps, 'nobody', points.fresh)).rejects.toMatchObject({
      code: 'not-found',
    });
  });
});
