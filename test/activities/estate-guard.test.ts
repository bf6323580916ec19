/** The guard of an estate: what is approved, what is held back until somebody else approves it, and what people are told. */
import { beforeEach, describe, expect, test } from 'vitest';
import { effectiveProtection, guardEstate, type EstateStanding } from '../../src/activities/estate-guard.ts';
import type { ApprovedEstate } from '../../src/contracts/approved-estate.ts';
import type { AuditEntry } from '../../src/contracts/audit.ts';
import type { AlertDocument, ApprovalDocument } from '../../src/contracts/documents.ts';
import type { Estate } from '../../src/contracts/estate.ts';
import { isoOf } from '../../src/contracts/values.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import type { Dependencies } from '../../src/activities/dependencies.ts';
import { sampleEstate, scope } from '../support/sample-estate.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { makeWorld, type World } from '../support/world.ts';

type Retention = Partial<Estate['systems'][number]['retention']>;
type Weaker = EstateStanding & { state: 'weaker' };
const path = vaultPaths.approvedEstate(scope);
let clock: VirtualWallClock;
let world: World;

beforeEach(() => {
  clock = new VirtualWallClock('2026-03-01T01:30:00.000Z');
  world = makeWorld(clock);
});

/** The same deployment with another estate file. */
function withRetention(retention: Retention, minimumProven = 2): Dependencies {
  const estate = structuredClone(sampleEstate());
  for (const system of estate.systems) Object.assign(system.retention, { minimumProven, ...retention });
  return { ...world.deps, estate };
}
const strong = (): Dependencies => withRetention({});
const weak = (): Dependencies => withRetention({}, 1);
const stronger = (): Dependencies => withRetention({ window: 'PT336H' });

async function weakerOf(deps = weak()): Promise<Weaker> {
  const standing = await guardEstate(deps, scope);
  expect(standing.state).toBe('weaker');
  return standing as Weaker;
}
function decide(digest: string, changes: Partial<ApprovalDocument> = {}): void {
  const now = clock.now();
  const document: ApprovalDocument = {
    ...{ schema: 'lifeboat/approval/v1', ...scope, digest, decision: 'approved', by: 'Head of Shop' },
    ...{ at: isoOf(now), reason: 'agreed', expiresAt: isoOf(now.plus({ days: 1 })), ...changes },
  };
  world.vault.put(vaultPaths.approval(scope, digest), JSON.stringify(document));
}
const approved = (): ApprovedEstate => world.vault.json(path);
const minimum = (): number | undefined => approved().protection?.minimumProven;
const alert = (): AlertDocument | undefined =>
  world.vault.paths(vaultPaths.alerts(scope)).length === 0
    ? undefined
    : world.vault.json(vaultPaths.alert(scope, 'estate-weakened'));
const told = (): AuditEntry[] =>
  world.vault.entries<AuditEntry>(vaultPaths.auditSegments(scope)).filter(({ stage }) => stage === 'intent');

describe('an estate', () => {
  test('is trusted at its first use, which is written down and told in the audit log', async () => {
    expect(await guardEstate(strong(), scope)).toEqual({ state: 'approved' });
    expect(approved()).toMatchObject({ ...scope, authority: 'first use', since: '2026-03-01T01:30:00.000Z' });
    expect(told()).toMatchObject([
      {
        action: 'approve-estate',
        stage: 'intent',
        target: approved().digest,
        detail: { authority: 'first use' },
      },
    ]);
    expect(alert()).toBeUndefined();
  });

  test('that is the approved one writes nothing', async () => {
    await guardEstate(strong(), scope);
    const before = world.vault.paths().map((one) => world.vault.text(one));
    clock.advance(60);
    expect(await guardEstate(strong(), scope)).toEqual({ state: 'approved' });
    expect(world.vault.paths().map((one) => world.vault.text(one))).toEqual(before);
  });

  test('that is stronger takes the place of the approved one at once', async () => {
    await guardEstate(strong(), scope);
    const { digest } = approved();
    clock.advance(60);
    expect(await guardEstate(stronger(), scope)).toEqual({ state: 'approved' });
    expect(approved()).toMatchObject({
      protection: { windowHours: 336, minimumProven: 2 },
      ...{ authority: 'not weaker than before', since: '2026-03-01T01:31:00.000Z' },
    });
    expect(told().at(-1)).toMatchObject({ target: approved().digest, detail: { before: digest } });
  });

  test('that is weaker does not apply, and an alert names each weakening, the digest and the command', async () => {
    await guardEstate(stronger(), scope);
    const standing = await weakerOf();
    expect(standing.weakenings.map((one) => one.path)).toEqual([
      'systems.shop.westeurope.windowHours',
      'systems.shop.westeurope.minimumProven',
    ]);
    expect(standing.sentence).toBe(
      'the estate of shop in westeurope is weaker in 2 things than the one approved before it, and does not apply ' +
        `until somebody else approves ${standing.digest}: no decision on ${standing.digest} was written yet`,
    );
    expect(alert()).toMatchObject({
      ...{ severity: 'critical', runbook: 'runbooks/estate-weakened.md', count: 1 },
      title: 'The estate of shop in westeurope is weaker than the approved one',
    });
    for (const said of [
      'systems.shop.westeurope.windowHours: the retention window is shorter: 168 instead of 336',
      'systems.shop.westeurope.minimumProven: fewer proven points must stay: 1 instead of 2',
      `npx lifeboat approve ${standing.digest} --system shop --region westeurope --reason WHY`,
    ])
      expect(alert()?.detail).toContain(said);
    expect(minimum()).toBe(2);
    expect(told()).toHaveLength(1);
  });

  test('that is weaker in one thing and stronger in another does not apply in either', async () => {
    await guardEstate(strong(), scope);
    await weakerOf(withRetention({ window: 'PT336H' }, 1));
    expect(approved().protection).toMatchObject({ windowHours: 168, minimumProven: 2 });
  });

  test('that is taken back resolves the alert', async () => {
    await guardEstate(strong(), scope);
    await weakerOf();
    expect(await guardEstate(strong(), scope)).toEqual({ state: 'approved' });
    expect(alert()).toHaveProperty('resolvedAt');
  });

  test('of another region of the system is judged by itself', async () => {
    const there = { ...scope, region: 'eastus' };
    await guardEstate(strong(), there);
    await guardEstate(weak(), scope);
    expect(alert()).toBeUndefined();
    expect(minimum()).toBe(1);
  });
});

describe('an approval', () => {
  let digest: string;
  beforeEach(async () => {
    await guardEstate(strong(), scope);
    ({ digest } = await weakerOf());
  });

  test('by a second person lets the weaker estate apply, and stays so when it has expired', async () => {
    decide(digest);
    expect(await guardEstate(weak(), scope)).toEqual({ state: 'approved' });
    expect(approved()).toMatchObject({ digest, authority: 'Head of Shop approved it' });
    expect(told().at(-1)).toMatchObject({
      target: digest,
      detail: {
        authority: 'Head of Shop approved it',
        weakenings: ['systems.shop.westeurope.minimumProven: fewer proven points must stay: 1 instead of 2'],
      },
    });
    expect(alert()).toHaveProperty('resolvedAt');
    clock.advance(30 * 86_400);
    expect(await guardEstate(weak(), scope)).toEqual({ state: 'approved' });
  });

  test.each<[string, Partial<ApprovalDocument>, RegExp]>([
    ['by the app itself', { by: 'lifeboat' }, /"lifeboat" is no second person/],
    ['by nobody', { by: ' ' }, /is no second person/],
    ['that has expired', { expiresAt: '2026-03-01T01:30:00.000Z' }, /has expired/],
    ['of another digest', { digest: `sha256-${'0'.repeat(64)}` }, /the approval is of sha256-0+, not of/],
    ['that rejects it', { decision: 'rejected' }, /Head of Shop rejected it/],
    ['that cannot be read', { at: 'yesterday' }, /the decision cannot be read: .*approvals/],
  ])('%s does not count', async (_what, changes, why) => {
    decide(digest, changes);
    expect((await weakerOf()).sentence).toMatch(why);
    expect(alert()).toMatchObject({ count: 2, detail: expect.stringMatching(why) as string });
    expect(minimum()).toBe(2);
  });

  test('of a weaker estate does not hold for one that is weaker still', async () => {
    decide(digest);
    const standing = await weakerOf(withRetention({ window: 'PT120H' }, 1));
    expect(standing.digest).not.toBe(digest);
    expect(minimum()).toBe(2);
  });
});

describe('a system that is gone from the estate', () => {
  const gone = (): Dependencies => ({ ...world.deps, estate: { ...world.deps.estate, systems: [] } });
  beforeEach(() => guardEstate(strong(), scope));

  test('is a weakening, until somebody else approves that it is not protected any more', async () => {
    const standing = await weakerOf(gone());
    expect(standing.weakenings.map((one) => one.sentence)).toEqual([
      'shop in westeurope is not protected any more',
    ]);
    decide(standing.digest);
    expect(await guardEstate(gone(), scope)).toEqual({ state: 'approved' });
    expect(approved().protection).toBeUndefined();
    expect(alert()).toHaveProperty('resolvedAt');
  });

  test('and comes back is protected at once', async () => {
    decide((await weakerOf(gone())).digest);
    await guardEstate(gone(), scope);
    expect(await guardEstate(weak(), scope)).toEqual({ state: 'approved' });
    expect(minimum()).toBe(1);
  });

  test('and never was in one is nothing to tell', async () => {
    expect(await guardEstate(gone(), { ...scope, system: 'never' })).toEqual({ state: 'approved' });
    expect(world.vault.paths('v1/_estate/')).toEqual([path]);
  });
});

describe('what protects a system now', () => {
  test('is the approved protection while a weaker estate waits, and what that asks for beyond it', async () => {
    await guardEstate(strong(), scope);
    const waiting = withRetention({ window: 'PT336H' }, 1);
    const { digest } = await weakerOf(waiting);
    expect(await effectiveProtection(waiting, scope)).toMatchObject({ windowHours: 336, minimumProven: 2 });
    decide(digest);
    await guardEstate(waiting, scope);
    expect(await effectiveProtection(waiting, scope)).toMatchObject({ windowHours: 336, minimumProven: 1 });
  });

  test('is not known before the first look, of a scope that the estate does not hold, or in another region', async () => {
    await expect(effectiveProtection(strong(), scope)).rejects.toMatchObject({ code: 'not-found' });
    await guardEstate(strong(), scope);
    await expect(effectiveProtection(strong(), { ...scope, system: 'gone' })).rejects.toMatchObject({
      code: 'not-found',
    });
    await expect(effectiveProtection(strong(), { ...scope, region: 'eastus' })).rejects.toMatchObject({
      code: 'wrong-region',
    });
  });
});
