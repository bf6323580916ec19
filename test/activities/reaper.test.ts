/** What drills left behind is removed by itself, with what it cost; what is not certainly a drill's is never touched. */
import { DateTime } from 'luxon';
import { beforeEach, describe, expect, test } from 'vitest';
import type { AlertDocument, LedgerEntry } from '../../src/contracts/documents.ts';
import { leftBehindKey } from '../../src/contracts/drill.ts';
import type { ReapedDocument } from '../../src/contracts/reaper.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { reapAll, viewDrillServers } from '../../src/app/reaper.ts';
import type { ClockOffset } from '../../src/policy/clock-trust.ts';
import { expiryOf } from '../../src/policy/leaked-servers.ts';
import { drillTags } from '../../src/policy/server-removal.ts';
import { releaseHold } from '../../src/activities/holds.ts';
import { hold } from '../support/hold-steps.ts';
import { drillFactsOf } from '../support/drill-facts.ts';
import { carryOut, restoreServer, takeSnapshot, type Planned } from '../support/drill-steps.ts';
import { off, planOf, planPrune } from '../support/prune-steps.ts';
import { drillGroup, scope, serverId, sourceServer } from '../support/sample-estate.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { makeWorld, type World } from '../support/world.ts';

const at = (hours: number): DateTime => DateTime.utc(2026, 3, 1).plus({ hours });
let clock: VirtualWallClock;
let world: World;
let drilled: Planned;
let offsets: ClockOffset[];

beforeEach(async () => {
  clock = new VirtualWallClock('2026-03-01T01:30:00.000Z');
  offsets = [{ source: 'storage', seconds: 0 }];
  world = makeWorld(clock, { referenceClocks: { offsets: async () => offsets } });
  await takeSnapshot(world);
  drilled = await restoreServer(world);
});

const reap = () => reapAll({ deps: world.deps, systems: ['shop'] });
/** The drill has ended, and its server stands. */
const endDrill = (): Promise<unknown> =>
  world.value('finishSlot', { ...scope, kind: 'drill', slot: drilled.drill.slice(6), outcome: 'FAIL' });
/** Time passes, and what was begun ends. */
async function later(hours: number): Promise<void> {
  clock.advance(hours * 3600);
  for (const server of world.servers.standing())
    await world.servers.poll({ kind: 'delete-server', server, acceptedAt: '2026-03-01T00:00:00.000Z' });
}
const ledger = (): string[] =>
  world.vault
    .entries<LedgerEntry>(vaultPaths.ledgerSegments(scope))
    .map(({ kind, stage }) => `${kind} ${stage}`);
const reaped = (): ReapedDocument =>
  world.vault.json(vaultPaths.reapedServer(scope, drilled.target.split('/').at(-1) ?? ''));
const alert = (key: string): AlertDocument | undefined =>
  world.vault.paths(vaultPaths.alert(scope, key)).length === 0
    ? undefined
    : world.vault.json(vaultPaths.alert(scope, key));

describe('a server whose drill has ended', () => {
  beforeEach(endDrill);

  test('goes with the next run, is confirmed absent by one after it, and its cost is told', async () => {
    clock.advance(2 * 3600);
    expect((await reap()).done).toEqual([expect.stringContaining('its removal is begun')]);
    expect(ledger()).toEqual(['drill-server intent']);
    await later(1);
    expect((await reap()).done).toEqual([`${drilled.target} is confirmed absent`]);
    expect(world.servers.standing()).toEqual([sourceServer]);
    expect(ledger()).toEqual(['drill-server intent', 'drill-server confirmed-absent']);
    expect(reaped()).toMatchObject({
      ...{ drill: drilled.drill, hours: 3, cost: { amount: 0.6, currency: 'EUR' } },
      confirmedAbsentAt: '2026-03-01T04:30:00.000Z',
    });
    expect(await reap()).toEqual({ done: [], troubles: [] });
  });

  test('goes once, however many hosts look at the same time', async () => {
    clock.advance(3600);
    await Promise.all([reap(), reap(), reap()]);
    await later(1);
    await Promise.all([reap(), reap()]);
    expect(new Set(world.servers.effects.filter((one) => one.startsWith('delete-server'))).size).toBe(1);
    expect(reaped().hours).toBe(2);
    expect(world.servers.standing()).toEqual([sourceServer]);
  });

  test('goes on where a run was cut off before its removal was begun', async () => {
    clock.advance(3600);
    world.servers.faults.on('beginDeleteServer', 'before');
    expect((await reap()).troubles).toHaveLength(1);
    expect(alert(leftBehindKey(drilled.target))?.resolvedAt).toBeUndefined();
    expect(alert(leftBehindKey(drilled.target))?.detail).toContain('cannot be removed');
    await reap();
    await later(1);
    await reap();
    expect(world.servers.standing()).toEqual([sourceServer]);
    expect(alert(leftBehindKey(drilled.target))?.resolvedAt).toBeDefined();
  });

  test('stays while the clock is in doubt, while it is held, and while the ledger cannot be written', async () => {
    clock.advance(3600);
    offsets = off;
    await reap();
    offsets = [{ source: 'storage', seconds: 0 }];
    const { hold: set } = await hold(world);
    await reap();
    await releaseHold(world.deps, scope, set.id, { reason: 'closed', by: 'counsel' });
    world.vault.faults.on(`append ${vaultPaths.ledgerSegments(scope)}`, 'before');
    await reap();
    expect(world.servers.effects.filter((one) => one.startsWith('delete-server'))).toEqual([]);
    expect(world.servers.standing()).toContain(drilled.target);
  });

  test('goes also when its plan is gone and the drill can be read no more', async () => {
    clock.advance(3600);
    world.vault.put(vaultPaths.plan(scope, drilled.on.plan), '{ cut');
    expect((await reap()).done).toHaveLength(1);
  });

  test('stands in the plan of a prune, which takes it as well', async () => {
    clock.advance(3600);
    const planned = await planPrune(world);
    const item = planOf(world, planned).items.find(({ kind }) => kind === 'drill-server');
    expect(item).toMatchObject({ decision: 'expire', server: drilled.target });
    expect(item?.sentence).toContain(drilled.drill);
    expect(planned.portions).toContainEqual({ kind: 'drill-server', count: 1 });
    const order = { ...scope, plan: planned.plan, kind: 'drill-server', from: 0 };
    expect(await world.value('pruneItems', order)).toEqual({ deleted: 1, refused: [] });
    await later(1);
    await reap();
    expect(world.servers.standing()).toEqual([sourceServer]);
  });
});

describe('a server whose drill has not said how it ended', () => {
  test('stays for its time to live, and goes after it', async () => {
    clock.advance(23 * 3600);
    expect((await reap()).done).toEqual([]);
    expect((await viewDrillServers(world.deps, 'shop')).servers).toMatchObject([
      { server: drilled.target, decision: 'keep', hours: 23, cost: { amount: 4.6, currency: 'EUR' } },
    ]);
    clock.advance(2 * 3600);
    expect((await reap()).done).toHaveLength(1);
  });

  test('that is kept for inspection stays so much longer', async () => {
    const tags = (await world.servers.get(drilled.target))?.tags ?? {};
    expect(tags[drillTags.expires]).toBe('2026-03-02T01:30:00.000Z');
    await carryOut(world, 'beginRemoval', drilled.on);
    const planned = await world.value<{ plan: string; targets: { target: string }[] }>('planDrill', {
      ...{ ...scope, slot: '20260301T020000Z', trigger: 'person', point: 'latest' },
      ...{ declaredAt: '2026-03-01T02:00:00.000Z', cleanUpDelaySeconds: 7200 },
    });
    await carryOut(world, 'beginRestore', { ...scope, plan: planned.plan, database: 'main' });
    const kept = await world.servers.get(planned.targets[0]?.target ?? '');
    expect(kept?.tags[drillTags.expires]).toBe('2026-03-02T04:00:00.000Z');
  });
});

test('a removal that the provider takes and never ends is told after its deadline', async () => {
  await endDrill();
  clock.advance(3600);
  expect((await reap()).troubles).toEqual([]);
  clock.advance(3 * 3600);
  expect((await reap()).troubles.join()).toContain('and it still stands');
  expect(alert(leftBehindKey(drilled.target))?.detail).toContain('its removal was begun at');
});

test('a server that cannot be removed has an alert that the next report leaves open, until it is gone', async () => {
  await endDrill();
  clock.advance(3600);
  world.servers.faults.on('beginDeleteServer', 'before', { times: 9 });
  await reap();
  const next = await restoreServer(world);
  await world.value('finalizeReport', await drillFactsOf(world, next));
  expect(alert(leftBehindKey(drilled.target))).toMatchObject({ count: 1 });
  expect(alert(leftBehindKey(drilled.target))?.resolvedAt).toBeUndefined();
});

test.each([
  ['the end of its drill', at(5), at(24), at(5)],
  ['its tag where the drill has not ended', undefined, at(24), at(24)],
  ['no longer than any drill may need, whatever a wrong clock wrote', at(720), at(744), at(48)],
  ['no longer than that, whatever its tag says', undefined, at(744), at(48)],
])('a server may stand until %s', (_what, ended, tagged, until) => {
  expect(expiryOf(at(0), { ended, tagged })?.toISO()).toBe(until.toISO());
});

describe('a server in the group of the drills that no drill made', () => {
  test.each<[string, () => void]>([
    ['has no tags', () => world.servers.put({ id: serverId(drillGroup, 'somebodys') })],
    [
      'bears the tags of a drill and another name',
      () =>
        world.servers.put({
          id: serverId(drillGroup, 'drill-shop-main-copy'),
          tags: { [drillTags.drill]: drilled.drill, [drillTags.plan]: drilled.on.plan },
        }),
    ],
  ])('which %s is told of and never touched', async (_what, put) => {
    put();
    await endDrill();
    clock.advance(50 * 3600);
    await reap();
    await later(1);
    await reap();
    expect(world.servers.standing()).toHaveLength(2);
    expect(alert('drill-group-unknown')).toMatchObject({ severity: 'warning' });
    const { servers } = await viewDrillServers(world.deps, 'shop');
    expect(servers).toMatchObject([{ decision: 'blocked' }]);
    expect(servers[0]).not.toHaveProperty('drill');
  });

  test('is told of no more once it is gone', async () => {
    world.servers.put({ id: serverId(drillGroup, 'somebodys') });
    await reap();
    await world.servers.beginDeleteServer(serverId(drillGroup, 'somebodys'));
    await later(1);
    await reap();
    expect(alert('drill-group-unknown')?.resolvedAt).toBeDefined();
  });

  test('a protected server that lies there by mistake, dressed as a drill’s, is never touched', async () => {
    await endDrill();
    const [system] = world.deps.estate.systems;
    system!.regions[0]!.databases[0]!.server = drilled.target;
    clock.advance(50 * 3600);
    const { troubles } = await reap();
    expect(troubles.join()).toContain('protected server');
    expect(world.servers.effects.filter((one) => one.startsWith('delete-server'))).toEqual([]);
  });
});

test('a drill that wakes after its server was reaped makes no other one', async () => {
  clock.advance(49 * 3600);
  await reap();
  await later(1);
  await reap();
  expect(world.servers.standing()).toEqual([sourceServer]);
  expect(await world.value('beginRestore', drilled.on)).toMatchObject({
    state: 'failed',
    code: 'DrillClosed',
  });
  expect(world.servers.standing()).toEqual([sourceServer]);
});
