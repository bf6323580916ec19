/**
 * How many blobs are read at once: few in the beginning, twice as many whenever the thread was idle for a good part of
 * the last moment (then latency is what takes the time), half as many when the service says that it is busy.
 */
import { performance, type EventLoopUtilization } from 'node:perf_hooks';

/** A thread busier than this gains nothing by more requests. */
const saturated = 0.85;
/** Looks without growth after a busy answer. */
const restLooks = 40;

/** Counts how often the service said that it is busy. */
export interface BusyCount {
  readonly busyAnswers: number;
}

export class LaneControl {
  readonly #most: number;
  readonly #busy: BusyCount;
  #target: number;
  #busyAnswers: number;
  #rest = 0;
  #utilization: EventLoopUtilization = performance.eventLoopUtilization();

  constructor(first: number, most: number, busy: BusyCount) {
    this.#most = Math.max(1, most);
    this.#target = Math.max(1, Math.min(first, most));
    this.#busy = busy;
    this.#busyAnswers = busy.busyAnswers;
  }

  /** How many there should be now. */
  get target(): number {
    return this.#target;
  }

  /** Decides anew; called every few hundredths of a second. `used`: the part of the time that the thread was busy. */
  look(used = this.#used()): void {
    const { busyAnswers } = this.#busy;
    if (busyAnswers > this.#busyAnswers) {
      this.#busyAnswers = busyAnswers;
      this.#rest = restLooks;
      this.#target = Math.max(1, Math.floor(this.#target / 2));
    } else if (this.#rest > 0) this.#rest -= 1;
    else if (used < saturated) this.#target = Math.min(this.#most, this.#target * 2);
  }

  #used(): number {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, this.#utilization);
    this.#utilization = now;
    return utilization;
  }
}
