/**
 * A restore whose app is killed at a boundary: at a call to the vault or to the provider, before its effect or after it.
 * The activity runs again, as the host has it. It finishes, with one target, and leaves nothing half open.
 */
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RecoveryPoint } from '../../src/contracts/documents.ts';
import type { RestorePermit } from '../../src/contracts/restore-request.ts';
import type { RestoreResult } from '../../src/contracts/restore.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { budget } from '../budget.ts';
import { allowTables, approvedRestore, type AskedFor } from '../support/restore-steps.ts';
import { scope, serverId, sourceServer } from '../support/sample-estate.ts';
import { WorkflowHub, type Ended } from '../support/workflow-hub.ts';

const point = 'on-demand-20260301T013000Z';
const target = serverId('rg-restored-westeurope', 'shop-again');
const today = Math.floor(Date.now() / 86_400_000);
type Place = 'vault' | 'servers' | 'databases';
let hub: WorkflowHub;
let asked: AskedFor;
const chosen = ['shop.item', 'shop.orders'];

beforeEach(async () => {
  hub = await approvedHub();
});
afterEach(() => hub.close());

const restore = (): Promise<Ended<RestoreResult>> =>
  hub.run('restore', `restore.shop.westeurope.${asked.slot}`, asked.input);

/** Kills the app at one call: from then on nothing is done any more, until the activity that was at work runs again. */
function killAt(where: Place, call: number, fault: 'before' | 'after'): { killed: boolean } {
  const { vault, servers, databases } = hub.world;
  const state = { killed: false };
  let seen = 0;
  let isDead = false;
  const die = (): never => {
    [isDead, state.killed] = [true, true];
    throw new Error('killed here');
  };
  for (const port of [vault, servers, databases]) {
    const ask = port.faults.run.bind(port.faults);
    port.faults.run = async (label, work) => {
      if (isDead) return die();
      const isHere = port === hub.world[where] && seen++ === call;
      if (isHere && fault === 'before') return die();
      const value = await ask(label, work);
      return isHere ? die() : value;
    };
  }
  const run = hub.world.run.bind(hub.world);
  hub.world.run = async (name, input) => {
    const outcome = await run(name, input);
    if (!isDead) return outcome;
    isDead = false;
    return run(name, input);
  };
  return state;
}

/** Both tables beside what the source holds, every row once; of the server that they came from nothing is left. */
function expectTables({ output }: Ended<RestoreResult>): void {
  expect(output).toMatchObject({ outcome: 'ready', servers: [{ state: 'removed' }] });
  expect(hub.world.servers.standing()).toEqual([sourceServer]);
  expect(hub.world.servers.effects.filter((one) => one.startsWith('restore '))).toHaveLength(1);
  const [made, ...others] = hub.world.source.side.schemas.values();
  expect(others).toEqual([]);
  const whole = expect.stringContaining('"copied":"whole"') as string;
  expect(Object.fromEntries(made!.tables)).toEqual({
    item: { mark: whole, rows: 3, checksum: '111' },
    orders: { mark: whole, rows: 9, checksum: '-222' },
  });
  expect(hub.world.vault.json<RecoveryPoint>(vaultPaths.point(scope, point)).pins).toEqual([]);
}

function expectWhole({ output }: Ended<RestoreResult>, isGone: boolean): void {
  expect(output).toMatchObject({ outcome: 'ready', servers: [{ target, state: 'ready' }] });
  expect(hub.world.servers.standing()).toEqual(isGone ? [target] : [sourceServer, target]);
  expect(hub.world.servers.effects.filter((one) => one.startsWith('restore '))).toEqual([
    'restore shop-again',
  ]);
  expect(hub.world.vault.json<RecoveryPoint>(vaultPaths.point(scope, point)).pins).toEqual([]);
  const permit = hub.world.vault.json<RestorePermit>(vaultPaths.restorePermit(scope, asked.restore));
  expect(permit).toMatchObject({ plan: asked.digest, approval: { by: 'Head of Shop' } });
  const waits = vaultPaths.alert(scope, 'restore-waiting');
  expect(hub.world.vault.json<{ resolvedAt?: string }>(waits).resolvedAt).toBeDefined();
}

/** So many places among all calls, others each day. */
const places = Array.from({ length: budget.restoreKills }, (_, index) => index);

const whole = [
  { where: 'vault', isGone: false, what: 'a restore' },
  { where: 'servers', isGone: false, what: 'a restore' },
  { where: 'servers', isGone: true, what: 'a revival' },
] as const;

test.each(whole.flatMap((one) => places.map((place) => ({ ...one, place }))))(
  'at a call to the $where ($place) $what finishes, with one target',
  async ({ where, place, isGone }) => {
    await hub.close();
    hub = await approvedHub({ isGone });
    expectWhole(await restore(), isGone);
    const calls = hub.world[where].faults.calls.length;
    const call = (place * 7919 + today * 104_729) % calls;
    for (const fault of ['before', 'after'] as const) {
      await hub.close();
      hub = await approvedHub({ isGone });
      const state = killAt(where, call, fault);
      const ended = await restore();
      expect(state.killed, `${calls} calls, killed at ${call}`).toBe(true);
      expectWhole(ended, isGone);
    }
  },
);

test.each(
  (['vault', 'servers', 'databases'] as const).flatMap((where) => places.map((place) => ({ where, place }))),
)(
  'of tables, at a call to the $where ($place) it finishes, with every row once',
  async ({ where, place }) => {
    await hub.close();
    hub = await approvedHub({ tables: chosen });
    expectTables(await restore());
    const calls = hub.world[where].faults.calls.length;
    const call = (place * 7919 + today * 104_729) % calls;
    for (const fault of ['before', 'after'] as const) {
      await hub.close();
      hub = await approvedHub({ tables: chosen });
      const state = killAt(where, call, fault);
      const ended = await restore();
      expect(state.killed, `${calls} calls, killed at ${call}`).toBe(true);
      expectTables(ended);
    }
  },
);

/** A hub in which a restore was asked for and approved; of a server that is gone, or of these tables alone, where some are named. */
async function approvedHub({
  isGone = false,
  tables,
}: { readonly isGone?: boolean; readonly tables?: readonly string[] } = {}): Promise<WorkflowHub> {
  const fresh = new WorkflowHub();
  await fresh.world.value('recordHeartbeat', scope);
  await fresh.run('snapshot', 'snapshot.1', { ...scope, slot: '20260301T013000Z', trigger: 'schedule' });
  fresh.time.jumpTo(Date.UTC(2026, 2, 1, 2));
  allowTables(fresh.world);
  if (isGone) fresh.world.servers.drop(sourceServer);
  asked = await approvedRestore(fresh.world, point, undefined, tables && { tables });
  const { vault, servers, databases } = fresh.world;
  for (const { faults } of [vault, servers, databases]) faults.calls.length = 0;
  fresh.world.servers.effects.length = 0;
  return fresh;
}
