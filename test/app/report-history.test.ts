/** The history of reports: read from the chain, page by page, and nothing of it on trust. */
import { beforeEach, describe, expect, test } from 'vitest';
import { continuationAfter, continuationAt } from '../../src/app/api/paging.ts';
import { viewReportHistory } from '../../src/app/report-history.ts';
import { reportHistoryResponse, type ReportHistoryResponse } from '../../src/contracts/api/reports.ts';
import type { DrillReport } from '../../src/contracts/report.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { drillFactsOf } from '../support/drill-facts.ts';
import { restoreServer, takeSnapshot } from '../support/drill-steps.ts';
import { scope } from '../support/sample-estate.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { makeWorld, type World } from '../support/world.ts';

let clock: VirtualWallClock;
let world: World;

beforeEach(async () => {
  clock = new VirtualWallClock();
  world = makeWorld(clock);
  await takeSnapshot(world);
});

/** A drill whose checks end so many seconds after it was declared; its id. */
async function drill(seconds: number): Promise<string> {
  clock.advance(3600);
  const planned = await restoreServer(world);
  clock.advance(seconds);
  await world.value('finalizeReport', await drillFactsOf(world, planned));
  return planned.drill;
}

async function history(limit = 30, continuation?: string): Promise<ReportHistoryResponse> {
  const page = await viewReportHistory(world.deps, 'shop', { limit, continuation });
  return reportHistoryResponse.parse(JSON.parse(JSON.stringify(page)));
}

const states = ({ reports }: ReportHistoryResponse): string[] =>
  reports.map(({ number, signature }) => `${number} ${signature.state}`);

/** Changes what stands in the chain, or anywhere else in the vault. */
const change = (path: string, changed: (document: { report: DrillReport }) => void): void => {
  const document = world.vault.json<{ report: DrillReport }>(path);
  changed(document);
  world.vault.put(path, JSON.stringify(document));
};

describe('the history', () => {
  test('of a system without a drill is empty, of one that is not there not found', async () => {
    expect(await history()).toMatchObject({ reports: [], unreadable: [], figures: [] });
    expect(await history()).not.toHaveProperty('continuation');
    await expect(viewReportHistory(world.deps, 'nobody', { limit: 1 })).rejects.toMatchObject({
      code: 'not-found',
    });
  });

  test('has each drill, newest first, with what it achieved, and the figures over all of them', async () => {
    const ids = [];
    for (const seconds of [10, 20, 30, 40, 50]) ids.push(await drill(seconds));
    const { reports, figures, unreadable } = await history();
    expect(reports.map((one) => one.drill)).toEqual(ids.toReversed());
    expect(reports[0]).toMatchObject({
      ...{ number: 5, scenario: 'restore-newest-point', result: 'PASS', point: 'on-demand-20260301T013000Z' },
      rto: { objectiveSeconds: 14_400, seconds: 50, verdict: 'met' },
      signature: { state: 'verified', problems: [] },
    });
    expect(unreadable).toEqual([]);
    expect(figures).toMatchObject([
      {
        ...{ scenario: 'restore-newest-point', drills: 5 },
        rpo: { measured: 5, minimum: 3600 },
        rto: { minimum: 10, median: 30, worst: 50, trend: { direction: 'rising', secondsPerDrill: 10 } },
      },
    ]);
  });

  test('comes in pages that leave nothing out and show nothing twice, with few reads for each', async () => {
    for (let at = 0; at < 7; at += 1) await drill(10);
    const seen: number[] = [];
    let next: string | undefined;
    do {
      world.vault.faults.calls.length = 0;
      const page = await history(3, next);
      expect(world.vault.faults.calls.filter((label) => label.startsWith('read')).length).toBeLessThan(10);
      seen.push(...page.reports.map(({ number }) => number));
      expect(new Set(states(page).map((one) => one.split(' ')[1]))).toEqual(new Set(['verified']));
      next = page.continuation;
    } while (next !== undefined);
    expect(seen).toEqual([7, 6, 5, 4, 3, 2, 1]);
    expect(await history(3, continuationAt(1))).toMatchObject({ reports: [], figures: [] });
    for (const word of ['1', 'MTc=', continuationAfter('000000000001.jsonl:1'), continuationAfter('-1')])
      await expect(history(3, word)).rejects.toThrow('query.continuation: must be');
  });
});

describe('a report in the history', () => {
  test('that has no signature says so, and counts in the figures', async () => {
    await drill(10);
    const unsigned = await drill(20);
    world.vault.remove(vaultPaths.reportSignature(scope, unsigned));
    const page = await history();
    expect(states(page)).toEqual(['2 unsigned', '1 verified']);
    expect(page.figures[0]).toMatchObject({ drills: 2 });
    change(vaultPaths.reportEntry(scope, 1), ({ report }) => (report.result = 'FAIL'));
    expect(states(await history())).toEqual(['2 not-verified', '1 not-verified']);
  });

  test('whose figures were changed in the chain does not verify, nor does the one after it, and neither counts', async () => {
    for (const seconds of [10, 20, 30]) await drill(seconds);
    change(vaultPaths.reportEntry(scope, 2), ({ report }) => (report.recovery.rto.achievedSeconds = 1));
    const page = await history();
    expect(states(page)).toEqual(['3 not-verified', '2 not-verified', '1 verified']);
    expect(page.reports[1]?.signature.problems.join()).toMatch(/is not the one that was signed/);
    expect(page.reports[0]?.signature.problems.join()).toMatch(/the report before it .* is not the one/);
    expect(page.figures[0]).toMatchObject({ drills: 1, rto: { worst: 10 } });
  });

  test('that stands at the place of another one, or is cut off, is told and shown as none', async () => {
    for (const seconds of [10, 20, 30]) await drill(seconds);
    const second = vaultPaths.reportEntry(scope, 2);
    world.vault.put(second, world.vault.text(vaultPaths.reportEntry(scope, 1)));
    expect(await history()).toMatchObject({
      unreadable: [{ number: 2, problem: `${second} in the vault holds report 1` }],
    });
    world.vault.put(second, '{ cut');
    const page = await history();
    expect(states(page)).toEqual(['3 unknown', '1 verified']);
    expect(page.reports[0]?.signature.problems).toEqual(['the report before it cannot be read']);
    world.vault.remove(second);
    expect(await history()).toMatchObject({ unreadable: [{ number: 2 }] });
  });

  test('that is signed by a key that is not there, or that was withdrawn before, is not taken for verified', async () => {
    await drill(10);
    const { keyId } = await world.signer.currentKey();
    const path = vaultPaths.signingKey('westeurope', keyId);
    const key = world.vault.text(path);
    world.vault.remove(path);
    expect(states(await history())).toEqual(['1 unknown']);
    world.vault.put(path, key);
    const withdrawn = {
      schema: 'lifeboat/key-withdrawal/v1',
      keyId,
      at: '2026-03-01T00:00:00.000Z',
      because: 'stolen',
    };
    world.vault.put(vaultPaths.keyWithdrawal('westeurope', keyId), JSON.stringify(withdrawn));
    const page = await history();
    expect(states(page)).toEqual(['1 not-verified']);
    expect(page.reports[0]?.signature.problems.join()).toMatch(/withdrawn .* stolen/);
  });

  test('with a signature of something else does not verify', async () => {
    const [one, other] = [await drill(10), await drill(20)];
    world.vault.put(
      vaultPaths.reportSignature(scope, other),
      world.vault.text(vaultPaths.reportSignature(scope, one)),
    );
    expect(states(await history())).toEqual(['2 not-verified', '1 verified']);
  });
});

test('each report carries the trend of those of its scenario before it, in what is signed', async () => {
  for (const seconds of [10, 20, 30, 40]) await drill(seconds);
  const last = await drill(50);
  const { recovery } = world.vault.json<DrillReport>(vaultPaths.report(scope, last));
  expect(recovery.trend?.drills.map((one) => one.rtoSeconds)).toEqual([10, 20, 30, 40, 50]);
  expect(recovery.trend).toMatchObject({
    rto: { direction: 'rising', secondsPerDrill: 10 },
    rpo: { direction: 'rising' },
  });
  expect(world.vault.text(vaultPaths.reportMarkdown(scope, last))).toContain('RTO rising');
});

test('a report after one from before there were trends begins its trend with that one', async () => {
  const first = await drill(10);
  change(vaultPaths.reportEntry(scope, 1), ({ report }) => delete report.recovery.trend);
  const second = await drill(20);
  const { recovery } = world.vault.json<DrillReport>(vaultPaths.report(scope, second));
  expect(recovery.trend).toMatchObject({
    drills: [
      { drill: first, rtoSeconds: 10 },
      { drill: second, rtoSeconds: 20 },
    ],
  });
});

test('no more than thirty drills are carried on from report to report', async () => {
  for (let at = 0; at < 32; at += 1) await drill(at + 1);
  const { report } = world.vault.json<{ report: DrillReport }>(vaultPaths.reportEntry(scope, 32));
  expect(report.recovery.trend?.drills).toHaveLength(30);
  expect(report.recovery.trend?.drills.at(-1)).toMatchObject({ drill: report.id, rtoSeconds: 32 });
});
