import { beforeEach, describe, expect, test } from 'vitest';
import type { App } from '../../src/app/compose.ts';
import { freshnessOf, watchFreshness } from '../../src/app/freshness.ts';
import { scheduledKinds, type ScheduledKind } from '../../src/app/runs.ts';
import type { AlertDocument, SlotClaim } from '../../src/contracts/documents.ts';
import { dryRunOutcome } from '../../src/contracts/documents.ts';
import { vaultPaths, type Scope } from '../../src/contracts/vault-paths.ts';
import { instanceIdOf } from '../../src/policy/identifiers.ts';
import { sampleEstate, scope } from '../support/sample-estate.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { makeWorld, type World } from '../support/world.ts';

/** The sample estate's slots: snapshot 01:30 (late after 2 h), drill 04:00 (4 h), scan 00:00 (6 h), prune 06:00 (6 h). */
const watchedFrom = '2026-02-28T12:00:00.000Z';
let clock: VirtualWallClock;
let world: World;
let app: App;

beforeEach(async () => {
  clock = new VirtualWallClock(watchedFrom);
  const estate = structuredClone(sampleEstate());
  estate.systems.push({ ...structuredClone(estate.systems[0]!), id: 'second', name: 'Second' });
  world = makeWorld(clock, { estate });
  app = { settings: {} as App['settings'], deps: world.deps, activities: [], systems: ['shop', 'second'] };
});

function claim(kind: ScheduledKind, slot: string, outcome?: string, of: Scope = scope): void {
  const document: SlotClaim = {
    ...{
      schema: 'lifeboat/slot/v1',
      ...of,
      kind,
      slot,
      claimedAt: '2026-03-01T00:00:00.000Z',
      trigger: 'schedule',
    },
    instanceId: instanceIdOf({ kind, ...of, stamp: slot }),
    ...(outcome === undefined ? {} : { finished: { at: '2026-03-01T00:00:00.000Z', outcome } }),
  };
  world.vault.put(vaultPaths.slot(of, kind, slot), JSON.stringify(document));
}
const states = async (): Promise<Record<string, string>> =>
  Object.fromEntries(
    (await freshnessOf(world.deps, world.deps.estate.systems[0]!)).map(({ kind, freshness }) => [
      kind,
      'because' in freshness ? `${freshness.state}: ${freshness.because}` : freshness.state,
    ]),
  );
const at = async (instant: string): Promise<Record<string, string>> => {
  clock.stepTo(instant);
  return states();
};
const alert = (key: string, of: Scope = scope): AlertDocument | undefined => {
  const path = vaultPaths.alert(of, key);
  return world.vault.paths(path).length === 0 ? undefined : world.vault.json<AlertDocument>(path);
};

describe('the freshness of a system', () => {
  beforeEach(() => states());

  test('is not yet judged before the first slot after the watch began', async () => {
    expect(await states()).toEqual(Object.fromEntries(scheduledKinds.map((kind) => [kind, 'not-yet'])));
    expect(world.vault.json(vaultPaths.watch(scope))).toMatchObject({ since: watchedFrom });
  });

  test('goes from due to late as the night passes, each kind by its own schedule', async () => {
    expect(await at('2026-03-01T01:29:59.000Z')).toMatchObject({ snapshot: 'not-yet', scan: 'due' });
    expect(await at('2026-03-01T03:30:00.000Z')).toMatchObject({ snapshot: 'due', drill: 'not-yet' });
    expect(await at('2026-03-01T03:30:00.001Z')).toMatchObject({
      snapshot: 'late: it never began',
      scan: 'due',
    });
    expect(await at('2026-03-01T12:00:01.000Z')).toEqual(
      Object.fromEntries(scheduledKinds.map((kind) => [kind, 'late: it never began'])),
    );
  });

  test("stays late when the next night's slot has come, until a run has ended well", async () => {
    expect(await at('2026-03-02T01:30:00.000Z')).toMatchObject({ snapshot: 'late: it never began' });
    claim('snapshot', '20260302T013000Z');
    expect(await at('2026-03-02T01:40:00.000Z')).toMatchObject({
      snapshot: 'late: it began and has not ended',
    });
    claim('snapshot', '20260302T013000Z', 'done');
    expect(await states()).toMatchObject({ snapshot: 'on-time' });
  });

  test('finds the claim of a run that served a slot of an earlier month', async () => {
    claim('snapshot', '20260228T235900Z', 'done');
    claim('snapshot', '20260301T013000Z', 'done');
    expect(await at('2026-03-01T05:00:00.000Z')).toMatchObject({ snapshot: 'on-time' });
  });

  test('lists a few days of claims, also where a year has just begun and very many lie before it', async () => {
    const listed: string[] = [];
    const list = world.vault.list.bind(world.vault);
    world.vault.list = (prefix) => {
      if (prefix.includes('/slots/snapshot-')) listed.push(prefix.split('-').at(-1) ?? '');
      return list(prefix);
    };
    await at('2027-01-01T01:00:00.000Z');
    expect(listed).toEqual(['20261231', '20270101']);
  });

  test.each([
    ['has not ended', undefined, 'late: it began and has not ended'],
    ['failed', 'failed', 'late: it ran and failed'],
    ['was only tried out', dryRunOutcome, 'late: it never began'],
    ['ended', 'done', 'on-time'],
    ['found damage, which is another alert', 'damaged', 'on-time'],
  ])('by the claim of a run that %s', async (_what, outcome, state) => {
    claim('snapshot', '20260301T013000Z', outcome);
    expect(await at('2026-03-01T05:00:00.000Z')).toMatchObject({ snapshot: state });
  });

  test('is served by a later run that a person or a cycle started, and not by an earlier one', async () => {
    claim('snapshot', '20260301T012959Z', 'done');
    expect(await at('2026-03-01T05:00:00.000Z')).toMatchObject({ snapshot: 'late: it never began' });
    claim('snapshot', '20260301T013000Z', 'failed');
    claim('snapshot', '20260301T044500Z', 'done');
    expect(await states()).toMatchObject({ snapshot: 'on-time' });
    claim('snapshot', '20260301T050000Z', 'failed');
    expect(await states()).toMatchObject({ snapshot: 'on-time' });
  });

  test('is not served by a run of another kind, system or day', async () => {
    claim('drill', '20260301T013000Z', 'PASS');
    claim('snapshot', '20260301T013000Z', 'done', { ...scope, system: 'second' });
    expect(await at('2026-03-01T05:00:00.000Z')).toMatchObject({ snapshot: 'late: it never began' });
    claim('snapshot', '20260301T013000Z', 'done');
    expect(await states()).toMatchObject({ snapshot: 'on-time' });
    expect(await at('2026-03-02T01:30:00.000Z')).toMatchObject({ snapshot: 'due' });
  });
});

describe('the watch', () => {
  const late = (name: string): string =>
    `The snapshot of ${name} in westeurope is late: slot 2026-03-01T01:30:00.000Z was to be served by ` +
    '2026-03-01T03:30:00.000Z: it never began';

  beforeEach(async () => {
    await watchFreshness(app);
    claim('snapshot', '20260301T013000Z', 'done', { ...scope, system: 'second' });
  });

  test('raises an alert for what is late, counts it up, and resolves it once the slot is served', async () => {
    clock.stepTo('2026-03-01T03:31:00.000Z');
    expect(await watchFreshness(app)).toEqual([late('Shop')]);
    clock.advance(60);
    await watchFreshness(app);
    expect(alert('snapshot-late')).toMatchObject({
      severity: 'critical',
      count: 2,
      runbook: 'runbooks/run-late.md',
      detail: expect.stringContaining('it never began') as string,
    });
    expect(alert('snapshot-late', { ...scope, system: 'second' })).toBeUndefined();
    claim('snapshot', '20260301T034500Z', 'done');
    clock.advance(60);
    expect(await watchFreshness(app)).toEqual([]);
    expect(alert('snapshot-late')).toHaveProperty('resolvedAt');
  });

  test('raises nothing for the systems of other deployments', async () => {
    clock.stepTo('2026-03-01T03:31:00.000Z');
    expect(await watchFreshness({ ...app, systems: ['second'] })).toEqual([]);
    expect(alert('snapshot-late')).toBeUndefined();
  });

  test.each([
    ['a claim of it is damaged', 'slots/snapshot-20260301T013000Z.json'],
    ['its own watch is damaged', 'watch.json'],
  ])('says that a system cannot be judged when %s, and still judges the next', async (_why, document) => {
    world.vault.remove(vaultPaths.slot({ ...scope, system: 'second' }, 'snapshot', '20260301T013000Z'));
    world.vault.put(`v1/shop/westeurope/${document}`, '{ cut');
    clock.stepTo('2026-03-01T03:31:00.000Z');
    const [first, ...others] = await watchFreshness(app);
    expect(first).toMatch(/^the freshness of Shop could not be judged: .* is no JSON$/);
    expect(others).toEqual([late('Second')]);
    expect(alert('snapshot-late', { ...scope, system: 'second' })).toMatchObject({ count: 1 });
  });

  test('says that a system cannot be judged when its alert cannot be written, and still judges the next', async () => {
    world.vault.remove(vaultPaths.slot({ ...scope, system: 'second' }, 'snapshot', '20260301T013000Z'));
    clock.stepTo('2026-03-01T03:31:00.000Z');
    world.vault.faults.on('create v1/shop/westeurope/alerts', 'before');
    expect(await watchFreshness(app)).toEqual([
      expect.stringMatching(/^the freshness of Shop could not be judged: .* is disturbed$/),
      late('Second'),
    ]);
  });
});
