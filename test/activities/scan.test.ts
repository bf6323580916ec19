/** A scan: what it calls each blob that it reads, and what it says must be there. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { ScanDocument, ScanVerdict } from '../../src/contracts/scan-documents.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { Failure } from '../../src/policy/failure.ts';
import { takeSnapshot } from '../support/drill-steps.ts';
import type { Damage } from '../support/memory-contents.ts';
import { scope } from '../support/sample-estate.ts';
import { about, finishScan, planScan, planShards, scanAll, scanStore } from '../support/scan-steps.ts';
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
    expect(alertIn(world, 'scan-failed')?.detail).toBe(scan.detail);
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
