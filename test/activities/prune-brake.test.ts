/** A plan that is more than a run may delete without being asked: held, approved, taken up again, or refused. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { AlertDocument, ApprovalDocument } from '../../src/contracts/documents.ts';
import { isoOf } from '../../src/contracts/values.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { stampOf } from '../../src/policy/identifiers.ts';
import { carryOut } from '../support/drill-steps.ts';
import {
  changePoint,
  deletionsOf,
  finishPrune,
  oldAndNew,
  planOf,
  planPrune,
  type OldAndNew,
  type Planned,
} from '../support/prune-steps.ts';
import { sampleEstate, scope, sourceServer } from '../support/sample-estate.ts';
import { scanAll } from '../support/scan-steps.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { makeWorld, type World } from '../support/world.ts';

let clock: VirtualWallClock;
let world: World;
let points: OldAndNew;
let planned: Planned;

/** Two of three points and both snapshots would go; a third at most may. */
beforeEach(async () => {
  clock = new VirtualWallClock('2026-03-01T01:30:00.000Z');
  const estate = structuredClone(sampleEstate());
  estate.systems[0]!.retention.brake = { fraction: 0.3, count: 20, contentFraction: 1, contentCount: 20_000 };
  world = makeWorld(clock, { estate });
  points = await oldAndNew(world, clock);
  planned = await planPrune(world);
});

function decide(changes: Partial<ApprovalDocument> = {}): void {
  const path = vaultPaths.approval(scope, planned.plan);
  const now = clock.now();
  const decision: ApprovalDocument = {
    schema: 'lifeboat/approval/v1',
    ...{
      digest: planned.plan,
      ...scope,
      decision: 'approved',
      by: 'second person',
      reason: 'a small estate',
    },
    ...{ at: isoOf(now), expiresAt: isoOf(now.plus({ hours: 1 })) },
    ...changes,
  };
  world.vault.put(path, JSON.stringify(decision));
}
const takeUp = (): ReturnType<World['run']> =>
  world.run('planPrune', {
    ...scope,
    ...{ slot: stampOf(clock.now()), dryRun: false, plan: planned.plan },
  });
const backup = (): object => ({ ...scope, plan: planned.plan, item: points.older, server: sourceServer });
const refused = (what: RegExp): object => ({
  outcome: 'failed',
  failure: { code: 'refused', message: expect.stringMatching(what) as string },
});

describe('a plan over the brake', () => {
  test('says by which limits it is held', () => {
    expect(planOf(world, planned).brake).toEqual({ state: 'held', sentence: planned.held });
    expect(planned.held).toMatch(/2 of 3/);
  });

  test('deletes nothing before it is approved, whoever asks', async () => {
    const notApproved = refused(/is not approved: no decision on .* was written yet/);
    expect(await takeUp()).toMatchObject(notApproved);
    expect(await world.run('pruneBackup', backup())).toMatchObject(notApproved);
    expect(
      await world.run('pruneItems', { ...scope, plan: planned.plan, kind: 'blob-snapshot', from: 0 }),
    ).toMatchObject(notApproved);
    expect(deletionsOf(world)).toBe(0);
    expect(world.contents.snapshots.size).toBe(2);
  });

  test('is taken up once it is approved, as it was', async () => {
    decide();
    const taken = await takeUp();
    const { held: _held, ...asBefore } = planned;
    expect(taken).toMatchObject({ outcome: 'done', value: asBefore });
    expect(await carryOut(world, 'pruneBackup', backup())).toMatchObject({ state: 'done' });
    expect(deletionsOf(world)).toBe(1);
  });

  test.each<[string, Partial<ApprovalDocument>, RegExp]>([
    ['is of another plan', { digest: `sha256-${'0'.repeat(64)}` }, /the approval is of sha256-0/],
    ['is Lifeboat’s own', { by: 'lifeboat' }, /is no second person/],
    ['rejects it', { decision: 'rejected' }, /rejected it/],
    ['has expired', { expiresAt: '2026-03-09T00:00:00.000Z' }, /has expired/],
  ])('stays held where the decision %s', async (_what, changes, why) => {
    decide(changes);
    expect(await takeUp()).toMatchObject(refused(why));
    expect(await world.run('pruneBackup', backup())).toMatchObject(refused(why));
    expect(deletionsOf(world)).toBe(0);
  });

  test.each<[string, () => void, RegExp]>([
    [
      'a point of it was pinned',
      () =>
        changePoint(world, points.older, {
          pins: [{ by: 'x', at: isoOf(clock.now()), reason: 'a hold' }],
        }),
      /stale: .*(a hold|pinned|kept)/,
    ],
    [
      'the policy is another',
      () => (world.deps.estate.systems[0]!.retention.minimumProven = 2),
      /stale: .*policy/,
    ],
    [
      'the blob of its snapshots was found damaged',
      () => world.contents.damage(points.blob, 'flip'),
      /stale: files\/.*@.* was to be deleted and would now be kept/,
    ],
    [
      'the proof of the newest point is gone',
      () => changePoint(world, points.fresh, { proven: undefined }),
      /stale: .*(proof|proven)/,
    ],
  ])('is refused as stale if since it was made %s', async (_what, change, why) => {
    decide();
    change();
    await scanAll(world);
    expect(await takeUp()).toMatchObject(refused(why));
    expect(deletionsOf(world)).toBe(0);
  });

  test('is not made stale by what the provider expired or a person deleted', async () => {
    const completedAt = clock.now().minus({ days: 2 });
    world.servers.putBackup(sourceServer, { name: 'auto-1', kind: 'automatic', completedAt });
    world.servers.putBackup(sourceServer, { name: 'before-upgrade', kind: 'on-demand', completedAt });
    clock.advance(1);
    planned = await planPrune(world);
    decide();
    world.servers.loseBackup(sourceServer, 'auto-1');
    world.servers.loseBackup(sourceServer, 'before-upgrade');
    expect(await takeUp()).toMatchObject({ outcome: 'done' });
  });

  test('is not held back by what only became older since', async () => {
    decide({ expiresAt: '2026-03-20T00:00:00.000Z' });
    clock.advance(3600);
    expect(await takeUp()).toMatchObject({ outcome: 'done' });
  });
});

test('a prune that is held ends so, with an alert that says how to go on, and the next one that is not closes it', async () => {
  const finish = async (held?: string): Promise<AlertDocument> => {
    clock.advance(1);
    await finishPrune(world, planned.plan, held === undefined ? {} : { held });
    return world.vault.json<AlertDocument>(vaultPaths.alert(scope, 'prune-held'));
  };
  expect(await finish(planned.held)).toMatchObject({
    severity: 'warning',
    detail: expect.stringContaining(`lifeboat prune --plan ${planned.plan} --system shop`) as string,
  });
  expect(await finish()).toHaveProperty('resolvedAt');
});
