/** Restores as the API plans, starts, shows and cancels them. */
import { beforeEach, expect, test } from 'vitest';
import {
  breakGlass,
  cancelRestore,
  decideRestore,
  planRestore,
  requestRestore,
  viewRestores,
} from '../../src/app/restores.ts';
import { viewRestoresNow } from '../../src/app/restores-now.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import type { TaskHub } from '../../src/ports/task-hub.ts';
import { actorOf } from '../support/actors.ts';
import { takeSnapshot } from '../support/drill-steps.ts';
import { allowTables } from '../support/restore-steps.ts';
import { scope } from '../support/sample-estate.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { makeWorld, type World } from '../support/world.ts';

let world: World;
let clock: VirtualWallClock;
let started: unknown[];
const hub: TaskHub = {
  start: async (workflow, id, input) => void started.push({ workflow, id, input }),
  find: async () => undefined,
};
const restore = 'restore-20260301T020000Z';
const operation = 'restore.shop.westeurope.20260301T020000Z';

const plan = async (): Promise<string> =>
  (await planRestore(world.deps, { system: 'shop', to: 'latest', name: 'shop-again' })).digest;
const begin = async (digest: string, { confirm = 'shop-again', by = 'Jane' } = {}): Promise<string> =>
  requestRestore(
    world.deps,
    hub,
    { system: 'shop', plan: digest, reason: 'rows are gone', confirm },
    actorOf(by),
  );

beforeEach(() => {
  clock = new VirtualWallClock('2026-03-01T02:00:00.000Z');
  world = makeWorld(clock);
  started = [];
});

test('a restore is claimed and started by its plan, and who asked for it stands in the vault', async () => {
  const digest = await plan();
  expect(await begin(digest)).toBe(operation);
  expect(started).toEqual([
    {
      ...{ workflow: 'restore', id: operation },
      input: { ...scope, plan: digest, slot: '20260301T020000Z', trigger: 'person' },
    },
  ]);
  const { restores } = await viewRestores(world.deps, 'shop');
  expect(restores).toMatchObject([
    { id: restore, operation, request: { by: 'Jane@tests', reason: 'rows are gone' }, plan: { restore } },
  ]);
});

test('asked for once more by the same person it is the same restore; by another one it is a conflict', async () => {
  const digest = await plan();
  await begin(digest);
  expect(await begin(digest)).toBe(operation);
  await expect(begin(digest, { by: 'Joe' })).rejects.toMatchObject({ code: 'conflict' });
});

test('a restore of tables is asked for by the name of its schema', async () => {
  allowTables(world);
  const { digest, plan: made } = await planRestore(world.deps, {
    ...{ system: 'shop', to: 'latest', tables: ['shop.item'] },
  });
  expect(made.name).toBe('lifeboat_restored_20260301_020000');
  await expect(begin(digest)).rejects.toMatchObject({
    code: 'bad-input',
    message: expect.stringContaining('the side schema would be called') as string,
  });
  expect(await begin(digest, { confirm: made.name })).toBe(operation);
});

test.each([
  [{ to: 'latest' as const }, 'name: is missing'],
  [{ to: 'latest' as const, name: 'again', tables: ['shop.item'] }, 'name: does not go with "tables"'],
  [{ to: 'latest' as const, tables: ['shop.item', 'other.item'] }, 'would have one name'],
])('%j does not go together, and is told so', async (wish, said) => {
  allowTables(world);
  await expect(planRestore(world.deps, { system: 'shop', ...wish })).rejects.toMatchObject({
    code: 'bad-input',
    message: expect.stringContaining(said) as string,
  });
});

test('a name that was not typed as the plan has it starts nothing', async () => {
  const digest = await plan();
  await expect(begin(digest, { confirm: 'shop-agian' })).rejects.toMatchObject({ code: 'bad-input' });
  expect(started).toEqual([]);
  expect(world.vault.paths(vaultPaths.slots(scope, 'restore'))).toEqual([]);
  expect(world.vault.paths(vaultPaths.restores(scope))).toEqual([]);
});

test('what was decided is answered with until when it counts, and shown', async () => {
  const digest = await plan();
  await begin(digest);
  const word = {
    digest,
    reason: 'seen',
    by: actorOf('Head of Shop', 'approver'),
    decision: 'approved' as const,
  };
  expect(await decideRestore(world.deps, 'shop', restore, word)).toEqual({
    ...{ restore, operation, word: 'approved', by: 'Head of Shop@tests' },
    ...{ at: '2026-03-01T02:00:00.000Z', expiresAt: '2026-03-01T03:00:00.000Z' },
  });
  const { restores } = await viewRestores(world.deps, 'shop');
  expect(restores[0]).toMatchObject({ decision: { by: 'Head of Shop@tests', decision: 'approved' } });
});

test('going on alone is answered and shown', async () => {
  const digest = await plan();
  await begin(digest);
  clock.advance(900);
  const word = { digest, reason: 'nobody answers', by: actorOf('Jane') };
  expect(await breakGlass(world.deps, 'shop', restore, word)).toMatchObject({
    word: 'break-glass',
    by: 'Jane@tests',
  });
  const { restores } = await viewRestores(world.deps, 'shop');
  expect(restores[0]).toMatchObject({ breakGlass: { by: 'Jane@tests', reason: 'nobody answers' } });
});

test('a cancellation is taken down once; one of an unknown restore is not found', async () => {
  await begin(await plan());
  const by = { by: actorOf('Joe'), reason: 'wrong instant' };
  expect(await cancelRestore(world.deps, 'shop', restore, by)).toEqual({ restore, operation });
  await cancelRestore(world.deps, 'shop', restore, { by: actorOf('Jim'), reason: 'the same' });
  expect(world.vault.json(vaultPaths.restoreCancel(scope, restore))).toMatchObject({
    by: 'Joe@tests',
    reason: 'wrong instant',
  });
  for (const unknown of ['restore-20200101T000000Z', '../points/x', 'x'])
    await expect(cancelRestore(world.deps, 'shop', unknown, by)).rejects.toMatchObject({ code: 'not-found' });
});

test('a plan and an end are shown once it has ended', async () => {
  await takeSnapshot(world);
  const digest = await plan();
  await begin(digest);
  await world.value('finalizeRestore', {
    ...{ ...scope, restore, plan: digest, endedAt: '2026-03-01T02:00:00.000Z' },
    ...{ servers: [], checks: [], heartbeats: [], timeline: [], cancelledBy: 'Joe' },
    secondsByPart: { decide: 0, restore: 0, reconfigure: 0, validate: 0 },
  });
  const { restores } = await viewRestores(world.deps, 'shop');
  expect(restores[0]).toMatchObject({ plan: { to: 'latest' }, end: { outcome: 'cancelled' } });
  await expect(
    cancelRestore(world.deps, 'shop', restore, { by: actorOf('Joe'), reason: 'late' }),
  ).rejects.toMatchObject({ code: 'conflict' });
});

test('one that has ended is not cancelled, nor told of, once its documents have gone with the years', async () => {
  await begin(await plan());
  const path = vaultPaths.slot(scope, 'restore', restore.slice('restore-'.length));
  const finished = { at: '2026-03-01T02:00:00.000Z', outcome: 'failed' };
  world.vault.put(path, JSON.stringify({ ...world.vault.json<object>(path), finished }));
  world.vault.remove(vaultPaths.restoreRequest(scope, restore));
  const by = { by: actorOf('Joe'), reason: 'late' };
  await expect(cancelRestore(world.deps, 'shop', restore, by)).rejects.toThrow(/has ended: it is failed/);
  expect((await viewRestores(world.deps, 'shop')).restores).toEqual([]);
});

const ended = (outcome: string, seconds = 0): unknown => ({
  ...{ schema: 'lifeboat/restore/v1', ...scope, restore, outcome, detail: 'x', checks: [], timeline: [] },
  endedAt: new Date(clock.now().toMillis() - seconds * 1000).toISOString(),
  servers: [{ database: 'main', target: serverOf(), state: 'ready', detail: 'x', address: 'again.example' }],
  secondsByPart: { decide: 1, restore: 2, reconfigure: 3, validate: 4 },
});
const serverOf = (): string => world.deps.estate.systems[0]!.regions[0]!.databases[0]!.server;
function end(outcome: string): void {
  const path = vaultPaths.slot(scope, 'restore', restore.slice('restore-'.length));
  const finished = { at: clock.now().toISO(), outcome };
  world.vault.put(path, JSON.stringify({ ...world.vault.json<object>(path), finished }));
  world.vault.put(vaultPaths.restore(scope, restore), JSON.stringify(ended(outcome)));
}

test('the status tells of a restore that waits, and for a day of one that is ready and where it is', async () => {
  expect(await viewRestoresNow(world.deps, scope)).toEqual({});
  await begin(await plan());
  expect(await viewRestoresNow(world.deps, scope)).toEqual({
    restores: [{ id: restore, operation, state: 'waiting', since: '2026-03-01T02:00:00.000Z', where: [] }],
  });
  end('ready');
  expect((await viewRestoresNow(world.deps, scope)).restores).toMatchObject([
    { id: restore, state: 'ready', where: ['again.example'] },
  ]);
  clock.advance(25 * 3600);
  expect(await viewRestoresNow(world.deps, scope)).toEqual({});
});

test('the status does not tell of a restore that made nothing', async () => {
  await begin(await plan());
  end('refused');
  expect(await viewRestoresNow(world.deps, scope)).toEqual({});
});
