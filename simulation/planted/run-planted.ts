/**
 * Runs the simulator of a copy with a bug in it until the bug is caught: by an invariant that is the bug's, in a seed
 * in which the product without the bug holds every invariant.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runSeeds } from '../run-seeds.ts';
import type { SeedResult } from '../simulate.ts';
import { plant, type PlantedBug } from './planted-bug.ts';

/** What became of a planted bug; without `caught` no seed found it. */
export interface Caught {
  readonly bug: PlantedBug;
  readonly caught: SeedResult | undefined;
  /** How many seeds were run with the bug. */
  readonly tried: number;
  /** Seeds that broke the bug's invariant without the bug as well, and so count for nothing. */
  readonly unsound: readonly number[];
  readonly seconds: number;
}

/** How long a bug is hunted. */
export interface Hunt {
  readonly jobs: number;
  readonly seeds: number;
  readonly days: number;
}

/** A bug must be caught within so many seeds. */
export const mostSeeds = 1_000;

/** What the product without any bug comes to: each seed is run once. */
export class Baseline {
  readonly #known = new Map<string, Promise<boolean>>();

  /** Whether every invariant holds in a seed. */
  holds(seed: number, days: number): Promise<boolean> {
    const key = `${seed} ${days}`;
    const known = this.#known.get(key) ?? holdsNow(seed, days);
    this.#known.set(key, known);
    return known;
  }
}

async function holdsNow(seed: number, days: number): Promise<boolean> {
  let holds = false;
  await runSeeds({ from: seed, seeds: 1, days, jobs: 1 }, ({ broken }) => {
    holds = broken === undefined;
    return true;
  });
  return holds;
}

/** Plants a bug and runs seeds until one breaks an invariant that is the bug's. */
export async function catchBug(bug: PlantedBug, baseline: Baseline, hunt: Hunt): Promise<Caught> {
  const startedAt = performance.now();
  const { folder, remove } = plant(bug);
  const unsound: number[] = [];
  let [from, tried] = [1, 0];
  try {
    const url = pathToFileURL(join(folder, 'simulation', 'run-seeds.ts')).href;
    const simulator = (await import(url)) as { runSeeds: typeof runSeeds };
    let caught: SeedResult | undefined;
    while (caught === undefined && from <= hunt.seeds) {
      const round = await firstBroken(simulator.runSeeds, bug, {
        ...hunt,
        from,
        seeds: hunt.seeds - from + 1,
      });
      tried += round.tried;
      if (round.found === undefined) break;
      if (await baseline.holds(round.found.seed, hunt.days)) caught = round.found;
      else unsound.push(round.found.seed);
      from = round.found.seed + 1;
    }
    return { bug, caught, tried, unsound, seconds: (performance.now() - startedAt) / 1000 };
  } finally {
    remove();
  }
}

/** The first seed that breaks an invariant of the bug's. */
async function firstBroken(
  run: typeof runSeeds,
  bug: PlantedBug,
  range: Parameters<typeof runSeeds>[0],
): Promise<{ readonly found: SeedResult | undefined; readonly tried: number }> {
  let found: SeedResult | undefined;
  let tried = 0;
  await run(range, (result) => {
    tried += 1;
    const isFound = bug.by.includes(result.broken?.invariant ?? '');
    if (isFound && (found === undefined || result.seed < found.seed)) found = result;
    return found === undefined;
  });
  return { found, tried };
}
