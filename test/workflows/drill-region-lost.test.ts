import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { reportMarkdown } from '../../src/activities/report-markdown.ts';
import type { CheckResult } from '../../src/contracts/report.ts';
import { digestOf } from '../../src/policy/canonical-json.ts';
import { MemoryCopies } from '../support/memory-copies.ts';
import { sampleEstate, scope, sourceServer } from '../support/sample-estate.ts';
import { PlayedDrill } from '../support/played-drill.ts';
import { WorkflowHub } from '../support/workflow-hub.ts';

let hub: WorkflowHub;
let copies: MemoryCopies;
afterEach(() => hub.close());

async function begin(estate = sampleEstate('exact', { geo: true })): Promise<void> {
  const time = new WorkflowHub(Date.UTC(2026, 2, 1, 3, 58));
  copies = new MemoryCopies(time.world.clock, 'nothing');
  await time.close();
  hub = new WorkflowHub(Date.UTC(2026, 2, 1, 3, 58), { estate, estateDigest: digestOf(estate), copies });
  await hub.world.value('recordHeartbeat', scope);
  hub.time.jumpTo(Date.UTC(2026, 2, 1, 4));
  copies.lastSyncAt = hub.world.clock.now().minus({ minutes: 3 });
}
beforeEach(() => begin());

const { run: drill, report, check } = new PlayedDrill(() => hub, 'region-lost');
const references = (): CheckResult => check('references');
const someBlob = (): string => [...hub.world.contents.blobs.keys()][0]!;

describe('a drill of a lost region', () => {
  test('restores in the paired region, reads the secondary, and counts the RPO from what lags most', async () => {
    expect(await drill()).toMatchObject({ result: 'PASS', reasons: [], scenario: 'region-lost' });
    const { plan, recovery, scenario, limitations, checks } = report();
    expect(plan.targets).toMatchObject([{ source: sourceServer, location: 'northeurope', mode: 'geo' }]);
    // The newest heartbeat is two minutes old, the secondary had everything until three minutes ago.
    expect(recovery.rpo.achievedSeconds).toBeCloseTo(180, 0);
    expect(recovery.replicas).toMatchObject([{ store: 'files' }]);
    expect(checks.map(({ id }) => id)).not.toContain('fingerprint');
    expect(references()).toMatchObject({ status: 'passed', measured: { ok: 3 } });
    expect(scenario?.told.join('\n')).toMatch(
      /restored in northeurope .*\nfiles: blobs were read on the secondary/,
    );
    expect(limitations.join('\n')).toContain('The region was not lost');
    expect(reportMarkdown(report())).toContain('everything in files until');
    expect(hub.world.servers.standing()).toEqual([sourceServer]);
  });

  test('counts from the newest heartbeat where that is older than the secondary', async () => {
    copies.lastSyncAt = hub.world.clock.now();
    await drill();
    expect(report().recovery.rpo.achievedSeconds).toBeCloseTo(120, 0);
  });

  test('has no verdict on the RPO where the service does not tell until when it has everything', async () => {
    copies.lastSyncAt = undefined;
    expect(await drill()).toMatchObject({
      result: 'INCONCLUSIVE',
      reasons: ['the RPO could not be measured'],
    });
  });

  test('a blob that came after the last sync is lost with the region, and no damage', async () => {
    hub.world.contents.notOnSecondary.add(someBlob());
    copies.upload(someBlob(), 'one');
    expect((await drill()).result).toBe('PASS');
    expect(references().actual).toMatch(/1 were written after what the secondary has/);
  });

  test('a blob that should have been there is missing', async () => {
    hub.world.contents.notOnSecondary.add(someBlob());
    expect(await drill()).toMatchObject({ result: 'FAIL' });
    expect(references().findings.join()).toMatch(/is missing/);
  });

  test('proves nothing of blobs where every one came after the last sync', async () => {
    for (const name of hub.world.contents.blobs.keys()) {
      hub.world.contents.notOnSecondary.add(name);
      copies.upload(name, 'x');
    }
    expect((await drill()).result).toBe('INCONCLUSIVE');
  });
});

describe('a region is not restored in another one', () => {
  test.each([
    [
      'names no paired region',
      (one: Region) => (one.drill.pairedRegion = undefined),
      /names no paired region/,
    ],
    ['is not replicated', (one: Region) => (one.databases[0]!.redundancy = 'zone'), /main would be lost/],
  ])('that %s: it says so and makes nothing', async (_what, change, why) => {
    await hub.close();
    const estate = structuredClone(sampleEstate('exact', { geo: true }));
    change(estate.systems[0]!.regions[0]!);
    await begin(estate);
    expect(await drill()).toMatchObject({
      result: 'INCONCLUSIVE',
      reasons: [expect.stringMatching(why)],
    });
    expect(report().plan).toMatchObject({
      scenario: 'region-lost',
      choice: 'the present: nothing was restored',
    });
    expect(hub.world.servers.effects).toEqual([]);
  });

  test('by a plan that names another one than the estate does by now', async () => {
    const { run } = hub.world;
    hub.world.run = async (name, input) => {
      if (name === 'beginRestore')
        hub.world.deps.estate.systems[0]!.regions[0]!.drill.pairedRegion = 'elsewhere';
      return run(name, input);
    };
    expect(await drill()).toMatchObject({
      result: 'FAIL',
      reasons: [expect.stringMatching(/not in elsewhere/)],
    });
    expect(hub.world.servers.effects).toEqual([]);
  });
});

type Region = ReturnType<typeof sampleEstate>['systems'][number]['regions'][number];
