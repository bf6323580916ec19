import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { expectedNames, type Expected } from '../../src/activities/expected-blobs.ts';
import { writeInventory, type Held, type InventoryEntry } from '../../src/activities/inventory.ts';
import type { RecoveryPoint } from '../../src/contracts/documents.ts';
import type { EstateBlobStore } from '../../src/contracts/estate.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { addressFromHex, blobNameFor, type ContentAddress } from '../../src/policy/content-address.ts';
import { examplePoint } from '../support/documents.ts';
import { scope } from '../support/sample-estate.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { layout, makeWorld, type World } from '../support/world.ts';

let world: World;
let store: EstateBlobStore;
beforeEach(() => {
  world = makeWorld(new VirtualWallClock());
  store = world.deps.estate.systems[0]!.regions[0]!.blobStores[0]!;
});

const addressOf = (content: string): ContentAddress =>
  addressFromHex('sha256', createHash('sha256').update(content).digest('hex'))!;
const nameOf = (content: string): string => blobNameFor(layout, addressOf(content));
const pointOn = (day: number): string => `on-demand-2026030${day}T013000Z`;

async function* entriesOf(held: Readonly<Record<string, Held>>): AsyncGenerator<InventoryEntry> {
  const entries = Object.entries(held).map(([content, how]) => ({ address: addressOf(content), held: how }));
  yield* entries.toSorted((a, b) => (a.address < b.address ? -1 : 1));
}

/** Writes a point of a day whose rows referred to the given contents in a store. */
async function putPoint(
  day: number,
  held: Readonly<Record<string, Held>>,
  changes: Partial<RecoveryPoint> = {},
  of = 'files',
): Promise<string> {
  const id = pointOn(day);
  const path = vaultPaths.inventory(scope, id, `${of}.main`);
  const sum = await writeInventory(world.vault, path, { store: of }, entriesOf(held));
  const instant = `2026-03-0${day}T01:30:00.000Z`;
  const stores = [{ store: of, database: 'main', inventory: { path, ...sum } }];
  world.vault.put(
    vaultPaths.point(scope, id),
    JSON.stringify({ ...examplePoint, id, instant, stores, ...changes }),
  );
  return id;
}
const expectedIn = (points: readonly string[], prefix = '', isStray = false): Promise<Expected> =>
  expectedNames(world.deps, scope, store, points, prefix, isStray);

describe('what is expected of a store', () => {
  test('is the union over its points, with the point that needs each, and the newest instant', async () => {
    const points = [await putPoint(2, { a: 'both', b: 'both' }), await putPoint(1, { b: 'both', c: 'both' })];
    const { names, newestInstant } = await expectedIn(points);
    expect([...names.keys()].toSorted()).toEqual(['a', 'b', 'c'].map(nameOf).toSorted());
    expect(names.get(nameOf('a'))).toEqual({ point: pointOn(2), must: true });
    expect(names.get(nameOf('c'))).toEqual({ point: pointOn(1), must: true });
    expect(newestInstant?.toISO()).toBe('2026-03-02T01:30:00.000Z');
    expect((await expectedIn(points.toReversed())).newestInstant?.toISO()).toBe('2026-03-02T01:30:00.000Z');
  });

  test('may be there, and need not, where only one of two snapshots referred to it', async () => {
    const { names } = await expectedIn([await putPoint(1, { a: 'before', b: 'after', c: 'both' })]);
    expect(names.get(nameOf('a'))?.must).toBe(false);
    expect(names.get(nameOf('b'))?.must).toBe(false);
    expect(names.get(nameOf('c'))?.must).toBe(true);
  });

  test.each([
    ['first', [1, 2]],
    ['last', [2, 1]],
  ])('must be there if one point says so, be it read %s', async (_when, days) => {
    await putPoint(1, { a: 'both' });
    await putPoint(2, { a: 'after' });
    const { names } = await expectedIn(days.map(pointOn));
    expect(names.get(nameOf('a'))).toEqual({ point: pointOn(1), must: true });
  });

  test('is only what lies under the prefix', async () => {
    const points = [await putPoint(1, { a: 'both', b: 'both', c: 'both', d: 'both' })];
    const prefix = nameOf('a')[0]!;
    const { names } = await expectedIn(points, prefix);
    expect(names.size).toBeGreaterThan(0);
    expect([...names.keys()].every((name) => name.startsWith(prefix))).toBe(true);
  });

  test('is nothing under no address', async () => {
    expect(await expectedIn([await putPoint(1, { a: 'both' })], '', true)).toEqual({
      names: new Map(),
      newestInstant: undefined,
    });
  });

  test('is nothing of a point that was given up, or is gone, since the scan was planned', async () => {
    await putPoint(1, { a: 'both' }, { tombstone: { at: '2026-03-01T02:00:00.000Z', reason: 'slot' } });
    expect(await expectedIn([pointOn(1), pointOn(3)])).toEqual({
      names: new Map(),
      newestInstant: undefined,
    });
  });

  test('is nothing of another store', async () => {
    const { names } = await expectedIn([await putPoint(1, { a: 'both' }, {}, 'other')]);
    expect(names.size).toBe(0);
  });

  test.each([
    ['cut', (text: string) => text.replace(/\{"addresses.*\n$/, ''), /last line is missing/],
    [
      'of other addresses',
      (text: string) => text.replace(/^[0-9a-f]/m, (digit) => (digit === '0' ? '1' : '0')),
      /not those that were recorded/,
    ],
    ['no inventory any more', () => 'something else\n', /is no address/],
  ])('cannot be said from an inventory that is %s', async (_how, damage, problem) => {
    const id = await putPoint(1, { a: 'both', b: 'both' });
    const path = vaultPaths.inventory(scope, id, 'files.main');
    world.vault.put(path, damage(world.vault.text(path)));
    await expect(expectedIn([id])).rejects.toMatchObject({
      code: 'bad-document',
      message: expect.stringMatching(problem) as string,
    });
  });
});
