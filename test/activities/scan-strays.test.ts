/** Names under no address, in a store of many shards: each is told once, whoever lists it, and nothing is listed twice. */
import { beforeEach, describe, expect, test } from 'vitest';
import { findingsOf } from '../../src/activities/scan/findings.ts';
import type { ScanDocument } from '../../src/contracts/scan-documents.ts';
import { takeSnapshot } from '../support/drill-steps.ts';
import { scope } from '../support/sample-estate.ts';
import { scanAll, type ScanOrder } from '../support/scan-steps.ts';
import { divideFinely } from '../support/small-shards.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { layout, makeWorld, type World } from '../support/world.ts';

const contents = Array.from({ length: 40 }, (_, n) => `content ${n}`);
/** Before, between, behind and among the shards' prefixes; such as look like addresses, and such as nobody would write. */
const strays = [
  ...[
    '',
    'A',
    '0',
    '00',
    '3',
    '3d',
    '3d/',
    '3d/3',
    '3d/3d',
    '3d/3dzz',
    '3d/4e',
    '3D/3D',
    '3:',
    '9',
    '9/',
    ':',
  ],
  ...['a', 'a/', 'f', 'ff/', 'ff/ff', 'fg', 'g', 'zz/odd', '~', 'ä', '\u{1f600}', 'ﬀ', '00/../x', 'fe/%2F'],
  `AB/${'AB'.repeat(32)}`,
].filter((name) => name !== '');

let clock: VirtualWallClock;
let world: World;
/** How many names were looked at beside those of the shards. */
let listed: number;

beforeEach(async () => {
  clock = new VirtualWallClock();
  world = makeWorld(clock);
  world.source.references.push(...contents.map((content) => world.contents.put(content, layout)));
  for (const name of strays) world.contents.blobs.set(name, Buffer.from('x'));
  divideFinely(world, 4);
  await takeSnapshot(world);
  listed = 0;
  const listFrom = world.contents.listFrom.bind(world.contents);
  world.contents.listFrom = async (...given) => {
    const page = await listFrom(...given);
    listed += page?.blobs.length ?? 0;
    return page;
  };
});

async function told(order: ScanOrder = {}): Promise<{ scan: ScanDocument; names: string[] }> {
  clock.advance(86_400);
  const scan = await scanAll(world, order);
  const names: string[] = [];
  for await (const some of findingsOf(world.deps, scope, scan.id))
    names.push(...some.filter(({ verdict }) => verdict === 'not-an-address').map(({ name }) => name));
  return { scan, names: names.toSorted() };
}
const everyOne = strays.toSorted();

describe('strays of a store of many shards', () => {
  test('are told once each, and counted once beside the blobs', async () => {
    const { scan, names } = await told();
    expect(names).toEqual(everyOne);
    expect(scan.stores[0]!.shards).toBeGreaterThanOrEqual(16);
    expect(scan.counts).toMatchObject({
      ...{ blobs: 43 + strays.length, 'not-an-address': strays.length, ok: 43 },
    });
  });

  test('are told alike where the store cannot begin a listing at a name', async () => {
    const first = await told();
    world.contents.beginsAnywhere = false;
    const second = await told();
    expect(second.names).toEqual(everyOne);
    expect(second.scan.counts.blobs).toBe(first.scan.counts.blobs);
  });

  test.each([3])('are told alike in parts of pages of %i names', async (pageSize) => {
    const listPage = world.contents.listPage.bind(world.contents);
    world.contents.listPage = (...given) => (clock.advance(11), listPage(...given));
    for (const beginsAnywhere of [true, false]) {
      Object.assign(world.contents, { pageSize, beginsAnywhere });
      const { scan, names } = await told();
      expect(scan.incomplete).toEqual([]);
      expect(names).toEqual(everyOne);
    }
  });

  test('cost no second listing of the store: only gaps are looked into', async () => {
    for (let n = 0; n < 3_000; n += 1) world.contents.put(`more ${n}`, layout);
    divideFinely(world, 1_000);
    const { scan } = await told();
    expect(scan.counts.blobs).toBeGreaterThan(3_000);
    expect(listed).toBeLessThan(300);
  });

  test('that stand among the blobs of a shard are told by a scan of that part of the store', async () => {
    const parts = [];
    for (const part of ['1/2', '2/2']) parts.push(...(await told({ part })).names);
    expect(parts).toContain('3d/3dzz');
    expect(parts).not.toContain('zz/odd');
    expect(new Set(parts).size).toBe(parts.length);
  });
});
