/** Earlier versions of blobs: their age counts from when they ceased to be the blob's content. */
import { beforeEach, describe, expect, test } from 'vitest';
import { viewExplanation } from '../../src/app/explanations.ts';
import type { LedgerEntry } from '../../src/contracts/documents.ts';
import { isoOf } from '../../src/contracts/values.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import type { ClockOffset } from '../../src/policy/clock-trust.ts';
import { Failure } from '../../src/policy/failure.ts';
import { hold } from '../support/hold-steps.ts';
import {
  ledgerOf,
  off,
  oldAndNew,
  planOf,
  planPrune,
  prunePortion,
  type Planned,
  type Portion,
} from '../support/prune-steps.ts';
import { scope } from '../support/sample-estate.ts';
import { scanAll } from '../support/scan-steps.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { makeWorld, type World } from '../support/world.ts';

const day = 86_400;
let clock: VirtualWallClock;
let world: World;
let offsets: ClockOffset[];
let blob: string;

beforeEach(async () => {
  clock = new VirtualWallClock('2026-03-01T01:30:00.000Z');
  offsets = [{ source: 'storage', seconds: 0 }];
  world = makeWorld(clock, { referenceClocks: { offsets: async () => offsets } });
  ({ blob } = await oldAndNew(world, clock));
  world.contents.snapshots.clear();
});

/** Versions of a blob, written so many days ago; the last one is current unless it was deleted. */
function written(daysAgo: readonly number[], isDeleted = false): string[] {
  for (const days of daysAgo) world.contents.putVersion(blob, clock.now().minus({ days }));
  const own = [...world.contents.versions.values()];
  const last = own.at(-1)!;
  if (isDeleted) world.contents.versions.set(`${blob}@${last.version}`, { ...last, isCurrent: false });
  return own.map(({ version }) => `files/${blob}@version-${version}`);
}
const expired = (planned: Planned): string[] =>
  planOf(world, planned)
    .items.filter(({ kind, decision }) => kind === 'blob-version' && decision === 'expire')
    .map(({ id }) => id);
const counted = (planned: Planned): object[] =>
  (planOf(world, planned).counted ?? []).map(({ kind, reason, count }) => ({ kind, reason, count }));
const left = (): string[] => [...world.contents.versions.values()].map(({ version }) => version);
const portion = (planned: Planned): Promise<Portion> => prunePortion(world, planned, 'blob-version');

describe('an earlier version', () => {
  test('goes once it was replaced longer ago than the window, however old the current one is', async () => {
    const [first] = written([30, 9, 6, 0.1]);
    const planned = await planPrune(world);
    expect(expired(planned)).toEqual([first]);
    expect(planned.portions).toEqual([{ kind: 'blob-version', count: 1 }]);
    expect(counted(planned)).toEqual([
      { kind: 'blob-version', reason: 'inside-window', count: 2 },
      { kind: 'blob-version', reason: 'current-version', count: 1 },
    ]);
    expect(await portion(planned)).toEqual({ deleted: 1, refused: [] });
    expect(left()).toHaveLength(3);
    expect(ledgerOf(world).map(({ item, kind, stage }: LedgerEntry) => [item, kind, stage])).toEqual([
      [first, 'blob-version', 'intent'],
      [first, 'blob-version', 'confirmed-absent'],
    ]);
  });

  test('that was replaced just now stays, although it was written long ago: it may be the only good one', async () => {
    written([300, 0.01]);
    expect(expired(await planPrune(world))).toEqual([]);
  });

  test('that is the current one never goes, however old it is', async () => {
    written([400]);
    expect(expired(await planPrune(world))).toEqual([]);
    expect(
      await world.contents.deleteVersions({} as never, [...world.contents.versions.values()]),
    ).toMatchObject([{ failure: { code: 'access-denied' } }]);
  });

  test.each<[string, () => Promise<unknown> | void, string]>([
    [
      'its blob is damaged',
      async () => (world.contents.damage(blob, 'flip'), await scanAll(world)),
      'repair-source',
    ],
    ['the clock is off', () => void (offsets = off), 'clock'],
    ['everything is held', () => hold(world, { what: { everything: true } }), 'pinned'],
    [
      'when it was written cannot be told',
      () => {
        for (const [key, one] of world.contents.versions)
          world.contents.versions.set(key, { ...one, at: clock.now().plus({ days: 3 }) });
      },
      'future-dated',
    ],
  ])('stays while %s', async (_what, change, reason) => {
    written([30, 9, 8]);
    await change();
    const planned = await planPrune(world);
    expect(expired(planned)).toEqual([]);
    expect(counted(planned)).toContainEqual(expect.objectContaining({ kind: 'blob-version', reason }));
  });

  test('stays, with everything else, while not every version could be listed', async () => {
    written([30, 9, 8]);
    const other = [...world.contents.blobs.keys()].find((name) => name !== blob)!;
    world.contents.putVersion(other, clock.now());
    const listVersions = world.contents.listVersions.bind(world.contents);
    world.contents.listVersions = async function* (store, prefix) {
      for await (const one of listVersions(store, prefix)) {
        yield one;
        if (one.isCurrent) throw new Failure('unavailable', 'page 2 did not come', 'It passes.');
      }
    };
    const planned = await planPrune(world);
    expect(planned).toMatchObject({ backups: [], portions: [] });
    expect(planOf(world, planned).doubts.listing).toEqual(['page 2 did not come']);
  });

  test('whose blob was found damaged since the plan stays', async () => {
    written([30, 9, 8]);
    const planned = await planPrune(world);
    world.contents.damage(blob, 'flip');
    await scanAll(world);
    expect(await portion(planned)).toMatchObject({
      deleted: 0,
      refused: [expect.stringContaining('may be repaired from it'), expect.stringContaining('damaged since')],
    });
    expect(left()).toHaveLength(3);
  });

  test('that cannot be deleted is told, and the others go', async () => {
    const [first] = written([30, 20, 9, 8]);
    const key = first!.replace('files/', '').replace('version-', '');
    world.contents.refusals.set(key, new Failure('access-denied', 'a policy of the container', 'Ask.'));
    const { deleted, refused } = await portion(await planPrune(world));
    expect([deleted, refused]).toEqual([2, [expect.stringMatching(/a policy of the container$/)]]);
  });
});

describe('the explanation of a version', () => {
  const headline = async (id: string): Promise<string> =>
    (await viewExplanation(world.deps, scope.system, id)).headline;

  test('says why it is kept, although no plan lists it, and why it is gone', async () => {
    const [first, second, , current] = written([30, 9, 6, 0.1]);
    const planned = await planPrune(world);
    expect(await headline(second!)).toMatch(/is still here. Kept: it is 6 days old, inside the window/);
    expect(await headline(current!)).toMatch(/is still here. Kept: it is the current version of its blob/);
    await portion(planned);
    expect(await headline(first!)).toMatch(/is gone: Lifeboat deleted it/);
  });

  test('asks for nothing but what shares its name', async () => {
    const [first] = written([30, 9]);
    const prefixes: (string | undefined)[] = [];
    const listVersions = world.contents.listVersions.bind(world.contents);
    world.contents.listVersions = (store, prefix) => {
      prefixes.push(prefix);
      return listVersions(store, prefix);
    };
    await headline(first!);
    await headline('on-demand-20260301T013000Z');
    expect(prefixes).toEqual([blob]);
  });
});

describe('the last version of a blob that was deleted', () => {
  const plan = async (): Promise<string[]> => {
    clock.advance(1);
    return expired(await planPrune(world));
  };

  test('counts from the first look that found it so, and a scan of everything since then', async () => {
    const [last] = written([30], true);
    world.contents.blobs.delete(blob);
    expect(await plan()).toEqual([]);
    expect(world.vault.json(vaultPaths.contentMarks(scope, 'files'))).toMatchObject({ ended: { count: 1 } });
    clock.advance(8 * day);
    expect(await plan()).toEqual([]); // Nobody has looked since whether the blob must be there.
    await scanAll(world);
    const kept = await plan();
    // The scan found it missing, for a recovery point refers to it: it is what the blob is repaired from.
    expect(kept).toEqual([]);
    for (const path of world.vault.paths('v1/shop/westeurope/scrub/')) world.vault.remove(path);
    expect(await plan()).toEqual([last]);
  });

  test('begins anew when the blob was there again in between', async () => {
    written([30], true);
    await scanAll(world);
    await plan();
    clock.advance(8 * day);
    world.contents.putVersion(blob, clock.now());
    await plan();
    const last = [...world.contents.versions.values()].at(-1)!;
    world.contents.versions.set(`${blob}@${last.version}`, { ...last, isCurrent: false });
    await scanAll(world);
    clock.advance(1);
    // The older one was replaced just now, and the last one was first seen without a successor now.
    expect(await plan()).toEqual([]);
    expect(isoOf(last.at) <= isoOf(clock.now())).toBe(true);
  });

  test('is not marked by a dry run, nor by a look that is in doubt of anything', async () => {
    written([30], true);
    await world.value('planPrune', { ...scope, slot: '20260310T013000Z', dryRun: true });
    offsets = off;
    await plan();
    expect(world.vault.paths('v1/shop/westeurope/content-marks/')).toEqual([]);
  });

  test('loses its marks when their document was changed, and waits from the start', async () => {
    written([30], true);
    await plan();
    const path = vaultPaths.contentMarks(scope, 'files');
    const stored = world.vault.text(path).replace(/"items":"..../, '"items":"AAAA');
    world.vault.put(path, stored);
    clock.advance(9 * day);
    await scanAll(world);
    for (const one of world.vault.paths('v1/shop/westeurope/scrub/')) world.vault.remove(one);
    expect(await plan()).toEqual([]);
  });
});
