/** Who may have a restore done: every way in which an approval does not count, and that one counts once. */
import { beforeEach, describe, expect, test } from 'vitest';
import { decideOnRestore, goOnAlone } from '../../../src/activities/restore/decide.ts';
import { orderRestore } from '../../../src/activities/restore/request.ts';
import { proposeRestore } from '../../../src/activities/restore/propose.ts';
import type { AlertDocument, ApprovalDocument, RecoveryPoint } from '../../../src/contracts/documents.ts';
import type { AuditEntry } from '../../../src/contracts/audit.ts';
import type { RestorePermit } from '../../../src/contracts/restore-request.ts';
import { vaultPaths } from '../../../src/contracts/vault-paths.ts';
import { canonicalJson } from '../../../src/policy/canonical-json.ts';
import type { Failure } from '../../../src/policy/failure.ts';
import { budget } from '../../budget.ts';
import { takeSnapshot } from '../../support/drill-steps.ts';
import { approve, approvedRestore, askForRestore, type AskedFor } from '../../support/restore-steps.ts';
import { scope, serverId, sourceServer } from '../../support/sample-estate.ts';
import { VirtualWallClock } from '../../support/wall-clock.ts';
import { makeWorld, type World } from '../../support/world.ts';

let world: World;
let clock: VirtualWallClock;
let asked: AskedFor;
let point: string;
const target = serverId('rg-restored-westeurope', 'shop-again');

beforeEach(async () => {
  clock = new VirtualWallClock('2026-03-01T02:00:00.000Z');
  world = makeWorld(clock);
  point = await takeSnapshot(world);
  asked = await askForRestore(world, point);
});

const say = (
  by: string,
  {
    digest = asked.digest,
    decision = 'approved',
  }: Partial<Pick<ApprovalDocument, 'digest' | 'decision'>> = {},
): Promise<ApprovalDocument> =>
  decideOnRestore(world.deps, scope, asked.restore, {
    ...{ digest, reason: 'seen', by, role: 'approver', decision },
  });
const alone = (by = 'Jane', digest = asked.digest) =>
  goOnAlone(world.deps, scope, asked.restore, { digest, reason: 'nobody answers', by });
const ofRestore = (): object => ({ ...scope, restore: asked.restore, plan: asked.digest });
const permit = () => world.value('permitRestore', ofRestore());
const approvals = (): string[] => world.vault.paths(vaultPaths.approval(scope, asked.digest));
const permits = (): string[] => world.vault.paths(vaultPaths.restorePermit(scope, asked.restore));
/** A decision as somebody who can write into the vault puts it there. */
const putDecision = (changes: Partial<ApprovalDocument> = {}): void =>
  world.vault.put(
    vaultPaths.approval(scope, asked.digest),
    canonicalJson({
      ...{ schema: 'lifeboat/approval/v1', digest: asked.digest, ...scope, decision: 'approved' },
      ...{ by: 'Head of Shop', reason: 'seen', at: '2026-03-01T02:00:00.000Z' },
      ...{ expiresAt: '2026-03-01T03:00:00.000Z', ...changes },
    }),
  );

test('without any word nothing is permitted', async () => {
  await expect(permit()).rejects.toThrow('is not approved: no decision');
  expect(permits()).toEqual([]);
});

test('another person approves, and the permit says by whose word', async () => {
  await say('Head of Shop');
  expect(await permit()).toMatchObject({ kind: 'approved', by: 'Head of Shop', reason: 'seen' });
});

describe('an approval is refused when it is given', () => {
  test('by whoever asked for it, and by the app itself', async () => {
    for (const by of ['Jane', 'lifeboat']) await expect(say(by)).rejects.toThrow('another person decides');
    expect(approvals()).toEqual([]);
  });

  test('by the digest of another plan', async () => {
    const other = await proposeRestore(world.deps, scope, { to: point, name: 'shop-third' });
    await expect(say('Head of Shop', { digest: other.digest })).rejects.toThrow('was asked for by the plan');
    expect(approvals()).toEqual([]);
  });

  test('for a restore that nobody asked for, or whose name is a path', async () => {
    for (const restore of ['restore-20200101T000000Z', '../points/x'])
      await expect(
        decideOnRestore(world.deps, scope, restore, {
          ...{ digest: asked.digest, reason: 'seen', by: 'Head of Shop', decision: 'approved' },
        }),
      ).rejects.toMatchObject({ code: 'not-found' });
  });

  test('after the plan has ceased to be valid', async () => {
    clock.advance(24 * 3600 + 1);
    await expect(say('Head of Shop')).rejects.toThrow('was valid until');
  });

  test('once it is carried out, and once it has ended: an approval is used once', async () => {
    await say('Head of Shop');
    await permit();
    await expect(say('Board')).rejects.toMatchObject({ code: 'conflict' });
    await world.value('finalizeRestore', {
      ...{ ...ofRestore(), endedAt: '2026-03-01T02:00:00.000Z', servers: [], checks: [], heartbeats: [] },
      ...{ timeline: [], secondsByPart: { decide: 0, restore: 0, reconfigure: 0, validate: 0 } },
      failure: 'x',
    });
    await expect(say('Board')).rejects.toThrow('has ended');
    await expect(alone()).rejects.toThrow('has ended');
  });

  test('after another one has decided otherwise', async () => {
    await say('Board', { decision: 'rejected' });
    await expect(say('Head of Shop')).rejects.toThrow('Board has decided already: rejected');
    await expect(permit()).rejects.toThrow('Board rejected it');
  });
});

/** What changes after the plan was made, and what is said of it. */
const changes: readonly (readonly [string, () => unknown, string])[] = [
  [
    'another estate',
    () => Object.assign(world.deps, { estateDigest: `sha256-${'9'.repeat(64)}` }),
    'another estate',
  ],
  ['a name that is taken', () => world.servers.put({ id: target }), 'exists already'],
  [
    'a point that is given up',
    () => give({ tombstone: { at: asked.plan.plannedAt, reason: 'expired' } }),
    'given up',
  ],
  ['a point that is gone', () => world.vault.delete(vaultPaths.point(scope, point)), 'is gone'],
  [
    'a point of another instant',
    () => give({ databases: partsAt('2026-03-01T01:00:00.000Z') }),
    'names another instant',
  ],
  [
    'a source that cannot be restored so far back any more',
    () => world.servers.put({ id: sourceServer, earliestRestore: clock.now().plus({ minutes: 1 }) }),
    'the provider can restore from',
  ],
];
const stored = (): RecoveryPoint => world.vault.json<RecoveryPoint>(vaultPaths.point(scope, point));
const give = (changed: Partial<RecoveryPoint>): void =>
  world.vault.put(vaultPaths.point(scope, point), canonicalJson({ ...stored(), ...changed }));
const partsAt = (instant: string): RecoveryPoint['databases'] =>
  stored().databases.map((part) => ({ ...part, instant }));

describe.each(changes)('%s makes the plan stale', (_, change, said) => {
  test('when it is approved', async () => {
    change();
    await expect(say('Head of Shop')).rejects.toThrow(said);
    expect(approvals()).toEqual([]);
  });

  test('when it is carried out, though it was approved before', async () => {
    await say('Head of Shop');
    change();
    await expect(permit()).rejects.toThrow(said);
    expect(permits()).toEqual([]);
  });
});

test('a stale plan cannot be asked for', async () => {
  const { digest } = await proposeRestore(world.deps, scope, { to: point, name: 'shop-third' });
  world.servers.put({ id: serverId('rg-restored-westeurope', 'shop-third') });
  const order = { digest, confirm: 'shop-third', reason: 'x', by: 'Jane' };
  await expect(orderRestore(world.deps, scope, order)).rejects.toThrow('is stale');
});

describe('a decision that somebody puts into the vault does not count', () => {
  test.each<[string, Partial<ApprovalDocument>, string]>([
    ['by whoever asked', { by: 'Jane' }, 'no second person'],
    ['by the app itself', { by: 'lifeboat' }, 'the app itself'],
    ['by nobody', { by: ' ' }, 'no second person'],
    ['of another plan', { digest: `sha256-${'7'.repeat(64)}` }, 'is of sha256-7'],
    ['that has expired', { expiresAt: '2026-03-01T02:00:00.000Z' }, 'has expired'],
    ['given after the plan', { at: '2026-03-02T02:00:01.000Z' }, 'not valid any more'],
  ])('%s', async (_, changed, said) => {
    putDecision(changed);
    await expect(permit()).rejects.toThrow(said);
    expect(permits()).toEqual([]);
  });

  test('and by a plan that was changed after it was written nothing is done', async () => {
    putDecision();
    const path = vaultPaths.plan(scope, asked.digest);
    world.vault.put(path, canonicalJson({ ...asked.plan, name: 'shop-elsewhere' }));
    await expect(permit()).rejects.toThrow('was changed since it was written');
  });
});

describe('an approval that has expired', () => {
  test('may be given again', async () => {
    await say('Head of Shop');
    clock.advance(3600);
    await expect(permit()).rejects.toThrow('has expired');
    await say('Board');
    expect(await permit()).toMatchObject({ by: 'Board' });
  });
});

describe('going on alone', () => {
  test('is refused before nobody has decided for so long, then told to everybody', async () => {
    clock.advance(899);
    await expect(alone()).rejects.toThrow('nobody may go on alone before 2026-03-01T02:15:00.000Z');
    clock.advance(1);
    await alone();
    expect(await permit()).toMatchObject({ kind: 'break-glass', by: 'Jane', reason: 'nobody answers' });
    const alert = world.vault.json<AlertDocument>(vaultPaths.alert(scope, 'restore-break-glass'));
    expect(alert).toMatchObject({ severity: 'critical', runbook: 'runbooks/restore.md' });
    expect(alert.detail).toContain('Jane');
    expect(alert.detail).toContain('nobody answers');
    const audit = world.vault.entries<AuditEntry>(vaultPaths.auditSegments(scope));
    expect(audit).toContainEqual(
      expect.objectContaining({ action: 'break-glass', actor: { kind: 'caller', subject: 'Jane' } }),
    );
  });

  test('is looked at by another person afterwards, which ends the alert; the same one cannot', async () => {
    clock.advance(900);
    await alone();
    await permit();
    await expect(say('Jane')).rejects.toThrow('another person');
    await say('Head of Shop');
    const alert = world.vault.json<AlertDocument>(vaultPaths.alert(scope, 'restore-break-glass'));
    expect(alert.resolvedAt).toBeDefined();
  });

  test('by another one than who asked is looked at by neither of the two', async () => {
    clock.advance(900);
    await alone('Joe');
    await permit();
    for (const by of ['Jane', 'Joe']) await expect(say(by)).rejects.toThrow('another person');
    await say('Head of Shop');
  });

  test('is refused where somebody has decided, and does not count where somebody rejects it afterwards', async () => {
    clock.advance(900);
    await alone();
    await say('Board', { decision: 'rejected' });
    await expect(permit()).rejects.toThrow('Board rejected it');
    await expect(alone()).rejects.toThrow('is decided');
  });

  test('is refused by another digest, and where the estate lets nobody', async () => {
    clock.advance(900);
    await expect(alone('Jane', `sha256-${'7'.repeat(64)}`)).rejects.toThrow('was asked for by the plan');
    const [region] = world.deps.estate.systems[0]!.regions;
    Object.assign(region!.restore!, { breakGlassAfter: 'never' });
    asked = await askForRestore(world, point, { name: 'shop-third' });
    clock.advance(20 * 3600);
    await expect(alone()).rejects.toThrow('lets nobody go on alone');
  });
});

describe('many at once', () => {
  test('of very many approvals one is written, and one permit', async () => {
    const people = Array.from({ length: budget.concurrentApprovals }, (_, index) => `person ${index}`);
    const settled = await Promise.allSettled(people.map((by) => say(by)));
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const codes = settled.flatMap((one) => (one.status === 'rejected' ? [(one.reason as Failure).code] : []));
    expect(new Set(codes)).toEqual(new Set(['conflict']));
    const permitted = await Promise.all(people.map(() => permit()));
    const { approval } = world.vault.json<RestorePermit>(permits()[0]!);
    expect(new Set(permitted.map((one) => canonicalJson(one)))).toEqual(new Set([canonicalJson(approval)]));
  });

  test('of two words at once, one that approves and one that rejects, one stands', async () => {
    const both = await Promise.allSettled([say('Board'), say('Head of Shop', { decision: 'rejected' })]);
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  });
});

test('nothing is restored without a permit, whatever calls for it', async () => {
  const on = { ...scope, plan: asked.digest, database: 'main' };
  await approve(world, asked);
  expect(await world.run('beginRestore', on)).toMatchObject({
    outcome: 'failed',
    failure: { code: 'refused' },
  });
  expect(world.servers.effects).not.toContain('restore shop-again');
  await permit();
  expect(await world.run('beginRestore', on)).toMatchObject({ outcome: 'done' });
});

test('a request is not answered by the approval of one before it', async () => {
  // In the same second it is the same restore: another one must wait for the next.
  await expect(approvedRestore(world, point, 'shop-third')).rejects.toMatchObject({ code: 'conflict' });
  clock.advance(1);
  const second = await askForRestore(world, point, { name: 'shop-third' });
  expect(second.restore).not.toBe(asked.restore);
  await say('Head of Shop');
  await expect(
    world.value('permitRestore', { ...scope, restore: second.restore, plan: second.digest }),
  ).rejects.toThrow('no decision');
});
