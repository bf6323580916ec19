/** The simulator itself: seeds hold every invariant, replay exactly, run every workflow, and catch a planted bug. */
import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { plantedBugs } from '../../simulation/planted/bugs.ts';
import type { SeedResult } from '../../simulation/simulate.ts';
import { budget } from '../budget.ts';
import { workflows } from '../support/workflows.ts';

const root = join(import.meta.dirname, '..', '..');
const seeds = budget.simulatedSeeds;
/** On two busy cores. */
const patienceMs = 600_000 + seeds * 5_000;

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a script of the simulator as its command does. */
function run(script: string, ...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { cwd: root, maxBuffer: 1 << 30 };
    execFile(process.execPath, [join(root, 'simulation', script), ...args], options, (error, out, err) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ code, out, err });
    });
  });
}

const seedsOf = ({ out }: Ended): SeedResult[] =>
  out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as SeedResult)
    .filter((one) => typeof one.hash === 'string');

test(
  'every invariant holds in every seed, and every registered workflow is run',
  async () => {
    const ended = await run(
      'main.ts',
      '--seeds',
      String(seeds),
      '--jobs',
      String(availableParallelism()),
      '--json',
    );
    const results = seedsOf(ended);
    expect(results).toHaveLength(seeds);
    const broken = results
      .filter((one) => one.broken !== undefined)
      .map(({ seed, broken: what }) => ({ seed, what }));
    expect(broken).toEqual([]);
    const ran = new Set(results.flatMap((one) => one.workflows));
    const missing = Object.keys(workflows).filter((name) => !ran.has(name));
    expect(missing).toEqual([]);
    expect(ended.code).toBe(0);
  },
  patienceMs,
);

test('two runs of a seed give the same trace, also with other seeds before them', async () => {
  const [alone, among] = await Promise.all([
    run('main.ts', '--seed', '7', '--days', '12', '--json'),
    run('main.ts', '--from', '5', '--seeds', '3', '--days', '12', '--jobs', '1', '--json'),
  ]);
  const [once] = seedsOf(alone);
  const again = seedsOf(among).find((one) => one.seed === 7);
  expect(once?.events).toBeGreaterThan(1_000);
  expect(again).toEqual(once);
});

test('other seeds give other traces', async () => {
  const hashes = seedsOf(await run('main.ts', '--seeds', '4', '--days', '3', '--json')).map(
    (one) => one.hash,
  );
  expect(new Set(hashes).size).toBe(4);
});

/** As many planted bugs as the budget says, each day the next ones, so that all have their turn; rare ones with all. */
function bugsOfToday(): string[] {
  const isAll = budget.plantedBugsHunted >= plantedBugs.length;
  const names = plantedBugs.filter(({ isRare }) => isAll || isRare !== true).map(({ name }) => name);
  const count = Math.min(budget.plantedBugsHunted, names.length);
  const first = (Math.floor(Date.now() / 86_400_000) * count) % names.length;
  return [...names, ...names].slice(first, first + count);
}

test('planted bugs are caught', { timeout: patienceMs + budget.plantedBugsHunted * 60_000 }, async () => {
  const names = bugsOfToday();
  const { code, out } = await run('planted.ts', ...names);
  expect(out).toContain(`${names.length} of ${names.length} planted bugs were caught.`);
  expect(code).toBe(0);
});

test('a wrong command line is said in one sentence and nothing is run', async () => {
  const wrong = await run('main.ts', '--seeds', 'many');
  expect(wrong.code).toBe(64);
  expect(wrong.err).toContain('--seeds many: give a whole number, at least 1.');
  const unknown = await run('planted.ts', 'no-such-bug');
  expect(unknown.code).toBe(64);
  expect(unknown.err).toContain('There is no planted bug no-such-bug.');
});
