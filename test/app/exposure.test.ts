/** The exposure in the status: the catalogue as it stands, held against how far back the provider can go. */
import { beforeEach, expect, test } from 'vitest';
import { viewPoints, viewStatus } from '../../src/app/views.ts';
import { statusResponse, type ExposureView } from '../../src/contracts/api/status.ts';
import { isoOf } from '../../src/contracts/values.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { drillFactsOf } from '../support/drill-facts.ts';
import { restoreServer, takeSnapshot } from '../support/drill-steps.ts';
import { hubKnowing } from '../support/known-runs.ts';
import { sampleEstate, scope, sourceServer } from '../support/sample-estate.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { makeWorld, type World } from '../support/world.ts';

let clock: VirtualWallClock;
let world: World;

beforeEach(() => {
  clock = new VirtualWallClock();
  world = makeWorld(clock);
});

async function exposure(of: World = world): Promise<ExposureView> {
  const status = await viewStatus(of.deps, hubKnowing(new Map(), clock), 'https://vault.example/lifeboat');
  const view = statusResponse.parse(JSON.parse(JSON.stringify(status))).systems[0]?.exposure;
  if (view === undefined) throw new Error('the status tells no exposure');
  return view;
}

/** A point that a drill has proven, a minute after it was taken. */
async function provenPoint(): Promise<string> {
  const point = await takeSnapshot(world);
  clock.advance(60);
  await world.value('finalizeReport', await drillFactsOf(world, await restoreServer(world)));
  return point;
}

const changePoint = (id: string, change: object): void => {
  const path = vaultPaths.point(scope, id);
  world.vault.put(path, JSON.stringify({ ...world.vault.json<object>(path), ...change }));
};

test('grows from the first proven point on, and newer points that were not drilled change nothing', async () => {
  expect(await exposure()).toMatchObject({ verdict: 'nothing-proven', objectiveSeconds: 86_400 });
  const unproven = await takeSnapshot(world);
  expect(await exposure()).toMatchObject({ verdict: 'nothing-proven', unproven: { id: unproven } });
  clock.advance(3600);
  const proven = await provenPoint();
  expect(await exposure()).toMatchObject({ verdict: 'within', proven: { id: proven, seconds: 60 } });
  clock.advance(86_340);
  const newer = await takeSnapshot(world);
  expect(await exposure()).toMatchObject({
    ...{ verdict: 'within', doubts: [], notCounted: [] },
    ...{ proven: { id: proven, seconds: 86_400 }, unproven: { id: newer, seconds: 0 } },
  });
  clock.advance(1);
  expect(await exposure()).toMatchObject({ verdict: 'over', proven: { id: proven, seconds: 86_401 } });
});

test('falls back to the point before it when the newest is given up, or refuted', async () => {
  const first = await provenPoint();
  clock.advance(3600);
  const second = await provenPoint();
  expect(await exposure()).toMatchObject({ proven: { id: second } });
  const at = isoOf(clock.now());
  changePoint(second, { proven: undefined, lastDrill: { at, drill: 'drill-x', result: 'FAIL' } });
  expect(await exposure()).toMatchObject({
    proven: { id: first },
    notCounted: [{ id: second, why: 'refuted' }],
  });
  changePoint(first, { tombstone: { at, reason: 'past the window' } });
  expect(await exposure()).toMatchObject({
    verdict: 'nothing-proven',
    notCounted: [
      { id: second, why: 'refuted' },
      { id: first, why: 'given-up' },
    ],
  });
});

test('does not count what the provider can no longer restore, and says so when it gives no answer', async () => {
  const point = await provenPoint();
  world.servers.faults.on(`get ${sourceServer}`, 'before');
  expect(await exposure()).toMatchObject({
    ...{ verdict: 'unknown', proven: { id: point } },
    doubts: [expect.stringContaining('how far back shop-westeurope can be restored could not be asked')],
  });
  world.servers.faults.on(`get ${sourceServer}`, 'before');
  expect(await viewPoints(world.deps, 'shop')).toMatchObject({
    doubts: [expect.stringContaining('could not be asked')],
  });
  expect(await viewPoints(world.deps, 'shop')).not.toHaveProperty('doubts');
  world.servers.put({ id: sourceServer, earliestRestore: clock.now() });
  expect(await exposure()).toMatchObject({
    verdict: 'nothing-proven',
    notCounted: [{ id: point, why: 'out-of-reach' }],
  });
  expect((await viewPoints(world.deps, 'shop')).notCounted).toEqual([{ id: point, why: 'out-of-reach' }]);
});

test('does not count a point that lacks a database or a store which the system has today', async () => {
  const point = await provenPoint();
  const estate = structuredClone(sampleEstate());
  const [region] = estate.systems[0]!.regions;
  region!.blobStores.push({ ...structuredClone(region!.blobStores[0]!), id: 'newstore' });
  const grown = { ...world, deps: { ...world.deps, estate } };
  expect(await exposure(grown)).toMatchObject({ notCounted: [{ id: point, why: 'incomplete' }] });
});
