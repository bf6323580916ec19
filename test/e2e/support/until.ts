/** Waiting for a condition, with a deadline that only a broken stack reaches. */
import { setTimeout as sleep } from 'node:timers/promises';

const deadlineMilliseconds = 400_000;

export interface Waiting {
  readonly everyMilliseconds?: number;
  readonly deadlineMilliseconds?: number;
}

/** Asks again until the answer is not undefined and returns it; throws, naming what was waited for, at the deadline. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined> | T | undefined,
  waiting: Waiting = {},
): Promise<T> {
  const end = performance.now() + (waiting.deadlineMilliseconds ?? deadlineMilliseconds);
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > end) throw new Error(`waited in vain until ${what}`);
    await sleep(waiting.everyMilliseconds ?? 50);
  }
}
