/**
 * How many blobs are read at once: few in the beginning, twice as many whenever the thread was idle for a good part of
 * the last moment (then latency is what takes the time), half as many when the service says that it is busy. Large blobs
 * are read by as few as keep the thread busy: what waits in many sockets is not in the processor's caches any more. What
 * was reached is kept from portion to portion.
 */
import { performance, type EventLoopUtilization } from 'node:perf_hooks';
import type { EngineSettings } from './settings.ts';

/** Looks without growth after a busy answer. */
const restLooks = 40;
/** From so many bytes on a blob is large. */
const largeBytes = 4 * 1024 * 1024;
/** Large blobs that are read at once by a thread that has no time left. */
const fewest = 4;

/** Counts how often the service said that it is busy. */
export interface BusyCount {
  readonly busyAnswers: number;
}

export class LaneControl {
  readonly #saturatedShare: number;
  readonly #busy: BusyCount;
  #most = 1;
  #reached: number;
  #busyAnswers: number;
  #rest = 0;
  #isSaturated = false;
  #utilization: EventLoopUtilization = performance.eventLoopUtilization();

  constructor(settings: Pick<EngineSettings, 'firstConcurrency' | 'saturatedShare'>, busy: BusyCount) {
    this.#reached = Math.max(1, settings.firstConcurrency);
    this.#saturatedShare = settings.saturatedShare;
    this.#busy = busy;
    this.#busyAnswers = busy.busyAnswers;
  }

  /** Begins a portion; how the thread was used before says nothing of it. */
  begin(most: number): void {
    this.limit(most);
    this.#isSaturated = false;
    this.#utilization = performance.eventLoopUtilization();
  }

  /** From now on there are so many at most, and one at least. */
  limit(most: number): void {
    this.#most = Math.max(1, most);
  }

  /** How many there should be now. */
  get target(): number {
    return Math.min(this.#reached, this.#most);
  }

  /** Whether the thread had no time left in the last moment. */
  get isSaturated(): boolean {
    return this.#isSaturated;
  }

  /**
   * Decides anew; called every few hundredths of a second. `used`: the part of the time that the thread was busy;
   * `meanBytes`: how large a blob is.
   */
  look(meanBytes: number, used = this.#used()): void {
    const { busyAnswers } = this.#busy;
    this.#isSaturated = used >= this.#saturatedShare;
    if (busyAnswers > this.#busyAnswers) {
      this.#busyAnswers = busyAnswers;
      this.#rest = restLooks;
      this.#reached = Math.max(1, Math.floor(this.target / 2));
    } else if (this.#rest > 0) this.#rest -= 1;
    else if (this.#isSaturated) {
      if (meanBytes >= largeBytes && this.target > fewest)
        this.#reached = Math.max(fewest, Math.floor(this.target / 2));
    } else if (this.#reached < this.#most) this.#reached = Math.min(this.#most, this.#reached * 2);
  }

  #used(): number {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, this.#utilization);
    this.#utilization = now;
    return utilization;
  }
}
