/** A second person's word on a prune that the brake holds: every way in which it does not count, and that one counts once. */
import { beforeEach, describe, expect, test } from 'vitest';
import { decide } from '../../../src/activities/decisions/decide.ts';
import { personOf, type Actor } from '../../../src/contracts/actor.ts';
import type { AuditEntry } from '../../../src/contracts/audit.ts';
import type { ApprovalDocument } from '../../../src/contracts/documents.ts';
import { vaultPaths } from '../../../src/contracts/vault-paths.ts';
import { Failure } from '../../../src/policy/failure.ts';
import { budget } from '../../budget.ts';
import { actorOf } from '../../support/actors.ts';
import { approvalPath, heldPrune, takeUp } from '../../support/held-prune.ts';
import type { Planned } from '../../support/prune-steps.ts';
import { scope } from '../../support/sample-estate.ts';
import { VirtualWallClock } from '../../support/wall-clock.ts';
import type { World } from '../../support/world.ts';

let clock: VirtualWallClock;
let world: World;
let planned: Planned;
const jane = actorOf('Jane');
const head: Actor = { ...actorOf('head', 'approver'), name: 'Head of Shop' };

beforeEach(async () => {
  clock = new VirtualWallClock('2026-03-01T01:30:00.000Z');
  ({ world, planned } = await heldPrune(clock, jane));
});

const say = (
  by: Actor = head,
  {
    digest = planned.plan,
    decision = 'approved',
  }: Partial<Pick<ApprovalDocument, 'digest' | 'decision'>> = {},
) => decide(world.deps, scope, { digest, reason: 'read', decision, ...personOf(by) });
const stored = (): ApprovalDocument => world.vault.json(approvalPath(planned));
const put = (changes: Partial<ApprovalDocument>): void =>
  world.vault.put(approvalPath(planned), JSON.stringify({ ...stored(), ...changes }));
const refused = (what: string): object => ({
  outcome: 'failed',
  failure: { code: 'refused', message: expect.stringContaining(what) as string },
});
const log = (): AuditEntry[] => world.vault.entries(vaultPaths.auditSegments(scope));

test('is the same document as one that was written by hand, and names its entry of the audit log', async () => {
  const { on, decision } = await say();
  expect(on).toMatchObject({
    kind: 'prune',
    id: planned.prune,
    starter: { kind: 'person', by: 'Jane@tests' },
  });
  expect(stored()).toEqual(decision);
  expect(decision).toEqual({
    ...{ schema: 'lifeboat/approval/v1', ...scope, digest: planned.plan, decision: 'approved' },
    ...{ by: 'head@tests', byName: 'Head of Shop', reason: 'read', entry: expect.any(Number) as number },
    ...{ at: '2026-03-10T01:30:00.000Z', expiresAt: '2026-03-11T01:30:00.000Z' },
  });
  expect(log()[decision.entry! - 1]).toMatchObject({
    ...{ action: 'approve-prune', target: planned.prune, stage: 'intent', reason: 'read' },
    actor: { kind: 'caller', subject: 'head', tenant: 'tests', name: 'Head of Shop', role: 'approver' },
    detail: { plan: planned.plan },
  });
});

test('lets the plan be carried out by whoever takes it up', async () => {
  expect(await takeUp(world, planned, jane)).toMatchObject(refused('no decision'));
  await say();
  expect(await takeUp(world, planned, jane)).toMatchObject({ outcome: 'done' });
});

describe('is refused when it is given', () => {
  test('by whoever began the prune, and by the app itself', async () => {
    await expect(say({ ...jane, role: 'approver' })).rejects.toThrow(
      'asked for by Jane@tests: another person',
    );
    const app = { digest: planned.plan, reason: 'x', decision: 'approved', by: 'lifeboat' } as const;
    await expect(decide(world.deps, scope, app)).rejects.toThrow('another person decides');
    expect(world.vault.paths(approvalPath(planned))).toEqual([]);
  });

  test('by a digest that is of nothing, or of another region', async () => {
    await expect(say(head, { digest: `sha256-${'0'.repeat(64)}` })).rejects.toMatchObject({
      code: 'not-found',
    });
    const elsewhere = { ...scope, region: 'eastus' };
    await expect(
      decide(world.deps, elsewhere, {
        digest: planned.plan,
        reason: 'x',
        decision: 'approved',
        ...personOf(head),
      }),
    ).rejects.toBeInstanceOf(Failure);
  });

  test('where the estate is another one by now', async () => {
    Object.assign(world.deps, { estateDigest: `sha256-${'9'.repeat(64)}` });
    await expect(say()).rejects.toThrow('it is stale');
    expect(log().some(({ action }) => action === 'approve-prune')).toBe(false);
  });

  test('on a plan that needs none', async () => {
    ({ world, planned } = await heldPrune(clock, jane, 1));
    expect(planned.held).toBeUndefined();
    await expect(say()).rejects.toThrow('needs no decision');
  });

  test('where another one has decided, whatever the word', async () => {
    await say(head, { decision: 'rejected' });
    await expect(say(actorOf('board', 'approver'))).rejects.toThrow(
      'Head of Shop (head@tests) has decided already: rejected',
    );
    expect(await takeUp(world, planned)).toMatchObject(refused('Head of Shop (head@tests) rejected it'));
  });

  test('where the audit log takes no entry: then nothing is written', async () => {
    const { auditLog } = world.deps;
    const append = (): Promise<never> =>
      Promise.reject(new Failure('cannot-record', 'no vault', 'Try again.'));
    Object.assign(world.deps, { auditLog: { append } });
    await expect(say()).rejects.toMatchObject({ code: 'cannot-record' });
    Object.assign(world.deps, { auditLog });
    expect(world.vault.paths(approvalPath(planned))).toEqual([]);
  });
});

test('said twice by the same person it is said once; of very many at once one stands', async () => {
  const people = Array.from({ length: budget.concurrentApprovals }, (_, one) =>
    actorOf(`p${one}`, 'approver'),
  );
  const settled = await Promise.allSettled(people.map((by) => say(by)));
  expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  const codes = settled.flatMap((one) => (one.status === 'rejected' ? [(one.reason as Failure).code] : []));
  expect(new Set(codes)).toEqual(new Set(['conflict']));
  const before = stored();
  const again = people.find(({ subject }) => before.by === `${subject}@tests`);
  expect((await say(again)).decision).toEqual(before);
});

describe('does not count when the plan is carried out', () => {
  beforeEach(async () => void (await say()));

  test('by whoever approved it: somebody else takes it up', async () => {
    expect(await takeUp(world, planned, { ...head, role: 'operator' })).toMatchObject(
      refused('no second person'),
    );
    expect(await takeUp(world, planned, jane)).toMatchObject({ outcome: 'done' });
  });

  test('after it has expired; it may be given again then', async () => {
    clock.advance(24 * 3600);
    expect(await takeUp(world, planned)).toMatchObject(refused('has expired'));
    await say(actorOf('board', 'approver'));
    expect(await takeUp(world, planned)).toMatchObject({ outcome: 'done' });
  });

  const guid = '44444444-4444-4444-8444-444444444444';
  test.each<[string, Partial<ApprovalDocument>, string]>([
    ['whoever began the prune', { by: 'Jane@tests' }, 'no second person'],
    ['somebody whose entry it is not', { by: 'board@tests' }, 'does not tell of it'],
    [
      'somebody of the directory, and names no entry',
      { by: `${guid}@${guid}`, entry: undefined },
      'no entry',
    ],
    ['its author, and names an entry of something else', { entry: 1 }, 'does not tell of it'],
    ['its author, and names an entry that is not there', { entry: 4_711 }, 'does not stand in the chain'],
    ['its author, and lasts longer', { expiresAt: '2026-03-11T01:36:00.000Z' }, 'counts longer than entry'],
    ['its author, and is of another plan', { digest: `sha256-${'1'.repeat(64)}` }, 'not of sha256-'],
  ])('where somebody who can write it made it say that it is by %s', async (_, changes, said) => {
    put(changes);
    expect(await takeUp(world, planned)).toMatchObject(refused(said));
  });

  test.each<[string, (lines: string[], at: number) => void]>([
    ['is changed', (lines, at) => (lines[at] = lines[at]!.replace('"read"', '"READ"'))],
    ['is of another role', (lines, at) => (lines[at] = lines[at]!.replace('"approver"', '"operator"'))],
    ['is cut off', (lines, at) => (lines.length = at)],
    ['is no entry any more', (lines, at) => (lines[at] = '{}')],
    ['follows another one', (lines, at) => (lines[at - 1] = lines[at - 1]!.replace('"at":"2', '"at":"3'))],
  ])('where its entry of the audit log %s', async (_, change) => {
    // Another entry stands behind it.
    expect(await takeUp(world, planned, jane)).toMatchObject({ outcome: 'done' });
    const segment = world.vault.paths(vaultPaths.auditSegments(scope)).at(-1)!;
    const lines = world.vault.text(segment).trimEnd().split('\n');
    change(
      lines,
      lines.findIndex((line) => line.includes('approve-prune')),
    );
    world.vault.put(segment, lines.map((line) => `${line}\n`).join(''));
    const items = { ...scope, plan: planned.plan, kind: 'blob-snapshot', from: 0 };
    expect(await world.run('pruneItems', items)).toMatchObject(refused('of the audit log'));
  });

  test('and one that does not gives way to a real one', async () => {
    put({ by: 'board@tests' });
    await say(actorOf('owner', 'approver'));
    expect(stored().by).toBe('owner@tests');
    expect(await takeUp(world, planned)).toMatchObject({ outcome: 'done' });
  });
});

test('a decision that a person puts into the vault by hand goes on to count', async () => {
  await say();
  put({ by: 'Head of Platform', byName: undefined, entry: undefined });
  expect(await takeUp(world, planned)).toMatchObject({ outcome: 'done' });
});
