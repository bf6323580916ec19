/** A person's restore, from the order to the servers that stay; cancelled, refused, failed, run beside a cycle. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { orderRestore } from '../../src/activities/restore/request.ts';
import { orderCancel } from '../../src/activities/restore/cancel.ts';
import type { AlertDocument, LedgerEntry, RecoveryPoint } from '../../src/contracts/documents.ts';
import type { RestorePlan } from '../../src/contracts/restore-plan.ts';
import type { RestoreDocument, RestoreResult } from '../../src/contracts/restore.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { restoreTags } from '../../src/policy/server-removal.ts';
import { budget } from '../budget.ts';
import { addressOf } from '../support/memory-servers.ts';
import { approvedRestore } from '../support/restore-steps.ts';
import { scope, serverId, sourceServer } from '../support/sample-estate.ts';
import { WorkflowHub, type Ended } from '../support/workflow-hub.ts';

const slot = '20260301T020000Z';
const id = `restore-${slot}`;
const point = 'on-demand-20260301T013000Z';
const target = serverId('rg-restored-westeurope', 'shop-again');
let hub: WorkflowHub;

beforeEach(async () => {
  hub = new WorkflowHub();
  await hub.world.value('recordHeartbeat', scope);
  await hub.run('snapshot', 'snapshot.1', { ...scope, slot: '20260301T013000Z', trigger: 'schedule' });
  hub.time.jumpTo(Date.UTC(2026, 2, 1, 1, 44));
  await hub.world.value('recordHeartbeat', scope);
  hub.time.jumpTo(Date.UTC(2026, 2, 1, 2));
  hub.world.vault.faults.calls.length = 0;
  hub.world.servers.effects.length = 0;
});
afterEach(() => hub.close());

/** Asked for and approved, then carried out. */
const restore = async (to: string, name = 'shop-again'): Promise<Ended<RestoreResult>> => {
  const asked = await approvedRestore(hub.world, to, name);
  return hub.run('restore', `restore.shop.westeurope.${asked.slot}`, asked.input);
};
const document = (): RestoreDocument => hub.world.vault.json(vaultPaths.restore(scope, id));
const planOf = (): RestorePlan => hub.world.vault.json(vaultPaths.plan(scope, document().plan ?? ''));
const pins = (): RecoveryPoint['pins'] =>
  hub.world.vault.json<RecoveryPoint>(vaultPaths.point(scope, point)).pins;
const alert = (): AlertDocument | undefined => {
  const path = vaultPaths.alert(scope, 'restore-failed');
  return hub.world.vault.paths(path).length === 0 ? undefined : hub.world.vault.json(path);
};

describe('a restore to a recovery point', () => {
  test('tells which network rules of the source are left to a person, where a drill keeps its own', async () => {
    const office = { start: '10.9.0.1', end: '10.9.0.9' };
    hub.world.servers.putRule(sourceServer, 'office', office);
    await hub.world.value('recordHeartbeat', scope);
    await hub.run('snapshot', 'snapshot.2', { ...scope, slot: '20260301T015000Z', trigger: 'schedule' });
    const { output } = await restore('on-demand-20260301T015000Z');
    expect(output.detail).toContain('; 1 setting(s) of the source are left to a person');
    const { actual } = document().checks.find((check) => check.id === 'configuration')!;
    expect(actual).toBe('as recorded; to be set by a person: network rule office (10.9.0.1 to 10.9.0.9)');
    expect([...(await hub.world.servers.listFirewallRules(target)).keys()]).toEqual(['lifeboat-check-1']);
  });

  test('makes a new server with the recorded data, checks it against the record, and leaves it', async () => {
    const { output } = await restore(point);
    expect(output).toMatchObject({
      ...{ outcome: 'ready', restore: id },
      servers: [{ database: 'main', target, state: 'ready', address: addressOf(target) }],
    });
    expect(hub.world.servers.standing()).toEqual([sourceServer, target]);
    expect(hub.world.servers.effects).toEqual(['restore shop-again', 'firewall-rule lifeboat-check-1']);
    expect(await hub.world.servers.listFirewallRules(target)).toEqual(
      new Map([['lifeboat-check-1', { start: '10.0.1.1', end: '10.0.1.9' }]]),
    );
    expect((await hub.world.servers.get(target))?.tags).toEqual({
      [restoreTags.restore]: id,
      [restoreTags.plan]: document().plan,
    });
    expect(document().checks.map((check) => check.id)).toContain('fingerprint');
    expect(document().checks.every((check) => check.status === 'passed')).toBe(true);
    expect(planOf()).toMatchObject({ point, pinned: [point] });
    expect(document().approval).toMatchObject({ kind: 'approved', by: 'Head of Shop', reason: 'seen' });
  });

  test('that has ended is not begun by asking once more', async () => {
    await restore(point);
    const order = { digest: document().plan ?? '', confirm: 'shop-again', reason: 'again', by: 'Jane' };
    await expect(orderRestore(hub.world.deps, scope, order)).rejects.toMatchObject({
      ...{ code: 'conflict', message: `${id} has ended: it is ready` },
    });
  });

  test('pins the point while it is at work, and lets go of it at the end', async () => {
    const seen: string[][] = [];
    const onRestored = hub.world.servers.onRestored.bind(hub.world.servers);
    hub.world.servers.onRestored = (...given) => {
      seen.push(pins().map((one) => one.by));
      onRestored(...given);
    };
    await restore(point);
    expect(seen).toEqual([[id]]);
    expect(pins()).toEqual([]);
  });
});

describe('a restore to an instant', () => {
  test('is checked by all that needs no record, and pins the points around it', async () => {
    const { output } = await restore('2026-03-01T01:45:00.000Z');
    expect(output.outcome).toBe('ready');
    const ids = document().checks.map((check) => check.id);
    expect(ids).toContain('heartbeat');
    expect(ids).not.toContain('fingerprint');
    expect(planOf()).toMatchObject({ instant: '2026-03-01T01:45:00.000Z', pinned: [point] });
    expect(planOf()).not.toHaveProperty('point');
    expect(pins()).toEqual([]);
  });

  test('"latest" is the instant of the order, less the margin', async () => {
    await restore('latest');
    expect(planOf().instant).toBe('2026-03-01T01:59:59.000Z');
  });
});

test('a restore that the provider fails is told with its words, and its pins go', async () => {
  hub.world.servers.failNext('restore', 'WalMissing', 'a segment is missing');
  const { output } = await restore(point);
  expect(output).toMatchObject({
    outcome: 'failed',
    detail: expect.stringContaining('WalMissing') as string,
  });
  expect(alert()?.detail).toContain('a segment is missing');
  expect(pins()).toEqual([]);
  // The next one that is ready closes the alert.
  hub.time.jumpTo(Date.UTC(2026, 2, 1, 3));
  await restore(point, 'shop-third');
  expect(alert()?.resolvedAt).toBeDefined();
});

test('restored data that a check doubts is doubtful, and the server stays', async () => {
  const onRestored = hub.world.servers.onRestored.bind(hub.world.servers);
  hub.world.servers.onRestored = (from, to, instant) => {
    onRestored(from, to, instant);
    hub.world.databases.at(to.address ?? '', 'shop').heartbeats.clear();
  };
  const { output } = await restore(point);
  expect(output.outcome).toBe('doubtful');
  expect(output.detail).toContain('heartbeat failed');
  expect(hub.world.servers.standing()).toContain(target);
  expect(alert()).toBeDefined();
});

describe('a cancellation', () => {
  const cancelDuring = async (step: 'restore' | 'check'): Promise<Ended<RestoreResult>> => {
    hub.world.servers.polls.restore = step === 'restore' ? 400 : 1;
    const run = hub.world.run.bind(hub.world);
    let isOrdered = false;
    hub.world.run = async (name, input) => {
      const isThen = step === 'restore' ? name === 'pollOperation' : name === 'runCheck';
      if (isThen && !isOrdered) {
        isOrdered = true;
        await orderCancel(hub.world.deps, scope, id, { by: 'Joe', reason: 'wrong instant' });
      }
      return run(name, input);
    };
    return restore(point);
  };

  test.each(['restore', 'check'] as const)('during the %s takes back what was made', async (step) => {
    const { output } = await cancelDuring(step);
    expect(output).toMatchObject({
      ...{ outcome: 'cancelled', detail: 'cancelled by Joe: wrong instant' },
      servers: [{ target, state: 'removed', detail: 'confirmed absent' }],
    });
    expect(hub.world.servers.standing()).toEqual([sourceServer]);
    expect(pins()).toEqual([]);
    expect(alert()).toBeUndefined();
    const ledger = hub.world.vault.entries<LedgerEntry>(vaultPaths.ledgerSegments(scope));
    expect(ledger.map(({ kind, stage }) => `${kind} ${stage}`)).toEqual([
      'restored-server intent',
      'restored-server confirmed-absent',
    ]);
    // Nobody waits any more.
    expect(hub.engine.load).toMatchObject({ turns: 0, activities: 0 });
  });

  test('never removes a server that is not this restore’s own, and says that it stands', async () => {
    const run = hub.world.run.bind(hub.world);
    hub.world.run = async (name, input) => {
      if (name === 'runCheck') {
        hub.world.servers.put({ id: target, tags: { [restoreTags.restore]: 'restore-20200101T000000Z' } });
        await orderCancel(hub.world.deps, scope, id, { by: 'Joe', reason: 'wrong' }).catch(() => undefined);
      }
      return run(name, input);
    };
    const { output } = await restore(point);
    expect(output).toMatchObject({ outcome: 'cancelled', servers: [{ state: 'left-over' }] });
    expect(output.detail).toContain('tag lifeboat-restore is not');
    expect(hub.world.servers.standing()).toContain(target);
    expect(alert()?.title).toContain('left a server behind');
  });

  test('comes too late once the restore has ended', async () => {
    await restore(point);
    await expect(orderCancel(hub.world.deps, scope, id, { by: 'Joe', reason: 'late' })).rejects.toMatchObject(
      { code: 'conflict' },
    );
    expect(hub.world.servers.standing()).toContain(target);
  });
});

test('a restore that takes hours has short histories', async () => {
  hub.world.servers.polls.restore = budget.longRestorePolls;
  const { output } = await restore(point);
  expect(output.outcome).toBe('ready');
  expect(output.seconds).toBeGreaterThan(25 * budget.longRestorePolls);
  expect(Math.max(...hub.histories().map(({ history }) => history.length))).toBeLessThan(200);
});
