/** The plan of a person's restore, made from what stands in the world. */
import { beforeEach, describe, expect, test } from 'vitest';
import { raise, resolve } from '../../../src/activities/alerts.ts';
import { guardEstate } from '../../../src/activities/estate-guard.ts';
import { proposeRestore, type RestoreWish } from '../../../src/activities/restore/propose.ts';
import type { RestoreDocument } from '../../../src/contracts/restore.ts';
import { vaultPaths } from '../../../src/contracts/vault-paths.ts';
import { canonicalJson, digestOf } from '../../../src/policy/canonical-json.ts';
import { restoreTags } from '../../../src/policy/server-removal.ts';
import { takeSnapshot } from '../../support/drill-steps.ts';
import { addressOf } from '../../support/memory-servers.ts';
import { scope, serverId, sourceServer } from '../../support/sample-estate.ts';
import { VirtualWallClock } from '../../support/wall-clock.ts';
import { makeWorld, type World } from '../../support/world.ts';

let world: World;
let clock: VirtualWallClock;
let point: string;
const plan = (to: RestoreWish['to'], name = 'shop-again') => proposeRestore(world.deps, scope, { to, name });

beforeEach(async () => {
  clock = new VirtualWallClock('2026-03-01T01:30:00.000Z');
  world = makeWorld(clock);
  point = await takeSnapshot(world);
  clock.stepTo('2026-03-01T01:44:00.000Z');
  await world.value('recordHeartbeat', scope);
  clock.stepTo('2026-03-01T01:59:00.000Z');
  await world.value('recordHeartbeat', scope);
  clock.stepTo('2026-03-01T02:00:00.000Z');
  world.servers.effects.length = 0;
});

test('is kept under its digest, and makes and pins nothing', async () => {
  const { digest, plan: made } = await plan(point);
  expect(digest).toBe(digestOf(made));
  expect(world.vault.json(vaultPaths.plan(scope, digest))).toEqual(JSON.parse(canonicalJson(made)));
  expect(made).toMatchObject({
    ...{ restore: 'restore-20260301T020000Z', point, pinned: [point], to: point, name: 'shop-again' },
    targets: [{ database: 'main', source: sourceServer }],
    cost: { currency: 'EUR', perHour: 0.2, servers: 1 },
    approval: { breakGlassAfterSeconds: 900 },
  });
  expect(made.checks).toContain('fingerprint');
  expect(world.servers.effects).toEqual([]);
  expect(world.vault.json<{ pins: unknown[] }>(vaultPaths.point(scope, point)).pins).toEqual([]);
});

test('goes to what is surely archived where a database was not written any more', async () => {
  expect((await plan('archived')).plan.instant).toBe('2026-03-01T01:53:00.000Z');
  clock.stepTo('2026-03-01T02:10:00.000Z');
  const said = { title: 'No heartbeat', detail: '', runbook: 'runbooks/heartbeat-silent.md' };
  await raise(world.deps, scope, { ...said, key: 'heartbeat-silent', severity: 'critical' });
  clock.stepTo('2026-03-01T03:00:00.000Z');
  const silent = await plan('archived', 'shop-silent');
  expect(silent.plan).toMatchObject({ to: 'archived', instant: '2026-03-01T02:03:00.000Z' });
  await resolve(world.deps, scope, 'heartbeat-silent');
  expect((await plan('archived', 'shop-well')).plan.instant).toBe('2026-03-01T02:53:00.000Z');
});

test.each<[string, string, number | undefined]>([
  ['sooner than was approved', 'PT1S', 900],
  ['later than was approved', 'PT30M', 1800],
  ['never', 'never', undefined],
])(
  'lets one person go on alone %s only once that is approved, or holds at once',
  async (_, after, seconds) => {
    await guardEstate(world.deps, scope);
    const estate = structuredClone(world.deps.estate);
    for (const { regions } of estate.systems)
      for (const { restore } of regions) if (restore !== undefined) restore.breakGlassAfter = after;
    const { approval } = (
      await proposeRestore({ ...world.deps, estate }, scope, { to: point, name: 'again' })
    ).plan;
    expect(approval.breakGlassAfterSeconds).toBe(seconds);
  },
);

describe('what is lost', () => {
  test('of a point counts from the heartbeat that was recorded with it', async () => {
    const { loss } = (await plan(point)).plan;
    expect(loss).toMatchObject({ newestHeartbeat: '2026-03-01T01:30:00.000Z', seconds: 1800 });
  });

  test('of an instant counts from the newest heartbeat before it in the source', async () => {
    const { loss } = (await plan('2026-03-01T01:50:00.000Z')).plan;
    expect(loss).toEqual({ newestHeartbeat: '2026-03-01T01:44:00.000Z', seconds: 960, unknown: [] });
  });

  test('of the newest instant counts only what the provider can restore by now', async () => {
    const { loss, instant } = (await plan('latest')).plan;
    expect(instant).toBe('2026-03-01T01:59:59.000Z');
    // Five minutes until an instant is restorable: the beat of 01:59 may not be there.
    expect(loss).toMatchObject({ newestHeartbeat: '2026-03-01T01:44:00.000Z', seconds: 960 });
  });

  test('is unknown with the reason where the source cannot be asked', async () => {
    world.databases.faults.on(`session ${addressOf(sourceServer)}/shop`, 'before', {
      error: new Error('gone'),
    });
    const { loss } = (await plan('latest')).plan;
    expect(loss.seconds).toBeUndefined();
    expect(loss.unknown).toMatchObject([{ database: 'main', problem: expect.stringContaining('gone') }]);
  });
});

test('how long it takes comes from restores that ended well, and from no other', async () => {
  const end = (stamp: string, outcome: RestoreDocument['outcome'], seconds: number): void => {
    const path = vaultPaths.restore(scope, `restore-${stamp}`);
    const document: RestoreDocument = {
      ...{ schema: 'lifeboat/restore/v1', restore: `restore-${stamp}`, ...scope, outcome, detail: 'x' },
      ...{ endedAt: '2026-02-01T00:00:00.000Z', servers: [], checks: [], timeline: [] },
      secondsByPart: { decide: 1, restore: seconds, reconfigure: 2, validate: 3 },
    };
    world.vault.put(path, Buffer.from(canonicalJson(document)));
  };
  expect((await plan(point)).plan.expected).toEqual({});
  end('20260201T000000Z', 'ready', 100);
  end('20260202T000000Z', 'doubtful', 200);
  end('20260203T000000Z', 'failed', 7);
  end('20260204T000000Z', 'cancelled', 7);
  const { overall } = (await plan(point)).plan.expected;
  expect(overall).toEqual({ samples: 2, median: 155, shortest: 105, longest: 205 });
});

describe('of one database', () => {
  const only = (database: string, to: RestoreWish['to'] = point) =>
    proposeRestore(world.deps, scope, { to, name: 'shop-again', database });

  test('plans that one alone, under the name as it is', async () => {
    const [region] = world.deps.estate.systems[0]!.regions;
    region!.databases.push({ ...region!.databases[0]!, id: 'events', name: 'events' });
    const { plan: both } = await plan('2026-03-01T01:50:00.000Z');
    expect(both.targets.map(({ database }) => database)).toEqual(['main', 'events']);
    const { plan: one } = await only('main', '2026-03-01T01:50:00.000Z');
    expect(one).toMatchObject({ database: 'main', targets: [{ database: 'main' }], cost: { servers: 1 } });
    expect(one.targets[0]?.target).toBe(serverId('rg-restored-westeurope', 'shop-again'));
    // The point was recorded before there was the other one.
    await expect(only('events')).rejects.toMatchObject({ code: 'not-found' });
  });

  test('that the estate does not name is not found', async () => {
    await expect(only('nothing')).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('is refused', () => {
  test.each<[RestoreWish['to'], string]>([
    ['on-demand-20200101T000000Z', 'there is no usable recovery point'],
    ['2026-03-01T03:00:00.000Z', 'lies in the future'],
    ['2026-01-01T00:00:00.000Z', 'the provider can restore from'],
  ])('to %s', async (to, said) => {
    await expect(plan(to)).rejects.toThrow(said);
  });

  test('into a server that stands, be it another restore’s', async () => {
    const target = serverId('rg-restored-westeurope', 'shop-again');
    world.servers.put({ id: target, tags: { [restoreTags.restore]: 'restore-20200101T000000Z' } });
    await expect(plan(point)).rejects.toThrow('exists already');
  });
});
