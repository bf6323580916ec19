/** Dumps that somebody exports into a container go with the window, where that was approved and can be undone. */
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { viewExplanation } from '../../src/app/explanations.ts';
import type { Estate } from '../../src/contracts/estate.ts';
import { checkEstate } from '../../src/contracts/estate.ts';
import { digestOf } from '../../src/policy/canonical-json.ts';
import { Failure } from '../../src/policy/failure.ts';
import { hold } from '../support/hold-steps.ts';
import {
  finishPrune,
  ledgerOf,
  oldAndNew,
  planOf,
  planPrune,
  prunePortion,
  type Planned,
} from '../support/prune-steps.ts';
import { sampleEstate, storageAccount } from '../support/sample-estate.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { makeWorld, type World } from '../support/world.ts';

const place = {
  ...{ id: 'dumps', account: 'https://shopwesteurope.blob.example', container: 'dumps', prefix: 'nightly/' },
  ...{ accountId: storageAccount('westeurope'), databases: ['main'] },
};
let clock: VirtualWallClock;
let world: World;

/** The estate with a place for dumps, or another one. */
function estateWith(change: Partial<typeof place> = {}): Estate {
  const estate = structuredClone(sampleEstate());
  estate.systems[0]!.regions[0]!.dumps = [{ ...place, ...change }];
  return estate;
}
/** A world with an estate, over the vault, servers and stores of another one if it is given. */
function worldOf(estate: Estate, of?: World): World {
  const kept = of === undefined ? {} : { vault: of.vault, servers: of.servers, contents: of.contents };
  const made = makeWorld(clock, {
    ...{ estate, estateDigest: digestOf(estate), ...kept },
    ...(of === undefined ? {} : { contentDeleter: of.contents }),
  });
  return { ...made, ...kept };
}
/** A dump of so many days ago. */
function dumped(name: string, daysAgo: number): void {
  world.contents.blobs.set(name, Buffer.from(name));
  world.contents.created.set(name, clock.now().minus({ days: daysAgo }));
}
const expired = (planned: Planned): string[] =>
  planOf(world, planned)
    .items.filter(({ kind, decision }) => kind === 'exported-dump' && decision === 'expire')
    .map(({ id }) => id);
const counted = (planned: Planned): object[] =>
  (planOf(world, planned).counted ?? []).filter(({ kind }) => kind === 'exported-dump');

beforeEach(async () => {
  clock = new VirtualWallClock('2026-03-01T01:30:00.000Z');
  world = worldOf(estateWith());
  await oldAndNew(world, clock);
  world.contents.snapshots.clear();
  world.servers.keeping = { softDelete: true, versions: false };
  dumped('nightly/old', 9);
  dumped('nightly/young', 2);
  dumped('other/old', 900);
});

describe('a dump', () => {
  test('goes once it is past the window, and nothing beside the prefix ever', async () => {
    const planned = await planPrune(world);
    expect(expired(planned)).toEqual(['dumps/nightly/old']);
    expect(counted(planned)).toMatchObject([{ reason: 'inside-window', count: 1 }]);
    expect(await prunePortion(world, planned, 'exported-dump')).toEqual({ deleted: 1, refused: [] });
    expect([...world.contents.blobs.keys()].filter((name) => name.includes('/old'))).toEqual(['other/old']);
    const lines = ledgerOf(world).filter(({ kind }) => kind === 'exported-dump');
    expect(lines.map(({ item, stage }) => `${item} ${stage}`)).toEqual([
      'dumps/nightly/old intent',
      'dumps/nightly/old confirmed-absent',
    ]);
    // Done once more, as the platform may, it comes to the same.
    expect(await prunePortion(world, planned, 'exported-dump')).toEqual({ deleted: 1, refused: [] });
  });

  test('that was written anew since the plan stays', async () => {
    const planned = await planPrune(world);
    world.contents.blobs.set('nightly/old', Buffer.from('another dump'));
    expect((await prunePortion(world, planned, 'exported-dump')).refused).toHaveLength(1);
    world.contents.created.set('nightly/old', clock.now());
    expect((await prunePortion(world, planned, 'exported-dump')).refused[0]).toContain('inside the window');
    expect(world.contents.blobs.has('nightly/old')).toBe(true);
  });

  test('stays where its deletion could not be undone, and while everything is held', async () => {
    const planned = await planPrune(world);
    world.servers.keeping = { softDelete: false, versions: false };
    expect((await prunePortion(world, planned, 'exported-dump')).refused[0]).toContain('could not be undone');
    world.servers.keeping = { softDelete: true, versions: false };
    await hold(world);
    expect((await prunePortion(world, planned, 'exported-dump')).deleted).toBe(0);
    expect(world.contents.blobs.has('nightly/old')).toBe(true);
  });

  test('stays while no recovery point of its server is left inside the window', async () => {
    clock.advance(20 * 86_400);
    const planned = await planPrune(world);
    expect(expired(planned)).toEqual([]);
    expect(counted(planned)).toMatchObject([{ decision: 'blocked', reason: 'last-cover' }]);
  });

  test('is explained', async () => {
    const { headline } = await viewExplanation(world.deps, 'shop', 'dumps/nightly/young');
    expect(headline).toContain('inside the window');
  });
});

describe('a place that does not exist', () => {
  const gone = new Failure('not-found', 'blob store dumps: ContainerNotFound, HTTP 404', 'Make it.');
  const lose = (): void => void vi.spyOn(world.contents, 'listPage').mockRejectedValue(gone);
  const words = 'its place does not exist (blob store dumps: ContainerNotFound, HTTP 404)';

  test('is a finding, and keeps nothing else from going', async () => {
    world.contents.snapshots.set('a', {
      ...{ name: 'a', snapshot: '2026-02-01T00:00:00.0000000Z' },
      at: clock.now().minus({ days: 28 }),
    });
    lose();
    const planned = await planPrune(world);
    const { items, doubts, findings } = planOf(world, planned);
    expect(doubts.listing).toEqual([]);
    expect(items.filter(({ decision }) => decision === 'expire')).not.toEqual([]);
    expect(items.filter(({ kind }) => kind === 'exported-dump')).toEqual([]);
    const sentence = `no dump of dumps was looked at: ${words}`;
    expect(findings).toMatchObject([{ finding: 'place-not-found', id: 'dumps', sentence }]);
    const ended = await finishPrune(world, planned.plan);
    expect(ended).toMatchObject({ outcome: 'blocked', detail: expect.stringContaining(sentence) });
    expect(world.vault.paths('v1/shop/westeurope/alerts/prune-blocked.json')).toHaveLength(1);
    expect(world.vault.paths('v1/shop/westeurope/alerts/points-changed.json')).toEqual([]);
  });

  test('whose dumps were to go refuses them: nothing is called deleted that nobody saw', async () => {
    const planned = await planPrune(world);
    expect(expired(planned)).toEqual(['dumps/nightly/old']);
    lose();
    expect(await prunePortion(world, planned, 'exported-dump')).toEqual({
      ...{ deleted: 0, refused: [`dumps/nightly/old: ${words}`] },
    });
    expect(ledgerOf(world).filter(({ kind }) => kind === 'exported-dump')).toEqual([]);
  });

  test('is one that says so: any other trouble keeps everything from going, as a part of a listing does', async () => {
    const busy = new Failure('unavailable', 'blob store dumps: HTTP 503', 'It passes.');
    vi.spyOn(world.contents, 'listPage').mockRejectedValue(busy);
    const { items, doubts } = planOf(world, await planPrune(world));
    expect(doubts.listing).toEqual(['blob store dumps: HTTP 503']);
    expect(items.filter(({ decision }) => decision === 'expire')).toEqual([]);
  });
});

test.each<[string, Partial<typeof place>]>([
  ['another prefix', { prefix: 'other/' }],
  ['another container', { container: 'others' }],
])('%s is a weaker estate: nothing goes there until somebody approved it', async (_what, change) => {
  await planPrune(world);
  world = worldOf(estateWith(change), world);
  clock.advance(60);
  expect(expired(await planPrune(world))).toEqual([]);
  expect(world.vault.paths('v1/shop/westeurope/alerts/estate-weakened.json')).toHaveLength(1);
});

test('a container of protected blobs, or a database that is not there, is a wrong estate', () => {
  const yaml = JSON.stringify(estateWith({ container: 'files', databases: ['mian'] }));
  const problems =
    'problems' in checkEstate(yaml)
      ? (checkEstate(yaml) as { problems: { path: string; problem: string }[] }).problems
      : [];
  expect(problems.map(({ path, problem }) => `${path}: ${problem}`)).toEqual([
    expect.stringContaining('dumps[0].container: must not hold a protected blob store'),
    expect.stringContaining('dumps[0].databases[0]: names no database of this region; use one of: main'),
  ]);
});
