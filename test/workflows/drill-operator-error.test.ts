import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { reportMarkdown } from '../../src/activities/report-markdown.ts';
import type { ExerciseDocument } from '../../src/contracts/exercise.ts';
import type { CheckResult } from '../../src/contracts/report.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { digestOf } from '../../src/policy/canonical-json.ts';
import { DatabaseError } from '../../src/ports/database.ts';
import { scope, sourceServer } from '../support/sample-estate.ts';
import { PlayedDrill } from '../support/played-drill.ts';
import { WorkflowHub } from '../support/workflow-hub.ts';

const slot = '20260301T040000Z';
let hub: WorkflowHub;
beforeEach(async () => {
  hub = new WorkflowHub(Date.UTC(2026, 2, 1, 4));
  await hub.world.value('recordHeartbeat', scope);
});
afterEach(() => hub.close());

const { run: drill, report, check: checkOf } = new PlayedDrill(() => hub, 'operator-error');
const played = (): ExerciseDocument => hub.world.vault.json(vaultPaths.exercise(scope, `drill-${slot}`));
const check = (): CheckResult => checkOf('exercise');
/** Whatever is restored comes to another instant than was asked for. */
function restoreBeside(milliseconds: number): void {
  const { onRestored } = hub.world.servers;
  hub.world.servers.onRestored = (from, to, instant) => onRestored(from, to, instant.plus({ milliseconds }));
}

describe('a drill of an operator’s error', () => {
  test('brings rows back that were deleted, to the instant before, and says how near it came', async () => {
    expect(await drill()).toMatchObject({ result: 'PASS', scenario: 'operator-error' });
    const [one] = played().databases;
    const struckAt = Date.parse(one!.struckAt);
    const { plan, checks, recovery, recoveryPoint, scenario, evidence } = report();
    expect(plan).toMatchObject({ scenario: 'operator-error', exercise: digestOf(played()) });
    expect(plan.targets.map(({ instant }) => Date.parse(instant))).toEqual([struckAt - 1]);
    expect(recoveryPoint.kind).toBe('instant');
    expect(recovery.disruptionAt).toBe(one!.struckAt);
    expect(check()).toMatchObject({
      ...{ status: 'passed', database: 'main' },
      measured: { rows: 101, newestRowMillisecondsBefore: 5, restoredMillisecondsBefore: 1 },
    });
    expect(checks.map(({ id }) => id)).not.toContain('fingerprint');
    expect(scenario?.told.join('\n')).toMatch(/101 rows .* were deleted at .*\n.*passed: all 101 are there/);
    expect(reportMarkdown(report())).toContain('## Scenario: operator-error');
    expect(evidence).toContainEqual(expect.objectContaining({ what: 'what was played in the source' }));
    expect(hub.world.servers.standing()).toEqual([sourceServer]);
  });

  test('waits as long as an instant takes to be restorable, which is part of its RTO', async () => {
    const { rtoSeconds } = await drill();
    const step = report().timeline.find((one) => one.step === 'wait until restorable');
    expect(step?.seconds).toBe(300);
    expect(rtoSeconds).toBeGreaterThanOrEqual(300);
    expect(report().timeline.map((one) => one.step)).toEqual([
      ...['write rows', 'strike', 'wait until restorable', 'plan', 'restore', 'check', 'clean up'],
    ]);
  });

  test('touches no table of the system, and no row of its own that others may need', async () => {
    const tables = structuredClone([...hub.world.source.tables]);
    const beats = new Map(hub.world.source.heartbeats);
    await drill();
    expect([...hub.world.source.tables]).toEqual(tables);
    expect(hub.world.source.heartbeats).toEqual(beats);
  });

  test.each([
    ['the deletion is there, where the provider restored too late', 5, /the deletion is there/],
    ['rows are missing, where the provider restored too early', -60, /rows are missing/],
  ])('fails where %s', async (_what, milliseconds, finding) => {
    restoreBeside(milliseconds);
    expect((await drill()).result).toBe('FAIL');
    expect(check().status).toBe('failed');
    expect(check().findings.join('; ')).toMatch(finding);
  });

  test('is inconclusive and says why where the database is not prepared for it', async () => {
    const error = new DatabaseError('42P01', 'relation "lifeboat.exercise" does not exist');
    hub.world.databases.faults.on('lifeboat.exercise', 'before', { error, times: 99 });
    const result = await drill();
    expect(result).toMatchObject({
      result: 'INCONCLUSIVE',
      reasons: [expect.stringContaining('"lifeboat.exercise" does not exist')],
      timeline: [
        { step: 'write rows', outcome: 'failed' },
        { step: 'report', outcome: 'done' },
      ],
    });
    expect(report()).toMatchObject({
      result: 'INCONCLUSIVE',
      reasons: [expect.stringMatching(/^the scenario could not be played: .*does not exist/)],
      plan: { scenario: 'operator-error', choice: 'the present: nothing was restored' },
      scenario: { name: 'operator-error', told: [expect.stringContaining('could not be played')] },
      statuses: { restore: 'not-run', validation: 'not-run', cleanUp: 'not-needed' },
    });
    expect(report().checks).toEqual([]);
    expect(hub.world.vault.json(vaultPaths.alert(scope, 'drill-failed'))).toMatchObject({
      title: expect.stringContaining('ended INCONCLUSIVE') as string,
    });
    expect(hub.world.servers.standing()).toEqual([sourceServer]);
  });

  test('leaves an alert where not even the report of that can be planned', async () => {
    const error = new DatabaseError('42P01', 'relation "lifeboat.exercise" does not exist');
    hub.world.databases.faults.on('lifeboat.exercise', 'before', { error, times: 99 });
    hub.world.servers.put({ id: sourceServer, earliestRestore: undefined });
    expect(await drill()).toMatchObject({ result: 'INCONCLUSIVE', scenario: 'operator-error' });
    expect(hub.world.vault.paths().filter((path) => path.endsWith('report.json'))).toEqual([]);
    expect(hub.world.vault.json(vaultPaths.alert(scope, 'drill-failed'))).toMatchObject({
      title: expect.stringContaining('could not be played') as string,
    });
  });

  test('strikes once, whatever is lost on the way', async () => {
    hub.world.databases.faults.on('WITH harmed AS', 'after').on('AS struck_at', 'before');
    hub.world.vault.faults.on('create v1/shop/westeurope/reports', 'after');
    expect((await drill()).result).toBe('PASS');
    const marks = hub.world.source.exercise.filter(({ item }) => item === 0);
    expect(marks).toHaveLength(1);
    expect(check().measured).toMatchObject({ rows: 101, newestRowMillisecondsBefore: 5 });
  });

  test('is not planned by what somebody changed in the vault', async () => {
    const { run } = hub.world;
    hub.world.run = async (name, input) => {
      if (name === 'planDrill') {
        const changed = { ...played(), databases: played().databases.map((one) => ({ ...one, rows: 5 })) };
        const path = vaultPaths.exercise(scope, `drill-${slot}`);
        hub.world.vault.remove(path);
        await hub.world.vault.create(path, Buffer.from(JSON.stringify(changed)), 'application/json');
      }
      return run(name, input);
    };
    expect(await drill()).toMatchObject({
      ...{ result: 'INCONCLUSIVE', reasons: [expect.stringContaining('is not what drill-')] },
    });
  });
});
