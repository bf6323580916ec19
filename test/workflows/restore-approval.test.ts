/** A restore that waits: for another person, for nobody, beside a cancellation; and events that nobody may forge. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { orderCancel } from '../../src/activities/restore/cancel.ts';
import { decideOnRestore, goOnAlone } from '../../src/activities/restore/decide.ts';
import type { AlertDocument, RecoveryPoint } from '../../src/contracts/documents.ts';
import type { RestoreDocument, RestoreResult } from '../../src/contracts/restore.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { approve, askForRestore, type AskedFor } from '../support/restore-steps.ts';
import { scope, serverId, sourceServer } from '../support/sample-estate.ts';
import { WorkflowHub, type Ended } from '../support/workflow-hub.ts';

const point = 'on-demand-20260301T013000Z';
const target = serverId('rg-restored-westeurope', 'shop-again');
let hub: WorkflowHub;
let asked: AskedFor;

beforeEach(async () => {
  hub = new WorkflowHub();
  await hub.world.value('recordHeartbeat', scope);
  await hub.run('snapshot', 'snapshot.1', { ...scope, slot: '20260301T013000Z', trigger: 'schedule' });
  hub.time.jumpTo(Date.UTC(2026, 2, 1, 2));
  asked = await askForRestore(hub.world, point);
  hub.world.servers.effects.length = 0;
});
afterEach(() => hub.close());

const idOf = ({ slot }: AskedFor): string => `restore.shop.westeurope.${slot}`;
const restore = (): Promise<Ended<RestoreResult>> => hub.run('restore', idOf(asked), asked.input);
const alert = (key: string): AlertDocument => hub.world.vault.json(vaultPaths.alert(scope, key));
const document = (): RestoreDocument => hub.world.vault.json(vaultPaths.restore(scope, asked.restore));
const pins = (): string[] =>
  hub.world.vault.json<RecoveryPoint>(vaultPaths.point(scope, point)).pins.map(({ by }) => by);

/** Does something once the restore has waited for so long. */
function afterWaiting(seconds: number, what: () => Promise<unknown>): void {
  const run = hub.world.run.bind(hub.world);
  const from = hub.time.now() + seconds * 1000;
  let isDone = false;
  hub.world.run = async (name, input) => {
    if (name === 'readGo' && !isDone && hub.time.now() >= from) {
      isDone = true;
      await what();
    }
    return run(name, input);
  };
}

test('waits with the point pinned and the alert raised, and goes on once another person has approved', async () => {
  const seen: unknown[] = [];
  afterWaiting(600, async () => {
    seen.push(hub.world.servers.effects.length, pins(), alert('restore-waiting').detail);
    await approve(hub.world, asked);
  });
  const { output } = await restore();
  expect(output.outcome).toBe('ready');
  expect(seen).toEqual([0, [asked.restore], expect.stringContaining(asked.digest)]);
  expect(alert('restore-waiting').resolvedAt).toBeDefined();
  expect(output.timeline.map(({ step }) => step)).toEqual([
    ...['open', 'approve', 'restore', 'check', 'erase', 'record'],
  ]);
  expect(document().approval).toMatchObject({ kind: 'approved', by: 'Head of Shop' });
  expect(document().secondsByPart.approve).toBeGreaterThanOrEqual(600);
  expect(pins()).toEqual([]);
});

test('a rejection ends it, and nothing was made', async () => {
  afterWaiting(60, () =>
    decideOnRestore(hub.world.deps, scope, asked.restore, {
      ...{ digest: asked.digest, reason: 'not needed', by: 'Board', decision: 'rejected' },
    }),
  );
  const { output } = await restore();
  expect(output).toMatchObject({ outcome: 'refused', detail: 'Board rejected it', servers: [] });
  expect(hub.world.servers.effects).toEqual([]);
  expect(pins()).toEqual([]);
  expect(alert('restore-waiting').resolvedAt).toBeDefined();
});

test('a plan that went stale after it was approved ends it with the reason', async () => {
  afterWaiting(60, async () => {
    await approve(hub.world, asked);
    hub.world.servers.put({ id: target });
  });
  const { output } = await restore();
  expect(output.outcome).toBe('refused');
  expect(output.detail).toContain('is stale');
  expect(output.detail).toContain('exists already');
  expect(hub.world.servers.effects).toEqual([]);
});

test('where nobody decides it ends when its plan is not valid any more', async () => {
  const { output } = await restore();
  expect(output).toMatchObject({ outcome: 'refused' });
  expect(output.detail).toContain('nobody decided while the plan was valid');
  expect(output.seconds).toBeGreaterThanOrEqual(24 * 3600);
  expect(Math.max(...hub.histories().map(({ history }) => history.length))).toBeLessThan(200);
});

test('one person goes on alone, and the end says so', async () => {
  afterWaiting(900, () =>
    goOnAlone(hub.world.deps, scope, asked.restore, {
      ...{ digest: asked.digest, reason: 'nobody answers', by: 'Jane' },
    }),
  );
  const { output } = await restore();
  expect(output.outcome).toBe('ready');
  expect(document().approval).toMatchObject({ kind: 'break-glass', by: 'Jane', reason: 'nobody answers' });
  expect(alert('restore-break-glass').resolvedAt).toBeUndefined();
});

test('a cancellation while it waits ends it, and an approval afterwards carries nothing out', async () => {
  afterWaiting(60, async () => {
    await orderCancel(hub.world.deps, scope, asked.restore, { by: 'Joe', reason: 'wrong instant' });
    await approve(hub.world, asked);
  });
  const { output } = await restore();
  expect(output).toMatchObject({ outcome: 'cancelled', detail: 'cancelled by Joe: wrong instant' });
  expect(hub.world.servers.standing()).toEqual([sourceServer]);
  expect(hub.world.servers.effects).toEqual([]);
});

test('an event that says it is approved is heard by nobody', async () => {
  afterWaiting(60, async () => {
    for (const { id } of hub.engine.listInstances({}, 100))
      for (const name of ['approve', 'approved', 'decision', 'go'])
        await hub.engine.raiseEvent(id, name, { state: 'approved', by: 'Board', plan: asked.digest });
  });
  const { output } = await restore();
  expect(output.outcome).toBe('refused');
  expect(hub.world.servers.effects).toEqual([]);
});

test('a restore that has ended is not carried out again by its approval', async () => {
  await approve(hub.world, asked);
  expect((await restore()).output.outcome).toBe('ready');
  const made = hub.world.servers.effects.length;
  const again = await hub.run<RestoreResult>('restore', 'restore.shop.westeurope.again', asked.input);
  expect(again.output.outcome).toBe('ready');
  expect(hub.world.servers.effects).toHaveLength(made);
  // By another plan under the same name nothing is begun either.
  const forged = { ...asked.input, slot: '20260301T020001Z' };
  const other = await hub.run<RestoreResult>('restore', 'restore.shop.westeurope.other', forged);
  expect(other.output.outcome).toBe('failed');
  expect(hub.world.servers.effects).toHaveLength(made);
});

test('a child that is started on its own restores nothing without the permit', async () => {
  const on = { ...scope, plan: asked.digest, database: 'main', deadlineSeconds: 600 };
  const { output } = await hub.run<{ state: string; detail: string }>('restoreServer', 'forged', on);
  expect(output).toMatchObject({ state: 'failed', detail: expect.stringContaining('not permitted') });
  expect(hub.world.servers.standing()).toEqual([sourceServer]);
});
