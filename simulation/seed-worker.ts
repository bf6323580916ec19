/** A thread of the simulator: runs one seed after the other, as they are given. */
import { parentPort } from 'node:worker_threads';
import { simulateSeed } from './simulate.ts';

/** What a thread is asked for. */
export interface SeedOrder {
  readonly seed: number;
  readonly days: number;
}

// Nothing reads the stacks of the many failures that are made here, and each costs more than its call.
Error.stackTraceLimit = 0;

parentPort?.on('message', ({ seed, days }: SeedOrder) => {
  void simulateSeed(seed, days).then((result) => parentPort?.postMessage(result, []));
});
