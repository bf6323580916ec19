/** What happened to recovery points without Lifeboat is told with every plan, and raises an alert. */
import { beforeEach, expect, test } from 'vitest';
import type { AlertDocument } from '../../src/contracts/documents.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { carryOut } from '../support/drill-steps.ts';
import {
  backupOf,
  finishPrune,
  oldAndNew,
  planOf,
  planPrune,
  type OldAndNew,
} from '../support/prune-steps.ts';
import { scope, sourceServer } from '../support/sample-estate.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { makeWorld, type World } from '../support/world.ts';

let clock: VirtualWallClock;
let world: World;
let points: OldAndNew;

beforeEach(async () => {
  clock = new VirtualWallClock('2026-03-01T01:30:00.000Z');
  world = makeWorld(clock);
  points = await oldAndNew(world, clock);
});

/** The findings of a prune now, which is brought to its end. */
async function prune(): Promise<string[]> {
  clock.advance(1);
  const planned = await planPrune(world);
  await finishPrune(world, planned.plan);
  return planOf(world, planned).findings.map(({ finding, id }) => `${finding} ${id.split('/').at(-1) ?? ''}`);
}
const alert = (): AlertDocument | undefined => {
  const path = vaultPaths.alert(scope, 'points-changed');
  return world.vault.paths(path).length === 0 ? undefined : world.vault.json<AlertDocument>(path);
};

test('a backup that is gone without a line in the ledger has vanished', async () => {
  expect(await prune()).toEqual([]);
  world.servers.loseBackup(sourceServer, backupOf(points.fresh));
  expect(await prune()).toEqual([`vanished ${backupOf(points.fresh)}`]);
  expect(alert()).toMatchObject({ severity: 'warning', runbook: 'runbooks/prune-blocked.md' });
  expect(alert()?.detail).toContain(backupOf(points.fresh));
});

test('one that Lifeboat deleted has not', async () => {
  const { plan } = await planPrune(world);
  await carryOut(world, 'pruneBackup', { ...scope, plan, item: points.older, server: sourceServer });
  expect(await prune()).toEqual([]);
});

test('one that is listed although its absence was confirmed came back', async () => {
  const { plan } = await planPrune(world);
  const name = backupOf(points.older);
  await carryOut(world, 'pruneBackup', { ...scope, plan, item: points.older, server: sourceServer });
  world.servers.putBackup(sourceServer, {
    name,
    kind: 'on-demand',
    completedAt: clock.now().minus({ days: 9 }),
  });
  expect(await prune()).toEqual([`resurrected ${name}`]);
});

test('one of ours that no record knows appeared; a person’s own and the provider’s own did not', async () => {
  const completedAt = clock.now().minus({ days: 2 });
  const name = 'lifeboat-20260308T013000Z';
  world.servers.putBackup(sourceServer, { name, kind: 'on-demand', completedAt });
  world.servers.putBackup(sourceServer, { name: 'before-upgrade', kind: 'on-demand', completedAt });
  world.servers.putBackup(sourceServer, { name: 'auto-1', kind: 'automatic', completedAt });
  expect(await prune()).toEqual([`appeared-unknown ${name}`]);
});

test('the alert is over when the next prune finds nothing strange', async () => {
  const name = 'lifeboat-20260308T013000Z';
  world.servers.putBackup(sourceServer, {
    name,
    kind: 'on-demand',
    completedAt: clock.now().minus({ days: 2 }),
  });
  await prune();
  expect(alert()).not.toHaveProperty('resolvedAt');
  world.servers.loseBackup(sourceServer, name);
  await prune();
  expect(alert()).toHaveProperty('resolvedAt');
});
