/** The plan of a person's restore of a protected server that is gone. */
import { beforeEach, describe, expect, test } from 'vitest';
import { raise } from '../../../src/activities/alerts.ts';
import { proposeRestore, type RestoreWish } from '../../../src/activities/restore/propose.ts';
import { orderRestore } from '../../../src/activities/restore/request.ts';
import type { RestorePlan } from '../../../src/contracts/restore-plan.ts';
import type { RecoveryPoint } from '../../../src/contracts/documents.ts';
import { vaultPaths } from '../../../src/contracts/vault-paths.ts';
import { canonicalJson } from '../../../src/policy/canonical-json.ts';
import { takeSnapshot } from '../../support/drill-steps.ts';
import { addressOf } from '../../support/memory-servers.ts';
import { allowTables, approve, askForRestore } from '../../support/restore-steps.ts';
import { scope, serverId, sourceServer } from '../../support/sample-estate.ts';
import { VirtualWallClock } from '../../support/wall-clock.ts';
import { makeWorld, type World } from '../../support/world.ts';

let world: World;
let clock: VirtualWallClock;
let point: string;
const target = serverId('rg-restored-westeurope', 'shop-again');
const plan = async (wish: Partial<RestoreWish>): Promise<RestorePlan> =>
  (await proposeRestore(world.deps, scope, { to: 'archived', name: 'shop-again', ...wish })).plan;
const tellSilence = () =>
  raise(world.deps, scope, {
    ...{ key: 'heartbeat-silent', severity: 'critical', title: 'No heartbeat', detail: '' },
    runbook: 'runbooks/heartbeat-silent.md',
  });

beforeEach(async () => {
  clock = new VirtualWallClock('2026-03-01T01:30:00.000Z');
  world = makeWorld(clock);
  point = await takeSnapshot(world);
  clock.stepTo('2026-03-01T02:00:00.000Z');
  world.servers.drop(sourceServer);
  await tellSilence();
  clock.stepTo('2026-03-01T02:10:00.000Z');
  world.servers.effects.length = 0;
});

describe('is planned in mode "revive", and says so', () => {
  test('to what is surely archived, seven minutes before the silence', async () => {
    const made = await plan({});
    const mode = 'revive';
    expect(made).toMatchObject({
      ...{ to: 'archived', instant: '2026-03-01T01:53:00.000Z', pinned: [point] },
      targets: [{ database: 'main', source: sourceServer, target, location: 'westeurope', mode }],
      warnings: [expect.stringContaining('shop-westeurope is gone: what the provider kept of it is revived')],
      loss: { unknown: [{ database: 'main', problem: expect.stringContaining('is gone') as string }] },
    });
    expect(made.loss.seconds).toBeUndefined();
    expect(world.servers.effects).toEqual([]);
  });

  test('to a recorded point, whose heartbeat and checks are known', async () => {
    const made = await plan({ to: point });
    expect(made).toMatchObject({
      point,
      loss: { newestHeartbeat: '2026-03-01T01:30:00.000Z', seconds: 2400 },
    });
    expect(made.checks).toContain('fingerprint');
    expect(made.checks).toContain('references');
  });

  test('to an instant, of one database alone', async () => {
    const to = '2026-03-01T01:59:00.000Z';
    const made = await plan({ to, database: 'main' });
    expect(made).toMatchObject({ database: 'main', instant: to, targets: [{ mode: 'revive' }] });
  });
});

describe('is refused', () => {
  test.each<[string, Partial<RestoreWish>, RegExp]>([
    ['to the newest instant, which nobody knows', { to: 'latest' }, /nobody can tell the newest instant/],
    [
      'of chosen tables',
      { to: '2026-03-01T01:50:00.000Z', name: undefined, tables: ['shop.item'] },
      /tables would go into its database/,
    ],
    ['by the name of the one that is gone', { name: 'shop-westeurope' }, /which the estate names/],
  ])('%s', async (_what, wish, said) => {
    allowTables(world);
    await expect(plan(wish)).rejects.toThrow(said);
  });

  test('where no point was recorded on it: the id may be wrong', async () => {
    await world.vault.delete(vaultPaths.point(scope, point));
    await expect(plan({})).rejects.toThrow(/there is no server .*no recovery point was recorded on it/);
  });

  test('to a point that was recorded on another server', async () => {
    const path = vaultPaths.point(scope, point);
    const recorded = world.vault.json<RecoveryPoint>(path);
    const server = serverId('rg-shop-westeurope', 'shop-before');
    const id = 'on-demand-20260228T013000Z';
    const older = { ...recorded, id, databases: recorded.databases.map((part) => ({ ...part, server })) };
    world.vault.put(vaultPaths.point(scope, id), canonicalJson(older));
    await expect(plan({ to: id })).rejects.toThrow('was recorded on');
  });

  test('once the provider has kept it for as long as it does', async () => {
    clock.stepTo('2026-03-06T02:00:00.000Z');
    await expect(plan({})).rejects.toThrow('keeps the backups of a deleted server for 5 days');
  });

  test('while the provider does not say whether it stands', async () => {
    world.servers.faults.on(`get ${sourceServer}`, 'before', { error: new Error('no answer') });
    await expect(plan({})).rejects.toThrow('no answer');
  });
});

describe('goes stale', () => {
  test('when the server comes back, for whoever asks and for the permit', async () => {
    const { digest } = await proposeRestore(world.deps, scope, { to: point, name: 'shop-third' });
    const asked = await askForRestore(world, point);
    await approve(world, asked);
    world.servers.put({ id: sourceServer });
    const said = /is stale: .*shop-westeurope stands: what the provider kept/;
    const order = { digest, confirm: 'shop-third', reason: 'x', by: 'Jane' };
    await expect(orderRestore(world.deps, scope, order)).rejects.toThrow(said);
    const of = { ...scope, restore: asked.restore, plan: asked.digest };
    await expect(world.value('permitRestore', of)).rejects.toThrow(said);
    expect(world.servers.effects).toEqual([]);
  });

  test('when it has been kept for too long meanwhile', async () => {
    clock.stepTo('2026-03-06T01:50:00.000Z');
    const asked = await askForRestore(world, point);
    clock.stepTo('2026-03-06T02:00:00.000Z');
    await expect(approve(world, asked)).rejects.toThrow(/is stale: .*for 5 days/);
  });

  test('also the other way: a server that stood is gone', async () => {
    world.servers.put({ id: sourceServer });
    const asked = await askForRestore(world, point);
    world.servers.drop(sourceServer);
    await expect(approve(world, asked)).rejects.toThrow(/is stale: there is no server .* any more/);
  });
});

test('nothing is revived beside a server that came back after the permit', async () => {
  const asked = await askForRestore(world, point);
  await approve(world, asked);
  const of = { ...scope, restore: asked.restore, plan: asked.digest };
  await world.value('permitRestore', of);
  world.servers.put({ id: sourceServer });
  const on = { ...scope, plan: asked.digest, database: 'main' };
  await expect(world.value('beginRestore', on)).rejects.toThrow('is not revived beside it');
  expect(world.servers.effects).toEqual([]);
});

test('what the provider did not keep is told with its words', async () => {
  world.servers.drop(sourceServer, { keepsBackups: false });
  const asked = await askForRestore(world, point);
  await approve(world, asked);
  await world.value('permitRestore', { ...scope, restore: asked.restore, plan: asked.digest });
  const on = { ...scope, plan: asked.digest, database: 'main' };
  expect(await world.value('beginRestore', on)).toMatchObject({
    state: 'failed',
    message: expect.stringMatching(/is not revived: no backup of a dropped server/) as string,
  });
});

test('"latest" of a server that stands and does not answer is planned with a warning', async () => {
  world.servers.put({ id: sourceServer });
  const session = `session ${addressOf(sourceServer)}/shop`;
  world.databases.faults.on(session, 'before', { error: new Error('nothing listens') });
  expect((await plan({ to: 'latest' })).warnings?.join()).toContain('Use --to archived');
});
