/** What waits for a second person, of each kind: how it is listed, who cannot decide on it, and what a decision does. */
import { beforeEach, describe, expect, test } from 'vitest';
import { decide } from '../../../src/activities/decisions/decide.ts';
import { waitingIn } from '../../../src/activities/decisions/waiting.ts';
import type { Dependencies } from '../../../src/activities/dependencies.ts';
import { guardEstate } from '../../../src/activities/estate-guard.ts';
import { claimSlot } from '../../../src/activities/slots.ts';
import { viewApprovals } from '../../../src/app/approvals.ts';
import { personOf, type Actor } from '../../../src/contracts/actor.ts';
import type { ApprovedEstate } from '../../../src/contracts/approved-estate.ts';
import type { ApprovalDocument } from '../../../src/contracts/documents.ts';
import { vaultPaths } from '../../../src/contracts/vault-paths.ts';
import { actorOf } from '../../support/actors.ts';
import { takeSnapshot } from '../../support/drill-steps.ts';
import { heldPrune, takeUp } from '../../support/held-prune.ts';
import { finishPrune } from '../../support/prune-steps.ts';
import { finishRepair, planRepair, type PlannedRepair } from '../../support/repair-steps.ts';
import { makeDamagedWorld, slot, type RepairWorld } from '../../support/repair-world.ts';
import { askForRestore } from '../../support/restore-steps.ts';
import { sampleEstate, scope } from '../../support/sample-estate.ts';
import { VirtualWallClock } from '../../support/wall-clock.ts';
import { makeWorld } from '../../support/world.ts';

let clock: VirtualWallClock;
const jane: Actor = { ...actorOf('Jane'), name: 'Jane Doe' };
const head: Actor = { ...actorOf('head', 'approver'), name: 'Head of Shop' };
const board = actorOf('board', 'approver');
const say = (
  deps: Dependencies,
  digest: string,
  by = head,
  decision: ApprovalDocument['decision'] = 'approved',
) => decide(deps, scope, { digest, reason: 'read', decision, ...personOf(by) });
const waiting = async (deps: Dependencies) => (await viewApprovals(deps, {})).approvals;

beforeEach(() => {
  clock = new VirtualWallClock('2026-03-01T01:30:00.000Z');
});

test('nothing waits where nothing does', async () => {
  expect(await waiting(makeWorld(clock).deps)).toEqual([]);
});

describe('a prune that the brake holds', () => {
  test('is listed with what it would delete and who began it, until somebody decides', async () => {
    const { world, planned } = await heldPrune(clock, jane);
    expect(await waiting(world.deps)).toEqual([
      {
        ...{ kind: 'prune', id: planned.prune, ...scope, digest: planned.plan },
        ...{ since: '2026-03-10T01:30:00.000Z', state: 'waiting' },
        ...{ requestedBy: 'Jane@tests', requestedByName: 'Jane Doe' },
        requested: 'asked for by Jane Doe (Jane@tests)',
        summary: expect.stringMatching(
          /^deletes 2 recovery point\(s\) and 2 blob snapshot\(s\) for good; .*2 of 3/,
        ) as string,
        standing: `no decision on ${planned.plan} was written yet`,
      },
    ]);
    await say(world.deps, planned.plan);
    expect(await waiting(world.deps)).toEqual([]);
    clock.advance(24 * 3600);
    expect(await waiting(world.deps)).toMatchObject([
      { state: 'void', standing: 'the approval by Head of Shop (head@tests) has expired' },
    ]);
  });

  test('that the schedule began says so, and is not listed once a later prune is not held', async () => {
    const { world, planned } = await heldPrune(clock);
    expect(await waiting(world.deps)).toMatchObject([{ requested: 'begun by the schedule' }]);
    await say(world.deps, planned.plan);
    await takeUp(world, planned, jane);
    await finishPrune(world, planned.plan);
    expect(await waitingIn(world.deps, scope)).toEqual([]);
  });

  test('whose claim was made before it kept who began it says that nobody knows', async () => {
    const { world, planned } = await heldPrune(clock, jane);
    await world.vault.delete(vaultPaths.slot(scope, 'prune', planned.prune.slice('prune-'.length)));
    expect(await waiting(world.deps)).toMatchObject([{ requested: 'who began it is not known' }]);
  });

  test('of a cycle was begun by whoever began the cycle', async () => {
    const { world, planned } = await heldPrune(clock, jane);
    const stamp = planned.prune.slice('prune-'.length);
    await world.vault.delete(vaultPaths.slot(scope, 'prune', stamp));
    await claimSlot(world.deps, scope, 'cycle', stamp, 'person', { person: personOf(head) });
    await expect(say(world.deps, planned.plan)).rejects.toThrow('another person decides');
    expect((await say(world.deps, planned.plan, board)).decision.by).toBe('board@tests');
  });
});

describe('a repair', () => {
  let world: RepairWorld;
  let planned: PlannedRepair;
  beforeEach(async () => {
    world = makeDamagedWorld(clock, 'a flipped bit');
    await claimSlot(world.deps, scope, 'repair', slot, 'person', { person: personOf(jane) });
    planned = await planRepair(world);
  });
  const approval = (): Promise<{ state: string; sentence: string }> =>
    world.value('readApproval', { ...scope, plan: planned.plan });

  test('that waits is listed, with the operation that goes on by it and until when', async () => {
    expect(await waiting(world.deps)).toMatchObject([
      {
        ...{ kind: 'repair', id: planned.repair, digest: planned.plan, requestedBy: 'Jane@tests' },
        ...{ operation: `repair.shop.westeurope.${slot}`, expiresAt: '2026-03-04T01:30:00.000Z' },
        summary: 'writes 1 damaged blob(s) of files anew, each from a copy that hashes to its address',
      },
    ]);
  });

  test('goes on once another person approved it; whoever began it cannot, by the API or by the vault', async () => {
    await expect(say(world.deps, planned.plan, { ...jane, role: 'approver' })).rejects.toThrow(
      'another person decides',
    );
    world.decide(planned.plan, { by: 'Jane@tests' });
    expect(await approval()).toMatchObject({ state: 'void' });
    expect(
      await world.run('applyRepair', { ...scope, plan: planned.plan, mode: 'manual', from: 0 }),
    ).toMatchObject({
      outcome: 'failed',
      failure: { code: 'refused', message: expect.stringContaining('no second person') as string },
    });
  });

  test('that has ended is not decided on any more', async () => {
    await finishRepair(world, planned);
    await expect(say(world.deps, planned.plan)).rejects.toThrow('it has ended');
    expect(await waiting(world.deps)).toEqual([]);
  });

  test('is put right as approved, and says by whom', async () => {
    await say(world.deps, planned.plan);
    expect(await approval()).toEqual({
      ...{ state: 'approved', sentence: 'Head of Shop (head@tests) approved it' },
    });
  });
});

describe('an estate that is weaker', () => {
  const withMinimum = (deps: Dependencies, minimumProven: number): Dependencies => {
    const estate = structuredClone(sampleEstate());
    for (const system of estate.systems) Object.assign(system.retention, { minimumProven });
    return { ...deps, estate };
  };

  async function weaker() {
    const world = makeWorld(clock);
    await guardEstate(withMinimum(world.deps, 2), scope);
    const deps = withMinimum(world.deps, 1);
    const standing = await guardEstate(deps, scope);
    return { world, deps, digest: standing.state === 'weaker' ? standing.digest : '' };
  }

  test('is listed with what it weakens, and applies once somebody approved it', async () => {
    const { world, deps, digest } = await weaker();
    expect(await waiting(deps)).toMatchObject([
      {
        ...{ kind: 'estate', id: 'estate', digest, requested: 'who began it is not known' },
        summary: expect.stringContaining('fewer proven points must stay: 1 instead of 2') as string,
      },
    ]);
    await say(deps, digest);
    expect(await guardEstate(deps, scope)).toEqual({ state: 'approved' });
    expect(world.vault.json<ApprovedEstate>(vaultPaths.approvedEstate(scope)).authority).toBe(
      'Head of Shop (head@tests) approved it',
    );
    expect(await waiting(deps)).toEqual([]);
    await expect(say(deps, digest, board)).rejects.toThrow('it applies');
  });

  test('that was rejected can be approved by another person later, not by the same one', async () => {
    const { deps, digest } = await weaker();
    await say(deps, digest, head, 'rejected');
    expect(await waiting(deps)).toEqual([]);
    await expect(say(deps, digest)).rejects.toThrow('has decided already: rejected');
    await say(deps, digest, board);
    expect(await guardEstate(deps, scope)).toEqual({ state: 'approved' });
  });

  test('in which the system is gone is listed and decided on as well', async () => {
    const { world, deps: had } = await weaker();
    const deps = { ...had, estate: { ...had.estate, systems: [] } };
    await guardEstate(deps, scope);
    const [{ digest, summary } = { digest: '', summary: '' }] = await waiting(deps);
    expect(summary).toContain('systems.shop.westeurope');
    await say(deps, digest);
    expect(await guardEstate(deps, scope)).toEqual({ state: 'approved' });
    expect(world.vault.json(vaultPaths.approvedEstate(scope))).not.toHaveProperty('protection');
  });
});

test('a restore that was asked for is listed beside them, and decided on by the same word', async () => {
  const world = makeWorld(clock);
  const asked = await askForRestore(world, await takeSnapshot(world));
  await claimSlot(world.deps, scope, 'restore', asked.slot, 'person', { person: personOf(jane) });
  expect(await waiting(world.deps)).toMatchObject([
    {
      ...{ kind: 'restore', id: asked.restore, digest: asked.digest, requestedBy: 'Jane' },
      summary: expect.stringContaining('into the new server shop-again') as string,
    },
  ]);
  await say(world.deps, asked.digest);
  expect(await waiting(world.deps)).toEqual([]);
  const permit = { ...scope, restore: asked.restore, plan: asked.digest };
  expect(await world.value('permitRestore', permit)).toMatchObject({
    by: 'head@tests',
    byName: 'Head of Shop',
  });
});
