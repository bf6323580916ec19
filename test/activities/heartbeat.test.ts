/** The heartbeat: one row a minute, and how long a row stays. */
import { beforeEach, expect, test } from 'vitest';
import { beat } from '../../src/activities/heartbeat.ts';
import { guardEstate } from '../../src/activities/estate-guard.ts';
import type { Dependencies } from '../../src/activities/dependencies.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { sampleEstate, scope } from '../support/sample-estate.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { makeWorld, type World } from '../support/world.ts';

let clock: VirtualWallClock;
let world: World;

beforeEach(() => {
  clock = new VirtualWallClock('2026-03-01T01:30:00.000Z');
  world = makeWorld(clock);
});

/** The same deployment with another retention window. */
function withWindow(window: string): Dependencies {
  const estate = structuredClone(sampleEstate());
  for (const system of estate.systems) system.retention.window = window;
  return { ...world.deps, estate };
}
const rows = (): number => world.source.heartbeats.size;

test('two beats in one minute leave one row', async () => {
  await beat(world.deps, scope);
  clock.advance(20);
  await beat(world.deps, scope);
  expect(rows()).toBe(1);
});

test('a row past the window goes with the next beat', async () => {
  await guardEstate(withWindow('PT168H'), scope);
  await beat(withWindow('PT168H'), scope);
  clock.advance(168 * 3_600 - 60);
  await beat(withWindow('PT168H'), scope);
  expect(rows()).toBe(2);
  clock.advance(120);
  await beat(withWindow('PT168H'), scope);
  expect(rows()).toBe(2);
});

test('a shorter window that nobody approved does not take rows away', async () => {
  await guardEstate(withWindow('PT336H'), scope);
  await beat(withWindow('PT336H'), scope);
  clock.advance(200 * 3_600);
  await guardEstate(withWindow('PT168H'), scope);
  await beat(withWindow('PT168H'), scope);
  expect(rows()).toBe(2);
});

test('nothing is trimmed while what was approved cannot be read, and the beat is written', async () => {
  await guardEstate(withWindow('PT168H'), scope);
  await beat(withWindow('PT168H'), scope);
  clock.advance(200 * 3_600);
  world.vault.put(vaultPaths.approvedEstate(scope), '{ cut');
  expect(await beat(withWindow('PT168H'), scope)).toMatchObject([{ database: 'main' }]);
  expect(rows()).toBe(2);
});
