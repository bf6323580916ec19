/** The guarded deleter before a legal hold: whatever a plan says, and however late the hold was set. */
import { beforeEach, describe, expect, test } from 'vitest';
import { deleteSnapshots } from '../../src/activities/deleter/content.ts';
import { releaseHold } from '../../src/activities/holds.ts';
import type { RecoveryPoint } from '../../src/contracts/documents.ts';
import { isoOf } from '../../src/contracts/values.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { takeSnapshot } from '../support/drill-steps.ts';
import { deletePoint, everything, hold } from '../support/hold-steps.ts';
import {
  backupOf,
  deletionsOf,
  ledgerOf,
  oldAndNew,
  stagesOf,
  type OldAndNew,
} from '../support/prune-steps.ts';
import { region, scope, sourceServer } from '../support/sample-estate.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { makeWorld, type World } from '../support/world.ts';

let clock: VirtualWallClock;
let world: World;
let points: OldAndNew;

const pointOf = (id: string): RecoveryPoint => world.vault.json(vaultPaths.point(scope, id));

beforeEach(async () => {
  clock = new VirtualWallClock();
  world = makeWorld(clock);
  points = await oldAndNew(world, clock);
});

/** The deleter refuses, says so in the ledger, and neither asks the provider nor marks the point. */
async function expectHeld(point: string, reason: string): Promise<void> {
  expect(await deletePoint(world, point)).toMatchObject({
    state: 'failed',
    code: 'DeletionRefused',
    message: expect.stringContaining(reason) as string,
  });
  expect(ledgerOf(world)).toMatchObject([
    { stage: 'refused', reason: expect.stringContaining(reason) as string },
  ]);
  expect(deletionsOf(world)).toBe(0);
  expect(pointOf(point)).not.toHaveProperty('tombstone');
}

describe('a backup', () => {
  test('that nothing holds goes', async () => {
    expect(await deletePoint(world, points.old)).toMatchObject({ state: 'running' });
    expect(deletionsOf(world)).toBe(1);
  });

  test.each([
    ['its point', () => ({ point: points.old })],
    ['the time of its point', () => ({ from: pointOf(points.old).instant, to: pointOf(points.old).instant })],
    ['everything', () => everything],
  ])('whose deletion was planned before %s was held stays', async (_what, what) => {
    const { hold: set } = await hold(world, { what: what() });
    await expectHeld(points.old, `a legal hold of counsel (${set.id}: case 12)`);
  });

  test('goes beside a hold on another point and a hold on another time', async () => {
    await hold(world, { what: { point: points.older } });
    await hold(world, { what: { from: '2020-01-01T00:00:00Z', to: '2020-02-01T00:00:00Z' } });
    expect(await deletePoint(world, points.old)).toMatchObject({ state: 'running' });
  });

  test('of a point recorded after the hold was set stays, if it is of the time that is held', async () => {
    const from = isoOf(clock.now());
    await hold(world, { what: { from, to: isoOf(clock.now().plus({ days: 1 })) } });
    clock.advance(3600);
    const later = await takeSnapshot(world);
    clock.advance(86_400);
    await takeSnapshot(world);
    await expectHeld(later, 'a legal hold of counsel');
  });

  test('stays until the end of the hold, and goes from then on', async () => {
    await hold(world, { until: isoOf(clock.now().plus({ seconds: 60 })) });
    clock.advance(59);
    await expectHeld(points.old, 'a legal hold');
    clock.advance(1);
    expect(await deletePoint(world, points.old)).toMatchObject({ state: 'running' });
  });

  test('goes once the hold is released, unless another one holds it', async () => {
    const holds = [await hold(world), await hold(world, { reason: 'case 13' })];
    const release = (n: number): Promise<unknown> =>
      releaseHold(world.deps, scope, holds[n]!.hold.id, { by: 'counsel', reason: 'closed' });
    await release(0);
    await expectHeld(points.old, 'case 13');
    await release(1);
    expect(await deletePoint(world, points.old)).toMatchObject({ state: 'running' });
  });

  test('of no point is held by its name, its completion and everything, as its point would be', async () => {
    world.vault.remove(vaultPaths.point(scope, points.old));
    const refused = { state: 'failed', code: 'DeletionRefused' };
    const day = { from: '2026-03-02T00:00:00Z', to: '2026-03-02T23:59:59Z' };
    const { hold: byTime } = await hold(world, { what: day });
    expect(await deletePoint(world, points.old)).toMatchObject(refused);
    await releaseHold(world.deps, scope, byTime.id, { by: 'counsel', reason: 'closed' });
    world.vault.put(vaultPaths.point(scope, points.old), '{ cut');
    await hold(world, { what: { point: points.old } });
    expect(await deletePoint(world, points.old)).toMatchObject(refused);
    expect(deletionsOf(world)).toBe(0);
  });

  test.each([
    ['cut', '{ cut'],
    ['empty', ''],
    ['of a version that is not known', '{"schema":"lifeboat/hold/v2"}'],
  ])('stays while the document of a hold is %s, even of a released one', async (_what, text) => {
    const { hold: set } = await hold(world);
    await releaseHold(world.deps, scope, set.id, { by: 'counsel', reason: 'closed' });
    world.vault.put(vaultPaths.hold(scope, set.id), text);
    await expectHeld(points.old, 'it is taken to hold everything');
  });

  test('stays while a hold lies under the name of another', async () => {
    const { hold: set } = await hold(world, { what: { point: points.older } });
    const moved = vaultPaths.hold(scope, 'hold-20260101T000000Z');
    world.vault.put(moved, world.vault.text(vaultPaths.hold(scope, set.id)));
    await expectHeld(points.old, `${moved} in the vault is the document of another hold`);
  });

  test.each([0, 1])('stays when the holds cannot be looked for (look %i)', async (skip) => {
    world.vault.faults.on(`list ${vaultPaths.holds(scope)}`, 'before', { skip });
    await expect(deletePoint(world, points.old)).rejects.toMatchObject({ code: 'unavailable' });
    expect(deletionsOf(world)).toBe(0);
  });

  test('stays if the hold is set at the last moment, while its point is being marked', async () => {
    const replace = world.vault.replace.bind(world.vault);
    let told: readonly string[] | undefined;
    world.vault.replace = async (...given) => {
      const replaced = await replace(...given);
      if (given[0].includes('/points/')) told ??= (await hold(world)).points.givenUp;
      return replaced;
    };
    expect(await deletePoint(world, points.old)).toMatchObject({
      code: 'DeletionRefused',
      message: expect.stringContaining('it stands, marked as given up') as string,
    });
    expect(told).toEqual([points.old]);
    expect(stagesOf(world)).toEqual(['intent', 'refused']);
    expect(deletionsOf(world)).toBe(0);
  });
});

test('a snapshot gives up no slot that is held: it takes the next one, and is refused if all are', async () => {
  for (let day = 0; day < 3; day += 1) {
    clock.advance(86_400);
    await takeSnapshot(world);
  }
  const listed = await world.servers.listBackups(sourceServer);
  for (const { completedAt, name } of listed)
    world.servers.putBackup(sourceServer, { name: `auto-${name}`, kind: 'automatic', completedAt });
  clock.advance(86_400);
  const plan = (): Promise<{ servers: { giveUp?: { backup: string } }[] }> =>
    world.value('planSnapshot', { ...scope, slot: '20260320T013000Z' });
  await hold(world, { what: { point: points.older } });
  await takeSnapshot(world);
  expect((await plan()).servers[0]?.giveUp?.backup).toBe(backupOf(points.old));
  world.vault.remove(vaultPaths.point(scope, points.old)); // Its backup is an orphan now.
  expect((await plan()).servers[0]?.giveUp?.backup).toBe(backupOf(points.old));
  await hold(world);
  await expect(plan()).rejects.toThrow(/no slot is free/);
});

describe('snapshots of blobs', () => {
  const orders = (): Parameters<typeof deleteSnapshots>[2] =>
    [...world.contents.snapshots.values()].map(({ name, snapshot }) => ({
      store: { id: 'files', account: `https://shop${region}.blob.example`, container: 'files' },
      ...{ name, snapshot, reason: 'past the window', plan: 'p' },
    }));

  test('stay while everything is held, or a hold cannot be read, and that stands in the ledger', async () => {
    const { hold: set } = await hold(world);
    const refused = await deleteSnapshots(world.deps, scope, orders());
    expect(refused).toHaveLength(2);
    expect(refused[0]).toContain(`a legal hold of counsel (${set.id}: case 12)`);
    world.vault.put(vaultPaths.hold(scope, set.id), '{ cut');
    await deleteSnapshots(world.deps, scope, orders());
    expect(stagesOf(world)).toEqual(['refused', 'refused', 'refused', 'refused']);
    expect(world.contents.snapshots.size).toBe(2);
  });

  test('go beside a hold on a point, which they are no part of', async () => {
    await hold(world, { what: { point: points.old } });
    expect(await deleteSnapshots(world.deps, scope, orders())).toEqual([]);
    expect(world.contents.snapshots.size).toBe(0);
  });
});
