/**
 * Time as a parameter. Nothing in the durable engine or the timer host reads the system clock or sets a
 * system timer except through this interface, so that a simulator can run the same code in virtual time.
 */

/** Milliseconds since the epoch, and one-shot timers at such an instant. */
export interface Clock {
  /** The present instant, milliseconds since the epoch. */
  now(): number;
  /** Calls back once, not before `at`; the returned function cancels. */
  setTimer(at: number, callback: () => void): () => void;
}

/** setTimeout overflows above 2^31 ms and drifts over a suspended machine: long waits are cut into minutes. */
const LONGEST_WAIT_MS = 60_000;

function setSystemTimer(at: number, callback: () => void): () => void {
  let handle: NodeJS.Timeout;
  const arm = (): void => {
    const remaining = at - Date.now();
    handle =
      remaining > LONGEST_WAIT_MS
        ? setTimeout(arm, LONGEST_WAIT_MS)
        : setTimeout(callback, Math.max(0, remaining));
  };
  arm();
  return () => clearTimeout(handle);
}

/** The machine's own clock. */
export const systemClock: Clock = { now: () => Date.now(), setTimer: setSystemTimer };
