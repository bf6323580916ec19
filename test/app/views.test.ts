/** What the API shows of a system: its status, its recovery points, its reports. */
import { beforeEach, describe, expect, test } from 'vitest';
import { claimSlot } from '../../src/activities/slots.ts';
import { noteWithdrawnKeys } from '../../src/activities/report/late-signatures.ts';
import { viewReport, viewReports } from '../../src/app/report-views.ts';
import { viewPoints, viewStatus } from '../../src/app/views.ts';
import { pointsResponse } from '../../src/contracts/api/retention.ts';
import { statusResponse, type SystemStatus } from '../../src/contracts/api/status.ts';
import { isoOf } from '../../src/contracts/values.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import type { InstanceView, TaskHub } from '../../src/ports/task-hub.ts';
import { drillFactsOf } from '../support/drill-facts.ts';
import { restoreServer, takeSnapshot } from '../support/drill-steps.ts';
import { sampleEstate, scope } from '../support/sample-estate.ts';
import { scanAll } from '../support/scan-steps.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { makeWorld, type World } from '../support/world.ts';
import { hubKnowing } from '../support/known-runs.ts';

let clock: VirtualWallClock;
let world: World;
let instances: Map<string, Partial<InstanceView>>;
let hub: TaskHub;

beforeEach(() => {
  clock = new VirtualWallClock();
  const estate = structuredClone(sampleEstate());
  estate.systems.push({ ...structuredClone(estate.systems[0]!), id: 'second', name: 'Second' });
  world = makeWorld(clock, { estate });
  instances = new Map();
  hub = hubKnowing(instances, clock);
});

/** The status of the first system, in the form that the API promises. */
async function shop(): Promise<SystemStatus> {
  const status = statusResponse.parse(
    JSON.parse(JSON.stringify(await viewStatus(world.deps, hub, 'https://vault.example/lifeboat'))),
  );
  expect(status.systems.map((one) => one.system)).toEqual(['shop', 'second']);
  return status.systems[0]!;
}

const slot = '20260301T060000Z';
/** A night of everything: point, drill with report, scan, prune, an alert, and a run at work. */
async function wholeNight(): Promise<string> {
  await takeSnapshot(world);
  clock.advance(60);
  const planned = await restoreServer(world);
  await world.value('finalizeReport', await drillFactsOf(world, planned));
  await scanAll(world);
  const { plan } = await world.value<{ plan: string }>('planPrune', { ...scope, slot, dryRun: true });
  const at = isoOf(clock.now());
  const effects = { backups: [], portions: [] };
  await world.value('finalizePrune', {
    ...scope,
    slot,
    plan,
    dryRun: true,
    startedAt: at,
    endedAt: at,
    ...effects,
  });
  const alert = { key: 'heartbeat-silent', severity: 'warning', title: 't', detail: 'd', runbook: 'r' };
  await world.value('raiseAlert', { ...scope, ...alert });
  const { claim } = await claimSlot(world.deps, scope, 'snapshot', slot, 'schedule');
  instances.set(claim.instanceId, {});
  return planned.drill;
}

describe('the status', () => {
  test('of a system of which nothing is known yet', async () => {
    const status = await shop();
    expect(status).toMatchObject({
      name: 'Shop',
      objectives: { rpoSeconds: 86_400, rtoSeconds: 14_400 },
      points: { count: 0, damaged: [] },
      freshness: ['snapshot', 'scan', 'prune', 'drill'].map(
        (kind) => expect.objectContaining({ kind }) as unknown,
      ),
      alerts: [],
      running: [],
      next: {
        snapshot: '2026-03-02T01:30:00.000Z',
        scan: '2026-03-02T00:00:00.000Z',
        prune: '2026-03-01T06:00:00.000Z',
        drill: '2026-03-01T04:00:00.000Z',
      },
    });
    for (const key of ['newestPoint', 'drill', 'drillUnreadable', 'scan', 'prune', 'unreadable'])
      expect(status).not.toHaveProperty(key);
  });

  test('after a whole night shows every part, and the other system as it was', async () => {
    const drill = await wholeNight();
    clock.advance(60);
    expect(await shop()).toMatchObject({
      points: { count: 1, damaged: [] },
      newestPoint: { ageSeconds: 120, provenAt: expect.any(String) as string },
      drill: { id: drill, result: 'PASS', checks: { passed: 1, total: 1 }, findings: 0 },
      scan: { outcome: 'clean', counts: { blobs: 3 }, worst: [] },
      prune: { dryRun: true, outcome: 'done' },
      alerts: [{ key: 'heartbeat-silent', count: 1 }],
      running: [{ kind: 'snapshot', id: `snapshot.shop.westeurope.${slot}` }],
    });
    const second = (await viewStatus(world.deps, hub, 'https://vault.example')).systems[1];
    expect(second).toMatchObject({ points: { count: 0 }, alerts: [], running: [] });
  });

  test('shows the last prune that was none of the dry runs after it', async () => {
    for (const [stamp, dryRun] of [
      ['20260301T060000Z', false],
      ['20260301T070000Z', true],
    ] as const) {
      const document = {
        schema: 'lifeboat/prune/v2',
        id: `prune-${stamp}`,
        ...scope,
        plan: `sha256-${'0'.repeat(64)}`,
        dryRun,
      };
      const ended = { startedAt: clock.now().toISO(), endedAt: clock.now().toISO(), outcome: 'done' };
      const rest = { detail: '', deleted: { backups: 0, snapshots: 0 }, kept: [], effects: [], findings: [] };
      const path = vaultPaths.prune(scope, `prune-${stamp}`);
      world.vault.put(path, JSON.stringify({ ...document, ...ended, ...rest }));
    }
    expect(await shop()).toMatchObject({ prune: { id: 'prune-20260301T060000Z', dryRun: false } });
  });

  test('names the worst findings of a scan and leaves out what is only unreferenced', async () => {
    await takeSnapshot(world);
    world.contents.put('left over', { template: '{0:2}/{digest}', algorithm: 'sha256' });
    for (const name of [...world.contents.blobs.keys()].slice(0, 3)) world.contents.damage(name, 'flip');
    for (let n = 0; n < 4; n += 1) world.contents.blobs.set(`odd ${n}`, Buffer.from('x'));
    await scanAll(world);
    const { scan } = await shop();
    expect(scan?.worst.map((one) => one.verdict)).toEqual([
      ...['digest-mismatch', 'digest-mismatch', 'digest-mismatch', 'not-an-address', 'not-an-address'],
    ]);
  });

  test('counts only usable points, and leaves out resolved alerts and runs that have ended', async () => {
    await wholeNight();
    instances.clear();
    const path = vaultPaths.point(scope, 'on-demand-20260301T013000Z');
    const tombstone = { at: isoOf(clock.now()), reason: 'past the window' };
    world.vault.put(path, JSON.stringify({ ...world.vault.json<object>(path), tombstone }));
    const alert = vaultPaths.alert(scope, 'heartbeat-silent');
    const resolvedAt = isoOf(clock.now());
    world.vault.put(alert, JSON.stringify({ ...world.vault.json<object>(alert), resolvedAt }));
    const status = await shop();
    expect(status).toMatchObject({
      points: { count: 0 },
      alerts: [],
      running: [],
      drill: { result: 'PASS' },
    });
    expect(status).not.toHaveProperty('newestPoint');
  });

  test('with a damaged recovery point says which, and counts the others', async () => {
    await wholeNight();
    const path = vaultPaths.point(scope, 'on-demand-20260228T013000Z');
    world.vault.put(path, '{ cut');
    expect(await shop()).toMatchObject({
      points: { count: 1, damaged: [`${path} in the vault is no JSON`] },
      drill: { result: 'PASS' },
    });
  });

  test.each([
    ['drill', (drill: string) => vaultPaths.report(scope, drill)],
    ['scan', () => vaultPaths.scan(scope, 'scan-20260301T013100Z')],
    ['prune', () => vaultPaths.prune(scope, `prune-${slot}`)],
    ['running', () => vaultPaths.slot(scope, 'snapshot', slot)],
    ['freshness', () => vaultPaths.watch(scope)],
    ['alerts', () => vaultPaths.alert(scope, 'a-damaged-one')],
    ['restores', () => vaultPaths.slot(scope, 'restore', slot)],
  ])('with a damaged document of its %s says which, and shows every other part', async (part, pathOf) => {
    const drill = await wholeNight();
    await shop();
    const whole: Record<string, unknown> = { ...(await shop()) };
    const path = pathOf(drill);
    world.vault.put(path, '{ cut');
    const status: Record<string, unknown> = { ...(await shop()) };
    const said = [...((status['unreadable'] as string[] | undefined) ?? []), status['drillUnreadable']];
    expect(said.filter(Boolean).length).toBeGreaterThan(0);
    for (const problem of said.filter(Boolean)) expect(problem).toBe(`${path} in the vault is no JSON`);
    const parts = ['drill', 'scan', 'prune', 'freshness', 'alerts', 'newestPoint', 'points'];
    for (const key of parts.filter((one) => one !== part)) expect(status[key], key).toEqual(whole[key]);
  });

  test('is a failure, and not an empty status, if the vault does not answer', async () => {
    await wholeNight();
    world.vault.faults.on('list v1/shop/westeurope/scans', 'before');
    await expect(viewStatus(world.deps, hub, 'https://vault.example')).rejects.toMatchObject({
      code: 'unavailable',
    });
  });
});

describe('the recovery points', () => {
  test('are listed newest first, the damaged ones beside them', async () => {
    await takeSnapshot(world);
    clock.advance(86_400);
    await takeSnapshot(world);
    world.vault.put(`${vaultPaths.points(scope)}on-demand-20260228T013000Z.json`, '{}');
    const view = pointsResponse.parse(await viewPoints(world.deps, 'shop'));
    expect(view.points.map((point) => point.id)).toEqual([
      'on-demand-20260302T013000Z',
      'on-demand-20260301T013000Z',
    ]);
    expect(view.damaged).toEqual([
      {
        path: 'v1/shop/westeurope/points/on-demand-20260228T013000Z.json',
        problem: expect.stringMatching(/in the vault: schema: /) as string,
      },
    ]);
    expect(view.notCounted).toBeUndefined();
    expect(await viewPoints(world.deps, 'second')).toEqual({ points: [], damaged: [] });
    await expect(viewPoints(world.deps, 'nobody')).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('a report', () => {
  test('is given byte for byte in both forms', async () => {
    const drill = await wholeNight();
    const json = await viewReport(world.deps, 'shop', drill, 'json');
    expect(json.toString()).toBe(world.vault.text(vaultPaths.report(scope, drill)));
    const markdown = await viewReport(world.deps, 'shop', drill, 'markdown');
    expect(markdown.toString()).toBe(world.vault.text(vaultPaths.reportMarkdown(scope, drill)));
    const jws = await viewReport(world.deps, 'shop', drill, 'jws');
    expect(jws.toString()).toBe(world.vault.text(vaultPaths.reportSignature(scope, drill)));
  });

  test('comes with the key of its signature, and with what is known of the end of that key', async () => {
    const drill = await wholeNight();
    const key = await world.signer.currentKey();
    const view = async (): Promise<unknown> =>
      JSON.parse((await viewReport(world.deps, 'shop', drill, 'key')).toString());
    expect(await view()).toEqual({ schema: 'lifeboat/signing-key/v1', ...key });
    world.signer.enable(key.source, false);
    await noteWithdrawnKeys(world.deps);
    expect(await view()).toMatchObject({
      withdrawn: { because: `${key.source} is disabled in the key vault` },
    });
    world.vault.put(vaultPaths.reportSignature(scope, drill), 'nonsense');
    await expect(view()).rejects.toMatchObject({ code: 'bad-document' });
  });

  test('that is not signed says so where its signature is asked for, in the list and in the status', async () => {
    const drill = await wholeNight();
    expect(await shop()).toMatchObject({ drill: { signed: true } });
    world.vault.remove(vaultPaths.reportSignature(scope, drill));
    for (const form of ['jws', 'key'] as const)
      await expect(viewReport(world.deps, 'shop', drill, form)).rejects.toMatchObject({
        code: 'not-found',
        message: `the report of ${drill} of shop in westeurope is not signed`,
      });
    expect(await shop()).toMatchObject({ drill: { signed: false } });
    expect(await viewReports(world.deps, 'shop')).toMatchObject({
      older: 0,
      reports: [{ id: drill, signed: false }],
    });
  });

  test('is listed with those before it, the newest first, damaged and older ones too', async () => {
    const drill = await wholeNight();
    const report = world.vault.json<object>(vaultPaths.report(scope, drill));
    const v1 = { ...report, schema: 'lifeboat/drill-report/v1' };
    world.vault.put(vaultPaths.report(scope, 'drill-20250101T000000Z'), JSON.stringify(v1));
    world.vault.put(vaultPaths.report(scope, 'drill-20250102T000000Z'), '{ cut');
    for (let day = 0; day < 60; day += 1)
      world.vault.put(vaultPaths.report(scope, `drill-2024${String(day + 1000)}T000000Z`), '{ cut');
    const { reports, older } = await viewReports(world.deps, 'shop');
    expect([reports.length, older]).toEqual([50, 13]);
    expect(reports.slice(0, 3)).toEqual([
      expect.objectContaining({ id: drill, number: 1, signed: true, result: 'PASS' }),
      {
        id: 'drill-20250102T000000Z',
        signed: false,
        unreadable: expect.stringContaining('is no JSON') as string,
      },
      expect.objectContaining({ id: 'drill-20250101T000000Z', signed: false, result: 'PASS' }),
    ]);
    expect(reports[2]).not.toHaveProperty('number');
  });

  test.each([
    'drill-1',
    '../points/on-demand-20260301T013000Z',
    'drill-20260301T040000Z/..',
    '',
    'drill-20260301T040000Z\n',
  ])('of the name "%s" is not looked for: that names no drill', async (drill) => {
    world.vault.faults.calls.length = 0;
    await expect(viewReport(world.deps, 'shop', drill, 'json')).rejects.toMatchObject({ code: 'bad-input' });
    expect(world.vault.faults.calls).toEqual([]);
  });

  test('that does not exist, or is of another system, is not found', async () => {
    const drill = await wholeNight();
    for (const [system, name] of [
      ['shop', 'drill-20200101T000000Z'],
      ['second', drill],
      ['nobody', drill],
    ])
      await expect(viewReport(world.deps, system!, name!, 'json')).rejects.toMatchObject({
        code: 'not-found',
      });
  });
});
