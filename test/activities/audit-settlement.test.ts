/** Callers' actions whose outcome nobody entered, since the app died or the log failed in between: the watch finds out. */
import { beforeEach, describe, expect, test } from 'vitest';
import { addErasures } from '../../src/activities/erasures.ts';
import { releaseHold } from '../../src/activities/holds.ts';
import { audit } from '../../src/activities/records.ts';
import { AuditLog } from '../../src/activities/audit-log.ts';
import { settleAudit } from '../../src/activities/audit-settlement.ts';
import { orderCancel } from '../../src/activities/restore/cancel.ts';
import { decideOnRestore, goOnAlone } from '../../src/activities/restore/decide.ts';
import { orderRestore } from '../../src/activities/restore/request.ts';
import { proposeRestore } from '../../src/activities/restore/propose.ts';
import { startRun } from '../../src/app/runs.ts';
import { callerOf } from '../../src/contracts/audit-actor.ts';
import { nameOfActor } from '../../src/contracts/actor.ts';
import type { AuditEntry } from '../../src/contracts/audit.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { actorOf } from '../support/actors.ts';
import { takeSnapshot } from '../support/drill-steps.ts';
import { hold } from '../support/hold-steps.ts';
import type { TaskHub } from '../../src/ports/task-hub.ts';
import { scope } from '../support/sample-estate.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { makeWorld, type World } from '../support/world.ts';

let clock: VirtualWallClock;
let world: World;
const [jane, ann] = [actorOf('jane'), actorOf('ann', 'approver')];
const [byJane, byAnn] = [nameOfActor(jane), nameOfActor(ann)];
const reason = 'rows are gone';
const entries = (): AuditEntry[] => world.vault.entries<AuditEntry>(vaultPaths.auditSegments(scope));
/** Takes every start. */
const hub: TaskHub = { start: () => Promise.resolve(), find: () => Promise.resolve(undefined) };
const restores = { digest: '', restore: '' };

beforeEach(async () => {
  clock = new VirtualWallClock('2026-03-01T02:00:00.000Z');
  world = makeWorld(clock);
  const point = await takeSnapshot(world);
  const { digest, plan } = await proposeRestore(world.deps, scope, { to: point, name: 'shop-again' });
  Object.assign(restores, { digest, restore: plan.restore });
});

const request = (): Promise<unknown> =>
  orderRestore(world.deps, scope, { digest: restores.digest, confirm: 'shop-again', reason, by: byJane });
const decide = (decision: 'approved' | 'rejected') => async (): Promise<unknown> => {
  const { digest, restore } = restores;
  return decideOnRestore(world.deps, scope, restore, { digest, reason, by: byAnn, decision });
};

/** What callers do: what comes before it, and the first document that it writes itself. */
const actions: Readonly<
  Record<
    string,
    {
      before?: () => Promise<unknown>;
      act: () => Promise<unknown>;
      writes: string;
      /** What else must be seen before it is known to be done. */
      ends?: (target: string) => Promise<unknown>;
    }
  >
> = {
  'start-prune': {
    act: () => startRun(world.deps, hub, { kind: 'prune', scope, actor: jane, input: { dryRun: true } }),
    writes: 'create v1/shop/westeurope/slots/',
    ends: (slot) =>
      world.value('finishSlot', { ...scope, kind: 'prune', slot, outcome: 'done', result: undefined }),
  },
  'request-restore': { act: request, writes: 'request.json' },
  'approve-restore': {
    before: request,
    act: decide('approved'),
    writes: 'create v1/shop/westeurope/approvals/',
  },
  'reject-restore': {
    before: request,
    act: decide('rejected'),
    writes: 'create v1/shop/westeurope/approvals/',
  },
  'break-glass': {
    before: async () => {
      await request();
      clock.advance(3_600);
    },
    act: () => {
      const { digest, restore } = restores;
      return goOnAlone(world.deps, scope, restore, { digest, reason, by: byJane });
    },
    writes: 'create v1/shop/westeurope/restores/',
  },
  'cancel-restore': {
    before: request,
    act: () => orderCancel(world.deps, scope, restores.restore, { by: byJane, reason }),
    writes: 'cancel.json',
  },
  'set-hold': { act: () => hold(world, { by: byJane }), writes: 'create v1/shop/westeurope/holds/' },
  'release-hold': {
    before: () => hold(world, { by: byJane }),
    act: () => releaseHold(world.deps, scope, 'hold-20260301T020000Z', { by: byAnn, reason }),
    writes: 'replace v1/shop/westeurope/holds/',
  },
  'add-erasures': {
    act: () => addErasures(world.deps, scope, { ids: ['case-1', 'case-2'], erasedAt: undefined }, jane),
    writes: 'erasures/case-2',
  },
};

/** Does what a caller asked for, with the process dead behind a call: whatever it calls then goes nowhere. */
async function diesAt(act: () => Promise<unknown>, call: string, when: 'before' | 'after'): Promise<void> {
  const [dead, alive] = [new Error('killed'), { isDead: false }];
  const run = world.vault.faults.run.bind(world.vault.faults);
  world.vault.faults.run = async (label, work) => {
    if (alive.isDead) throw dead;
    if (!label.includes(call)) return run(label, work);
    if (when === 'after') await run(label, work);
    alive.isDead = true;
    throw dead;
  };
  await act().then(
    () => Promise.reject(new Error('it did not die')),
    () => undefined,
  );
  world.vault.faults.run = run;
  expect(alive.isDead, `${call} was called`).toBe(true);
}

/** The last intent of an action, and the outcomes that name it. */
function toldOf(action: string): { intent: AuditEntry | undefined; outcomes: AuditEntry[] } {
  const intent = entries().findLast((one) => one.action === action && one.stage === 'intent');
  return { intent, outcomes: entries().filter((one) => one.intent === intent?.sequence) };
}

describe.each(Object.entries(actions))('%s', (name, { before, act, writes, ends }) => {
  beforeEach(async () => before?.());

  test('enters its outcome itself, and the watch adds nothing', async () => {
    await act();
    expect(toldOf(name).outcomes).toMatchObject([{ result: 'done', actor: { kind: 'caller' } }]);
    clock.advance(601);
    expect(await settleAudit(world.deps, scope)).toBe(0);
    expect(toldOf(name).outcomes).toHaveLength(1);
  });

  test.each([
    ['before', 'failed'],
    ['after', 'done'],
  ] as const)(
    'killed %s its write is found out to be %s, once, by a watch that knows nothing',
    async (when, result) => {
      await diesAt(act, writes, when);
      expect(toldOf(name).intent).toBeDefined();
      expect(await settleAudit(world.deps, scope)).toBe(0);
      // As long as somebody may be at it nothing is said.
      expect(toldOf(name).outcomes).toEqual([]);
      clock.advance(601);
      // Of a run that was claimed nothing is known before it has ended.
      const goesOn = ends !== undefined && when === 'after';
      const early = goesOn ? await settleAudit(world.deps, scope) : 0;
      expect(early).toBe(goesOn ? 1 : 0);
      if (goesOn) await ends(toldOf(name).intent?.target ?? '');
      const another = { ...world.deps, auditLog: new AuditLog(world.vault, clock, 'lifeboat') };
      expect(await settleAudit(another, scope)).toBe(0);
      expect(await settleAudit(world.deps, scope)).toBe(0);
      expect(toldOf(name).outcomes).toMatchObject([{ result, actor: { kind: 'automation' } }]);
    },
  );

  test('whose outcome cannot be appended is done, and the watch says so once the log can be written', async () => {
    const log = `append ${vaultPaths.auditSegments(scope)}`;
    world.vault.faults.on(log, 'before', { skip: 1, times: 2 });
    await expect(act()).rejects.toMatchObject({ code: 'cannot-record', retryable: false });
    await ends?.(toldOf(name).intent?.target ?? '');
    clock.advance(601);
    await expect(settleAudit(world.deps, scope)).rejects.toMatchObject({ code: 'cannot-record' });
    expect(toldOf(name).outcomes).toEqual([]);
    await settleAudit(world.deps, scope);
    expect(toldOf(name).outcomes).toMatchObject([{ result: 'done' }]);
  });
});

test.each(['something-else', 'break-glass'])(
  'what the watch cannot find out (%s of something else) it counts and leaves without an outcome',
  async (action) => {
    await audit(world.deps, scope, { action, target: 't', stage: 'intent', actor: callerOf(jane) });
    clock.advance(601);
    expect(await settleAudit(world.deps, scope)).toBe(1);
    expect(toldOf(action).outcomes).toEqual([]);
  },
);

test('a decision that another person made is not taken for the one that was cut off', async () => {
  await request();
  await diesAt(decide('approved'), 'create v1/shop/westeurope/approvals/', 'before');
  const { digest, restore } = restores;
  await decideOnRestore(world.deps, scope, restore, {
    digest,
    reason,
    by: 'bob@tests',
    decision: 'approved',
  });
  clock.advance(601);
  await settleAudit(world.deps, scope);
  const [cut] = entries().filter((one) => one.action === 'approve-restore' && one.stage === 'intent');
  expect(entries().filter((one) => one.intent === cut?.sequence)).toMatchObject([{ result: 'failed' }]);
});
