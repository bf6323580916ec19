/** A restore of chosen tables: what its orchestration does with the server, the side schema, and what goes wrong. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { orderCancel } from '../../src/activities/restore/cancel.ts';
import { proposeRestore } from '../../src/activities/restore/propose.ts';
import { guardEstate } from '../../src/activities/estate-guard.ts';
import { addErasures } from '../../src/activities/erasures.ts';
import { reapScope } from '../../src/activities/reaper.ts';
import { scoped } from '../../src/activities/scope.ts';
import type { AuditEntry } from '../../src/contracts/audit.ts';
import { progress, type Progress } from '../../src/contracts/cycle.ts';
import type { RestoreDocument, RestoreResult } from '../../src/contracts/restore.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { drillTags } from '../../src/policy/server-removal.ts';
import { actorOf } from '../support/actors.ts';
import { allowTables, approvedRestore, type AskedFor } from '../support/restore-steps.ts';
import { scope, sourceServer } from '../support/sample-estate.ts';
import { WorkflowHub } from '../support/workflow-hub.ts';

const point = 'on-demand-20260301T013000Z';
const tables = ['shop.item', 'shop.orders'];
let hub: WorkflowHub;
let asked: AskedFor;

beforeEach(async () => {
  hub = new WorkflowHub();
  allowTables(hub.world);
  await hub.world.value('recordHeartbeat', scope);
  await hub.run('snapshot', 'snapshot.1', { ...scope, slot: '20260301T013000Z', trigger: 'schedule' });
  hub.time.jumpTo(Date.UTC(2026, 2, 1, 2));
  hub.world.servers.effects.length = 0;
});
afterEach(() => hub.close());

/** Restores; what it came to. */
async function restore(): Promise<RestoreResult> {
  asked = await approvedRestore(hub.world, point, undefined, { tables });
  return (await hub.run<RestoreResult>('restore', `restore.shop.westeurope.${asked.slot}`, asked.input))
    .output;
}
const document = (): RestoreDocument => hub.world.vault.json(vaultPaths.restore(scope, asked.restore));
const sides = () => hub.world.source.side.schemas;

/** Has something happen once, right before an activity runs for the n-th time. */
function before(activity: string, what: () => unknown, turn = 1): void {
  const run = hub.world.run.bind(hub.world);
  let seen = 0;
  hub.world.run = async (name, input) => {
    if (name === activity && (seen += 1) === turn) await what();
    return run(name, input);
  };
}
const cancel = () => orderCancel(hub.world.deps, scope, asked.restore, { by: 'Joe', reason: 'wrong tables' });

test('makes a passing server in the group for drills, carries the tables over, and removes it', async () => {
  let tags: Readonly<Record<string, string>> = {};
  before('makeSideSchema', async () => {
    const standing = await hub.world.servers.get(asked.plan.targets[0]!.target);
    tags = standing!.tags;
  });
  const output = await restore();
  const { schema, chosen } = asked.plan.tables!;
  expect(chosen.map(({ table, rows }) => [table, rows])).toEqual([
    ['shop.item', 3],
    ['shop.orders', 9],
  ]);
  expect(asked.plan.targets[0]).toMatchObject({
    target: expect.stringContaining('/resourceGroups/rg-drills-westeurope/') as string,
    allowedAddresses: [{ start: '10.0.0.1', end: '10.0.0.9' }],
  });
  expect(tags).toMatchObject({
    [drillTags.drill]: asked.restore,
    [drillTags.plan]: asked.digest,
    [drillTags.expires]: expect.any(String) as string,
  });
  expect(output.outcome).toBe('ready');
  expect(output.detail).toContain(`2 of 2 tables with 12 rows in ${schema}, each row as restored`);
  expect(output.timeline.map(({ step }) => step)).toEqual([
    ...['open', 'approve', 'restore', 'check', 'erase', 'copy', 'take back', 'record'],
  ]);
  expect(hub.world.servers.standing()).toEqual([sourceServer]);
  expect(document().tables).toMatchObject({
    ...{ database: 'main', schema, state: 'kept', remove: `SELECT "${schema}".remove();` },
    tables: [
      { table: 'shop.item', outcome: 'equal', rows: 3 },
      { table: 'shop.orders', rows: 9 },
    ],
  });
});

test('tells how far the tables are and how long the rest will take, by their sizes', async () => {
  let slot = '';
  const told: Progress[] = [];
  const look = () => {
    slot = `restore.shop.westeurope.${asked.slot}`;
    const { child = '' } = progress.parse(JSON.parse(hub.engine.instance(slot)?.customStatus ?? '{}'));
    told.push(progress.parse(JSON.parse(hub.engine.instance(child)?.customStatus ?? '{}')));
    hub.time.jumpTo(hub.time.now() + 30_000);
  };
  for (const turn of [1, 2, 3, 4]) before('restoreTable', look, turn);
  await restore();
  const [item = 0, orders = 0] = asked.plan.tables!.chosen.map(({ bytes }) => bytes);
  expect([item > 0, orders > 0]).toEqual([true, true]);
  const shares = [0, 0.5 * item, item, item + 0.5 * orders].map((bytes) => bytes / (item + orders));
  expect(told.map(({ step, percent }) => [step, percent])).toEqual(
    shares.map((share, index) => [index < 2 ? 'shop.item' : 'shop.orders', Math.round(100 * share)]),
  );
  expect(told.map(({ secondsLeft }) => secondsLeft)).toEqual(
    shares.map((share, index) => (index === 0 ? undefined : Math.round((30 * index * (1 - share)) / share))),
  );
});

test('a table that neither the source nor the record knows is named before anything is asked for', async () => {
  const plan = (to: string, table: string) =>
    proposeRestore(hub.world.deps, scope, { to, tables: ['shop.item', table] });
  for (const to of ['latest', '2026-03-01T01:55:00.000Z'])
    await expect(plan(to, 'shop.itme')).rejects.toMatchObject({
      ...{ code: 'not-found', message: expect.stringContaining('neither the source nor') as string },
    });
  // One that was made after the point stands in the source; of one that was dropped since the point tells.
  const { tables: standing } = hub.world.source;
  standing.set('shop.young', { rows: 1, checksum: '1' });
  standing.delete('shop.orders');
  expect((await plan('latest', 'shop.young')).plan.tables?.chosen).toHaveLength(2);
  hub.time.jumpTo(hub.time.now() + 1000);
  expect((await plan('latest', 'shop.orders')).plan.tables?.chosen[1]).not.toHaveProperty('rows');
});

describe('a cancellation', () => {
  test.each([
    ['before the schema is made', 'makeSideSchema', 1, 'never-made'],
    ['between two tables', 'restoreTable', 3, 'removed'],
    ['while the server is being removed', 'removeRestored', 1, 'removed'],
  ])('%s takes back the schema and the server', async (_, activity, turn, state) => {
    before(activity, cancel, turn);
    const output = await restore();
    expect(output).toMatchObject({ outcome: 'cancelled', servers: [{ state: 'removed' }] });
    expect(document().tables?.state).toBe(state);
    expect([...sides().keys()]).toEqual([]);
    expect(hub.world.servers.standing()).toEqual([sourceServer]);
  });

  test('leaves a schema that is not marked as its own, and says so', async () => {
    before('restoreTable', () => (sides().get(asked.plan.name)!.mark = 'mine'), 1);
    before('restoreTable', cancel, 2);
    const output = await restore();
    expect(output.outcome).toBe('cancelled');
    expect(output.detail).toContain('may stand');
    expect([...sides().keys()]).toEqual([asked.plan.name]);
    const alert = hub.world.vault.json<{ title: string }>(vaultPaths.alert(scope, 'restore-failed'));
    expect(alert.title).toContain('left a schema behind');
  });
});

test('what differs from what was restored leaves a doubt, by name, and the server goes all the same', async () => {
  before(
    'restoreTable',
    () => {
      const item = sides().get(asked.plan.name)?.tables.get('item');
      if (item !== undefined) item.checksum = '110';
    },
    2,
  );
  const output = await restore();
  expect(output.outcome).toBe('doubtful');
  expect(output.detail).toContain('1 of 2 tables');
  expect(output.detail).toContain('shop.item: 3 rows were restored (sum 111), the copy has 3 (sum 110)');
  expect(hub.world.servers.standing()).toEqual([sourceServer]);
});

test('nothing is carried over while something stands in it that was to be erased', async () => {
  await addErasures(hub.world.deps, scope, { ids: ['a-1'], erasedAt: undefined }, actorOf('Clerk'));
  const output = await restore();
  expect(output.outcome).toBe('failed');
  expect(output.detail).toContain('no table was carried over');
  expect(output.detail).toContain('names no "erasure"');
  expect([...sides().keys()]).toEqual([]);
  expect(hub.world.servers.standing()).toEqual([sourceServer]);
});

test('one that cannot even be opened is told in the log all the same, from intent to outcome', async () => {
  before('openRestore', () => hub.world.vault.remove(vaultPaths.restoreRequest(scope, asked.restore)));
  const output = await restore();
  expect(output).toMatchObject({ outcome: 'failed' });
  const entries = hub.world.vault
    .entries<AuditEntry>(vaultPaths.auditSegments(scope))
    .filter(({ action, target }) => action === 'restore' && target === asked.restore);
  expect(entries.map(({ stage }) => stage)).toEqual(['intent', 'outcome']);
  expect(entries[1]!.intent).toBe(entries[0]!.sequence);
});

test('a server that could not be restored is the reason, and no schema is made', async () => {
  hub.world.servers.failNext('restore', 'WalMissing', 'a segment is missing');
  const output = await restore();
  expect(output.outcome).toBe('failed');
  expect(output.detail).toContain('a segment is missing');
  expect([...sides().keys()]).toEqual([]);
});

test('of a server that cannot be removed the reaper takes care once the restore has ended', async () => {
  before('removeRestored', () => {
    const { target } = asked.plan.targets[0]!;
    hub.world.servers.put({ id: target, tags: {} });
  });
  const output = await restore();
  expect(output).toMatchObject({ outcome: 'doubtful', servers: [{ state: 'left-over' }] });
  const { target } = asked.plan.targets[0]!;
  const tags = {
    ...{ [drillTags.drill]: asked.restore, [drillTags.plan]: asked.digest },
    [drillTags.expires]: '2026-03-03T00:00:00.000Z',
  };
  hub.world.servers.put({ id: target, tags });
  await guardEstate(hub.world.deps, scope);
  const { begun } = await reapScope(hub.world.deps, scoped(hub.world.deps, scope));
  expect(begun).toEqual([target]);
});
