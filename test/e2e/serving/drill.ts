/** A drill's numbers as an outsider measures them, and what is left of its server afterwards. */
import { expect, test } from 'vitest';
import { budget } from '../../budget.ts';
import { nextDrillServer } from '../support/control.ts';
import { until } from '../support/until.ts';
import type { ReportView } from '../support/lifeboat-api.ts';
import { pairedRegion, region, shared, system } from './shared-stack.ts';

const keptForSeconds = 8;
/** The paired region lags a minute behind. */
const replicationSeconds = 65;

/** Registers the tests. */
export function drillTests(): void {
  test('the RPO and RTO of a cycle’s drill are what an outsider finds in the restored server and on his own clock', async () => {
    const id = await shared.api.begin('cycles', { system, cleanUpDelaySeconds: keptForSeconds });
    const outside = await timed(id, {
      begins: (step) => step === 'restore drill',
      isValidated: (_, inner) => inner === 'keep for inspection',
    });
    const { drill } = await shared.api.ended<{ drill: { drill: string } }>(id);
    const report = await shared.api.report(system, drill.drill);
    expect(report.result, report.reasons.join('; ')).toBe('PASS');
    agrees(report, outside);
  });

  test('each drill of a row makes one server and removes it, and its RPO and RTO are what an outsider finds', async () => {
    for (let round = 0; round < budget.drillsInARow; round += 1) {
      const id = await shared.api.begin('drills', { system, cleanUpDelaySeconds: keptForSeconds });
      const outside = await timed(id, {
        begins: (step) => step !== undefined,
        isValidated: (step) => step === 'keep for inspection',
      });
      const { drill } = await shared.api.ended<{ drill: string }>(id);
      const report = await shared.api.report(system, drill);
      agrees(report, outside);
      const { recovery, checks } = report;
      const lastEnd = Math.max(...checks.map((check) => Date.parse(check.endedAt)));
      expect(recovery.validatedAt).toBe(new Date(lastEnd).toISOString());
      expect(recovery.rto.achievedSeconds).toBe((lastEnd - Date.parse(recovery.declaredAt)) / 1000);
      expect(report.isolation).toMatchObject([{ probe: { outcome: 'refused' } }]);
      expect(await effectsOnTarget(report)).toEqual([
        'restore-started',
        'restore-finished',
        'server-deleted',
      ]);
      expect(await shared.outsider.drillServers()).toEqual([]);
    }
  });

  test('an operator’s error: rows that were deleted are back in the restored server, and in no other', async () => {
    const rows = `SELECT count(*)::int AS rows FROM lifeboat.exercise WHERE run = $run AND item > 0`;
    const id = await shared.api.begin('drills', {
      ...{ system, scenario: 'operator-error', cleanUpDelaySeconds: keptForSeconds },
    });
    await clockAt(id, (step) => step === 'keep for inspection');
    const [server] = await shared.outsider.drillServers();
    const sql = rows.replace('$run', `'drill-${id.split('.').at(-1)}'`);
    expect(await shared.outsider.query(server!, 'unite', sql)).toEqual([{ rows: 101 }]);
    const sources = await shared.outsider.servers(`rg-unite-${region}`);
    expect(await shared.outsider.query(sources[0]!, 'unite', sql)).toEqual([{ rows: 0 }]);

    const { drill } = await shared.api.ended<{ drill: string }>(id);
    const report = await shared.api.report(system, drill);
    expect(report.result, report.reasons.join('; ')).toBe('PASS');
    expect(report.plan.scenario).toBe('operator-error');
    const { measured } = report.checks.find((check) => check.id === 'exercise')!;
    expect(measured['rows']).toBe(101);
    expect(measured['newestRowMillisecondsBefore']).toBeLessThan(1_000);
    expect(report.recovery.rpo.achievedSeconds).toBeLessThan(120);
  });

  test('ransomware: the newest state is found poisoned, and the walk back ends at the newest point', async () => {
    await shared.api.ended(await shared.api.begin('snapshots', { system }));
    const { drill } = await shared.api.ended<{ drill: string }>(
      await shared.api.begin('drills', { system, scenario: 'ransomware' }),
    );
    const report = await shared.api.report(system, drill);
    expect(report.result, report.reasons.join('; ')).toBe('PASS');
    expect(report.scenario?.walk).toMatchObject([
      { verdict: 'poisoned', reason: expect.stringContaining('101 rows are not what') as string },
      { point: report.recoveryPoint.id, verdict: 'clean' },
    ]);
    expect(report.cleanUp.deleted).toHaveLength(2);
    const { status, body } = await shared.api.get(`drills/${system}/coverage`);
    expect(status).toBe(200);
    const { cells } = body as { cells: { scenario: string; proof?: { drill: string } }[] };
    expect(cells.find(({ scenario }) => scenario === 'ransomware')?.proof).toMatchObject({ drill });
    expect(await shared.outsider.drillServers()).toEqual([]);
  });

  test('a lost server: one of Lifeboat’s own is dropped and revived with its last rows, and no other is touched', async () => {
    const id = await shared.api.begin('drills', { system, scenario: 'server-lost' });
    await clockAt(id, (step) => step === 'wait for a backup of it');
    const [lost] = await shared.outsider.drillServers();
    await shared.stack.control.backUp(`rg-lifeboat-drills-${region}`, lost!.name);
    const { drill } = await shared.api.ended<{ drill: string }>(id);
    const report = await shared.api.report(system, drill);
    expect(report.result, report.reasons.join('; ')).toBe('PASS');
    expect(report.plan.targets).toMatchObject([
      { source: expect.stringContaining(lost!.name) as string, mode: 'revive' },
    ]);
    expect(report.checks.find((check) => check.id === 'exercise')?.measured['rows']).toBe(101);
    expect(report.cleanUp.deleted).toHaveLength(2);
    expect(await shared.outsider.drillServers()).toEqual([]);
    const [source] = await shared.outsider.servers(`rg-unite-${region}`);
    const sql = `SELECT count(*)::int AS rows FROM lifeboat.exercise WHERE run = '${drill}'`;
    expect(await shared.outsider.query(source!, 'unite', sql)).toEqual([{ rows: 0 }]);
  });

  test('a lost region: the database comes up in the paired region, blobs are read on the secondary', async () => {
    await replicated();
    const { drill } = await shared.api.ended<{ drill: string }>(
      await shared.api.begin('drills', { system, scenario: 'region-lost' }),
    );
    const report = await shared.api.report(system, drill);
    expect(report.result, report.reasons.join('; ')).toBe('PASS');
    expect(report.plan.targets).toMatchObject([{ mode: 'geo', location: pairedRegion }]);
    expect(report.isolation).toMatchObject([{ probe: { outcome: 'refused' } }]);
    const { disruptionAt, heartbeats, replicas, rpo } = report.recovery;
    const oldest = [heartbeats[0]?.newestWrittenAt, replicas?.[0]?.lastSyncAt].map((at) => Date.parse(at!));
    expect(rpo.achievedSeconds).toBeCloseTo((Date.parse(disruptionAt) - Math.min(...oldest)) / 1000, 2);
    expect(rpo.achievedSeconds).toBeGreaterThan(50);
    expect(await shared.outsider.drillServers()).toEqual([]);
  });

  test('a lost blob store: blobs are rebuilt from the replica in a container of its own, which is removed', async () => {
    const snapshot = await shared.api.begin('snapshots', { system });
    await shared.api.ended(snapshot);
    const { drill } = await shared.api.ended<{ drill: string }>(
      await shared.api.begin('drills', { system, scenario: 'store-lost' }),
    );
    const report = await shared.api.report(system, drill);
    expect(report.result, report.reasons.join('; ')).toBe('PASS');
    const { measured } = report.checks.find((check) => check.id === 'rebuild')!;
    expect(measured['blobs']).toBe(measured['ofBlobs']);
    expect(measured['blobs']).toBeGreaterThan(10);
    expect(Number(measured['ok']) + Number(measured['not-replicated'] ?? 0)).toBe(measured['blobs']);
    expect(measured['bytesPerSecond']).toBeGreaterThan(0);
    expect(report.cleanUp.created).toEqual([]);
    expect(await shared.outsider.containers(`vault${region}`)).not.toContain(report.plan.scratch);
  });

  test('corruption: rows come back as they were, and a damaged blob is put right from its good copy', async () => {
    const { drill } = await shared.api.ended<{ drill: string }>(
      await shared.api.begin('drills', { system, scenario: 'corruption' }),
    );
    const report = await shared.api.report(system, drill);
    expect(report.result, report.reasons.join('; ')).toBe('PASS');
    const check = (id: string) => report.checks.find((one) => one.id === id);
    expect(check('exercise')?.measured).toMatchObject({ rows: 101, corruptedInSource: 101 });
    expect(check('repair')?.status).toBe('passed');
    expect(await shared.outsider.containers(`vault${region}`)).not.toContain(report.plan.scratch);
  });

  test('a server that cannot be removed is a finding that names it, and the drill is not passed', async () => {
    await shared.stack.control.fault({
      ...nextDrillServer('DELETE'),
      operationError: { code: 'ServerLocked', message: 'a lock forbids it' },
    });
    const report = await shared.api.drill(system);
    const [target] = report.plan.targets.map((one) => one.target);
    expect(report).toMatchObject({
      result: 'FAIL',
      reasons: ['a server of the drill was left behind'],
      statuses: { restore: 'done', validation: 'passed', cleanUp: 'failed' },
      cleanUp: { created: [target], deleted: [], leftOver: [target] },
    });
    expect(report.findings).toEqual([
      expect.objectContaining({
        severity: 'major',
        text: `${target} was not removed and costs money until it is: ServerLocked: a lock forbids it`,
      }),
    ]);
    await until('the reaper has removed it', async () => {
      const run = await shared.api.post(`drills/${system}/servers/reap`, {});
      expect(run.status).toBe(200);
      return (await shared.outsider.drillServers()).length === 0 ? true : undefined;
    });
    await shared.api.post(`drills/${system}/servers/reap`, {});
    const { body } = await shared.api.get(`drills/${system}/servers`);
    expect(body).toMatchObject({ servers: [], reaped: [{ server: target, cost: { currency: 'EUR' } }] });
  });
}

/** Waits until what was archived after the first heartbeat has had the time to reach the paired region. */
async function replicated(): Promise<void> {
  const group = `rg-unite-${region}`;
  const [source] = await shared.outsider.servers(group);
  const sql = 'SELECT min(written_at) AS first FROM lifeboat.heartbeat';
  const [row] = await shared.outsider.query(source!, 'unite', sql);
  const first = (row!['first'] as Date).getTime();
  const backups = async (): Promise<number[]> =>
    (await shared.stack.control.filesOf(group, source!.name)).backups
      .map(({ restorableFrom }) => Date.parse(restorableFrom))
      .filter((at) => at > first);
  // A backup archives what was written before it.
  if ((await backups()).length === 0) await shared.stack.control.backUp(group, source!.name);
  await until('a heartbeat has been replicated', async () =>
    Date.now() - Math.min(...(await backups())) > replicationSeconds * 1000 ? true : undefined,
  );
}

/** What an outsider measures of a drill that keeps its server for a while. */
interface Outside {
  /** When the newest heartbeat in the restored server was written. */
  readonly newest: number;
  readonly rtoSeconds: number;
}

type IsThere = (step: string | undefined, inner: string | undefined) => boolean;

async function timed(
  id: string,
  { begins, isValidated }: { readonly begins: IsThere; readonly isValidated: IsThere },
): Promise<Outside> {
  const declared = await clockAt(id, begins);
  const validated = await clockAt(id, isValidated);
  const [server, ...others] = await shared.outsider.drillServers();
  expect(others).toEqual([]);
  const sql = 'SELECT max(written_at) AS newest FROM lifeboat.heartbeat';
  const [found] = await shared.outsider.query(server!, 'unite', sql);
  return { newest: (found!['newest'] as Date).getTime(), rtoSeconds: (validated - declared) / 1000 };
}

function agrees({ result, reasons, recovery }: ReportView, { newest, rtoSeconds }: Outside): void {
  expect(result, reasons.join('; ')).toBe('PASS');
  const rpoSeconds = (Date.parse(recovery.disruptionAt) - newest) / 1000;
  expect(recovery.rpo.achievedSeconds).toBeCloseTo(rpoSeconds, 2);
  expect(Math.abs((recovery.rto.achievedSeconds ?? 0) - rtoSeconds)).toBeLessThan(1);
}

/** The outsider's own clock at the moment when he sees a cycle at a step. */
function clockAt(id: string, isThere: IsThere): Promise<number> {
  const look = ({ progress, inner }: { progress?: { step: string }; inner?: { step: string } }) =>
    isThere(progress?.step, inner?.step) ? performance.now() : undefined;
  return shared.api.operationWhen(id, 'it is at the step', look, 50);
}

async function effectsOnTarget(report: ReportView): Promise<string[]> {
  const [target] = report.plan.targets.map((one) => one.target.split('/').at(-1));
  const effects = await shared.stack.control.effectsOn(target ?? '');
  return effects
    .map(({ kind }) => kind)
    .filter((kind) => kind.startsWith('restore-') || kind.startsWith('server-'));
}
