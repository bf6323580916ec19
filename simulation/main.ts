/**
 * The simulator: `npm run simulate -- --seeds 10000` lets the product live through a month in each of so many worlds.
 * The product's own workflows, activities and policies run unchanged on the embedded host's durable engine, over ports
 * in memory that fail before or after their effect, answer late, twice, stale or in part; the process dies anywhere,
 * clocks jump, schedules are missed, people hold, pin, approve, reject and deploy. Time is virtual; everything follows
 * from the seed. Invariants (invariants/) are judged at the very moment of each effect.
 *
 * A broken seed is printed with its last events and the command that replays it (`--seed 17`); the same seed gives the
 * same trace hash. Run over many seeds, a registered workflow that none of them ran is a failure as well. `--json`
 * gives one line for each seed. `node simulation/planted.ts [--seeds N] [bug…]` plants known bugs into copies of the
 * product and shows which of them are caught: a new invariant belongs with a bug that only it catches.
 */
import { workflows } from '../test/support/workflows.ts';
import { readOptions, usage, UsageError, type Options } from './options.ts';
import { Progress } from './progress.ts';
import { runSeeds } from './run-seeds.ts';
import type { SeedResult } from './simulate.ts';

/** From so many seeds on, a workflow that was never run is a failure: each is run in a part of them only. */
const seedsThatRunAll = 20;
/** Broken seeds that are printed with their trace; all are counted. */
const mostTold = 5;

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  const progress = new Progress(options.seeds);
  const run = new Set<string>();
  const broken: SeedResult[] = [];
  await runSeeds(options, (result) => {
    for (const name of result.workflows) run.add(name);
    if (result.broken !== undefined) broken.push(result);
    if (options.isJson) process.stdout.write(`${JSON.stringify(result)}\n`);
    progress.add(result.broken !== undefined);
    return true;
  });
  progress.end();
  const neverRun = Object.keys(workflows).filter((name) => !run.has(name));
  const isIncomplete = options.seeds >= seedsThatRunAll && neverRun.length > 0;
  if (options.isJson) {
    const { seeds, days } = options;
    const whole = {
      seeds,
      days,
      broken: broken.map(({ seed }) => seed),
      neverRun,
      seconds: progress.seconds,
    };
    process.stdout.write(`${JSON.stringify(whole)}\n`);
  } else tell(options, broken, isIncomplete ? neverRun : [], progress.seconds);
  return broken.length > 0 || isIncomplete ? 2 : 0;
}

function tell(
  { seeds, days }: Options,
  broken: readonly SeedResult[],
  neverRun: readonly string[],
  seconds: number,
): void {
  for (const one of broken.slice(0, mostTold)) process.stdout.write(`${wordsOf(one)}\n\n`);
  if (broken.length > mostTold)
    process.stdout.write(
      `Broken as well: seeds ${broken
        .slice(mostTold)
        .map(({ seed }) => seed)
        .join(', ')}\n\n`,
    );
  for (const name of neverRun) process.stdout.write(`The workflow ${name} was never run by any seed.\n`);
  const verdict =
    broken.length === 0 ? 'every invariant holds' : `${broken.length} seed(s) broke an invariant`;
  process.stdout.write(`${seeds} seeds of ${days} days in ${seconds.toFixed(1)} s: ${verdict}.\n`);
}

function wordsOf({ seed, days, broken, trace, hash }: SeedResult): string {
  return [
    `Seed ${seed} broke "${broken?.invariant}": ${broken?.detail}`,
    ...trace.map((line) => `  ${line}`),
    `  trace hash ${hash}; replay: npm run simulate -- --seed ${seed} --days ${days}`,
  ].join('\n');
}

try {
  process.exitCode = await main();
} catch (thrown) {
  if (!(thrown instanceof UsageError)) throw thrown;
  process.stderr.write(`${thrown.message}\n${usage}\n`);
  process.exitCode = 64;
}
