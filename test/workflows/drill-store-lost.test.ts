import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { reapScope } from '../../src/activities/reaper.ts';
import { reportMarkdown } from '../../src/activities/report-markdown.ts';
import { scoped } from '../../src/activities/scope.ts';
import type { RecoveryPoint } from '../../src/contracts/documents.ts';
import type { CheckResult } from '../../src/contracts/report.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { digestOf } from '../../src/policy/canonical-json.ts';
import { MemoryCopies } from '../support/memory-copies.ts';
import { sampleEstate, scope } from '../support/sample-estate.ts';
import { PlayedDrill } from '../support/played-drill.ts';
import { WorkflowHub } from '../support/workflow-hub.ts';

const taken = '20260301T013000Z';
const point = `on-demand-${taken}`;
let hub: WorkflowHub;
let copies: MemoryCopies;
afterEach(() => hub.close());

async function begin(
  change: (estate: ReturnType<typeof sampleEstate>) => void = () => undefined,
): Promise<void> {
  const estate = structuredClone(sampleEstate('exact', { geo: true }));
  change(estate);
  hub = new WorkflowHub(undefined, { estate, estateDigest: digestOf(estate) });
  copies = new MemoryCopies(hub.world.clock, 'nothing');
  Object.assign(hub.world.deps, { copies });
  await hub.world.value('recordHeartbeat', scope);
  await hub.run('snapshot', `snapshot.${taken}`, { ...scope, slot: taken, trigger: 'schedule' });
  hub.time.jumpTo(Date.UTC(2026, 2, 1, 4));
  copies.lastSyncAt = hub.world.clock.now().minus({ minutes: 3 });
}
beforeEach(() => begin());

const { run: drill, report, check } = new PlayedDrill(() => hub, 'store-lost');
const rebuild = (): CheckResult => check('rebuild');
const someBlob = (): string => [...hub.world.contents.blobs.keys()][0]!;
const effects = (kind: string): string[] =>
  hub.world.scratch.effects.filter((one) => one.startsWith(`${kind} `));

describe('a drill of a lost blob store', () => {
  test('rebuilds every blob of the point in a container of its own, hashes it there and removes it', async () => {
    const blobs = new Map(hub.world.contents.blobs);
    expect(await drill()).toMatchObject({ result: 'PASS', reasons: [], scenario: 'store-lost' });
    const { plan, recovery, scenario, cleanUp, checks, limitations } = report();
    expect(plan).toMatchObject({
      point,
      targets: [],
      checks: ['rebuild'],
      scratch: cleanUp.scratch?.container,
    });
    expect(rebuild()).toMatchObject({ status: 'passed', measured: { blobs: 3, ofBlobs: 3, ok: 3 } });
    expect(checks).toHaveLength(1);
    expect(effects('put')).toHaveLength(3);
    expect(effects('remove')).toEqual([`remove ${plan.scratch}`]);
    expect(hub.world.scratch.standing()).toEqual([]);
    expect(cleanUp).toMatchObject({ created: [], scratch: { outcome: 'absent' } });
    // What was written after the last sync is lost with the store.
    expect(recovery.rpo.achievedSeconds).toBeCloseTo(180, 0);
    expect(recovery.extrapolatedSeconds).toBe(0);
    expect(scenario?.told.join('\n')).toMatch(
      /rebuilt from the secondary.*\n.*the whole store: .* s × 3 ÷ 3 = /,
    );
    expect(limitations.join('\n')).toContain('The store was not lost');
    expect(reportMarkdown(report())).toContain('## Scenario: store-lost');
    expect(hub.world.servers.effects.filter((one) => one.startsWith('restore'))).toEqual([]);
    expect(new Map(hub.world.contents.blobs)).toEqual(blobs);
    expect(copies.writes).toEqual([]);
    const recorded = hub.world.vault.json<RecoveryPoint>(vaultPaths.point(scope, point));
    // Blobs alone prove no recovery point.
    expect(recorded).not.toHaveProperty('proven');
    expect(recorded.pins).toEqual([]);
  });

  test('beyond the bound takes a sample, and reckons the RTO of the whole from it', async () => {
    await hub.close();
    await begin((estate) => (estate.systems[0]!.regions[0]!.drill.rebuild.atMost = 1));
    hub.world.scratch.faults.on('put', 'before');
    await drill();
    expect(effects('put')).toHaveLength(1);
    expect(rebuild().measured).toMatchObject({ blobs: 1, ofBlobs: 3 });
    expect(rebuild().expected).toMatch(/a random sample of 1 of 3 blobs/);
    const { seconds, fullSeconds } = rebuild().measured;
    expect(fullSeconds).toBeCloseTo(3 * Number(seconds), 5);
    const { rto, validatedAt, declaredAt, extrapolatedSeconds } = report().recovery;
    expect(rto.achievedSeconds).toBeCloseTo(
      (Date.parse(validatedAt!) - Date.parse(declaredAt)) / 1000 + extrapolatedSeconds!,
      2,
    );
  });

  test.each([
    [
      'a blob is damaged on the replica',
      () => hub.world.contents.damage(someBlob(), 'flip'),
      'FAIL',
      /digest-mismatch/,
    ],
    [
      'a blob is missing there',
      () => hub.world.contents.notOnSecondary.add(someBlob()),
      'FAIL',
      /is missing/,
    ],
    [
      'the replica cannot be read',
      () => hub.world.contents.damage(someBlob(), 'unreadable'),
      'INCONCLUSIVE',
      /unreadable/,
    ],
  ] as const)('is not passed where %s, and leaves nothing', async (_what, change, result, why) => {
    change();
    expect((await drill()).result).toBe(result);
    expect(rebuild().findings.join()).toMatch(why);
    expect(hub.world.scratch.standing()).toEqual([]);
  });

  test('a bit that flips on the way is no damage, and nothing wrong is committed', async () => {
    hub.world.contents.damage(someBlob(), 'flip-once');
    expect((await drill()).result).toBe('PASS');
    expect(effects('put')).toHaveLength(3);
  });

  test('a blob that came after the last sync is lost with the store, and no damage', async () => {
    hub.world.contents.notOnSecondary.add(someBlob());
    copies.upload(someBlob(), 'one');
    expect((await drill()).result).toBe('PASS');
    expect(rebuild().measured['not-replicated']).toBe(1);
  });

  test('says so where there is no replica, and makes nothing', async () => {
    await hub.close();
    await begin((estate) => (estate.systems[0]!.regions[0]!.blobStores[0]!.redundancy = 'zone'));
    expect(await drill()).toMatchObject({
      result: 'INCONCLUSIVE',
      reasons: [expect.stringMatching(/could not be played: .*no replica is kept of blob store files/)],
    });
    expect(hub.world.scratch.effects).toEqual([]);
  });

  test('a container that cannot be removed is a finding, and the reaper removes it', async () => {
    hub.world.scratch.faults.on('remove', 'before', { times: 4 });
    expect(await drill()).toMatchObject({
      result: 'FAIL',
      reasons: ['a container of the drill was left behind'],
    });
    expect(report().statuses.cleanUp).toBe('failed');
    expect(report().findings).toMatchObject([{ severity: 'major' }]);
    const [container] = hub.world.scratch.standing();
    const here = scoped(hub.world.deps, scope);
    expect((await reapScope(hub.world.deps, here)).gone).toEqual([container]);
    expect(hub.world.scratch.standing()).toEqual([]);
    const ledger = hub.world.vault.paths().filter((path) => path.includes('/ledger/'));
    expect(ledger.length).toBeGreaterThan(0);
  });

  test('the container of a drill that is at work stays until it can no longer be', async () => {
    const marks = { ...scope, drill: 'drill-20260301T035900Z', expires: '2026-03-02T04:00:00.000Z' };
    await hub.world.scratch.create('scratch-shop', marks);
    await hub.world.scratch.create('scratch-other', { ...marks, system: 'other' });
    const here = scoped(hub.world.deps, scope);
    expect((await reapScope(hub.world.deps, here)).gone).toEqual([]);
    hub.time.jumpTo(Date.UTC(2026, 2, 2, 5));
    Object.assign(hub.world.deps, {
      referenceClocks: { offsets: () => Promise.resolve([{ source: 'storage', seconds: 900 }]) },
    });
    expect((await reapScope(hub.world.deps, here)).gone).toEqual([]);
    Object.assign(hub.world.deps, {
      referenceClocks: { offsets: () => Promise.resolve([{ source: 'storage', seconds: 0 }]) },
    });
    expect((await reapScope(hub.world.deps, here)).gone).toEqual(['scratch-shop']);
    expect(hub.world.scratch.standing()).toEqual(['scratch-other']);
  });

  test('makes and removes one container, whatever is lost on the way, in short histories', async () => {
    const { scratch } = hub.world;
    scratch.faults.on('create', 'after').on('put', 'after').on('remove', 'after');
    expect((await drill()).result).toBe('PASS');
    expect(effects('create')).toHaveLength(1);
    expect(scratch.standing()).toEqual([]);
    for (const { name, history } of hub.histories())
      expect([name, history.length < 200]).toEqual([name, true]);
  });
});
