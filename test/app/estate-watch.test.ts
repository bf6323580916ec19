/** The watch of the estate: every system that is or was in it, one trouble at a time. */
import { beforeEach, expect, test } from 'vitest';
import type { Dependencies } from '../../src/activities/dependencies.ts';
import { viewUnprotected, watchEstate } from '../../src/app/estate-watch.ts';
import type { AlertDocument } from '../../src/contracts/documents.ts';
import type { Estate } from '../../src/contracts/estate.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { sampleEstate, scope } from '../support/sample-estate.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { makeWorld, type World } from '../support/world.ts';

let world: World;
let estate: Estate;
const second = { ...scope, system: 'second' };

beforeEach(() => {
  estate = structuredClone(sampleEstate());
  estate.systems.push({ ...structuredClone(estate.systems[0]!), id: 'second', name: 'Second' });
  world = makeWorld(new VirtualWallClock('2026-03-01T01:30:00.000Z'), { estate });
});

const watch = (systems: Estate['systems'] = estate.systems): Promise<string[]> => {
  const deps: Dependencies = { ...world.deps, estate: { ...estate, systems } };
  return watchEstate({ deps, systems: systems.map((one) => one.id) });
};
const alert = (of = scope as { system: string; region: string }): AlertDocument =>
  world.vault.json(vaultPaths.alert(of, 'estate-weakened'));

test('what is approved for the first time is no trouble', async () => {
  expect(await watch()).toEqual([]);
  expect(world.vault.paths(vaultPaths.approvedEstates('westeurope'))).toEqual([
    vaultPaths.approvedEstate(second),
    vaultPaths.approvedEstate(scope),
  ]);
  expect(world.vault.paths(vaultPaths.approvedEstates('eastus'))).toEqual([]);
});

test('a weaker estate is told and raised, of that system alone', async () => {
  await watch();
  estate.systems[1]!.retention.window = 'PT100H';
  expect(await watch()).toEqual([
    expect.stringMatching(/^the estate of second in westeurope is weaker in one thing/),
  ]);
  expect(alert(second)).toMatchObject({ count: 1 });
  expect(world.vault.paths(vaultPaths.alerts(scope))).toEqual([]);
  await watch();
  expect(alert(second)).toMatchObject({ count: 2 });
});

test('a system that vanished from the estate is noticed from what lies in the vault', async () => {
  await watch();
  const [shop] = estate.systems;
  expect(await watch([shop!])).toEqual([
    expect.stringMatching(/^the estate of second in westeurope is weaker/),
  ]);
  expect(alert(second).detail).toContain('second in westeurope is not protected any more');
  expect(await watch()).toEqual([]);
  expect(alert(second)).toHaveProperty('resolvedAt');
});

test('the status shows a system that vanished, until somebody approves that', async () => {
  await watch();
  const [shop] = estate.systems;
  const deps: Dependencies = { ...world.deps, estate: { ...estate, systems: [shop!] } };
  expect(await viewUnprotected(deps)).toEqual({}); // Not noticed yet.
  await watch([shop!]);
  const { unprotected } = await viewUnprotected(deps);
  expect(unprotected).toMatchObject([{ system: 'second', since: '2026-03-01T01:30:00.000Z' }]);
  expect(await viewUnprotected(world.deps)).toEqual({});
  const digest = /lifeboat approve (sha256-[0-9a-f]{64})/.exec(unprotected![0]!.detail)?.[1] ?? '';
  const at = { at: '2026-03-01T01:30:00.000Z', expiresAt: '2026-03-02T01:30:00.000Z' };
  const approval = { schema: 'lifeboat/approval/v1', ...second, digest, decision: 'approved', ...at };
  world.vault.put(
    vaultPaths.approval(second, digest),
    JSON.stringify({ ...approval, by: 'Head of Shop', reason: 'sold' }),
  );
  expect(await watch([shop!])).toEqual([]);
  expect(await viewUnprotected(deps)).toEqual({});
});

test('the status shows a system that vanished although its alert is damaged', async () => {
  await watch();
  const deps: Dependencies = { ...world.deps, estate: { ...estate, systems: [estate.systems[0]!] } };
  world.vault.put(vaultPaths.alert(second, 'estate-weakened'), '{');
  expect(await viewUnprotected(deps)).toEqual({
    unprotected: [{ system: 'second', detail: expect.stringContaining('is no JSON') as string }],
  });
});

test('a system that left this region alone is noticed here', async () => {
  await watch();
  const moved = structuredClone(estate.systems);
  moved[0]!.regions = moved[0]!.regions.filter((one) => one.region !== scope.region);
  const deps: Dependencies = { ...world.deps, estate: { ...estate, systems: moved } };
  expect(await watchEstate({ deps, systems: ['second'] })).toEqual([
    expect.stringMatching(/^the estate of shop in westeurope is weaker/),
  ]);
});

test('one system that cannot be judged, and a list that cannot be had, hide no other', async () => {
  await watch();
  estate.systems[1]!.retention.window = 'PT100H';
  world.vault.faults.on(`read ${vaultPaths.approvedEstate(scope)}`, 'before');
  world.vault.faults.on('list v1/_estate', 'before');
  expect(await watch()).toEqual([
    expect.stringMatching(/^what was approved in westeurope cannot be listed: .* is disturbed$/),
    expect.stringMatching(/^the estate of shop cannot be judged: .* is disturbed$/),
    expect.stringMatching(/^the estate of second in westeurope is weaker/),
  ]);
});
