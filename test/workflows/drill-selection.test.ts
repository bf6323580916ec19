import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { reportMarkdown } from '../../src/activities/report-markdown.ts';
import type { DrillInput, DrillResult } from '../../src/contracts/drill.ts';
import type { DrillReport } from '../../src/contracts/report.ts';
import type { RecoveryPoint } from '../../src/contracts/documents.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { scope, sourceServer } from '../support/sample-estate.ts';
import { WorkflowHub } from '../support/workflow-hub.ts';

const days = [1, 2, 3].map((day) => Date.UTC(2026, 2, day, 1, 30));
const slotOf = (at: number): string => new Date(at).toISOString().replace(/[-:]|\.\d+/g, '');
const pointOf = (at: number): string => `on-demand-${slotOf(at)}`;
const drillSlot = '20260303T040000Z';

let hub: WorkflowHub;
beforeEach(async () => {
  hub = new WorkflowHub(days[0]);
  for (const day of days) {
    hub.time.jumpTo(day);
    await hub.world.value('recordHeartbeat', scope);
    const slot = slotOf(day);
    await hub.run('snapshot', `snapshot.${slot}`, { ...scope, slot, trigger: 'schedule' });
  }
  hub.time.jumpTo(Date.UTC(2026, 2, 3, 4));
});
afterEach(() => hub.close());

async function drill(order: Pick<DrillInput, 'point' | 'seed'>, slot = drillSlot): Promise<DrillResult> {
  const input = { ...scope, slot, trigger: 'person', ...order };
  return (await hub.run<DrillResult>('restoreDrill', `drill.shop.westeurope.${slot}`, input)).output;
}
const report = (slot = drillSlot): DrillReport =>
  hub.world.vault.json(vaultPaths.report(scope, `drill-${slot}`));
const point = (at: number): RecoveryPoint => hub.world.vault.json(vaultPaths.point(scope, pointOf(at)));

describe('a drill of a random point', () => {
  test('draws the same one by the same seed, and says by what and from what', async () => {
    await drill({ point: 'random', seed: 7 });
    await drill({ point: 'random', seed: 7 }, '20260303T050000Z');
    const [one, again] = [report(), report('20260303T050000Z')];
    expect(one.plan.draw).toEqual({ seed: 7, among: days.map(pointOf) });
    expect(one.plan).toMatchObject({ scenario: 'restore-random-point', point: again.plan.point });
    expect(reportMarkdown(one)).toContain('drawn with seed 7 from 3 usable recovery points of the window');
  });

  test('without a seed is drawn by its slot', async () => {
    await drill({ point: 'random' });
    expect(report().plan.draw?.seed).toBe(Date.UTC(2026, 2, 3, 4) / 1000);
  });

  test('has the RPO that held while the point was the newest', async () => {
    for (let seed = 0; seed < 8; seed += 1) {
      const slot = slotOf(Date.UTC(2026, 2, 3, 5, seed));
      expect((await drill({ point: 'random', seed }, slot)).result).toBe('PASS');
      const { plan, recovery } = report(slot);
      const place = days.map(pointOf).indexOf(plan.point);
      const next = days[place + 1] ?? Date.parse(plan.declaredAt);
      // A snapshot takes its fingerprint within the minute in which it begins.
      expect(Math.abs(Date.parse(recovery.disruptionAt) - next)).toBeLessThan(60_000);
      expect(recovery.rpo.achievedSeconds).toBeGreaterThan((next - days[place]!) / 1000 - 60);
    }
  });
});

describe('a drill of an instant', () => {
  const instant = '2026-03-02T12:00:00.000Z';
  const beat = async (): Promise<void> => {
    const at = Date.parse(instant) - 60_000;
    hub.world.source.heartbeats.set(at, at);
  };

  test('restores it, checks what can be checked without a record, and proves no recorded point', async () => {
    await beat();
    expect(await drill({ point: instant })).toMatchObject({ result: 'PASS', rpoSeconds: 60 });
    const { plan, recoveryPoint, checks, recovery, limitations } = report();
    expect(plan.targets.map((target) => target.instant)).toEqual([instant]);
    expect(recoveryPoint).toEqual({
      ...{ id: 'instant-20260302T120000Z', kind: 'instant', instant },
      chosenBecause: 'the instant that was asked for',
    });
    expect(plan.scenario).toBe('restore-instant');
    expect(recovery.disruptionAt).toBe(instant);
    const ids = checks.map(({ id }) => id);
    expect(ids).toEqual(['clock', 'heartbeat', 'pages', 'indexes', 'references', 'operator']);
    expect(limitations).toContainEqual(expect.stringMatching(/^Nothing was recorded of this instant/));
    for (const day of days) expect(point(day)).not.toHaveProperty('proven');
    expect(hub.world.servers.standing()).toEqual([sourceServer]);
  });

  test('keeps the recorded points around it until it has ended', async () => {
    await beat();
    const beginRestore = hub.world.servers.beginRestore.bind(hub.world.servers);
    const pinned: string[] = [];
    hub.world.servers.beginRestore = (request) => {
      for (const day of days) if (point(day).pins.length > 0) pinned.push(pointOf(day));
      return beginRestore(request);
    };
    await drill({ point: instant });
    expect(pinned).toEqual(days.slice(1).map(pointOf));
    for (const day of days) expect(point(day).pins).toEqual([]);
  });

  test.each([
    ['2026-03-04T00:00:00.000Z', /lies in the future/],
    ['2026-01-01T00:00:00.000Z', /the provider can restore from/],
  ])('%s is not planned, and says why', async (to, reason) => {
    expect(await drill({ point: to })).toMatchObject({
      ...{ result: 'INCONCLUSIVE', reasons: [expect.stringMatching(reason)] },
    });
    expect(hub.world.servers.standing()).toEqual([sourceServer]);
  });
});
