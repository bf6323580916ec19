/** The guarded remover of the vault's own documents: what it refuses, in which order it works, what a kill leaves. */
import { beforeEach, describe, expect, test } from 'vitest';
import { removeDocuments, removeRecords, type RemovalProgress } from '../../src/activities/vault-remover.ts';
import { vaultRoot } from '../../src/contracts/vault-paths.ts';
import { Failure } from '../../src/policy/failure.ts';
import { hold } from '../support/hold-steps.ts';
import { ledgerOf } from '../support/prune-steps.ts';
import { scope } from '../support/sample-estate.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { makeWorld, type World } from '../support/world.ts';

const folder = `${vaultRoot(scope)}/scan-parts/scan-20260301T000000Z/`;
let clock: VirtualWallClock;
let world: World;

beforeEach(() => {
  clock = new VirtualWallClock();
  world = makeWorld(clock);
});

const put = (count: number): string[] => {
  const paths = Array.from({ length: count }, (_, n) => `${folder}${String(n).padStart(5, '0')}.json`);
  for (const path of paths) world.vault.put(path, '{}');
  return paths;
};
const remove = (paths: AsyncIterable<string> | Iterable<string>, milliseconds = 60_000) =>
  removeDocuments(
    world.deps,
    scope,
    { kind: 'scan-documents', item: 'scan-parts/scan-20260301T000000Z', reason: 'old', paths },
    world.clock.monotonicMilliseconds() + milliseconds,
  );
const removeAll = (milliseconds?: number): Promise<RemovalProgress> =>
  remove(world.vault.list(folder), milliseconds);
const stages = (): string[] =>
  world.vault.paths(`${vaultRoot(scope)}/ledger/`).length === 0
    ? []
    : ledgerOf(world).map(({ kind, item, stage }) => `${kind} ${item} ${stage}`);
const told = (...names: string[]): string[] =>
  names.map((stage) => `scan-documents scan-parts/scan-20260301T000000Z ${stage}`);

test('removes everything, with one line in the ledger before and one after it', async () => {
  put(3);
  expect(await removeAll()).toEqual({ removed: 3, isDone: true });
  expect(world.vault.paths(folder)).toEqual([]);
  expect(stages()).toEqual(told('intent', 'confirmed-absent'));
});

test('says nothing where there is nothing, and finds nothing the second time', async () => {
  expect(await removeAll()).toEqual({ removed: 0, isDone: true });
  expect(stages()).toEqual([]);
});

describe('refuses, and deletes nothing of that step,', () => {
  test('where a path is outside of what may go', async () => {
    const [first] = put(2);
    const point = `${vaultRoot(scope)}/points/on-demand-20260301T000000Z.json`;
    world.vault.put(point, '{}');
    await expect(remove([first!, point])).rejects.toMatchObject({ code: 'refused' });
    expect(world.vault.paths(folder)).toHaveLength(2);
    expect(world.vault.paths(point)).toHaveLength(1);
    expect(stages()).toEqual(told('refused'));
  });

  test('while a legal hold holds everything', async () => {
    put(2);
    await hold(world);
    await expect(removeAll()).rejects.toMatchObject({ code: 'refused' });
    expect(world.vault.paths(folder)).toHaveLength(2);
  });

  test('a record that is held as its point is, and no other', async () => {
    const record = (point: string) => ({
      ...{ item: `points/${point}.json`, path: `${vaultRoot(scope)}/points/${point}.json`, reason: 'old' },
      ...{ version: '1', heldAs: { kind: 'recovery-point', id: point, instant: undefined } as const },
    });
    const records = ['on-demand-20260101T010000Z', 'on-demand-20260102T010000Z'].map(record);
    for (const { path } of records) world.vault.put(path, '{}');
    const versions = new Map<string, string>();
    for await (const { path, version } of world.vault.listStored(`${vaultRoot(scope)}/points/`))
      versions.set(path, version);
    await hold(world, { what: { point: 'on-demand-20260101T010000Z' } });
    const refused = await removeRecords(
      world.deps,
      scope,
      records.map((one) => ({ ...one, version: versions.get(one.path) ?? '' })),
    );
    expect(refused).toEqual([
      expect.stringMatching(/^points\/on-demand-20260101T010000Z\.json: a legal hold of counsel/),
    ]);
    expect(world.vault.paths(`${vaultRoot(scope)}/points/`)).toEqual([records[0]?.path]);
  });

  test('where the ledger cannot be written', async () => {
    put(2);
    const error = new Failure('cannot-record', 'no room', 'Make room.');
    world.vault.faults.on(`append ${vaultRoot(scope)}/ledger/`, 'before', { error, times: 2 });
    await expect(removeAll()).rejects.toMatchObject({ code: 'cannot-record' });
    expect(world.vault.paths(folder)).toHaveLength(2);
  });
});

test('stops when its time is over, after a step at least, and goes on where it was', async () => {
  put(2_500);
  const rest: number[] = [];
  for (let isDone = false; !isDone;) {
    ({ isDone } = await removeAll(0));
    rest.push(world.vault.paths(folder).length);
  }
  expect(rest).toEqual([1_500, 500, 0]);
  expect(stages().at(-1)).toBe(told('confirmed-absent')[0]);
});

test('that is cut off in the middle leaves what the next call deletes', async () => {
  put(40);
  world.vault.faults.on(`delete ${folder}00033`, 'before');
  await expect(removeAll()).rejects.toMatchObject({ code: 'unavailable' });
  expect(stages()).toEqual(told('intent', 'failed'));
  await removeAll();
  expect(world.vault.paths(folder)).toEqual([]);
});

test('two at once end as one does', async () => {
  put(100);
  const both = await Promise.all([removeAll(), removeAll()]);
  expect(both.map(({ isDone }) => isDone)).toEqual([true, true]);
  expect(world.vault.paths(folder)).toEqual([]);
});
