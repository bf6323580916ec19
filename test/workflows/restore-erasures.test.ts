/** What the law required to be erased is erased again in what is restored, before it counts as ready. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { takeErasures, viewErasures } from '../../src/app/erasures.ts';
import type { RestoreDocument, RestoreResult } from '../../src/contracts/restore.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { actorOf } from '../support/actors.ts';
import { addressOf } from '../support/memory-servers.ts';
import { approvedRestore } from '../support/restore-steps.ts';
import { scope, serverId, sourceServer } from '../support/sample-estate.ts';
import { WorkflowHub, type Ended } from '../support/workflow-hub.ts';

const point = 'on-demand-20260301T013000Z';
const target = serverId('rg-restored-westeurope', 'shop-again');
const sql = 'DELETE FROM shop.person WHERE erasure = $1';
let hub: WorkflowHub;

beforeEach(async () => {
  hub = new WorkflowHub();
  await hub.world.value('recordHeartbeat', scope);
  await hub.run('snapshot', 'snapshot.1', { ...scope, slot: '20260301T013000Z', trigger: 'schedule' });
  hub.time.jumpTo(Date.UTC(2026, 2, 1, 4));
});
afterEach(() => hub.close());

const names = (erasure: string | undefined): void => {
  const [database] = hub.world.deps.estate.systems[0]!.regions[0]!.databases;
  Object.assign(database!, { erasure });
};
const add = (ids: string[], erasedAt?: string) =>
  takeErasures(hub.world.deps, { system: 'shop', ids, erasedAt }, actorOf('Clerk'));
const restore = async (): Promise<Ended<RestoreResult>> => {
  const asked = await approvedRestore(hub.world, point);
  return hub.run('restore', `restore.shop.westeurope.${asked.slot}`, asked.input);
};
const erased = (server: string): string[] => hub.world.databases.at(addressOf(server), 'shop').erased;
const documentOf = ({ output }: Ended<RestoreResult>): RestoreDocument =>
  hub.world.vault.json(vaultPaths.restore(scope, output.restore));

describe('a restore', () => {
  test('erases again what was erased after the instant, and no more, in the new server alone', async () => {
    names(sql);
    await add(['b-2', 'a-1'], '2026-03-01T02:00:00.000Z');
    await add(['long-before'], '2026-02-01T00:00:00.000Z');
    const ended = await restore();
    expect(ended.output.outcome).toBe('ready');
    expect(ended.output.detail).toContain('2 erasures applied again');
    expect(erased(target)).toEqual(['a-1', 'b-2']);
    expect(erased(sourceServer)).toEqual([]);
    expect(documentOf(ended).erasures).toEqual([{ database: 'main', due: 2, applied: 2, problems: [] }]);
    expect(ended.output.timeline.map(({ step }) => step)).toEqual([
      ...['open', 'approve', 'restore', 'check', 'erase', 'record'],
    ]);
  });

  test('with one of a moment before the instant applies it too: clocks differ', async () => {
    names(sql);
    await add(['close'], '2026-03-01T01:00:00.000Z');
    await restore();
    expect(erased(target)).toEqual(['close']);
  });

  test('applies more than one portion, each id once', async () => {
    names(sql);
    const ids = Array.from({ length: 1_001 }, (_, index) => `id-${String(index).padStart(4, '0')}`);
    await add(ids.slice(0, 600));
    await add(ids.slice(600));
    const ended = await restore();
    expect(erased(target)).toEqual(ids);
    expect(documentOf(ended).erasures).toMatchObject([{ due: 1_001, applied: 1_001 }]);
  });

  test('is not ready where one cannot be applied', async () => {
    names('DELETE FROM nowhere WHERE id = $1');
    await add(['a-1']);
    const ended = await restore();
    expect(ended.output.outcome).toBe('doubtful');
    expect(ended.output.detail).toContain('of 1 erasures that are due in main 0 were applied');
    expect(documentOf(ended).erasures?.[0]?.problems).toMatchObject([{ id: 'a-1' }]);
  });

  test('is not ready where the estate does not name how', async () => {
    await add(['a-1']);
    const { output } = await restore();
    expect(output.outcome).toBe('doubtful');
    expect(output.detail).toContain('names no "erasure"');
  });

  test('is not ready where the list cannot be read', async () => {
    names(sql);
    hub.world.vault.put(vaultPaths.erasure(scope, 'a-1'), '{}');
    const { output } = await restore();
    expect(output.outcome).toBe('doubtful');
    expect(erased(target)).toEqual([]);
  });
});

describe('the list', () => {
  test('keeps each id as it was added first, and says how many are new', async () => {
    expect(await add(['a-1', 'a-1', 'b-2'], '2026-03-01T02:00:00.000Z')).toEqual({ added: 2, known: 0 });
    expect(await add(['b-2', 'c-3'])).toEqual({ added: 1, known: 1 });
    const { count, newest } = await viewErasures(hub.world.deps, 'shop');
    expect(count).toBe(3);
    expect(newest.map(({ id }) => id)).toEqual(['c-3', 'a-1', 'b-2']);
    expect(newest[1]).toMatchObject({ by: 'Clerk@tests', erasedAt: '2026-03-01T02:00:00.000Z' });
  });

  test('takes none of the future', async () => {
    await expect(add(['a-1'], '2027-01-01T00:00:00.000Z')).rejects.toMatchObject({ code: 'bad-input' });
  });
});
