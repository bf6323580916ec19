/** The activities' clock as a test sets it: it stands still until it is advanced. */
import { DateTime } from 'luxon';
import type { Clock } from '../../src/ports/clock.ts';

export class VirtualWallClock implements Clock {
  #now: number;
  #elapsed = 0;

  constructor(start = '2026-03-01T01:30:00.000Z') {
    this.#now = Date.parse(start);
  }

  now(): DateTime {
    return DateTime.fromMillis(this.#now, { zone: 'utc' });
  }

  monotonicMilliseconds(): number {
    return this.#elapsed;
  }

  /** Lets time pass. */
  advance(seconds: number): void {
    this.#now += seconds * 1000;
    this.#elapsed += seconds * 1000;
  }

  /** Steps the wall clock alone, as a correction of the host's time does. */
  stepTo(instant: string): void {
    this.#now = Date.parse(instant);
  }
}
