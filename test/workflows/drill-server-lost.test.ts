import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { reportMarkdown } from '../../src/activities/report-markdown.ts';
import type { DrillPlan, RecoveryPoint } from '../../src/contracts/documents.ts';
import type { ExerciseDocument } from '../../src/contracts/exercise.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { scope, sourceServer } from '../support/sample-estate.ts';
import { PlayedDrill } from '../support/played-drill.ts';
import { WorkflowHub } from '../support/workflow-hub.ts';

const slot = '20260301T040000Z';
const taken = '20260301T013000Z';
const point = `on-demand-${taken}`;
let hub: WorkflowHub;
beforeEach(async () => {
  hub = new WorkflowHub();
  await hub.world.value('recordHeartbeat', scope);
  await hub.run('snapshot', `snapshot.${taken}`, { ...scope, slot: taken, trigger: 'schedule' });
  hub.time.jumpTo(Date.UTC(2026, 2, 1, 4));
});
afterEach(() => hub.close());

const { run: drill, report } = new PlayedDrill(() => hub, 'server-lost');
const written = (): ExerciseDocument => hub.world.vault.json(vaultPaths.exercise(scope, `drill-${slot}`));
const firstPlan = (): DrillPlan =>
  hub.world.vault.json(vaultPaths.plan(scope, report().plan.lost?.plan ?? ''));
const recorded = (): RecoveryPoint => hub.world.vault.json(vaultPaths.point(scope, point));
const restores = (): string[] => hub.world.servers.effects.filter((one) => one.startsWith('restore '));
const refuse = (activity: string, why: string): void => {
  const { run } = hub.world;
  hub.world.run = async (name, input) => {
    if (name !== activity) return run(name, input);
    return {
      outcome: 'failed',
      failure: { code: 'refused', message: why, hint: '', retryable: false },
    };
  };
};

describe('a drill of a lost server', () => {
  test('drops a server of its own, revives it by its name and finds its last rows', async () => {
    expect(await drill()).toMatchObject({ result: 'PASS', reasons: [], scenario: 'server-lost' });
    const { plan, recovery, cleanUp, scenario, checks, limitations, evidence, timeline } = report();
    const [dropped] = firstPlan().targets;
    const [revived] = plan.targets;
    expect(revived).toMatchObject({ source: dropped?.target, mode: 'revive' });
    expect(revived?.instant).toBe(written().databases[0]?.after);
    expect(plan).toMatchObject({ point, attempt: 2, scenario: 'server-lost' });
    // The RPO is what was written before the drop and came back: the wait until it could be restored, no more.
    expect(recovery.rpo.achievedSeconds).toBeGreaterThanOrEqual(300);
    expect(recovery.rpo.achievedSeconds).toBeLessThan(310);
    expect(recovery.disruptionAt).toBe(plan.lost?.droppedAt);
    expect(Date.parse(recovery.declaredAt)).toBeGreaterThanOrEqual(Date.parse(recovery.disruptionAt));
    expect(checks.find(({ id }) => id === 'exercise')).toMatchObject({
      status: 'passed',
      measured: { rows: 101 },
    });
    expect(checks.map(({ id }) => id)).toEqual(expect.arrayContaining(['instant', 'fingerprint']));
    expect([cleanUp.created.length, cleanUp.deleted.length]).toEqual([2, 2]);
    expect(scenario?.told.join('\n')).toMatch(/was given 101 rows and a heartbeat and dropped at/);
    expect(scenario?.told.join('\n')).toMatch(/not revivable.*1 on-demand backup/);
    expect(limitations.join('\n')).toContain('The protected servers were not touched');
    expect(evidence.map(({ what }) => what)).toEqual(
      expect.arrayContaining(['the plan by which the servers were made that were dropped']),
    );
    expect(timeline.map(({ step }) => step)).toEqual([
      ...['plan', 'restore what is to be lost', 'wait for a backup of it', 'write rows'],
      ...['wait until restorable', 'drop', 'plan the revival', 'restore', 'check', 'clean up'],
    ]);
    expect(reportMarkdown(report())).toContain('## Scenario: server-lost');
    expect(recorded()).toMatchObject({ proven: { drill: `drill-${slot}` }, pins: [] });
    expect(hub.world.servers.standing()).toEqual([sourceServer]);
  });

  test('touches nothing of the source', async () => {
    const before = structuredClone([
      [...hub.world.source.tables],
      hub.world.source.exercise,
      [...hub.world.source.heartbeats],
    ]);
    await drill();
    const { tables, exercise, heartbeats } = hub.world.source;
    expect([[...tables], exercise, [...heartbeats]]).toEqual(before);
    expect(hub.world.servers.effects.filter((one) => one.includes('shop-westeurope'))).toEqual([]);
  });

  test('is inconclusive where the provider never backs the server up, and leaves none', async () => {
    hub.world.servers.backsUpRestored = false;
    expect(await drill()).toMatchObject({
      result: 'INCONCLUSIVE',
      reasons: [expect.stringMatching(/could not be played: the provider holds no backup of main/)],
    });
    expect(report().statuses).toMatchObject({ restore: 'not-run', cleanUp: 'done' });
    expect(recorded()).not.toHaveProperty('proven');
    expect(hub.world.servers.standing()).toEqual([sourceServer]);
  });

  test('is inconclusive where the rows cannot be written or the revival cannot be planned', async () => {
    refuse('writeLastRows', 'no such table');
    expect(await drill()).toMatchObject({
      result: 'INCONCLUSIVE',
      reasons: ['the scenario could not be played: no such table'],
    });
    expect(report().timeline.find(({ step }) => step === 'write rows')).toMatchObject({ outcome: 'failed' });
    expect(restores()).toHaveLength(1);
    expect(hub.world.servers.standing()).toEqual([sourceServer]);
  });

  test('fails where the dropped server does not come back', async () => {
    const beginRestore = hub.world.servers.beginRestore.bind(hub.world.servers);
    hub.world.servers.beginRestore = (request) => {
      if (request.mode === 'revive')
        hub.world.servers.failNext('restore', 'BackupNotFound', 'nothing is held of it');
      return beginRestore(request);
    };
    expect(await drill()).toMatchObject({
      result: 'FAIL',
      reasons: ['the restore failed: BackupNotFound: nothing is held of it'],
    });
    expect(hub.world.servers.standing()).toEqual([sourceServer]);
  });

  test('fails where the point itself cannot be restored, and takes its proof', async () => {
    hub.world.servers.failNext('restore', 'WalMissing', 'a segment is missing');
    expect(await drill()).toMatchObject({
      result: 'FAIL',
      reasons: ['the restore failed: WalMissing: a segment is missing'],
    });
    expect(recorded()).toMatchObject({ lastDrill: { result: 'FAIL' } });
  });

  test('fails where rows that were written before the drop are missing', async () => {
    const { onRestored } = hub.world.servers;
    hub.world.servers.onRestored = (from, to, instant) => onRestored(from, to, instant.minus({ minutes: 1 }));
    expect((await drill()).result).toBe('FAIL');
    expect(report().checks.find(({ id }) => id === 'exercise')).toMatchObject({ status: 'failed' });
  });

  test('a server that cannot be dropped is left behind, and nothing is revived', async () => {
    hub.world.servers.failNext('delete-server', 'ServerLocked', 'a lock forbids it');
    expect(await drill()).toMatchObject({ result: 'FAIL' });
    expect(report().reasons).toEqual([
      'a server of the drill was left behind',
      expect.stringContaining('could not be dropped: ServerLocked'),
    ]);
    expect(restores()).toHaveLength(1);
  });

  test('makes and drops each once, whatever is lost on the way, in short histories', async () => {
    const { servers, vault, databases } = hub.world;
    servers.faults.on('beginRestore', 'after').on('beginDeleteServer', 'after');
    databases.faults.on('json_to_recordset', 'after');
    vault.faults.on('create v1/shop/westeurope/reports', 'after');
    expect((await drill()).result).toBe('PASS');
    expect(restores()).toHaveLength(2);
    expect(new Set(restores()).size).toBe(2);
    for (const { name, history } of hub.histories())
      expect([name, history.length < 200]).toEqual([name, true]);
  });

  test('without a recovery point there is nothing to lose: it says so', async () => {
    hub.world.vault.remove(vaultPaths.point(scope, point));
    expect(await drill()).toMatchObject({
      result: 'INCONCLUSIVE',
      reasons: [expect.stringMatching(/could not be played: .*no usable recovery point/)],
    });
    expect(restores()).toEqual([]);
  });
});
