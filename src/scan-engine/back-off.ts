/**
 * How long to leave a busy service alone. One for all requests of a thread: when the service asks one of them to wait,
 * none of them asks it anything meanwhile. Waits are bounded and spread, so that threads do not come back together.
 */
import { headerOf, type ResponseHead } from './response-head.ts';
import type { EngineSettings } from './settings.ts';

/** What waiting is made of; tests bring their own. */
export interface Waiting {
  now(): number;
  sleep(milliseconds: number): Promise<void>;
  /** From 0 to 1. */
  random(): number;
}

/** The thread's own time; milliseconds that only grow. */
export const realWaiting: Waiting = {
  now: () => performance.now(),
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  random: () => Math.random(),
};

export class BackOff {
  readonly #settings: EngineSettings;
  readonly #waiting: Waiting;
  #until = 0;
  /** How often the service was busy; concurrency is lowered when it grows. */
  busyAnswers = 0;

  constructor(settings: EngineSettings, waiting: Waiting = realWaiting) {
    this.#settings = settings;
    this.#waiting = waiting;
  }

  /** Whether requests have to wait now. */
  get isOn(): boolean {
    return this.#until > 0 && this.#until > this.#waiting.now();
  }

  /** Waits until the service may be asked again. */
  async pass(): Promise<void> {
    while (this.isOn) await this.#waiting.sleep(this.#until - this.#waiting.now());
  }

  /** A busy answer to a request's `attempt` (from 0). */
  answered(head: ResponseHead, attempt: number): void {
    this.busyAnswers += 1;
    const { busyWaitMilliseconds, longestWaitMilliseconds } = this.#settings;
    const asked = retryAfterMilliseconds(head) ?? busyWaitMilliseconds * 2 ** attempt;
    const spread = 1 + this.#waiting.random() / 4;
    const wait = Math.min(asked * spread, longestWaitMilliseconds);
    this.#until = Math.max(this.#until, this.#waiting.now() + wait);
  }
}

/** The header in milliseconds; a date in it is measured from the answer's own date. */
export function retryAfterMilliseconds(head: ResponseHead): number | undefined {
  const value = headerOf(head, 'retry-after');
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const wait = Date.parse(value) - Date.parse(headerOf(head, 'date') ?? '');
  return Number.isFinite(wait) ? Math.max(0, wait) : undefined;
}
