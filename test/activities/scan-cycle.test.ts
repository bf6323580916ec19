/** Scans night after night: what is hashed again and what rests, what is known from one to the next, and its loss. */
import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import type { AlertDocument } from '../../src/contracts/documents.ts';
import type { ScanDocument } from '../../src/contracts/scan-documents.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { stampOf } from '../../src/policy/identifiers.ts';
import type { ScanPortion } from '../../src/ports/blob-scanner.ts';
import { takeSnapshot } from '../support/drill-steps.ts';
import { sampleEstate, scope } from '../support/sample-estate.ts';
import {
  finishScan,
  planScan,
  planShards,
  scanAll,
  scanStore,
  type ScanOrder,
} from '../support/scan-steps.ts';
import { divideFinely } from '../support/small-shards.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { layout, makeWorld, type World } from '../support/world.ts';

const nameOf = (content: string): string => {
  const hex = createHash('sha256').update(content).digest('hex');
  return `${hex.slice(0, 2)}/${hex}`;
};
const contents = Array.from({ length: 60 }, (_, n) => `content ${n}`);
const states = 'v1/shop/westeurope/scrub/files/sha256/';

let clock: VirtualWallClock;
let world: World;
/** Names of blobs that were opened since it was emptied. */
let opened: Set<string>;

/** A shop whose blobs are to be re-hashed within a week, in sixteen shards. */
beforeEach(async () => {
  clock = new VirtualWallClock();
  const estate = structuredClone(sampleEstate());
  estate.systems[0]!.scrub.cycle = 'P7D';
  world = makeWorld(clock, { estate });
  world.source.references.push(...contents.map((content) => world.contents.put(content, layout)));
  opened = new Set();
  const open = world.contents.open.bind(world.contents);
  world.contents.open = (store, name, version) => (opened.add(name), open(store, name, version));
  divideFinely(world, 20);
  await takeSnapshot(world);
});

const night = (order: ScanOrder = {}): Promise<ScanDocument> => {
  clock.advance(86_400);
  opened.clear();
  return scanAll(world, order);
};
const alert = (key: string): AlertDocument => world.vault.json(vaultPaths.alert(scope, key));

describe('a cycle of seven nights', () => {
  test('hashes everything in the first, and then every blob again within the six after it, some each night', async () => {
    expect((await night()).counts).toMatchObject({ blobs: 63, ok: 63, hashed: 63, rested: 0 });
    const read = new Map<string, number>();
    for (let count = 0; count < 6; count += 1) {
      const scan = await night();
      expect(scan.outcome).toBe('clean');
      expect(scan.detail).toMatch(
        /^\d+ of 63 blobs re-hashed and right, \d+ verified before and not yet due again$/,
      );
      expect(scan.counts).toMatchObject({ blobs: 63, ok: opened.size, hashed: opened.size, cycleBlobs: 63 });
      expect(opened.size).toBeGreaterThan(0);
      expect(opened.size).toBeLessThan(32);
      expect(scan.stores[0]?.debtSeconds).toBeLessThanOrEqual(6 * 86_400);
      expect(scan.stores[0]?.coverage).toBe(1);
      for (const name of opened) read.set(name, (read.get(name) ?? 0) + 1);
    }
    expect(read.size).toBe(63);
    expect([...read.values()].filter((times) => times > 1).length).toBeLessThan(20);
  });

  test('hashes what is new at once, and what is known to be bad every night', async () => {
    world.contents.damage(nameOf('content 1'), 'flip');
    expect((await night()).counts).toMatchObject({ ok: 62, 'digest-mismatch': 1 });
    for (let count = 0; count < 3; count += 1) {
      const added = `new in night ${count}`;
      world.contents.put(added, layout);
      world.contents.created.set(nameOf(added), clock.now().plus({ days: 1 }));
      const scan = await night();
      expect(scan.counts).toMatchObject({ blobs: 64 + count, 'digest-mismatch': 1 });
      expect(scan.counts.rested).toBeGreaterThan(30);
      expect([...opened]).toEqual(expect.arrayContaining([nameOf('content 1'), nameOf(added)]));
      expect(scan.findings).toMatchObject([{ verdict: 'digest-mismatch', name: nameOf('content 1') }]);
    }
  });

  test('hashes a blob that was replaced, although an earlier one of that name was right', async () => {
    await night();
    const name = nameOf('content 5');
    world.contents.damage(name, 'flip');
    world.contents.created.set(name, clock.now());
    expect(await night()).toMatchObject({ outcome: 'damaged', counts: { 'digest-mismatch': 1 } });
  });

  test('reads what could not be read again the next night', async () => {
    world.contents.damage(nameOf('content 5'), 'unreadable');
    expect(await night()).toMatchObject({ outcome: 'failed', counts: { unreadable: 1, ok: 62 } });
    world.contents.damage(nameOf('content 5'), 'flip-once');
    expect(await night()).toMatchObject({ outcome: 'clean', counts: { blobs: 63, transient: 1 } });
    expect(opened).toContain(nameOf('content 5'));
  });
});

describe('the pace that the estate allows', () => {
  const portions = (): ScanPortion[] => {
    const asked: ScanPortion[] = [];
    const scan = world.deps.scanner.scan.bind(world.deps.scanner);
    world.deps.scanner.scan = (portion, onProgress) => (asked.push(portion), scan(portion, onProgress));
    return asked;
  };

  test('is shared by the shards that are read at once, and a page holds no more than it lets read in a part', async () => {
    world.deps.estate.systems[0]!.scrub.megabytesPerSecond = 0.000_02;
    await night();
    const asked = portions();
    await night();
    const shards = asked.filter(({ rule }) => rule.unknown);
    expect(shards.map(({ bytesPerSecond }) => bytesPerSecond)).toEqual(shards.map(() => 5));
    expect(new Set(shards.map(({ pageSize }) => pageSize))).toEqual(new Set([20]));
  });

  test('is that of the one shard where there is only one, and large blobs make small pages', async () => {
    const single = makeWorld(clock);
    single.deps.estate.systems[0]!.scrub.megabytesPerSecond = 2;
    await takeSnapshot(single);
    world = single;
    await scanAll(single);
    const asked = portions();
    clock.advance(86_400);
    await scanAll(single);
    const reading = asked.filter(({ rule }) => rule.unknown);
    expect(reading).toMatchObject([{ bytesPerSecond: 2_000_000, pageSize: 5_000 }]);
  });
});

describe('a scan on demand', () => {
  beforeEach(async () => {
    world.contents.damage(nameOf('content 1'), 'flip');
    await night();
    world.contents.put('new', layout);
    world.contents.created.set(nameOf('new'), clock.now().plus({ days: 1 }));
  });

  test('of everything hashes everything', async () => {
    const scan = await night({ mode: 'full' });
    expect(scan).toMatchObject({
      mode: 'full',
      counts: { blobs: 64, ok: 63, rested: 0, 'digest-mismatch': 1 },
    });
    expect(opened.size).toBe(64);
  });

  test('of everything hashes also what another scan read in the very second in which it begins', async () => {
    const earlier = await planScan(world, { mode: 'full' });
    clock.advance(1);
    await finishScan(world, earlier, [await scanStore(world, earlier, 'files')]);
    opened.clear();
    const scan = await scanAll(world, { mode: 'full' });
    expect(scan.id > earlier.scan).toBe(true);
    expect(scan.counts).toMatchObject({ blobs: 64, ok: 63, hashed: 64, rested: 0 });
    expect(opened.size).toBe(64);
  });

  test('of what is new reads also what a scan of the known bad ones listed and was not to read', async () => {
    expect(await night({ mode: 'known-bad' })).toMatchObject({ counts: { unverified: 1 } });
    expect(await night({ mode: 'new' })).toMatchObject({ counts: { unverified: 0 } });
    expect(opened).toContain(nameOf('new'));
  });

  test('of what is new hashes that alone, and does not call the store clean that has a damaged blob', async () => {
    const scan = await night({ mode: 'new' });
    expect(scan).toMatchObject({
      outcome: 'damaged',
      counts: { blobs: 64, ok: 1, rested: 62, 'digest-mismatch': 1 },
    });
    expect([...opened]).toEqual([nameOf('new')]);
    expect(scan.findings).toMatchObject([
      { detail: expect.stringContaining('did not read it again') as string },
    ]);
  });

  test('of what is known to be bad hashes that alone; the next scan hashes what was left', async () => {
    world.contents.damage(nameOf('content 1'), 'flip-once');
    const scan = await night({ mode: 'known-bad' });
    expect(scan).toMatchObject({ outcome: 'clean', counts: { blobs: 64, ok: 1, rested: 62, unverified: 1 } });
    expect(scan.detail).toMatch(
      /known bad ones\), 62 verified before and not yet due again, 1 left unverified/,
    );
    expect([...opened]).toEqual([nameOf('content 1')]);
    // It says nothing of the others: the alert stays until a scan of the whole store is clean.
    expect(alert('scan-damage')).not.toHaveProperty('resolvedAt');
    expect(await night()).toMatchObject({ outcome: 'clean', counts: { unverified: 0 } });
    expect(opened).toContain(nameOf('new'));
    expect(alert('scan-damage')).toHaveProperty('resolvedAt');
  });

  test('of one part after the other hashes every blob once, and tells no strays', async () => {
    world.contents.blobs.set('odd', Buffer.from('x'));
    const seen: string[] = [];
    for (const part of ['1/3', '2/3', '3/3']) {
      const scan = await night({ mode: 'full', part });
      expect(scan.counts).toMatchObject({ 'not-an-address': 0, missing: 0 });
      expect(scan.counts.blobs).toBeGreaterThan(10);
      seen.push(...opened);
    }
    expect(seen).toHaveLength(64);
    expect(new Set(seen).size).toBe(64);
  });

  test('of a part that has no shard has failed: nothing was scanned', async () => {
    expect(await night({ part: '2/10000' })).toMatchObject({
      outcome: 'failed',
      detail: expect.stringMatching(/^no blob was scanned/) as string,
      counts: { blobs: 0 },
    });
  });

  test('of a part that is none is refused', async () => {
    const scan = await night({ part: '5/4' });
    expect(scan).toMatchObject({ outcome: 'failed', detail: expect.stringContaining('"5/4"') as string });
  });
});

test('a scan of one store leaves the alert of another alone', async () => {
  const estate = structuredClone(sampleEstate());
  const stores = estate.systems[0]!.regions[0]!.blobStores;
  stores.push({ ...stores[0]!, id: 'models', container: 'models' });
  world = makeWorld(clock, { estate });
  await takeSnapshot(world);
  world.contents.damage(nameOf('one'), 'flip');
  await night();
  world.contents.damage(nameOf('one'), 'flip-once');
  const scan = await night({ store: 'models' });
  expect(scan).toMatchObject({ outcome: 'clean', stores: [{ store: 'models' }] });
  expect(alert('scan-damage')).not.toHaveProperty('resolvedAt');
  expect((await night()).outcome).toBe('clean');
  expect(alert('scan-damage')).toHaveProperty('resolvedAt');
});

describe('a blob that an earlier scan saw and that no point refers to', () => {
  beforeEach(async () => {
    world.contents.put('left over', layout);
    await night();
    world.contents.blobs.delete(nameOf('left over'));
  });

  test('is missing when it is gone, night after night, as long as nothing says that it might go', async () => {
    for (let count = 0; count < 2; count += 1)
      expect(await night()).toMatchObject({
        outcome: 'damaged',
        counts: { missing: 1, gone: 0 },
        findings: [
          { name: nameOf('left over'), detail: expect.stringContaining('an earlier scan saw it') as string },
        ],
      });
  });

  test('has gone lawfully once a newer point does not refer to it either', async () => {
    expect((await night()).counts.missing).toBe(1);
    clock.advance(60);
    await takeSnapshot(world);
    expect(await night()).toMatchObject({ outcome: 'clean', counts: { missing: 0, gone: 1 } });
    expect(await night()).toMatchObject({ outcome: 'clean', counts: { missing: 0, gone: 0 } });
  });

  test('is missing no more when it is there again, and is hashed then', async () => {
    await night();
    world.contents.put('left over', layout);
    expect(await night({ mode: 'new' })).toMatchObject({
      outcome: 'clean',
      counts: { blobs: 64, ok: 1, rested: 63, missing: 0 },
    });
    expect(opened).toContain(nameOf('left over'));
  });
});

test('a blob that is not listed but there when it is asked for is not missing, and is hashed the next night', async () => {
  const listPage = world.contents.listPage.bind(world.contents);
  world.contents.listPage = async (...given) => {
    const page = await listPage(...given);
    return { ...page, blobs: page.blobs.filter(({ name }) => name !== nameOf('content 3')) };
  };
  expect(await night()).toMatchObject({ outcome: 'clean', counts: { blobs: 62, ok: 62, missing: 0 } });
  world.contents.listPage = listPage;
  expect(await night()).toMatchObject({ outcome: 'clean', counts: { blobs: 63 } });
  expect(opened).toContain(nameOf('content 3'));
});

test('what stands under no address is told once, wherever it lies', async () => {
  const odd = ['odd', '00/odd', `${nameOf('one')}.bak`, 'zz/odd', '7'];
  for (const name of odd) world.contents.blobs.set(name, Buffer.from('x'));
  const scan = await night();
  expect(scan.counts).toMatchObject({ blobs: 68, ok: 63, 'not-an-address': 5 });
  expect(scan.findings.map((one) => one.name).toSorted()).toEqual(odd.toSorted());
});

describe('a document of an earlier scan that was damaged', () => {
  const flipAt = async (path: string, at: number): Promise<void> => {
    const bytes = Buffer.from((await world.vault.read(path))!.bytes);
    bytes[at < 0 ? bytes.length + at : at]! ^= 1;
    world.vault.put(path, bytes);
  };

  test.each([
    ['first line', 20],
    ['records', -60],
    ['end', -1],
  ])(
    'in its %s fails the scan, which names it and hashes everything that it told of again',
    async (_where, at) => {
      await night();
      const path = `${states}${world.vault.paths(states).map((one) => one.slice(states.length))[9]}`;
      const inShard = [...world.contents.blobs.keys()].filter((name) => path.includes(`/${name[0]}0-`));
      expect(inShard.length).toBeGreaterThan(0);
      await flipAt(path, at);
      const scan = await night();
      expect(scan.outcome).toBe('failed');
      expect(scan.detail).toMatch(/^1 document\(s\) of earlier scans cannot be read/);
      expect(scan.detail).toContain(path);
      expect(scan.counts).toMatchObject({ blobs: 63, missing: 0 });
      expect([...opened]).toEqual(expect.arrayContaining(inShard));
      expect(alert('scan-failed').detail).toBe(scan.detail);
      expect(await night()).toMatchObject({ outcome: 'clean', counts: { blobs: 63 } });
    },
  );

  test('still says so when the scan is finished a second time', async () => {
    await night();
    for (const path of world.vault.paths(states)) await flipAt(path, -60);
    clock.advance(86_400);
    const planned = await planScan(world);
    const shards = await planShards(world, planned, 'files');
    await scanStore(world, planned, 'files');
    const again = await scanStore(world, planned, 'files');
    expect(again).toMatchObject({ shards: shards.length, failed: 0, counts: { blobs: 63, ok: 63 } });
    const scan = await finishScan(world, planned, [again]);
    expect(scan.detail).toMatch(/^16 document\(s\) of earlier scans cannot be read/);
  });

  test('lets nothing be pruned: what it told of may be damaged', async () => {
    const [name] = world.contents.blobs.keys();
    world.contents.putSnapshot(name!, clock.now());
    await night();
    clock.advance(9 * 86_400);
    await takeSnapshot(world);
    const planOf = async (slot: string): Promise<{ decision: string; reason: string }[]> => {
      const { plan } = await world.value<{ plan: string }>('planPrune', { ...scope, slot, dryRun: true });
      const { items } = world.vault.json<{ items: { kind: string; decision: string; reason: string }[] }>(
        vaultPaths.plan(scope, plan),
      );
      return items.filter((item) => item.decision !== 'keep');
    };
    expect((await planOf('20260312T010000Z')).map((one) => one.decision)).toContain('expire');
    const before = world.vault.paths(states);
    await flipAt(before[0]!, 20);
    const decisions = await planOf('20260312T020000Z');
    expect(decisions.map((one) => one.decision)).not.toContain('expire');
  });
});

test.each([3600, -3600, 30 * 86_400])(
  'a clock that is %s s off plans no scan, which would stand above later ones',
  async (seconds) => {
    world = makeWorld(clock, { referenceClocks: { offsets: async () => [{ source: 'storage', seconds }] } });
    await takeSnapshot(world);
    expect(await world.run('planScan', { ...scope, slot: '20260303T000000Z' })).toMatchObject({
      failure: {
        code: 'refused',
        message: expect.stringContaining('cannot be trusted') as string,
        retryable: true,
      },
    });
  },
);

test('a slot that was named by a clock that was ahead is not scanned by the right one', async () => {
  await takeSnapshot(world);
  const stampIn = (minutes: number): string => stampOf(clock.now().plus({ minutes }));
  expect(await world.run('planScan', { ...scope, slot: stampIn(6) })).toMatchObject({
    failure: { code: 'refused', message: expect.stringContaining('has not come yet') as string },
  });
  expect(await world.value('planScan', { ...scope, slot: stampIn(4) })).toMatchObject({
    scan: `scan-${stampIn(4)}`,
  });
});
