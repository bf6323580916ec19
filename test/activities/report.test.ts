import { beforeEach, describe, expect, test } from 'vitest';
import { reportMarkdown } from '../../src/activities/report-markdown.ts';
import type { DrillFacts } from '../../src/contracts/drill.ts';
import type { RecoveryPoint } from '../../src/contracts/documents.ts';
import { drillReport, type CheckResult, type DrillReport } from '../../src/contracts/report.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { drillFactsOf } from '../support/drill-facts.ts';
import { restoreServer, takeSnapshot, type Planned } from '../support/drill-steps.ts';
import { scope } from '../support/sample-estate.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { makeWorld, type World } from '../support/world.ts';

interface Prepared {
  readonly world: World;
  readonly planned: Planned;
  readonly facts: DrillFacts;
}

async function prepare(): Promise<Prepared> {
  const world = makeWorld(new VirtualWallClock());
  await takeSnapshot(world);
  const planned = await restoreServer(world);
  return { world, planned, facts: await drillFactsOf(world, planned) };
}

let prepared: Prepared;
beforeEach(async () => {
  prepared = await prepare();
});

const jsonOf = ({ world, planned }: Prepared): string =>
  world.vault.text(vaultPaths.report(scope, planned.drill));
const markdownOf = ({ world, planned }: Prepared): string =>
  world.vault.text(vaultPaths.reportMarkdown(scope, planned.drill));
const finalize = (
  { world, facts }: Prepared,
  changes: Partial<DrillFacts> = {},
): Promise<{ result: string; reasons: string[] }> => world.value('finalizeReport', { ...facts, ...changes });

describe('the report of a drill', () => {
  test('has the same bytes when it is built again from the same facts by another process', async () => {
    await finalize(prepared);
    const [json, markdown] = [jsonOf(prepared), markdownOf(prepared)];
    const { world, planned } = prepared;
    world.vault.remove(vaultPaths.report(scope, planned.drill));
    world.vault.remove(vaultPaths.reportMarkdown(scope, planned.drill));
    world.vault.remove(vaultPaths.reportEntry(scope, 1));
    (world.clock as VirtualWallClock).advance(3600);
    await finalize(prepared);
    expect(jsonOf(prepared)).toBe(json);
    expect(markdownOf(prepared)).toBe(markdown);
    expect(drillReport.parse(JSON.parse(json))).toMatchObject({ result: 'PASS', reasons: [] });
  });

  test('that was finalized is never changed by later facts', async () => {
    await finalize(prepared);
    const json = jsonOf(prepared);
    expect(await finalize(prepared, { restore: 'failed' })).toMatchObject({ result: 'PASS' });
    expect(jsonOf(prepared)).toBe(json);
  });

  test('makes the point proven only by a passed validation', async () => {
    const point = (): RecoveryPoint =>
      prepared.world.vault.json(vaultPaths.point(scope, prepared.planned.point));
    const failed: CheckResult = {
      ...prepared.facts.checks[0]!,
      status: 'failed',
      findings: ['x'],
      findingCount: 1,
    };
    expect(await finalize(prepared, { checks: [failed] })).toMatchObject({ result: 'FAIL' });
    expect(point()).toMatchObject({ lastDrill: { result: 'FAIL' } });
    expect(point()).not.toHaveProperty('proven');
  });

  test('of a failed drill raises one alert that a passed one resolves', async () => {
    const path = vaultPaths.alert(scope, 'drill-failed');
    await finalize(prepared, { restore: 'timed-out' });
    expect(prepared.world.vault.json(path)).toMatchObject({
      severity: 'critical',
      count: 1,
      runbook: 'runbooks/drill-failed.md',
    });
    prepared.world.vault.remove(vaultPaths.report(scope, prepared.planned.drill));
    prepared.world.vault.remove(vaultPaths.reportEntry(scope, 1));
    await finalize(prepared);
    expect(prepared.world.vault.json(path)).toHaveProperty('resolvedAt');
  });

  test.each<[string, Partial<DrillFacts>, string, RegExp]>([
    [
      'a heartbeat is missing',
      { heartbeats: [{ database: 'main', newestWrittenAt: undefined }] },
      'INCONCLUSIVE',
      /RPO could not be measured/,
    ],
    ['no check was run', { checks: [] }, 'INCONCLUSIVE', /no check was run/],
    ['the restore failed', { restore: 'failed', checks: [] }, 'FAIL', /restore failed/],
    [
      'a server was left over',
      { cleanUp: [{ target: '', outcome: 'left-over', detail: 'refused', seconds: 0, stoodSeconds: 9 }] },
      'FAIL',
      /left behind/,
    ],
  ])('is not PASS when %s', async (_what, changes, result, reason) => {
    const cleanUp = changes.cleanUp?.map((one) => ({ ...one, target: prepared.planned.target }));
    const ended = await finalize(prepared, { ...changes, ...(cleanUp === undefined ? {} : { cleanUp }) });
    expect(ended.result).toBe(result);
    expect(ended.reasons.join('; ')).toMatch(reason);
  });

  test('counts what the left-over server costs as a finding with an owner', async () => {
    const { target } = prepared.planned;
    await finalize(prepared, {
      cleanUp: [{ target, outcome: 'left-over', detail: 'refused', seconds: 0, stoodSeconds: 9 }],
    });
    const report = JSON.parse(jsonOf(prepared)) as DrillReport;
    expect(report.findings).toEqual([
      {
        severity: 'major',
        owner: 'on-call',
        text: expect.stringContaining('costs money until it is: refused') as string,
      },
    ]);
    expect(report.cleanUp).toMatchObject({ created: [target], deleted: [], leftOver: [target] });
  });
});

describe('the Markdown of a report', () => {
  const hostile =
    '<script>alert(1)</script> | `rm -rf` [x](javascript:1) **b** \\| &amp;\n# heading\r\n| a |';

  test('shows what a database may hold as text, wherever it stands', async () => {
    await finalize(prepared);
    const report = JSON.parse(jsonOf(prepared)) as DrillReport;
    const check = { ...report.checks[0]!, actual: hostile, expected: hostile, title: hostile };
    const markdown = reportMarkdown({
      ...report,
      reasons: [hostile],
      checks: [check],
      findings: [{ severity: 'critical', owner: hostile, text: hostile }],
      limitations: [hostile],
      timeline: [{ ...report.timeline[0]!, detail: hostile }],
      isolation: [{ target: '/x/y', firewallRules: [hostile], publicNetworkAccess: hostile }],
      system: { ...report.system, name: hostile, owner: hostile },
    });
    expect(markdown).not.toMatch(/<script|(?<!\\)`|(?<!\\)\[x|\n# heading|\n\| a \|/);
    expect(markdown).toContain('&lt;script&gt;alert(1)&lt;/script&gt; \\|');
    const rows = markdown.split('\n').filter((line) => line.startsWith('| ') && line.includes('script'));
    // A row of the checks has six cells: seven bars that are not escaped.
    expect(rows.map((row) => row.match(/(?<!\\)(?:\\\\)*\|/g)?.length)).toEqual([7, 7]);
  });

  test('says first what the drill came to', async () => {
    await finalize(prepared, { restore: 'failed', checks: [] });
    expect(markdownOf(prepared)).toMatch(/^# FAIL: restore drill of Shop in westeurope\n/);
  });
});
