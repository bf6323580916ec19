/** Finished orchestrations are forgotten by the retention's own decision, from their end, and for all systems at once. */
import { beforeEach, describe, expect, test } from 'vitest';
import { guardEstate } from '../../src/activities/estate-guard.ts';
import type { App } from '../../src/app/compose.ts';
import { purgeHistory } from '../../src/app/history.ts';
import { readSettings } from '../../src/app/settings.ts';
import { viewExplanation } from '../../src/app/explanations.ts';
import { Failure } from '../../src/policy/failure.ts';
import type { EndedInstance, TaskHubHistories } from '../../src/ports/task-hub.ts';
import { hold } from '../support/hold-steps.ts';
import { ledgerOf, off } from '../support/prune-steps.ts';
import { scope } from '../support/sample-estate.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { makeWorld, type World } from '../support/world.ts';

const clock = new VirtualWallClock('2026-03-31T00:00:00.000Z');
const run = 'prune.shop.westeurope.20260220T060000Z';
let world: World;
let began: (string | null)[];
let forgotten: string[];

beforeEach(async () => {
  world = makeWorld(clock);
  [began, forgotten] = [[], []];
  await guardEstate(world.deps, scope);
});

const settings = readSettings({
  LIFEBOAT_REGION: 'westeurope',
  LIFEBOAT_VAULT_URL: 'https://vault.example/lifeboat',
  LIFEBOAT_CHECKPOINTS_URL: 'https://vault.example/checkpoints',
  LIFEBOAT_DATABASE_ROLE: 'lifeboat',
  LIFEBOAT_SIGNING_KEY: 'https://vault.example/keys/reports',
  LIFEBOAT_API_TENANT: '11111111-1111-4111-8111-111111111111',
  LIFEBOAT_API_AUDIENCE: '22222222-2222-4222-8222-222222222222',
});
const appOf = (systems: readonly string[] = ['shop'], deps = world.deps): App => ({
  ...{ settings, deps, activities: [], systems },
});
const endedOn = (id: string, day: number): EndedInstance => ({
  ...{ id, endedAt: clock.now().minus({ days: day }) },
});
/** A hub with these, of which those that were forgotten are there no more. */
const hubOf = (...ended: EndedInstance[]): TaskHubHistories => ({
  endedBefore: async (instant) => {
    began.push(instant.toISO());
    return ended.filter(({ id }) => !forgotten.includes(id));
  },
  forget: async (id) => void forgotten.push(id),
});
const linesOf = (): string[] => ledgerOf(world).map(({ item, kind, stage }) => `${kind} ${item} ${stage}`);

/** The estate with another system beside the shop, which keeps histories for so long. */
async function withBakery(history: string): Promise<App> {
  const estate = structuredClone(world.deps.estate);
  const [shop] = estate.systems;
  estate.systems.push({ ...shop!, id: 'bakery', retention: { ...shop!.retention, history } });
  const deps = { ...world.deps, estate };
  await guardEstate(deps, { ...scope, system: 'bakery' });
  return appOf(['shop', 'bakery'], deps);
}

describe('a finished orchestration', () => {
  test('is forgotten once it ended longer ago than its days, not once it began so long ago', async () => {
    const hub = hubOf(endedOn('young', 30), endedOn(run, 30.01), endedOn(`${run}:0001`, 31));
    expect(await purgeHistory(appOf(), hub)).toBe(2);
    expect(forgotten).toEqual([`${run}:0001`, run]);
    // What began later cannot have ended earlier.
    expect(began).toEqual(['2026-03-01T00:00:00.000Z']);
    expect(await purgeHistory(appOf(), hub)).toBe(0);
  });

  test('is told in the ledger of its system before it goes, and explained from there', async () => {
    await purgeHistory(appOf(), hubOf(endedOn(run, 40), endedOn(`${run}:0001`, 40)));
    expect(linesOf()).toEqual([`history ${run} intent`, `history ${run} confirmed-absent`]);
    const { headline } = await viewExplanation(world.deps, 'shop', run);
    expect(headline).toContain('40 days');
  });

  test('does not go when the ledger cannot be written', async () => {
    const error = new Failure('cannot-record', 'full', 'Make room.');
    world.vault.faults.on('append', 'before', { error });
    await expect(purgeHistory(appOf(), hubOf(endedOn(run, 40)))).rejects.toMatchObject({
      code: 'cannot-record',
    });
    expect(forgotten).toEqual([]);
  });

  test('stays as long as any system of the region keeps histories', async () => {
    const hub = hubOf(endedOn(run, 40));
    expect(await purgeHistory(await withBakery('P90D'), hub)).toBe(0);
    expect(began).toEqual([clock.now().minus({ days: 90 }).toISO()]);
    // To keep them shorter waits for an approval.
    expect(await purgeHistory(await withBakery('P7D'), hub)).toBe(0);
  });

  test('stays by a clock that cannot be trusted, and under a hold on everything', async () => {
    const hub = hubOf(endedOn(run, 40));
    const doubtful = { ...world.deps, referenceClocks: { offsets: () => Promise.resolve(off) } };
    expect(await purgeHistory(appOf(['shop'], doubtful), hub)).toBe(0);
    await hold(world);
    expect(await purgeHistory(appOf(), hub)).toBe(0);
    expect(linesOf()).toEqual([]);
  });

  test('stays while nothing is known to be approved', async () => {
    world = makeWorld(clock);
    expect(await purgeHistory(appOf(), hubOf(endedOn(run, 400)))).toBe(0);
    expect(began).toEqual([]);
  });
});

test('of very many only so many go at once, the first ended first', async () => {
  const many = Array.from({ length: 1_100 }, (_, index) => endedOn(`child-${index}`, 31 + index));
  const purge = (): Promise<number> => purgeHistory(appOf(), hubOf(...many));
  expect(await purge()).toBe(500);
  const first = many.toReversed().slice(0, 500);
  expect(forgotten).toEqual(first.map(({ id }) => id));
  expect([await purge(), await purge(), await purge()]).toEqual([500, 100, 0]);
});

test('a hub that does not answer is a failure of the purge, which the next one tries again', async () => {
  const down = new Failure('unavailable', 'the task hub: no answer', 'Try again.');
  const hub = { ...hubOf(), endedBefore: () => Promise.reject(down) };
  await expect(purgeHistory(appOf(), hub)).rejects.toBe(down);
});
