/** A scan page by page and part by part: the same in the end, however it is cut and wherever it was killed. */
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import type { ScannedShard } from '../../src/contracts/scan.ts';
import type { ListedPage } from '../../src/ports/content-store.ts';
import { budget } from '../budget.ts';
import { takeSnapshot } from '../support/drill-steps.ts';
import {
  about,
  finishScan,
  planScan,
  planShards,
  readShard,
  scanAll,
  scanStore,
  type PlannedScan,
} from '../support/scan-steps.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { layout, makeWorld, type World } from '../support/world.ts';
import { nameOf } from '../support/scanned-shop.ts';

let clock: VirtualWallClock;
let world: World;

beforeEach(() => {
  clock = new VirtualWallClock();
  world = makeWorld(clock);
});

/** A listing cut into pages of a size, with empty pages that carry a token where `gaps` says so. */
function paged(of: World, pageSize: number, gaps: readonly boolean[]): void {
  const listPage = of.contents.listPage.bind(of.contents);
  of.contents.pageSize = pageSize;
  of.contents.listPage = async (store, prefix, token): Promise<ListedPage> => {
    const [skipped = 0, inner = ''] = token?.split(' ') ?? [];
    const given = Number(skipped);
    if (gaps[given] === true) return { blobs: [], next: `${given + 1} ${inner}` };
    const page = await listPage(store, prefix, inner === '' ? undefined : inner);
    return { blobs: page.blobs, next: page.next === undefined ? undefined : `${given + 1} ${page.next}` };
  };
}

describe('page by page and part by part', () => {
  const contents = Array.from({ length: 40 }, (_, n) => `content ${n}`);
  async function storeWith(missing: readonly number[]): Promise<World> {
    const made = makeWorld(new VirtualWallClock());
    made.source.references.push(...contents.map((content) => made.contents.put(content, layout)));
    await takeSnapshot(made);
    for (const index of missing) made.contents.blobs.delete(nameOf(contents[index] ?? ''));
    made.contents.blobs.set('odd', Buffer.from('x'));
    return made;
  }

  test('a listing of empty pages with tokens finds each missing blob once', async () => {
    const made = await storeWith([0, 39]);
    paged(made, 3, [true, true, true, false, true]);
    expect((await scanAll(made)).counts).toMatchObject({ blobs: 42, ok: 41, missing: 2 });
  });

  test('the totals are the same for every paging, every border between parts and every kill between them', async () => {
    const cases = fc.record({
      missing: fc.uniqueArray(fc.nat({ max: 39 }), { maxLength: 6 }),
      pageSize: fc.integer({ min: 1, max: 9 }),
      gaps: fc.array(fc.boolean(), { maxLength: 6 }),
      pagesPerPart: fc.integer({ min: 1, max: 3 }),
      killed: fc.array(fc.boolean(), { maxLength: 20 }),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ missing, pageSize, gaps, pagesPerPart, killed }) => {
        const made = await storeWith(missing);
        paged(made, pageSize, gaps);
        const listPage = made.contents.listPage.bind(made.contents);
        made.contents.listPage = (...given) => {
          (made.clock as VirtualWallClock).advance(Math.ceil(10 / pagesPerPart));
          return listPage(...given);
        };
        let part = 0;
        // Killed once its findings are written and before its answer is: the platform runs it again.
        const scan = await scanAll(made, {}, async (activity, input) => {
          if (killed[(part += 1)] === true) await made.run(activity, input);
        });
        expect(scan.counts).toMatchObject({ blobs: 44 - missing.length, ok: 43 - missing.length });
        expect(scan.counts).toMatchObject({ missing: missing.length, 'not-an-address': 1 });
        const names = scan.findings.filter((one) => one.verdict === 'missing').map((one) => one.name);
        expect(names.toSorted()).toEqual(missing.map((index) => nameOf(contents[index]!)).toSorted());
      }),
      { numRuns: budget.scanPagings },
    );
  });

  const firstShard = async (planned: PlannedScan): Promise<ScannedShard> =>
    (await planShards(world, planned, 'files'))[0]!;

  test('a part whose answer was lost is not hashed again: its findings stand in the vault', async () => {
    await takeSnapshot(world);
    const planned = await planScan(world);
    const shard = await firstShard(planned);
    world.vault.faults.on('create v1/shop/westeurope/scan-parts', 'after');
    expect(await readShard(world, planned, 'files', shard)).toHaveProperty('failure');
    const read = world.contents.opened;
    expect(read).toBe(3);
    expect(await readShard(world, planned, 'files', shard)).not.toHaveProperty('failure');
    expect(world.contents.opened).toBe(read);
  });

  test('a part that could not write its findings is scanned again', async () => {
    await takeSnapshot(world);
    const planned = await planScan(world);
    world.vault.faults.on('create v1/shop/westeurope/scan-parts', 'before');
    const failed = await scanStore(world, planned, 'files');
    expect(failed).toMatchObject({ failures: [{ failure: expect.stringContaining('disturbed') as string }] });
    expect(await scanStore(world, planned, 'files')).toMatchObject({ failed: 0, counts: { ok: 3 } });
    expect(await finishScan(world, planned, [failed])).toMatchObject({
      outcome: 'failed',
      incomplete: [{ shard: 'all' }],
    });
  });

  test('two attempts at one part at the same time that end at different pages leave one of them whole', async () => {
    const made = await storeWith([]);
    made.contents.pageSize = 4;
    const planned = await planScan(made);
    const [shard] = await planShards(made, planned, 'files');
    const input = { ...about(planned, 'files'), shard, position: { part: 0 } };
    const portion = made.deps.scanner.scan.bind(made.deps.scanner);
    let attempts = 0;
    // The first attempt comes to its end after five pages, the second after one.
    made.deps.scanner.scan = (order) => portion({ ...order, blobs: [20, 4][attempts++] ?? 1_000 });
    const [arrived, told] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const create = made.vault.create.bind(made.vault);
    let [second, documents]: [Promise<unknown>, number] = [Promise.resolve(), 0];
    made.vault.create = async (path, ...given) => {
      if (path.includes('/scan-parts/')) documents += 1;
      if (!path.includes('/scan-parts/') || documents > 2) return create(path, ...given);
      // The records of the second are written after those of the first, and its document comes too late.
      if (documents === 2) {
        arrived.resolve();
        await told.promise;
        return create(path, ...given);
      }
      second = made.run('scanPart', input);
      await arrived.promise;
      const isFirst = await create(path, ...given);
      told.resolve();
      return isFirst;
    };
    await made.run('scanPart', input);
    await second;
    expect(documents).toBe(2);
    const scan = await finishScan(made, planned, [await scanStore(made, planned, 'files')]);
    expect(scan.counts).toMatchObject({ blobs: 44, ok: 43, rested: 0, missing: 0, cycleBlobs: 43 });
    expect(scan).toMatchObject({ outcome: 'clean', incomplete: [] });
  });
});
