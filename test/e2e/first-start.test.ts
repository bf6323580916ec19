/** What a person gets from a fresh clone: one command, proven restores of the whole sample estate, nothing left running. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ReportView } from './support/lifeboat-api.ts';
import { TestStack } from './support/stack.ts';

const scopes = [
  { system: 'unite-cloud', region: 'westeurope', rpo: '24 h', rto: '4 h' },
  { system: 'unite-cloud', region: 'eastus', rpo: '24 h', rto: '4 h' },
  { system: 'cloud-storage', region: 'westeurope', rpo: '24 h', rto: '4 h' },
  { system: 'lms', region: 'eastus', rpo: '15 m', rto: '2 h' },
] as const;

let stack: TestStack;

beforeAll(async () => {
  stack = await TestStack.make();
});
afterAll(() => stack.remove());

test('the first start seeds the sample estate, proves a restore of each system in each region, and leaves no process', async () => {
  const ended = await stack.start(['--once']).ended;
  expect(ended.code, ended.output).toBe(0);
  expect(stack.processes()).toEqual([]);
  for (const step of ['certificates', 'blob store', 'resource manager', 'database servers', 'sample estate'])
    expect(ended.output).toMatch(new RegExp(`^✓ ${step} +[\\d.]+ s`, 'm'));
  for (const scope of scopes) expectSummarized(ended.output, scope);
  for (const { system, region } of scopes) {
    const [report, ...more] = reportsOf(system, region);
    expect(more).toEqual([]);
    expect(report).toMatchObject({ schema: 'lifeboat/drill-report/v2', result: 'PASS' });
    expect(report?.cleanUp).toMatchObject({ leftOver: [], created: report?.cleanUp.deleted });
  }
});

test('the second start goes on with the state of the first one', async () => {
  const ended = await stack.start(['--once', '--json']).ended;
  expect(ended.code, ended.output).toBe(0);
  expect(stack.processes()).toEqual([]);
  expect(ended.output).toMatch(/database servers .* 4 servers, 0 new/);
  const statuses = JSON.parse(ended.stdout.trim().split('\n').at(-1) ?? '') as {
    systems: { points: { count: number }; drill: { result: string } }[];
  }[];
  const systems = statuses.flatMap((one) => one.systems);
  expect(systems.map(({ drill }) => drill.result)).toEqual(scopes.map(() => 'PASS'));
  // A snapshot of the schedule may have come between.
  for (const { points } of systems) expect([2, 3]).toContain(points.count);
  for (const { system, region } of scopes) {
    expect(reportsOf(system, region)).toHaveLength(2);
    expectVerified(path.join(stack.stateDir, 'reports', system, region));
  }
});

/**
 * The copies on this machine verify without the stack: each by the key beside it, the second one after the first. Where a
 * drill of the schedule came between, its report is the one before, is not on this machine, and the first one is not.
 */
function expectVerified(folder: string): void {
  const [first = '', second = ''] = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .toSorted();
  const { previous } = JSON.parse(readFileSync(path.join(folder, second), 'utf8')) as {
    previous?: { drill: string };
  };
  const firstDrill = first.replace('.json', '');
  const isNext = previous?.drill === firstDrill;
  expect(isNext ? 'the first one' : previous?.drill).toMatch(/^(?:the first one|drill-\d{8}T\d{4}00Z)$/);
  for (const args of [[first], isNext ? [second, '--previous', first] : [second]]) {
    const said = spawnSync(process.execPath, [path.resolve('dist/cli.mjs'), 'report', 'verify', ...args], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect([said.status, said.stdout]).toEqual([0, expect.stringMatching(/^VERIFIED:\s/)]);
  }
}

function expectSummarized(output: string, { system, region, rpo, rto }: (typeof scopes)[number]): void {
  const row = `^${system} +${region} +`;
  expect(output).toMatch(new RegExp(`${row}on-demand-\\d{8}T\\d{6}Z .* PASS `, 'm'));
  const phases = '( +[\\d.]+ (s|m|ms)){4}';
  expect(output).toMatch(new RegExp(`${row}\\S+ s ≤ ${rpo} +\\S+ s ≤ ${rto}${phases}`, 'm'));
}

/** The reports on this machine, oldest first; each has its Markdown beside it. */
function reportsOf(system: string, region: string): ReportView[] {
  const folder = path.join(stack.stateDir, 'reports', system, region);
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return names.toSorted().map((name) => {
    const markdown = readFileSync(path.join(folder, name.replace('.json', '.md')), 'utf8');
    expect(markdown).toContain(name.replace('.json', ''));
    return JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as ReportView;
  });
}
