import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { viewCoverage } from '../../src/app/drill-coverage.ts';
import { coverageResponse } from '../../src/contracts/api/drills.ts';
import type { DrillResult } from '../../src/contracts/drill.ts';
import type { DrillReport } from '../../src/contracts/report.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { coverageCells } from '../../src/policy/drill-coverage.ts';
import { DatabaseError } from '../../src/ports/database.ts';
import { sampleEstate, scope } from '../support/sample-estate.ts';
import { WorkflowHub } from '../support/workflow-hub.ts';

const estate = sampleEstate('exact', { geo: true });
estate.systems[0]!.schedules.drill.scenario = 'rotate';
const hours = 3_600_000;
const slotOf = (at: number): string => new Date(at).toISOString().replace(/[-:]|\.\d+/g, '');
let hub: WorkflowHub;
beforeEach(async () => {
  hub = new WorkflowHub(Date.UTC(2026, 2, 1, 1, 30), { estate });
  const slot = slotOf(hub.time.now());
  beatSince(170);
  await hub.run('snapshot', 'snapshot.1', { ...scope, slot, trigger: 'schedule' });
});
afterEach(() => hub.close());

/** As the heartbeat of every minute leaves them. */
function beatSince(hoursAgo: number): void {
  const now = hub.time.now();
  for (let at = now - hoursAgo * hours; at <= now; at += 60_000) hub.world.source.heartbeats.set(at, at);
}

async function drill(): Promise<DrillResult & { slot: string }> {
  hub.time.jumpTo(hub.time.now() + hours);
  beatSince(2);
  const slot = slotOf(hub.time.now());
  const input = { ...scope, slot, trigger: 'schedule', scenario: 'rotate' };
  const { output } = await hub.run<DrillResult>('restoreDrill', `drill.shop.westeurope.${slot}`, input);
  return { ...output, slot };
}
const report = (slot: string): DrillReport => hub.world.vault.json(vaultPaths.report(scope, `drill-${slot}`));
const coverage = async () =>
  coverageResponse.parse(JSON.parse(JSON.stringify(await viewCoverage(hub.world.deps, 'shop'))));
const scenarios = coverageCells.map(({ scenario }) => scenario);

describe('drills in rotation', () => {
  test('fill the map, one field after the other, and each report says what comes next', async () => {
    expect(await coverage()).toMatchObject({
      ...{ due: { scenario: scenarios[0] }, scheduled: { scenario: 'rotate' } },
    });
    for (const [index, scenario] of scenarios.entries()) {
      const result = await drill();
      expect(result).toMatchObject({ scenario, result: 'PASS', reasons: [] });
      const next = scenarios[(index + 1) % scenarios.length];
      expect(report(result.slot).due.scenario).toBe(next);
      expect((await coverage()).due?.scenario).toBe(next);
    }
    const { cells, region } = await coverage();
    expect(region).toBe('westeurope');
    for (const { proof, last } of cells) {
      expect(proof?.ageSeconds).toBeLessThan((scenarios.length + 1) * 3_600);
      expect(last?.result).toBe('PASS');
    }
  });

  test('go on with the next where one cannot be played', async () => {
    const error = new DatabaseError('42P01', 'relation "lifeboat.exercise" does not exist');
    hub.world.databases.faults.on('lifeboat.exercise', 'before', { error, times: 999 });
    const played: [string | undefined, string][] = [];
    for (let round = 0; round < 3; round += 1) {
      const { scenario, result } = await drill();
      played.push([scenario, result]);
    }
    expect(played).toEqual([
      ['restore-newest-point', 'PASS'],
      ['operator-error', 'INCONCLUSIVE'],
      ['restore-random-point', 'PASS'],
    ]);
    const cell = (await coverage()).cells.find(({ scenario }) => scenario === 'operator-error');
    expect(cell).toMatchObject({ last: { result: 'INCONCLUSIVE' } });
    expect(cell).not.toHaveProperty('proof');
  });

  test('play the newest point where it cannot be told what is due, and the report says why', async () => {
    hub.world.vault.faults.on('list v1/shop/westeurope/report-chain', 'before', { times: 4 });
    const { scenario, slot } = await drill();
    expect(scenario).toBe('restore-newest-point');
    expect(report(slot).recoveryPoint.chosenBecause).toMatch(
      /^the newest of 1 usable recovery points, because the rotation could not tell what is due: ./,
    );
  });
});
