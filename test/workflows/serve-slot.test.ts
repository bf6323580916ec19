/**
 * A slot is served once, also where a start was held up for minutes: it takes the place of an orchestration that has
 * ended in the meantime, and finds that out from the claim before it does anything.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EventType } from '../../local/functions-host/durable/history-events.ts';
import { claimSlot } from '../../src/activities/slots.ts';
import { slotClaim, type RunKind } from '../../src/contracts/documents.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { instanceIdOf } from '../../src/policy/identifiers.ts';
import { scope } from '../support/sample-estate.ts';
import { WorkflowHub } from '../support/workflow-hub.ts';

const slot = '20260301T013000Z';
let hub: WorkflowHub;
beforeEach(() => {
  hub = new WorkflowHub();
});
afterEach(() => hub.close());

const kinds: readonly (readonly [RunKind, string])[] = [
  ['cycle', 'cycle'],
  ['snapshot', 'snapshot'],
  ['scan', 'integrityScan'],
  ['prune', 'prune'],
  ['drill', 'restoreDrill'],
  ['repair', 'repair'],
];
const start = (kind: RunKind, workflow: string, at = slot) =>
  hub.run(workflow, instanceIdOf({ kind, ...scope, stamp: at }), { ...scope, slot: at, trigger: 'person' });
const claimOf = (kind: RunKind) => slotClaim.parse(hub.world.vault.json(vaultPaths.slot(scope, kind, slot)));

/** Everything that a run could have done: documents and log lines in the vault, effects at the provider. */
const traces = (): unknown => ({
  vault: hub.world.vault.paths().map((path) => [path, hub.world.vault.text(path)]),
  effects: [...hub.world.servers.effects],
});

/** The activities that an instance called. */
const calledBy = (id: string): unknown[] =>
  hub.engine
    .history(id)
    .filter(({ EventType: type }) => type === EventType.TaskScheduled)
    .map(({ Name }) => Name);

describe.each(kinds)('a %s whose start comes after its end', (kind, workflow) => {
  test('gives the result that it came to, and does nothing', async () => {
    await claimSlot(hub.world.deps, scope, kind, slot, 'person');
    // What a drill, a prune and a repair need: a point, a scan.
    if (kind !== 'cycle') await start('cycle', 'cycle', '20260228T013000Z');
    const first = await start(kind, workflow);
    expect(first.status).toBe('Completed');
    expect(claimOf(kind).finished?.result).toEqual(first.output);
    const before = traces();
    hub.time.jumpTo(hub.time.now() + 10 * 60_000);
    const late = await start(kind, workflow);
    expect(late).toMatchObject({ status: 'Completed', output: first.output });
    expect(calledBy(late.id)).toEqual(['readSlotEnd']);
    expect(traces()).toEqual(before);
  });

  test('fails with the reason where the claim says no more than that it has ended', async () => {
    await claimSlot(hub.world.deps, scope, kind, slot, 'person');
    await hub.world.value('finishSlot', { ...scope, kind, slot, outcome: 'done' });
    const before = traces();
    const late = await start(kind, workflow);
    expect(late.status).toBe('Failed');
    expect(JSON.stringify(late.output)).toContain(
      `the ${kind} of slot ${slot} ended at 2026-03-01T01:30:00.000Z`,
    );
    expect(traces()).toEqual(before);
  });
});

test.each(kinds)('a %s that cannot read its claim begins nothing', async (kind, workflow) => {
  hub.world.vault.put(vaultPaths.slot(scope, kind, slot), '{ cut');
  await start(kind, workflow);
  expect(hub.world.servers.effects).toEqual([]);
  const others = hub.world.vault.paths().filter((path) => !/\/(alerts|slots)\//.test(path));
  expect(others).toEqual([]);
});

test('a step of a cycle that has no claim of its own runs', async () => {
  await start('cycle', 'cycle');
  expect(claimOf('snapshot')).toMatchObject({ trigger: 'cycle', finished: { outcome: 'done' } });
});
