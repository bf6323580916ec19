/** Runs seeds on several threads; results come as they are done, each seed once. */
import { Worker } from 'node:worker_threads';
import type { SeedOrder } from './seed-worker.ts';
import type { SeedResult } from './simulate.ts';

export interface SeedRange {
  readonly from: number;
  readonly seeds: number;
  readonly days: number;
  readonly jobs: number;
}

/** Tells each result; `false` as an answer begins no further seed. Rejects if a thread breaks down. */
export async function runSeeds(range: SeedRange, tell: (result: SeedResult) => boolean): Promise<void> {
  let next = range.from;
  let isGoing = true;
  const take = (): SeedOrder | undefined =>
    isGoing && next < range.from + range.seeds ? { seed: next++, days: range.days } : undefined;
  const threads = Array.from({ length: Math.min(range.jobs, range.seeds) }, () =>
    runThread(take, (result) => {
      isGoing = tell(result) && isGoing;
    }),
  );
  await Promise.all(threads);
}

/** A seed makes much that is of no use a moment later: with room for it little has to be sorted out. */
const resourceLimits = { maxYoungGenerationSizeMb: 96 };

async function runThread(
  take: () => SeedOrder | undefined,
  tell: (result: SeedResult) => void,
): Promise<void> {
  const worker = new Worker(new URL('./seed-worker.ts', import.meta.url), { resourceLimits });
  try {
    await new Promise<void>((resolve, reject) => {
      const give = (): void => {
        const order = take();
        if (order === undefined) resolve();
        else worker.postMessage(order, []);
      };
      worker.on('message', (result: SeedResult) => {
        tell(result);
        give();
      });
      worker.on('error', reject);
      give();
    });
  } finally {
    await worker.terminate();
  }
}
