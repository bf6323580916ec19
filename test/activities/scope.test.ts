import { beforeEach, describe, expect, test } from 'vitest';
import { planDrill, takeSnapshot } from '../support/drill-steps.ts';
import { region, scope, sourceServer, storageAccount } from '../support/sample-estate.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { makeWorld, type World } from '../support/world.ts';

let world: World;
beforeEach(() => {
  world = makeWorld(new VirtualWallClock());
});

const slot = '20260301T013000Z';
const starts: Readonly<Record<string, object>> = {
  recordHeartbeat: {},
  planSnapshot: { slot },
  beginBackup: { server: sourceServer, backup: `lifeboat-${slot}` },
  giveUpBackup: { server: sourceServer, backup: `lifeboat-${slot}`, coveredBy: 'auto' },
  takeFingerprint: { point: `on-demand-${slot}`, database: 'main' },
  recordPoint: { point: `on-demand-${slot}`, slot, databases: [], stores: [], servers: [] },
  planDrill: {
    slot,
    trigger: 'schedule',
    point: 'latest',
    declaredAt: '2026-03-01T04:00:00Z',
    cleanUpDelaySeconds: 0,
  },
  planScan: { slot },
  planPrune: { slot, dryRun: false },
};

describe.each(Object.entries(starts))('%s', (name, input) => {
  test('of another region is refused and touches nothing', async () => {
    const outcome = await world.run(name, { system: 'shop', region: 'eastus', ...input });
    expect(outcome).toMatchObject({ outcome: 'failed', failure: { code: 'wrong-region', retryable: false } });
    expect([
      ...world.servers.faults.calls,
      ...world.databases.faults.calls,
      ...world.vault.faults.calls,
    ]).toEqual([]);
  });

  test('of a system that the estate does not have is refused, naming those it has', async () => {
    const outcome = await world.run(name, { system: 'bakery', region, ...input });
    expect(outcome).toMatchObject({ failure: { code: 'not-found', hint: 'Use one of: shop.' } });
    expect(world.servers.effects).toEqual([]);
  });
});

describe('a resource that lies in another region', () => {
  test.each(['planSnapshot', 'planScan'])('is not touched by %s if it is a blob store', async (name) => {
    world.servers.putAccount(storageAccount(region), 'eastus');
    const outcome = await world.run(name, { ...scope, slot });
    expect(outcome).toMatchObject({
      failure: { code: 'wrong-region', message: expect.stringContaining('lies in eastus') as string },
    });
  });

  test.each([
    ['planSnapshot', { slot }],
    ['takeFingerprint', { point: `on-demand-${slot}`, database: 'main' }],
  ])('is not touched by %s if it is a server', async (name, input) => {
    world.servers.put({ id: sourceServer, location: 'eastus' });
    expect(await world.run(name, { ...scope, ...input })).toMatchObject({
      failure: { code: 'wrong-region' },
    });
    expect(world.databases.faults.calls).toEqual([]);
  });

  test('gets no heartbeat, and that is an alert', async () => {
    world.servers.put({ id: sourceServer, location: 'eastus' });
    expect(await world.run('recordHeartbeat', scope)).toMatchObject({
      value: { beats: [{ database: 'main', failure: expect.stringContaining('lies in eastus') as string }] },
    });
    expect(world.vault.json('v1/shop/westeurope/alerts/heartbeat-silent.json')).toMatchObject({ count: 1 });
  });

  test('is not restored', async () => {
    await takeSnapshot(world);
    const planned = await planDrill(world);
    world.servers.put({ id: sourceServer, location: 'eastus' });
    expect(await world.run('beginRestore', planned.on)).toMatchObject({ failure: { code: 'wrong-region' } });
  });

  test('is not restored onto: a server of that name that is not of the drill is a conflict', async () => {
    await takeSnapshot(world);
    const planned = await planDrill(world);
    world.servers.put({ id: planned.target, tags: { owner: 'somebody' } });
    expect(await world.run('beginRestore', planned.on)).toMatchObject({
      failure: { code: 'conflict', retryable: false },
    });
    expect(world.servers.effects.filter((effect) => effect.startsWith('restore'))).toEqual([]);
  });

  test('is adopted if an earlier attempt began it and its answer was lost', async () => {
    await takeSnapshot(world);
    const planned = await planDrill(world);
    world.servers.faults.on('beginRestore', 'after');
    expect(await world.value('beginRestore', planned.on)).toMatchObject({
      state: 'running',
      operation: { kind: 'restore', server: planned.target },
    });
    expect(world.servers.effects.filter((effect) => effect.startsWith('restore'))).toHaveLength(1);
  });
});
