/**
 * A cutover whose app is killed at a boundary: at a call to the vault, to a hook or to a database, before its effect or after
 * it. The activity runs again, as the host has it. Every hook is done, asked twice at most and then under one key.
 */
import { afterEach, expect, test } from 'vitest';
import type { CutoverState, HookRecord } from '../../src/contracts/cutover.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { budget } from '../budget.ts';
import {
  approveOver,
  askForCutover,
  cutoverHub,
  readyRestore,
  runOver,
  type AskedOver,
} from '../support/cutover-steps.ts';
import type { MemoryHttp } from '../support/memory-http.ts';
import { holdWrites, scope } from '../support/sample-estate.ts';
import type { WorkflowHub } from '../support/workflow-hub.ts';

const today = Math.floor(Date.now() / 86_400_000);
let hub: WorkflowHub;
let http: MemoryHttp;
let asked: AskedOver;

afterEach(() => hub.close());

/** A hub in which a cutover was asked for and approved. */
async function approved(): Promise<void> {
  ({ hub, http } = cutoverHub());
  const { restore } = await readyRestore(hub.world);
  asked = await askForCutover(hub.world, restore);
  http.on(`PUT https://app.example/banner/${asked.cutover}`, { status: 200 });
  await approveOver(hub.world, asked);
  for (const { faults } of [hub.world.vault, hub.world.databases]) faults.calls.length = 0;
}

type Where = 'vault' | 'databases' | 'http';

/** Kills the app at one call: from then on nothing is done any more, until the activity that was at work runs again. */
function killAt(where: Where, call: number, fault: 'before' | 'after'): { killed: boolean } {
  const { vault, databases } = hub.world;
  const state = { killed: false };
  let seen = 0;
  let isDead = false;
  const die = (): never => {
    [isDead, state.killed] = [true, true];
    throw new Error('killed here');
  };
  const guard = async <T>(of: Where, work: () => Promise<T>): Promise<T> => {
    if (isDead) return die();
    const isHere = of === where && seen++ === call;
    if (isHere && fault === 'before') return die();
    const value = await work();
    return isHere ? die() : value;
  };
  for (const [of, { faults }] of [
    ['vault', vault],
    ['databases', databases],
  ] as const) {
    const ask = faults.run.bind(faults);
    faults.run = (label, work) => guard(of, () => ask(label, work));
  }
  const send = http.send.bind(http);
  http.send = (request) => guard('http', () => send(request));
  const run = hub.world.run.bind(hub.world);
  hub.world.run = async (name, input) => {
    const outcome = await run(name, input);
    if (!isDead) return outcome;
    isDead = false;
    return run(name, input);
  };
  return state;
}

async function expectWhole(most: number): Promise<void> {
  const { output } = await runOver(hub, asked);
  expect(output).toMatchObject({ outcome: 'done' });
  const { vault, source } = hub.world;
  for (const hook of ['hold-writes', 'application', 'banner']) {
    const record = vault.json<HookRecord>(vaultPaths.cutoverHook(scope, asked.cutover, hook));
    expect(record.outcome?.state).toBe('done');
    expect(record.asked.length).toBeLessThanOrEqual(most);
  }
  // A statement is what it was, however often it was run.
  expect(new Set(source.altered)).toEqual(new Set([holdWrites]));
  const keys = Map.groupBy(http.sent, ({ url }) => url);
  expect(keys.size).toBe(2);
  for (const sent of keys.values()) {
    expect(new Set(sent.map(({ headers }) => headers?.['idempotency-key'])).size).toBe(1);
    const attempts = sent.map(({ headers }) => Number(headers?.['lifeboat-attempt']));
    expect(attempts).toEqual(attempts.toSorted((a, b) => a - b));
    expect(attempts.length > 1 ? attempts.at(-1) : 2).toBe(2);
  }
  const { inForce } = vault.json<CutoverState>(vaultPaths.cutoverState(scope));
  expect(inForce).toMatchObject({
    ...{ cutover: asked.cutover, hooks: ['hold-writes', 'application', 'banner'] },
  });
}

/** So many places among all calls, others each day. */
const places = Array.from({ length: budget.restoreKills }, (_, index) => index);

test.each(
  (['vault', 'http', 'databases'] as const).flatMap((where) => places.map((place) => ({ where, place }))),
)('at a call to the $where ($place) every hook is done', async ({ where, place }) => {
  await approved();
  await expectWhole(1);
  const calls = where === 'http' ? http.sent.length : hub.world[where].faults.calls.length;
  const call = (place * 7919 + today * 104_729) % calls;
  for (const fault of ['before', 'after'] as const) {
    await hub.close();
    await approved();
    const state = killAt(where, call, fault);
    await expectWhole(2);
    expect(state.killed, `${calls} calls, killed at ${call}`).toBe(true);
  }
});
