/**
 * One life of the host's process. Every call of a port passes through it: the call is traced, meets its fate, and once
 * the process is dead nothing of it goes on; what it had begun and not awaited stays as it was.
 */
import type { Clock as EngineClock } from '../../local/functions-host/clock.ts';
import type { DurableStore } from '../../local/functions-host/durable/store.ts';
import { Failure } from '../../src/policy/failure.ts';
import type { CallKind, Fate, Faults } from '../faults.ts';
import type { Trace } from '../trace.ts';
import type { Timeline } from './timeline.ts';

/** What a process lives in. */
export interface Surroundings {
  readonly timeline: Timeline;
  readonly trace: Trace;
  readonly faults: Faults;
  /** How far the host's clock is ahead of true time, in milliseconds. */
  readonly skew: () => number;
  readonly whenDead: () => void;
}

/** What a dead process waits for: nothing ever comes. */
const never = <T>(): Promise<T> => new Promise<T>(() => undefined);

export class Life {
  readonly #around: Surroundings;
  #alive = true;
  /** Calls that wait in virtual time. */
  sleeping = 0;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  get isAlive(): boolean {
    return this.#alive;
  }

  /** Ends the process; the next one is somebody else's business. */
  die(why: string): void {
    if (!this.#alive) return;
    this.#alive = false;
    this.#around.trace.add(`DIES ${why}`);
    this.#around.whenDead();
  }

  /** One call of a port under its label; `delay` is how long it takes where it is late. */
  async call<T>(
    label: string,
    kind: CallKind,
    work: () => T | Promise<T>,
    delay = () => this.#around.faults.delay(),
  ): Promise<T> {
    if (!this.#alive) return never();
    const { faults, trace, timeline } = this.#around;
    const fate = faults.draw(kind, label, timeline.now);
    trace.add(fate === 'well' ? label : `${label} !${fate}`);
    return fate === 'well' ? work() : this.#meet(label, fate, work, delay);
  }

  async #meet<T>(label: string, fate: Fate, work: () => T | Promise<T>, delay: () => number): Promise<T> {
    if (fate === 'before') throw unavailable(label);
    if (fate === 'die-before') return this.#end(label);
    if (fate === 'late') {
      const { timeline } = this.#around;
      this.sleeping += 1;
      await timeline.sleep(delay());
      this.sleeping -= 1;
      if (!this.#alive) return never();
    }
    let value = await work();
    if (fate === 'double') value = await work();
    if (fate === 'after') throw unavailable(label);
    return fate === 'die-after' ? this.#end(label) : value;
  }

  #end<T>(label: string): Promise<T> {
    this.die(`in ${label}`);
    return never();
  }

  /** The engine's clock: the host's time, its timers gone with the process. */
  engineClock(): EngineClock {
    const { timeline, skew } = this.#around;
    return {
      now: () => timeline.now + skew(),
      setTimer: (at, callback) =>
        timeline.at(at - skew(), () => {
          if (this.#alive) callback();
        }),
    };
  }

  /** The store as this process reaches it: what it had not committed when it died never is. */
  storeOver(store: DurableStore): DurableStore {
    const { faults } = this.#around;
    return {
      ...store,
      transact: (work) => {
        if (!this.#alive) return never();
        const dies = faults.happens('death');
        if (dies && faults.happens('lost')) return this.#end('a transaction');
        const done = store.transact(work);
        return dies ? done.then(() => this.#end<undefined>('a transaction that was committed')) : done;
      },
      close: () => undefined,
    };
  }
}

const unavailable = (label: string): Failure =>
  new Failure('unavailable', `${label} is disturbed`, 'It passes.');
