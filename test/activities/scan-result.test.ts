/** What a scan came to: its result, and the alerts that follow from it. */
import { beforeEach, describe, expect, test } from 'vitest';
import { damagedBlobs, findingsOf } from '../../src/activities/scan/findings.ts';
import { noCounts } from '../../src/contracts/scan-documents.ts';
import type { StoreOutcome } from '../../src/contracts/scan.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { takeSnapshot } from '../support/drill-steps.ts';
import { scope } from '../support/sample-estate.ts';
import { finishScan, planScan, planShards, scanAll, scanStore } from '../support/scan-steps.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { layout, makeWorld, type World } from '../support/world.ts';
import { alertIn, nameOf } from '../support/scanned-shop.ts';

let clock: VirtualWallClock;
let world: World;

beforeEach(() => {
  clock = new VirtualWallClock();
  world = makeWorld(clock);
});

const nextNight = (): void => clock.advance(86_400);

/** What a store comes to whose one shard was not read to its end. */
const cutShort: StoreOutcome = {
  ...{ store: 'files', counts: noCounts, shards: 1, failed: 1 },
  failures: [{ store: 'files', shard: 'all', failure: 'cut' }],
};

describe('the result', () => {
  test('holds a hundred findings, the worst first; all are counted and all keep their snapshots', async () => {
    world.source.references.push('f'.repeat(64));
    const damaged = Array.from({ length: 130 }, (_, n) => `damaged ${n}`);
    world.source.references.push(...damaged.map((content) => world.contents.put(content, layout)));
    await takeSnapshot(world);
    for (const content of damaged) world.contents.damage(nameOf(content), 'flip');
    for (let n = 0; n < 50; n += 1) world.contents.blobs.set(`odd ${n}`, Buffer.from('x'));
    world.contents.put('left over', layout);
    const scan = await scanAll(world);
    expect(scan.counts).toMatchObject({
      missing: 1,
      'digest-mismatch': 130,
      'not-an-address': 50,
      unreferenced: 1,
    });
    const verdicts = scan.findings.map((one) => one.verdict);
    expect(verdicts).toEqual(['missing', ...Array.from({ length: 99 }, () => 'digest-mismatch')]);
    const known = await damagedBlobs(world.deps, scope);
    expect([...known].toSorted()).toEqual(
      [...damaged.map((content) => `files/${nameOf(content)}`), `files/ff/${'f'.repeat(64)}`].toSorted(),
    );
  });

  test('of a scan that was cut short does not make the damage forgotten that an earlier one found', async () => {
    await takeSnapshot(world);
    world.contents.damage(nameOf('one'), 'flip');
    await scanAll(world);
    nextNight();
    const planned = await planScan(world);
    await planShards(world, planned, 'files');
    await finishScan(world, planned, [cutShort]);
    expect([...(await damagedBlobs(world.deps, scope))]).toEqual([`files/${nameOf('one')}`]);
  });

  test('is written once: a second finish finds the first', async () => {
    await takeSnapshot(world);
    const planned = await planScan(world);
    const first = await finishScan(world, planned, [await scanStore(world, planned, 'files')]);
    expect(first.outcome).toBe('clean');
    clock.advance(60);
    expect(await finishScan(world, planned, [])).toEqual(first);
  });

  test('of a store with more findings than one document holds keeps them all', async () => {
    world.source.references.push(
      ...Array.from({ length: 20_010 }, (_, n) => n.toString(16).padStart(64, '0')),
    );
    await takeSnapshot(world);
    const scan = await scanAll(world);
    expect(scan.counts).toMatchObject({ blobs: 3, ok: 3, missing: 20_010 });
    const names = new Set<string>();
    for await (const some of findingsOf(world.deps, scope, scan.id))
      for (const { name } of some) names.add(name);
    expect(names.size).toBe(20_010);
  });
});

describe('an alert', () => {
  beforeEach(() => takeSnapshot(world));

  test('is raised for damage, counted up each night, and resolved by a clean scan', async () => {
    world.contents.damage(nameOf('one'), 'flip');
    await scanAll(world);
    expect(alertIn(world, 'scan-damage')).toMatchObject({
      severity: 'critical',
      count: 1,
      runbook: 'runbooks/scan-damage.md',
      detail: expect.stringContaining(`digest-mismatch: files ${nameOf('one')}`) as string,
    });
    nextNight();
    await scanAll(world);
    expect(alertIn(world, 'scan-damage')).toMatchObject({ count: 2 });
    world.contents.put('one', layout);
    world.contents.damage(nameOf('one'), 'flip-once');
    nextNight();
    expect(await scanAll(world)).toMatchObject({ outcome: 'clean' });
    expect(alertIn(world, 'scan-damage')).toHaveProperty('resolvedAt');
  });

  test('of damage is not resolved by a scan that did not verify everything', async () => {
    world.contents.damage(nameOf('one'), 'flip');
    await scanAll(world);
    world.contents.damage(nameOf('one'), 'unreadable');
    nextNight();
    expect(await scanAll(world)).toMatchObject({ outcome: 'failed' });
    expect(alertIn(world, 'scan-damage')).not.toHaveProperty('resolvedAt');
    expect(alertIn(world, 'scan-failed')).toMatchObject({ severity: 'warning', count: 1 });
    world.contents.damage(nameOf('one'), 'flip');
    nextNight();
    await scanAll(world);
    expect(alertIn(world, 'scan-failed')).toHaveProperty('resolvedAt');
  });

  test('is not raised by a clean scan', async () => {
    await scanAll(world);
    expect(world.vault.paths(vaultPaths.alerts(scope))).toEqual([]);
  });
});
