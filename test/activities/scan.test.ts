import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { damagedBlobs, findingsOf } from '../../src/activities/scan/findings.ts';
import type { AlertDocument } from '../../src/contracts/documents.ts';
import { noCounts, type ScanDocument, type ScanVerdict } from '../../src/contracts/scan-documents.ts';
import type { ScannedShard, StoreOutcome } from '../../src/contracts/scan.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { Failure } from '../../src/policy/failure.ts';
import type { ListedPage } from '../../src/ports/content-store.ts';
import { budget } from '../budget.ts';
import { takeSnapshot } from '../support/drill-steps.ts';
import type { Damage } from '../support/memory-contents.ts';
import { scope } from '../support/sample-estate.ts';
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

let clock: VirtualWallClock;
let world: World;
beforeEach(() => {
  clock = new VirtualWallClock();
  world = makeWorld(clock);
});

const nameOf = (content: string): string => {
  const hex = createHash('sha256').update(content).digest('hex');
  return `${hex.slice(0, 2)}/${hex}`;
};
const alert = (key: string): AlertDocument | undefined => {
  const path = vaultPaths.alert(scope, key);
  return world.vault.paths(path).length === 0 ? undefined : world.vault.json<AlertDocument>(path);
};
/** What a store comes to whose one shard was not read to its end. */
const cutShort: StoreOutcome = {
  ...{ store: 'files', counts: noCounts, shards: 1, failed: 1 },
  failures: [{ store: 'files', shard: 'all', failure: 'cut' }],
};
const nextNight = (): void => clock.advance(86_400);

describe('a scan', () => {
  beforeEach(() => takeSnapshot(world));

  test('of a sound store is clean: every blob is read and every address is there', async () => {
    const scan = await scanAll(world);
    expect(scan).toMatchObject({
      outcome: 'clean',
      detail: '3 of 3 blobs re-hashed and right',
      points: ['on-demand-20260301T013000Z'],
      counts: { blobs: 3, ok: 3, bytes: 'onetwothree'.length, missing: 0, transient: 0 },
      stores: [{ store: 'files', counts: { blobs: 3 } }],
      findings: [],
      incomplete: [],
    });
    expect(world.contents.opened).toBe(3);
  });

  test.each<[Damage, ScanVerdict, ScanDocument['outcome'], RegExp]>([
    ['flip', 'digest-mismatch', 'damaged', /^its content hashes to [0-9a-f]{64}$/],
    ['cut', 'wrong-size', 'damaged', /^2 bytes came, 3 were announced$/],
    ['missing', 'missing', 'damaged', /^recovery point on-demand-\S+ refers to it$/],
    ['unreadable', 'unreadable', 'failed', /does not answer/],
    ['broken-off', 'unreadable', 'failed', /connection was reset/],
  ])(
    'of a blob with the damage "%s" finds it to be %s, and is %s',
    async (damage, verdict, outcome, detail) => {
      world.contents.damage(nameOf('one'), damage);
      const scan = await scanAll(world);
      expect(scan.outcome).toBe(outcome);
      const blobs = verdict === 'missing' ? 2 : 3;
      expect(scan.counts).toMatchObject({ blobs, ok: 2, [verdict]: 1, transient: 0 });
      expect(scan.findings).toEqual([
        { store: 'files', verdict, name: nameOf('one'), detail: expect.stringMatching(detail) as string },
      ]);
    },
  );

  test('of a blob that is gone says which recovery point needs it, once', async () => {
    world.contents.blobs.delete(nameOf('two'));
    const scan = await scanAll(world);
    expect(scan).toMatchObject({ outcome: 'damaged', detail: '0 damaged and 1 missing of 2 blobs' });
    expect(scan.counts).toMatchObject({ blobs: 2, ok: 2, missing: 1 });
    expect(scan.findings).toMatchObject([{ verdict: 'missing', name: nameOf('two') }]);
  });

  test('tells damage on the way from damage at rest: it is counted, and the blob is right', async () => {
    world.contents.damage(nameOf('one'), 'flip-once');
    expect(await scanAll(world)).toMatchObject({
      outcome: 'clean',
      counts: { ok: 3, transient: 1, 'digest-mismatch': 0 },
      findings: [],
    });
  });

  test('of a blob that changes whenever it is read calls it unstable, not damaged', async () => {
    const open = world.contents.open.bind(world.contents);
    world.contents.open = (store, name, version) =>
      name === nameOf('one')
        ? Promise.reject(new Failure('conflict', 'it is of another version by now', 'Read it again.'))
        : open(store, name, version);
    const scan = await scanAll(world);
    expect(scan).toMatchObject({ outcome: 'failed', detail: '1 of 3 blobs could not be read' });
    expect(scan.findings).toMatchObject([{ verdict: 'unstable', name: nameOf('one') }]);
  });

  test('reports what no point refers to, unless it is newer than every point', async () => {
    world.contents.put('left over', layout);
    world.contents.put('new', layout);
    world.contents.created.set(nameOf('new'), clock.now().plus({ seconds: 1 }));
    const scan = await scanAll(world);
    expect(scan).toMatchObject({ outcome: 'clean', counts: { blobs: 5, ok: 5, unreferenced: 1 } });
    expect(scan.findings).toMatchObject([{ verdict: 'unreferenced', name: nameOf('left over') }]);
  });

  test('of a damaged blob that no point refers to says that it is damaged before that it is not needed', async () => {
    world.contents.put('left over', layout);
    world.contents.damage(nameOf('left over'), 'flip');
    const scan = await scanAll(world);
    expect(scan).toMatchObject({ outcome: 'damaged', counts: { blobs: 4, ok: 3, 'digest-mismatch': 1 } });
    expect(scan.findings.map((one) => one.verdict)).toEqual(['digest-mismatch', 'unreferenced']);
  });

  test('does not miss a blob that was deleted while it was at work and that no point needs', async () => {
    world.contents.put('passing', layout);
    world.contents.damage(nameOf('passing'), 'missing');
    expect(await scanAll(world)).toMatchObject({ outcome: 'clean', counts: { blobs: 3, missing: 0, ok: 3 } });
  });

  test('reads an empty blob like any other', async () => {
    world.source.references.push(world.contents.put('', layout));
    nextNight();
    await takeSnapshot(world);
    expect(await scanAll(world)).toMatchObject({ outcome: 'clean', counts: { blobs: 4, ok: 4 } });
  });

  test('takes odd names for what they are: counted once, never opened, never an error', async () => {
    const digest = nameOf('one').slice(3);
    const odd = [
      ...['.', '..', '../x', 'a/../b', '%2F', '%2e%2e/%00', '/', '//', ' ', 'a b', '?x#y', '<b>&"'],
      ...['caf\u00E9', 'cafe\u0301', '\u{1F600}', 'x'.repeat(1_024), 'a', digest, `zz/${digest}`],
      ...[`${nameOf('one')}/`, nameOf('one').toUpperCase(), `${nameOf('one')}.bak`, `/${nameOf('one')}`],
    ];
    for (const name of odd) world.contents.blobs.set(name, Buffer.from('x'));
    const opened: string[] = [];
    const open = world.contents.open.bind(world.contents);
    world.contents.open = (store, name, version) => (opened.push(name), open(store, name, version));
    const scan = await scanAll(world);
    expect(scan).toMatchObject({ outcome: 'clean', counts: { ok: 3, 'not-an-address': odd.length } });
    expect(scan.findings.map((one) => one.name).toSorted()).toEqual(odd.toSorted());
    expect(opened.toSorted()).toEqual(['one', 'two', 'three'].map(nameOf).toSorted());
    expect(scan.counts.blobs).toBe(3 + odd.length);
  });

  test('that finds no blob at all has failed: an empty store is no clean store', async () => {
    const empty = makeWorld(clock);
    empty.contents.blobs.clear();
    expect(await scanAll(empty)).toMatchObject({
      outcome: 'failed',
      detail: 'nothing was found in files: an empty store is no clean store',
    });
  });

  test('whose blobs are all gone is damage, not merely an empty store', async () => {
    world.contents.blobs.clear();
    expect(await scanAll(world)).toMatchObject({ outcome: 'damaged', counts: { missing: 3, blobs: 0 } });
  });

  test('of a store that cannot be listed names the store that was not scanned', async () => {
    world.contents.listPage = () => Promise.reject(new Failure('unavailable', 'no answer', 'It passes.'));
    const scan = await scanAll(world);
    expect(scan.outcome).toBe('failed');
    expect(scan.detail).toBe('1 shard(s) were not scanned to their end; files all: no answer');
    expect(scan.incomplete).toEqual([{ store: 'files', shard: 'all', failure: 'no answer' }]);
  });

  test('of a store that can be listed no more once it was divided names the shard', async () => {
    const planned = await planScan(world);
    await planShards(world, planned, 'files');
    world.contents.listPage = () => Promise.reject(new Failure('unavailable', 'no answer', 'It passes.'));
    const outcome = await scanStore(world, planned, 'files');
    expect(outcome).toMatchObject({ failed: 1, failures: [{ shard: 'all', failure: 'no answer' }] });
    expect(await finishScan(world, planned, [outcome])).toMatchObject({
      outcome: 'failed',
      counts: { blobs: 0, missing: 0 },
    });
  });

  test('whose listing stands still ends, and says so', async () => {
    const listPage = world.contents.listPage.bind(world.contents);
    world.contents.listPage = async (store, prefix) => ({
      ...(await listPage(store, prefix, undefined)),
      next: 'again',
    });
    const { incomplete } = await scanAll(world);
    expect(incomplete[0]?.failure).toMatch(/names the page it has just given as the next one/);
  });

  test('whose listing stands still before its first address ends, and says so', async () => {
    let pages = 0;
    world.contents.listPage = () => Promise.resolve({ blobs: [], next: `page ${(pages += 1)}` });
    const { incomplete } = await scanAll(world);
    expect(incomplete[0]?.failure).toMatch(/goes on and on without an address/);
  });

  test('of another region, or of a store that the estate no longer has, is refused', async () => {
    const planned = await planScan(world);
    const [shard] = await planShards(world, planned, 'files');
    const part = { ...about(planned, 'files'), shard, position: { part: 0 } };
    expect(await world.run('scanPart', { ...part, region: 'eastus' })).toMatchObject({
      failure: { code: 'wrong-region' },
    });
    expect(await world.run('scanPart', { ...part, store: 'gone' })).toMatchObject({
      failure: { code: 'not-found' },
    });
    const slot = '20260301T013000Z';
    expect(await world.run('planScan', { ...scope, slot, store: 'gone' })).toMatchObject({
      failure: { code: 'not-found' },
    });
    expect(world.contents.opened).toBe(0);
  });
});

describe('what must be there', () => {
  test('is not known before the first recovery point: clean, and it says so', async () => {
    expect(await scanAll(world)).toMatchObject({
      outcome: 'clean',
      detail: '3 of 3 blobs re-hashed and right; no recovery point says yet what must be there',
      counts: { ok: 3, unreferenced: 0 },
    });
  });

  test('cannot be said from a damaged inventory: the scan has failed and names it', async () => {
    const point = await takeSnapshot(world);
    const path = world.vault.paths().find((one) => one.endsWith('.txt'))!;
    world.vault.put(path, world.vault.text(path).replace(/\n[0-9a-f]{64}/, ''));
    const scan = await scanAll(world);
    expect(scan.outcome).toBe('failed');
    expect(scan.detail).toContain(path);
    expect(scan.detail).toContain('its addresses are not those that were recorded');
    expect(scan.points).toEqual([point]);
  });

  test('cannot be said if an inventory is gone', async () => {
    await takeSnapshot(world);
    world.vault.remove(world.vault.paths().find((one) => one.endsWith('.txt'))!);
    expect(await scanAll(world)).toMatchObject({
      outcome: 'failed',
      detail: expect.stringContaining('.txt') as string,
    });
  });

  test('cannot be said if a recovery point itself cannot be read', async () => {
    const point = await takeSnapshot(world);
    world.vault.put(vaultPaths.point(scope, point), '{ cut');
    const scan = await scanAll(world);
    expect(scan.outcome).toBe('failed');
    expect(scan.detail).toContain(vaultPaths.point(scope, point));
    expect(alert('scan-failed')?.detail).toBe(scan.detail);
  });

  test('is what any retained point refers to, not only the newest', async () => {
    await takeSnapshot(world);
    nextNight();
    world.source.references = world.source.references.slice(1);
    await takeSnapshot(world);
    world.contents.blobs.delete(nameOf('one'));
    expect((await scanAll(world)).findings).toMatchObject([
      { verdict: 'missing', detail: 'recovery point on-demand-20260301T013000Z refers to it' },
    ]);
  });
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
    expect(alert('scan-damage')).toMatchObject({
      severity: 'critical',
      count: 1,
      runbook: 'runbooks/scan-damage.md',
      detail: expect.stringContaining(`digest-mismatch: files ${nameOf('one')}`) as string,
    });
    nextNight();
    await scanAll(world);
    expect(alert('scan-damage')).toMatchObject({ count: 2 });
    world.contents.put('one', layout);
    world.contents.damage(nameOf('one'), 'flip-once');
    nextNight();
    expect(await scanAll(world)).toMatchObject({ outcome: 'clean' });
    expect(alert('scan-damage')).toHaveProperty('resolvedAt');
  });

  test('of damage is not resolved by a scan that did not verify everything', async () => {
    world.contents.damage(nameOf('one'), 'flip');
    await scanAll(world);
    world.contents.damage(nameOf('one'), 'unreadable');
    nextNight();
    expect(await scanAll(world)).toMatchObject({ outcome: 'failed' });
    expect(alert('scan-damage')).not.toHaveProperty('resolvedAt');
    expect(alert('scan-failed')).toMatchObject({ severity: 'warning', count: 1 });
    world.contents.damage(nameOf('one'), 'flip');
    nextNight();
    await scanAll(world);
    expect(alert('scan-failed')).toHaveProperty('resolvedAt');
  });

  test('is not raised by a clean scan', async () => {
    await scanAll(world);
    expect(world.vault.paths(vaultPaths.alerts(scope))).toEqual([]);
  });
});
