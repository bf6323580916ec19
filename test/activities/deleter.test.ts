import { beforeEach, describe, expect, test } from 'vitest';
import type { AuditEntry } from '../../src/contracts/audit.ts';
import type { LedgerEntry, RecoveryPoint } from '../../src/contracts/documents.ts';
import type { OperationStart } from '../../src/contracts/operations.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import type { ClockOffset } from '../../src/policy/clock-trust.ts';
import { Failure } from '../../src/policy/failure.ts';
import { drillTags } from '../../src/policy/server-removal.ts';
import { carryOut, planDrill, restoreServer, takeSnapshot, type Planned } from '../support/drill-steps.ts';
import { fillSlots } from '../support/prune-steps.ts';
import { scope, sourceServer } from '../support/sample-estate.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { makeWorld, type World } from '../support/world.ts';

let clock: VirtualWallClock;
let world: World;
let offsets: ClockOffset[];
let order: { server: string; backup: string; coveredBy: string; system: string; region: string };

const ledger = (): LedgerEntry[] => world.vault.entries(vaultPaths.ledgerSegments(scope));
const audits = (): AuditEntry[] => world.vault.entries(vaultPaths.auditSegments(scope));
const pointPath = (): string => world.vault.paths(vaultPaths.points(scope))[0]!;
const changePoint = (changes: Partial<RecoveryPoint>): void =>
  world.vault.put(pointPath(), JSON.stringify({ ...world.vault.json<object>(pointPath()), ...changes }));
const noRecord = new Failure('cannot-record', 'the log is full', 'Look at the vault.');

beforeEach(() => {
  clock = new VirtualWallClock();
  offsets = [{ source: 'storage', seconds: 0 }];
  world = makeWorld(clock, { referenceClocks: { offsets: async () => offsets } });
});

describe('a backup that gives its slot up', () => {
  beforeEach(async () => {
    const point = await takeSnapshot(world);
    world.servers.putBackup(sourceServer, { name: 'auto', kind: 'automatic', completedAt: clock.now() });
    fillSlots(world);
    order = {
      ...scope,
      server: sourceServer,
      backup: point.replace('on-demand', 'lifeboat'),
      coveredBy: 'auto',
    };
    world.vault.faults.calls.length = 0;
    world.servers.faults.calls.length = 0;
  });

  test('is in the ledger, in the audit log and marked before it is deleted', async () => {
    const seen: string[] = [];
    const beginDeleteBackup = world.servers.beginDeleteBackup.bind(world.servers);
    world.servers.beginDeleteBackup = (...given) => {
      seen.push(...world.vault.faults.calls.filter((call) => /^(append|replace)/.test(call)));
      return beginDeleteBackup(...given);
    };
    await world.value('giveUpBackup', order);
    expect(seen.map((call) => call.replace(/.*\/(ledger|audit|points)\/.*/, '$1'))).toEqual([
      'ledger',
      'audit',
      'points',
    ]);
    expect(ledger().map((entry) => entry.stage)).toEqual(['intent']);
    const [intent, begun] = audits().slice(-2);
    expect(intent).toMatchObject({ action: 'delete-backup', stage: 'intent' });
    expect(begun).toMatchObject({ stage: 'outcome', result: 'begun', intent: intent?.sequence });
    expect(intent?.actor).toEqual({
      ...{ kind: 'automation', subject: 'lifeboat', function: 'giveUpBackup' },
    });
    expect(world.vault.json<RecoveryPoint>(pointPath()).tombstone).toMatchObject({
      reason: expect.stringContaining('auto') as string,
    });
  });

  test('is confirmed absent once it is no longer listed', async () => {
    expect(await carryOut(world, 'giveUpBackup', order)).toMatchObject({ state: 'done' });
    expect(ledger().map((entry) => entry.stage)).toEqual(['intent', 'confirmed-absent']);
    expect(world.vault.json<RecoveryPoint>(pointPath()).tombstone).toHaveProperty('confirmedAbsentAt');
    expect(
      await world
        .value('planDrill', {
          ...scope,
          slot: '20260301T040000Z',
          trigger: 'schedule',
          point: 'latest',
          declaredAt: '2026-03-01T04:00:00Z',
          cleanUpDelaySeconds: 0,
        })
        .catch(String),
    ).toContain('no usable recovery point');
  });

  test('that went by itself before it was deleted is not told as deleted', async () => {
    world.servers.loseBackup(sourceServer, order.backup);
    expect(await world.value('giveUpBackup', order)).toMatchObject({ state: 'done' });
    const [absent, ...more] = ledger();
    expect(more).toEqual([]);
    expect(absent).toMatchObject({
      stage: 'confirmed-absent',
      reason: expect.stringMatching(/^gone before it was deleted here, for slot: /) as string,
    });
    expect(world.vault.json<RecoveryPoint>(pointPath()).tombstone).toMatchObject({ reason: absent?.reason });
  });

  test.each([
    [
      'its cover is no longer listed',
      () => world.servers.loseBackup(sourceServer, 'auto'),
      'not covered by an automatic backup of its day',
    ],
    [
      'its clock is not to be trusted',
      () => (offsets = [{ source: 'storage', seconds: 3600 }]),
      'by a clock that is not to be trusted',
    ],
    [
      'a point cannot be read, so that not everything is known',
      () => world.vault.put(vaultPaths.point(scope, 'on-demand-20260228T013000Z'), '{ cut'),
      'not everything could be listed',
    ],
    [
      'another one, an older one, is to give way by now',
      () =>
        world.servers.putBackup(sourceServer, {
          ...{ name: 'lifeboat-20260228T013000Z', kind: 'on-demand' },
          completedAt: clock.now().minus({ seconds: 1 }),
        }),
      'lifeboat-20260228T013000Z is to be given up by now, not',
    ],
    ["it is the provider's own", () => (order = { ...order, backup: 'auto' }), "the provider's own"],
    [
      'it is pinned',
      () => changePoint({ pins: [{ by: 'x', at: '2026-03-01T01:30:00Z', reason: 'legal hold' }] }),
      'pinned: legal hold',
    ],
    [
      'it is the newest proven one',
      () => changePoint({ proven: { at: '2026-03-01T04:00:00Z', drill: 'drill-1' } }),
      'newest proven',
    ],
  ])('stays when %s', async (_why, change, reason) => {
    change();
    expect(await world.value<OperationStart>('giveUpBackup', order)).toMatchObject({
      state: 'failed',
      code: 'DeletionRefused',
      message: expect.stringContaining(reason) as string,
    });
    expect(ledger().map((entry) => entry.stage)).toEqual(['refused']);
    expect(world.servers.faults.count('beginDelete')).toBe(0);
  });

  test.each([
    'append v1/shop/westeurope/ledger',
    'append v1/shop/westeurope/audit',
    'replace v1/shop/westeurope/points',
  ])('stays when "%s" fails', async (method) => {
    world.vault.faults.on(method, 'before', { error: noRecord });
    expect(await world.run('giveUpBackup', order)).toMatchObject({
      outcome: 'failed',
      failure: { code: 'cannot-record', retryable: true },
    });
    expect(world.servers.faults.count('beginDelete')).toBe(0);
  });

  test('stays where a slot has become free, and the snapshot goes on', async () => {
    world.servers.loseBackup(sourceServer, 'before-release-1');
    expect(await world.value<OperationStart>('giveUpBackup', order)).toEqual({
      state: 'done',
      detail: `a slot is free by now: ${order.backup} stays`,
    });
    expect(ledger()).toEqual([]);
    expect(world.vault.json<RecoveryPoint>(pointPath()).tombstone).toBeUndefined();
  });

  test('stays when the listing or the catalogue cannot be read', async () => {
    world.servers.faults.on('listBackups', 'before');
    world.vault.faults.on('list ', 'before');
    for (let attempt = 0; attempt < 2; attempt += 1)
      expect(await world.run('giveUpBackup', order)).toMatchObject({ failure: { code: 'unavailable' } });
    expect(world.servers.faults.count('beginDelete')).toBe(0);
  });

  test('of another region is refused before anything is looked at', async () => {
    expect(await world.run('giveUpBackup', { ...order, region: 'eastus' })).toMatchObject({
      outcome: 'failed',
      failure: { code: 'wrong-region' },
    });
    expect(world.servers.faults.calls).toEqual([]);
  });
});

describe("a drill's server", () => {
  let planned: Planned;
  beforeEach(async () => {
    await takeSnapshot(world);
    planned = await restoreServer(world);
    world.servers.faults.calls.length = 0;
  });
  const remove = (): Promise<OperationStart> => world.value('beginRemoval', planned.on);
  const stages = (): string[] => ledger().map((entry) => entry.stage);

  test('is removed, and confirmed absent by the provider', async () => {
    expect(await carryOut(world, 'beginRemoval', planned.on)).toEqual({
      state: 'done',
      detail: 'confirmed absent',
    });
    expect(stages()).toEqual(['intent', 'confirmed-absent']);
    expect(world.servers.standing()).toEqual([sourceServer]);
  });

  test('that carries the tags of another drill stays, and every reason is in the ledger', async () => {
    world.servers.put({
      id: planned.target,
      tags: { [drillTags.drill]: 'drill-other', [drillTags.plan]: 'x' },
    });
    expect(await remove()).toMatchObject({ state: 'failed', code: 'RemovalRefused' });
    expect(ledger()).toMatchObject([
      { stage: 'refused', reason: expect.stringMatching(/lifeboat-drill.*lifeboat-plan/) as string },
    ]);
    expect(world.servers.standing()).toContain(planned.target);
  });

  test.each([
    'append v1/shop/westeurope/ledger',
    'append v1/shop/westeurope/audit',
    'get /',
    'create v1/shop',
  ])('stays when "%s" fails', async (method) => {
    (method.startsWith('get') ? world.servers : world.vault).faults.on(method, 'before', { error: noRecord });
    expect(await world.run('beginRemoval', planned.on)).toMatchObject({ outcome: 'failed' });
    expect(world.servers.faults.count('beginDelete')).toBe(0);
    expect(await carryOut(world, 'beginRemoval', planned.on)).toMatchObject({ state: 'done' });
  });

  test('is not restored any more once its removal has begun', async () => {
    await carryOut(world, 'beginRemoval', planned.on);
    expect(await world.value('beginRestore', planned.on)).toMatchObject({
      state: 'failed',
      code: 'DrillClosed',
    });
    expect(world.servers.standing()).toEqual([sourceServer]);
  });
});

describe('nothing is begun that cannot be recorded', () => {
  beforeEach(async () => {
    await takeSnapshot(world);
    world.servers.effects.length = 0;
  });

  test('no restore', async () => {
    const planned = await planDrill(world);
    world.vault.faults.on('append', 'before', { error: noRecord });
    expect(await world.run('beginRestore', planned.on)).toMatchObject({ failure: { code: 'cannot-record' } });
    expect(world.servers.effects).toEqual([]);
  });

  test.each([
    [
      'planDrill',
      {
        slot: '20260301T040000Z',
        trigger: 'schedule',
        point: 'latest',
        declaredAt: '2026-03-01T04:00:00Z',
        cleanUpDelaySeconds: 0,
      },
    ],
    ['planSnapshot', { slot: '20260302T013000Z' }],
    ['planPrune', { slot: '20260302T013000Z', dryRun: false }],
  ])('no %s', async (name, input) => {
    world.vault.faults.on('append', 'before', { error: noRecord });
    const before = world.vault.paths();
    expect(await world.run(name, { ...scope, ...input })).toMatchObject({
      failure: { code: 'cannot-record' },
    });
    expect(world.vault.paths()).toEqual(before);
  });
});
