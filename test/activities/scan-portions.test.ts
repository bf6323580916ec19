/** Everything of a scan that grows with the store goes on in portions, and comes to the same as in one. */
import { describe, expect, test } from 'vitest';
import { findingsOf } from '../../src/activities/scan/findings.ts';
import type { ScanDocument } from '../../src/contracts/scan-documents.ts';
import { vaultRoot } from '../../src/contracts/vault-paths.ts';
import { takeSnapshot } from '../support/drill-steps.ts';
import { sampleEstate, scope } from '../support/sample-estate.ts';
import { scanAll, type Before } from '../support/scan-steps.ts';
import { divideFinely } from '../support/small-shards.ts';
import { portionFinely } from '../support/small-portions.ts';
import { nameOf } from '../support/scanned-shop.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { layout, makeWorld, type World } from '../support/world.ts';

const contents = Array.from({ length: 60 }, (_, n) => `content ${n}`);
const stateFolder = `${vaultRoot(scope)}/scrub/`;
const fine = { maxBlobsPerShard: 8, recordsAtOnce: 4 };

/** A shop of 63 blobs, scanned once, of which some are damaged since. */
async function shop(): Promise<{ world: World; clock: VirtualWallClock }> {
  const clock = new VirtualWallClock();
  const estate = structuredClone(sampleEstate());
  estate.systems[0]!.scrub.cycle = 'P7D';
  const world = makeWorld(clock, { estate });
  world.source.references.push(...contents.map((content) => world.contents.put(content, layout)));
  world.contents.put('left over', layout);
  await takeSnapshot(world);
  clock.advance(86_400);
  await scanAll(world);
  clock.advance(86_400);
  world.contents.damage(nameOf('content 1'), 'flip');
  world.contents.blobs.delete(nameOf('content 2'));
  world.contents.blobs.set('odd', Buffer.from('x'));
  world.contents.put('new', layout);
  return { world, clock };
}

/** What a scan leaves: its result, all its findings, and what is known of every blob. */
async function leftBy(world: World, before?: Before): Promise<object> {
  const { stores, ...scan }: ScanDocument = await scanAll(world, { mode: 'full' }, before);
  const findings: string[] = [];
  for await (const some of findingsOf(world.deps, scope, scan.id))
    findings.push(...some.map(({ verdict, name, detail }) => `${verdict} ${name} ${detail}`));
  const [store] = stores;
  return {
    ...{ outcome: scan.outcome, counts: scan.counts, findings: findings.toSorted() },
    worst: scan.findings.map(({ verdict, name }) => `${verdict} ${name}`).toSorted(),
    ...{ debtSeconds: store?.debtSeconds, coverage: store?.coverage },
  };
}

describe('a scan in portions', () => {
  test('comes to what one comes to that does everything at once', async () => {
    const [one, other] = [await shop(), await shop()];
    divideFinely(one.world, fine.maxBlobsPerShard);
    const calls = portionFinely(other.world, fine);
    expect(await leftBy(other.world)).toEqual(await leftBy(one.world));
    expect(calls.get('planStore')).toBeGreaterThan(10);
    expect(calls.get('finishShard')).toBeGreaterThan(20);
    expect(calls.get('sumUpStore')).toBeGreaterThan(1);
  });

  test('comes to the same when every portion is run twice, at once or again', async () => {
    const [one, other] = [await shop(), await shop()];
    portionFinely(one.world, fine);
    portionFinely(other.world, fine);
    const twice: Before = async (activity, input) => {
      const isPortion = ['planStore', 'finishShard', 'sumUpStore'].includes(activity);
      if (isPortion) await Promise.all([other.world.run(activity, input), other.world.run(activity, input)]);
    };
    expect(await leftBy(other.world, twice)).toEqual(await leftBy(one.world));
  });

  test('plans by what stood when it began, whatever another scan writes meanwhile', async () => {
    const { world } = await shop();
    portionFinely(world, fine);
    let portions = 0;
    const plan = await leftBy(world, async (activity) => {
      if (activity !== 'planStore' || (portions += 1) !== 3) return;
      for (const path of world.vault.paths(stateFolder)) world.vault.remove(path);
    });
    expect(plan).toMatchObject({ counts: { blobs: 65, missing: 1 } });
  });
});

describe('a store that would be one shard', () => {
  const parts = ['1/4', '2/4', '3/4', '4/4'];

  test('is divided for a scan of a part, in portions as at once; the parts together are all of it', async () => {
    const [one, other] = [await shop(), await shop()];
    portionFinely(other.world, { maxBlobsPerShard: 1_000, recordsAtOnce: 1_000 });
    const seen: number[] = [];
    for (const part of parts) {
      const whole = await scanAll(one.world, { mode: 'full', part });
      const inPortions = await scanAll(other.world, { mode: 'full', part });
      expect(inPortions.counts).toEqual(whole.counts);
      expect(whole.stores[0]!.shards).toBe(4);
      seen.push(whole.counts.blobs);
      one.clock.advance(600);
      other.clock.advance(600);
    }
    for (const blobs of seen) expect(blobs).toBeGreaterThan(4);
    expect(seen.reduce((sum, blobs) => sum + blobs, 0)).toBe(64);
    const after = await scanAll(one.world);
    expect(after.stores[0]!.shards).toBe(1);
    expect(after.counts).toMatchObject({ blobs: 65, missing: 1, 'digest-mismatch': 1, 'not-an-address': 1 });
  });
});

describe('a shard that turned out fatter than planned', () => {
  test('is judged in pieces that each fit, and the next scan divides it by them', async () => {
    const { world, clock } = await shop();
    const calls = portionFinely(world, { maxBlobsPerShard: 1_000, recordsAtOnce: 20 });
    const scan = await scanAll(world, { mode: 'full' });
    expect(scan.stores[0]!.shards).toBe(1);
    expect(calls.get('finishShard')).toBeGreaterThan(3);
    const pieces = world.vault
      .paths(stateFolder)
      .map((path) => JSON.parse(world.vault.text(path).split('\n')[0]!) as { scan: string; count: number })
      .filter((header) => header.scan === scan.id);
    expect(pieces.length).toBeGreaterThan(3);
    for (const { count } of pieces) expect(count).toBeLessThanOrEqual(21);
    expect(pieces.reduce((sum, { count }) => sum + count, 0)).toBe(65);
    clock.advance(86_400);
    portionFinely(world, { maxBlobsPerShard: 20, recordsAtOnce: 20 });
    const next = await scanAll(world);
    expect(next.stores[0]!.shards).toBeGreaterThan(3);
    expect(next.counts).toMatchObject({ missing: 1, 'digest-mismatch': 1, gone: 0 });
  });
});
