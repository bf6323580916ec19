/** What a weaker estate that nobody approved changes: nothing where it can be kept, and a word wherever it cannot. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { approvedScope } from '../../src/activities/approved-scope.ts';
import { guardEstate } from '../../src/activities/estate-guard.ts';
import { freshnessOf } from '../../src/app/freshness.ts';
import { startDueRuns } from '../../src/app/runs.ts';
import type { ApprovedEstate } from '../../src/contracts/approved-estate.ts';
import type { AlertDocument } from '../../src/contracts/documents.ts';
import { protectionDigest } from '../../src/contracts/estate-protection.ts';
import type { Estate } from '../../src/contracts/estate.ts';
import type { DrillReport } from '../../src/contracts/report.ts';
import type { ScanDocument } from '../../src/contracts/scan-documents.ts';
import { isoOf } from '../../src/contracts/values.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { instanceIdOf, stampOf } from '../../src/policy/identifiers.ts';
import type { TaskHub } from '../../src/ports/task-hub.ts';
import { operatorSql, scope } from '../support/sample-estate.ts';
import { WorkflowHub } from '../support/workflow-hub.ts';

let hub: WorkflowHub;
let system: Estate['systems'][number];
beforeEach(async () => {
  hub = new WorkflowHub();
  system = hub.world.deps.estate.systems[0]!;
  await guardEstate(hub.world.deps, scope);
});
afterEach(() => hub.close());

const guard = () => guardEstate(hub.world.deps, scope);
const alert = (): AlertDocument => hub.world.vault.json(vaultPaths.alert(scope, 'estate-weakened'));
const approved = (): ApprovedEstate => hub.world.vault.json(vaultPaths.approvedEstate(scope));
async function run(kind: string, workflow: string): Promise<string> {
  const slot = stampOf(hub.world.clock.now());
  await hub.run(workflow, instanceIdOf({ kind, ...scope, stamp: slot }), {
    ...scope,
    slot,
    trigger: 'person',
  });
  return slot;
}
async function approve(): Promise<void> {
  const standing = await guard();
  if (standing.state !== 'weaker') throw new Error('it is not weaker');
  const at = hub.world.clock.now();
  hub.world.vault.put(
    vaultPaths.approval(scope, standing.digest),
    JSON.stringify({
      ...{ schema: 'lifeboat/approval/v1', ...scope, digest: standing.digest, decision: 'approved' },
      ...{ by: 'Head of Shop', at: isoOf(at), reason: 'agreed', expiresAt: isoOf(at.plus({ days: 1 })) },
    }),
  );
  await guard();
}

describe('a schedule that is rarer and later', () => {
  const started: string[] = [];
  const never: TaskHub = {
    start: async (_workflow, id) => void started.push(id),
    find: async () => undefined,
  };
  const snapshots = async (instant: string): Promise<string[]> => {
    hub.time.jumpTo(Date.parse(instant));
    started.length = 0;
    await startDueRuns(hub.world.deps, never);
    return started.filter((id) => id.startsWith('snapshot.'));
  };
  const isLate = async (instant: string): Promise<string | undefined> => {
    hub.time.jumpTo(Date.parse(instant));
    const found = await freshnessOf(hub.world.deps, system);
    return found.find(({ kind }) => kind === 'snapshot')?.freshness.state;
  };
  beforeEach(async () => {
    await freshnessOf(hub.world.deps, system);
    // Only on Sundays, and a missed one is noticed a day later. 2026-03-03 is a Tuesday.
    system.schedules.snapshot = { cron: '0 0 5 * * 0', timeZone: 'UTC', lateAfter: 'P1D' };
    await guard();
  });

  test('is served as it was, and a missed slot is late when it was', async () => {
    expect(await snapshots('2026-03-03T01:31:00.000Z')).toEqual([
      'snapshot.shop.westeurope.20260303T013000Z',
    ]);
    expect(await isLate('2026-03-03T03:31:00.000Z')).toBe('late');
    expect(alert().detail).toContain('What was approved goes on to hold meanwhile.');
  });

  test('is served as the file says once somebody else approved it', async () => {
    await approve();
    expect(await snapshots('2026-03-03T01:31:00.000Z')).toEqual([]);
    expect(await snapshots('2026-03-08T05:01:00.000Z')).toEqual([
      'snapshot.shop.westeurope.20260308T050000Z',
    ]);
  });

  test('cannot be kept where the approval is of an older version, and the alert says so', async () => {
    const { protection, ...rest } = approved();
    const bare = (one: object): object => ({ ...one, slots: undefined });
    const old = {
      ...protection!,
      schedules: Object.fromEntries(
        Object.entries(protection!.schedules).map(([kind, one]) => [kind, bare(one)]),
      ),
    } as NonNullable<ApprovedEstate['protection']>;
    const digest = protectionDigest(scope, old as Parameters<typeof protectionDigest>[1]);
    const document = { ...rest, schema: 'lifeboat/approved-estate/v1', protection: old, digest };
    hub.world.vault.put(vaultPaths.approvedEstate(scope), JSON.stringify(document));
    await guard();
    expect(alert().detail).toContain(
      'but for what cannot be kept: systems.shop.westeurope.schedules.snapshot.everySeconds.',
    );
    expect(await snapshots('2026-03-03T01:31:00.000Z')).toEqual([]);
    // How soon a missed one is noticed is known all the same.
    expect((await approvedScope(hub.world.deps, scope)).system.schedules.snapshot.lateAfter).toBe('PT7200S');
  });
});

test('a schedule at another time that is no rarer takes its place at once', async () => {
  system.schedules.snapshot.cron = '0 45 2 * * *';
  expect(await guard()).toEqual({ state: 'approved' });
  expect(approved()).toMatchObject({
    schema: 'lifeboat/approved-estate/v2',
    protection: { schedules: { snapshot: { slots: { cron: '0 45 2 * * *', timeZone: 'UTC' } } } },
  });
});

test('a drill check that is gone is run all the same, and fails the drill where it fails', async () => {
  await run('snapshot', 'snapshot');
  system.regions[0]!.databases[0]!.checks = [];
  await guard();
  hub.world.source.answers.set(operatorSql, '1');
  const slot = await run('drill', 'restoreDrill');
  const report = hub.world.vault.json<DrillReport>(vaultPaths.report(scope, `drill-${slot}`));
  expect(report.checks.find(({ id }) => id === 'operator')?.status).toBe('failed');
  await approve();
  hub.time.jumpTo(hub.time.now() + 60_000);
  const later = await run('drill', 'restoreDrill');
  const other = hub.world.vault.json<DrillReport>(vaultPaths.report(scope, `drill-${later}`));
  expect(other.checks.map(({ id }) => id)).not.toContain('operator');
});

test('a blob store that is gone fails every whole scan, and is a finding of every report', async () => {
  await run('cycle', 'cycle');
  const region = system.regions[0]!;
  const [files] = region.blobStores;
  region.blobStores = [{ ...files!, id: 'pictures' }];
  hub.time.jumpTo(hub.time.now() + 60_000);
  const slot = await run('cycle', 'cycle');
  const words = 'the blob store files is not protected any more, and nobody approved that';
  const scan = hub.world.vault.json<ScanDocument>(vaultPaths.scan(scope, `scan-${slot}`));
  expect(scan).toMatchObject({
    outcome: 'failed',
    incomplete: [{ store: 'files', failure: expect.stringContaining(words) as string }],
    detail: expect.stringContaining(words) as string,
  });
  const report = hub.world.vault.json<DrillReport>(vaultPaths.report(scope, `drill-${slot}`));
  expect(report.findings).toMatchObject([
    { severity: 'major', text: `${words}: this drill says nothing of it` },
  ]);
  expect(alert().detail).toContain('cannot be kept: systems.shop.westeurope.stores.files.');
  await approve();
  hub.time.jumpTo(hub.time.now() + 60_000);
  const after = await run('cycle', 'cycle');
  expect(hub.world.vault.json(vaultPaths.scan(scope, `scan-${after}`))).toMatchObject({ incomplete: [] });
  expect(hub.world.vault.json(vaultPaths.report(scope, `drill-${after}`))).toMatchObject({ findings: [] });
});
