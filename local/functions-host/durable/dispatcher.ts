/**
 * Decides what runs when: each instance one turn at a time, instances side by side up to a limit, activities side
 * by side up to another, and an alarm for the next timer. Keeps no state that the store does not hold: what was
 * ready or running when the process died is found again by `start`.
 */
import { messageOf, stackOf } from '../host-failure.ts';
import { NO_EFFECTS, type EngineParts, type TurnEffects } from './engine-parts.ts';
import { isEntityTarget } from './entity-requests.ts';
import { runEntityTurn } from './entity-turn.ts';
import type { HistoryCache } from './history-cache.ts';
import { runActivity } from './run-activity.ts';
import { runTurn } from './run-turn.ts';
import type { ActivityTask } from './store.ts';

/** How much runs side by side, and how long a step waits after the store refused it. */
export interface DispatchLimits {
  readonly concurrentTurns: number;
  readonly concurrentActivities: number;
  readonly retryDelayMs: number;
}

/** The dispatcher of one engine. */
export class Dispatcher {
  readonly #parts: EngineParts;
  readonly #cache: HistoryCache;
  readonly #limits: DispatchLimits;
  readonly #whenEnded: (instanceId: string) => void;
  readonly #ready = new Set<string>();
  readonly #running = new Set<string>();
  #activities: ActivityTask[] = [];
  #runningActivities = 0;
  #retries = new Set<() => void>();
  #alarm: { readonly at: number; readonly cancel: () => void } | undefined;
  #pumping = false;
  #stopped = false;
  #watchers: (() => void)[] = [];

  constructor(
    parts: EngineParts,
    cache: HistoryCache,
    limits: DispatchLimits,
    whenEnded: (instanceId: string) => void,
  ) {
    this.#parts = parts;
    this.#cache = cache;
    this.#limits = limits;
    this.#whenEnded = whenEnded;
  }

  /** Instances whose turn runs or is about to. */
  get pendingTurns(): number {
    return this.#ready.size + this.#running.size;
  }

  /** Activities that run or wait for a free place. */
  get pendingActivities(): number {
    return this.#runningActivities + this.#activities.length;
  }

  /** Takes up everything the store holds. */
  start(): void {
    const { store } = this.#parts;
    for (const target of store.entities.withQueue()) this.#ready.add(target);
    this.#activities.push(...store.activities.all());
    this.#ring();
  }

  /** Starts nothing more; resolves once everything that runs has finished or `deadline` (epoch ms) has passed. */
  async stop(deadline: number): Promise<void> {
    this.#stopped = true;
    this.#alarm?.cancel();
    for (const cancel of this.#retries) cancel();
    const isIdle = (): boolean => this.#running.size === 0 && this.#runningActivities === 0;
    const isLate = (): boolean => this.#parts.clock.now() >= deadline;
    const cancel = this.#parts.clock.setTimer(deadline, () => this.#notify());
    await this.#until(() => isIdle() || isLate());
    cancel();
  }

  /** Something was sent to these instances. */
  wake(targets: readonly string[]): void {
    for (const target of targets) this.#ready.add(target);
    this.#pump();
  }

  /** Resolves as soon as no turn runs or is ready; activities may still run. */
  whenQuiet(): Promise<void> {
    return this.#until(() => this.#stopped || (this.pendingTurns === 0 && !this.#pumping));
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#watchers.push(resolve));
  }

  #notify(): void {
    for (const watcher of this.#watchers.splice(0)) watcher();
  }

  #pump(): void {
    if (this.#pumping || this.#stopped) return;
    this.#pumping = true;
    setImmediate(() => {
      this.#pumping = false;
      if (!this.#stopped) this.#startAll();
      this.#notify();
    });
  }

  #startAll(): void {
    for (const target of this.#ready) {
      if (this.#running.size >= this.#limits.concurrentTurns) break;
      if (this.#running.has(target)) continue;
      this.#ready.delete(target);
      this.#running.add(target);
      void this.#step(target);
    }
    while (this.#activities.length > 0 && this.#runningActivities < this.#limits.concurrentActivities) {
      const task = this.#activities.shift();
      if (task === undefined) return;
      this.#runningActivities += 1;
      void this.#runActivity(task);
    }
  }

  async #step(target: string): Promise<void> {
    try {
      const effects = isEntityTarget(target)
        ? await runEntityTurn(this.#parts, target)
        : await runTurn(this.#parts, this.#cache, target);
      this.#apply(target, effects);
      // A clock set back makes what the alarm announced not due after all.
      if (effects === NO_EFFECTS) this.#alarmForNext(this.#parts.clock.now());
    } catch (error) {
      this.#retry(`A turn of '${target}'`, error, () => this.wake([target]));
    } finally {
      this.#running.delete(target);
      this.#pump();
      if (this.#stopped) this.#notify();
    }
  }

  #apply(target: string, effects: TurnEffects): void {
    this.#activities.push(...effects.activities);
    for (const woken of effects.wake) this.#ready.add(woken);
    if (effects.nextTimerAt !== undefined) this.#alarmAt(effects.nextTimerAt);
    if (effects.ended === true) this.#whenEnded(target);
  }

  async #runActivity(task: ActivityTask): Promise<void> {
    try {
      await runActivity(this.#parts, task);
      this.#ready.add(task.instanceId);
    } catch (error) {
      this.#retry(`The result of activity '${task.name}'`, error, () => {
        this.#activities.push(task);
        this.#pump();
      });
    } finally {
      this.#runningActivities -= 1;
      this.#pump();
      if (this.#stopped) this.#notify();
    }
  }

  /** The store refused (a full disk, say): nothing was lost, the step is repeated. */
  #retry(what: string, error: unknown, again: () => void): void {
    if (this.#stopped) return;
    const { clock, log } = this.#parts;
    log('error', `${what} could not be saved and is repeated: ${messageOf(error)}`);
    log('debug', stackOf(error));
    const cancel = clock.setTimer(clock.now() + this.#limits.retryDelayMs, () => {
      this.#retries.delete(cancel);
      again();
    });
    this.#retries.add(cancel);
  }

  #alarmAt(at: number): void {
    if (this.#stopped || (this.#alarm !== undefined && this.#alarm.at <= at)) return;
    this.#alarm?.cancel();
    this.#alarm = { at, cancel: this.#parts.clock.setTimer(at, () => this.#ring()) };
  }

  /** One `now` for "due" and for "next due": a message between two readings would be forgotten. */
  #ring(): void {
    if (this.#stopped) return;
    const { store, clock } = this.#parts;
    const now = clock.now();
    this.#alarm = undefined;
    for (const target of store.inbox.targetsDue(now)) this.#ready.add(target);
    this.#alarmForNext(now);
    this.#pump();
  }

  #alarmForNext(now: number): void {
    const next = this.#parts.store.inbox.nextVisible(now);
    if (next !== undefined) this.#alarmAt(next);
  }
}
