/**
 * Shows that the simulator is strong: plants each known bug into a copy of the product and prints at which seed and by
 * which invariant it was caught, where the product itself passes that seed. Exit code 0: all were caught; 2: one was
 * not; 64: wrong usage.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { plantedBugs } from './planted/bugs.ts';
import type { PlantedBug } from './planted/planted-bug.ts';
import { Baseline, catchBug, mostSeeds, type Caught, type Hunt } from './planted/run-planted.ts';

const usage = `Usage: node simulation/planted.ts [--seeds N] [--jobs J] [bug…]
  --seeds N  seeds for each bug, at most (${mostSeeds})
  --jobs J   threads (one for each core)
  bug…       these alone; all of them if none is named`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { seeds: { type: 'string' }, jobs: { type: 'string' } },
  });
  const unknown = positionals.filter((name) => !plantedBugs.some((bug) => bug.name === name));
  const seeds = Number(values.seeds ?? mostSeeds);
  const jobs = Number(values.jobs ?? availableParallelism());
  if (unknown.length > 0 || !(seeds >= 1) || !(jobs >= 1)) {
    const known = plantedBugs.map((bug) => bug.name).join(', ');
    const what = unknown.length > 0 ? `There is no planted bug ${unknown.join(', ')}. ` : '';
    process.stderr.write(`${what}Known bugs: ${known}.\n${usage}\n`);
    return 64;
  }
  const chosen = plantedBugs.filter((bug) => positionals.length === 0 || positionals.includes(bug.name));
  const missed = await hunt(chosen, { seeds, jobs, days: 30 });
  process.stdout.write(`${chosen.length - missed} of ${chosen.length} planted bugs were caught.\n`);
  return missed === 0 ? 0 : 2;
}

async function hunt(chosen: readonly PlantedBug[], order: Hunt): Promise<number> {
  const baseline = new Baseline();
  let missed = 0;
  process.stdout.write(`${'bug'.padEnd(34)} ${'seed'.padStart(5)} ${'s'.padStart(6)}  invariant\n`);
  for (const bug of chosen) {
    const end = await catchBug(bug, baseline, order);
    if (end.caught === undefined) missed += 1;
    process.stdout.write(`${lineOf(end)}\n`);
  }
  return missed;
}

function lineOf({ bug, caught, tried, unsound, seconds }: Caught): string {
  const found = caught?.broken?.invariant ?? `NOT CAUGHT in ${tried} seeds: ${bug.about}`;
  const aside = unsound.length === 0 ? '' : ` (broken without the bug as well: ${unsound.join(', ')})`;
  const seed = String(caught?.seed ?? '-').padStart(5);
  return `${bug.name.padEnd(34)} ${seed} ${seconds.toFixed(1).padStart(6)}  ${found}${aside}`;
}

process.exitCode = await main();
