/** Time that passes only when a test says so. */
import type { Clock } from '../../../local/functions-host/clock.ts';
import type { DurableEngine } from '../../../local/functions-host/durable/engine.ts';

/** A clock whose timers fire in order when time is advanced. */
export class VirtualClock implements Clock {
  #now: number;
  readonly #timers = new Set<{ readonly at: number; readonly callback: () => void }>();

  constructor(start = Date.UTC(2026, 0, 1)) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  setTimer(at: number, callback: () => void): () => void {
    const timer = { at, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  get pendingTimers(): number {
    return this.#timers.size;
  }

  /** Goes to the next timer and fires it; false if there is none before `limit`. */
  fireNext(limit = Infinity): boolean {
    const [next] = [...this.#timers].toSorted((a, b) => a.at - b.at);
    if (next === undefined || next.at > limit) return false;
    this.#timers.delete(next);
    this.#now = Math.max(this.#now, next.at);
    next.callback();
    return true;
  }

  /** Sets the clock, also backwards, without firing anything. */
  jumpTo(instant: number): void {
    this.#now = instant;
  }
}

/** Resolves when nothing runs and nothing is ready: only time can change anything now. */
export async function settle(engine: DurableEngine): Promise<void> {
  do {
    await engine.whenQuiet();
    await new Promise((resolve) => setImmediate(resolve));
  } while (engine.load.turns > 0 || engine.load.activities > 0);
}

/** Lets time pass, timer by timer, until nothing is left to happen or `until` is reached. */
export async function runVirtually(
  engine: DurableEngine,
  clock: VirtualClock,
  until = Infinity,
): Promise<void> {
  do await settle(engine);
  while (clock.fireNext(until));
  if (until !== Infinity) clock.jumpTo(until);
}
