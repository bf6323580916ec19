/** Blobs that nothing refers to: marked by looks that are far enough apart, deleted as judged, brought back if need be. */
import { beforeEach, describe, expect, test } from 'vitest';
import { viewExplanation } from '../../src/app/explanations.ts';
import type { AlertDocument, RecoveryPoint } from '../../src/contracts/documents.ts';
import type { PruneItem } from '../../src/contracts/prune.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { hold } from '../support/hold-steps.ts';
import {
  finishPrune,
  ledgerOf,
  planOf,
  planPrune,
  prunePortion,
  type Planned,
  type Portion,
} from '../support/prune-steps.ts';
import { scope } from '../support/sample-estate.ts';
import { day, hexOf, makeUnreferencedWorld, marked, nameOf, night } from '../support/unreferenced-world.ts';
import type { UnreferencedWorld } from '../support/unreferenced-world.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';

let world: UnreferencedWorld;
beforeEach(() => {
  world = makeUnreferencedWorld(new VirtualWallClock('2026-03-01T01:30:00.000Z'));
});

const expired = (planned: Planned): PruneItem[] =>
  planOf(world, planned).items.filter(
    ({ kind, decision }) => kind === 'unreferenced-blob' && decision === 'expire',
  );
const reason = (planned: Planned): string | undefined =>
  planOf(world, planned).counted?.find(({ kind }) => kind === 'unreferenced-blob')?.reason;
const portion = (planned: Planned): Promise<Portion> => prunePortion(world, planned, 'unreferenced-blob');
const stands = (name: string): boolean => world.store.bytesOf(name) !== undefined;
const alert = (): AlertDocument | undefined => {
  const path = vaultPaths.alert(scope, 'blob-brought-back');
  return world.vault.paths(path).length === 0 ? undefined : world.vault.json<AlertDocument>(path);
};

describe('a blob that nothing refers to', () => {
  test('waits for a second look, then for its grace, and goes as it was judged', async () => {
    expect(reason(await night(world))).toBe('inside-window');
    world.clock.advance(8 * day); // Nobody looked in between.
    world.store.upload(nameOf('late'), 'late');
    const planned = await night(world);
    expect(expired(planned).map(({ id }) => id)).toEqual([`files/${world.free}`]);
    expect(expired(planned)[0]!.sentence).toMatch(/^expired: /);
    expect(await portion(planned)).toEqual({ deleted: 1, refused: [] });
    expect([stands(world.free), stands(nameOf('late'))]).toEqual([false, true]);
    const stages = ledgerOf(world).filter(({ kind }) => kind === 'unreferenced-blob');
    expect(stages.map(({ item, stage }) => [item, stage])).toEqual([
      [`files/${world.free}`, 'intent'],
      [`files/${world.free}`, 'confirmed-absent'],
    ]);
    const result = await finishPrune(world, planned.plan, {
      portions: [{ kind: 'unreferenced-blob', deleted: 1, refused: [] }],
    });
    expect(result).toMatchObject({ outcome: 'done', deleted: { blobs: 1 } });
    expect(result.detail).toBe(
      '0 backup(s), 0 blob snapshot(s) and 1 blob(s) that nothing refers to deleted',
    );
  });

  test('that was written anew is inside the window again', async () => {
    await night(world);
    world.clock.advance(4 * day);
    world.store.upload(world.free, 'nobody');
    world.clock.advance(4 * day);
    expect(reason(await night(world))).toBe('inside-window');
  });

  test('whose marks were interrupted by a reference begins anew', async () => {
    await night(world);
    world.clock.advance(4 * day);
    world.source.references = [...world.source.references, hexOf('nobody')];
    await night(world);
    world.source.references = world.source.references.slice(0, -1);
    world.clock.advance(9 * day);
    await night(world);
    // The point of that night refers to it until it is out of retention.
    expect(expired(await night(world))).toEqual([]);
  });

  test.each<[string, () => Promise<unknown> | void, string]>([
    [
      'its deletion is not switched on',
      () => {
        world = makeUnreferencedWorld(new VirtualWallClock('2026-03-01T01:30:00.000Z'), {
          change: (estate) => {
            for (const { regions } of estate.systems)
              for (const { blobStores } of regions)
                for (const store of blobStores) store.unreferenced = 'report';
          },
        });
      },
      'none',
    ],
    [
      'neither soft delete nor versions are kept',
      () => void (world.servers.keeping = { softDelete: false, versions: false }),
      'no-safety-net',
    ],
    [
      'what the account keeps cannot be asked',
      () => void (world.servers.storageKeeping = () => Promise.reject(new Error('no answer'))),
      'no-safety-net',
    ],
    [
      'everything is held',
      async () => {
        await night(world);
        await hold(world, { what: { everything: true } });
      },
      'pinned',
    ],
  ])('stays while %s', async (_what, change, why) => {
    await change();
    const planned = await marked(world);
    expect(expired(planned)).toEqual([]);
    expect(planned.portions.map(({ kind }) => kind)).not.toContain('unreferenced-blob');
    expect(reason(planned) ?? 'none').toBe(why);
  });

  test('stays while the clock is off', async () => {
    await marked(world);
    world.clock.advance(1);
    world.offsets[0] = { source: 'storage', seconds: 3600 };
    const planned = await planPrune(world);
    expect(expired(planned)).toEqual([]);
    expect(reason(planned)).toBe('clock');
  });

  test('stays while the inventory of a retained point is damaged or cannot be read', async () => {
    const [path] = world.vault.paths('v1/shop/westeurope/inventories/').filter((one) => one.endsWith('.txt'));
    expect(path).toBeUndefined();
    await night(world);
    world.clock.advance(4 * day);
    await night(world);
    world.clock.advance(4 * day);
    const before = await night(world);
    expect(expired(before)).toHaveLength(1);
    const newest = world.vault
      .paths('v1/shop/westeurope/inventories/')
      .filter((one) => one.endsWith('.txt'))
      .at(-1)!;
    world.vault.put(newest, world.vault.text(newest).replace(/\n[0-9a-f]{64}\n/, '\n'));
    expect(await portion(before)).toMatchObject({
      deleted: 0,
      refused: [expect.stringMatching(/could not be read/)],
    });
    expect(stands(world.free)).toBe(true);
  });

  test('stays while a row holds what is no address: it may be one that is written in another way', async () => {
    const planned = await marked(world);
    world.source.references = [...world.source.references, 'no address'];
    expect(await portion(planned)).toMatchObject({ deleted: 0 });
    expect(stands(world.free)).toBe(true);
  });

  test('that is referred to since the plan stays', async () => {
    const planned = await marked(world);
    world.source.references = [...world.source.references, hexOf('nobody')];
    expect(await portion(planned)).toEqual({
      deleted: 0,
      refused: [`files/${world.free}: it is referred to again`],
    });
    expect(stands(world.free)).toBe(true);
    expect(alert()).toBeUndefined();
  });

  test('that was written since the plan stays, by the store’s own word', async () => {
    const planned = await marked(world);
    world.store.upload(world.free, 'nobody');
    expect(await portion(planned)).toMatchObject({
      deleted: 0,
      refused: [expect.stringMatching(/another version/)],
    });
    expect(stands(world.free)).toBe(true);
  });

  test('is not deleted once the estate no longer wants it', async () => {
    const planned = await marked(world);
    for (const { regions } of world.deps.estate.systems)
      for (const { blobStores } of regions) for (const store of blobStores) store.unreferenced = 'report';
    expect(await portion(planned)).toMatchObject({
      deleted: 0,
      refused: [expect.stringMatching(/not switched on any more/)],
    });
    expect(stands(world.free)).toBe(true);
  });

  test('of a point that is only marked for deletion stays: it may still be restored', async () => {
    world.source.references = [...world.source.references, hexOf('nobody')];
    await night(world);
    const [path] = world.vault.paths(vaultPaths.points(scope));
    world.source.references = world.source.references.slice(0, -1);
    const point = world.vault.json<RecoveryPoint>(path!);
    world.vault.put(path!, JSON.stringify({ ...point, tombstone: { at: point.createdAt, reason: 'slot' } }));
    world.clock.advance(8 * day);
    expect(expired(await marked(world))).toEqual([]);
  });
});

describe('the explanation of a blob that nothing refers to', () => {
  const headline = async (name: string): Promise<string> =>
    (await viewExplanation(world.deps, scope.system, `files/${name}`)).headline;

  test('says what it waits for, who refers to it, and that it is gone', async () => {
    await night(world);
    expect(await headline(world.free)).toMatch(/Kept: it is 0 hours old, inside the window/);
    expect(await headline(world.named)).toMatch(
      /it is referred to by on-demand-.* and the live database main/,
    );
    world.clock.advance(8 * day);
    await portion(await night(world));
    expect(await headline(world.free)).toMatch(/is gone: Lifeboat deleted it/);
  });

  test('marks nothing', async () => {
    await night(world);
    const path = vaultPaths.contentMarks(scope, 'files');
    const before = world.vault.text(path);
    world.clock.advance(day);
    await headline(world.free);
    expect(world.vault.text(path)).toBe(before);
  });
});

describe.each(['versions', 'soft-delete'] as const)('with %s', (keeping) => {
  beforeEach(() => {
    world = makeUnreferencedWorld(new VirtualWallClock('2026-03-01T01:30:00.000Z'), { keeping });
  });
  /** Somebody refers to the blob at the moment of its deletion. */
  function referAtDeletion(): void {
    const deleteBlobs = world.store.deleteBlobs.bind(world.store);
    world.store.deleteBlobs = (...given) => {
      world.source.references = [...world.source.references, hexOf('nobody')];
      return deleteBlobs(...given);
    };
  }

  test('what somebody began to refer to while it was deleted is brought back and told', async () => {
    const planned = await marked(world);
    referAtDeletion();
    expect(await portion(planned)).toEqual({
      deleted: 0,
      refused: [`files/${world.free}: it is referred to again, and it was brought back`],
    });
    expect(world.store.bytesOf(world.free)?.toString()).toBe('nobody');
    expect(alert()).toMatchObject({
      severity: 'critical',
      detail: expect.stringContaining(world.free) as string,
    });
    await finishPrune(world, planned.plan, {});
    expect(alert()).toHaveProperty('resolvedAt');
  });

  test('killed between the deletion and the reading after it, the next attempt brings it back', async () => {
    const planned = await marked(world);
    const deleteBlobs = world.store.deleteBlobs.bind(world.store);
    world.store.deleteBlobs = async (...given) => {
      await deleteBlobs(...given);
      return new Promise(() => undefined); // The process dies here.
    };
    void portion(planned);
    await expect.poll(() => stands(world.free)).toBe(false);
    world.source.references = [...world.source.references, hexOf('nobody')];
    expect(await portion(planned)).toEqual({
      deleted: 0,
      refused: [`files/${world.free}: it is referred to again, and it was brought back`],
    });
    expect(stands(world.free)).toBe(true);
  });

  test('what cannot be known after a deletion is asked again by the next attempt', async () => {
    const planned = await marked(world);
    const withSession = world.databases.withSession.bind(world.databases);
    let sessions = 0;
    world.databases.withSession = (at, work) =>
      (sessions += 1) === 2 ? Promise.reject(new Error('the database is gone')) : withSession(at, work);
    const order = { ...scope, plan: planned.plan, kind: 'unreferenced-blob', from: 0 };
    expect(await world.run('pruneItems', order)).toMatchObject({
      failure: { code: 'unavailable', retryable: true },
    });
    expect(stands(world.free)).toBe(false);
    expect(await portion(planned)).toEqual({ deleted: 1, refused: [] });
  });

  test('run twice at once it goes once, and nothing else does', async () => {
    const planned = await marked(world);
    const ends = await Promise.all([portion(planned), portion(planned)]);
    expect(ends).toEqual([
      { deleted: 1, refused: [] },
      { deleted: 1, refused: [] },
    ]);
    expect(world.store.writes).toEqual([`delete ${world.free}`]);
    expect(stands(world.named)).toBe(true);
  });
});
