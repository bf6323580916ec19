/**
 * The durable engine: orchestrations, activities, timers, events and entities on a store, in a clock's time, over
 * plain named functions. It knows nothing of HTTP or of apps. Everything it promises is in the store before the
 * promise resolves, so that a process killed at any point goes on after `start` on the same store.
 */
import { randomUUID } from 'node:crypto';
import { systemClock, type Clock } from '../clock.ts';
import type { Logger } from '../log.ts';
import type { HttpRequestAction } from './actions.ts';
import { Dispatcher } from './dispatcher.ts';
import type { DurableFunctions } from './durable-functions.ts';
import { EngineFailure } from './engine-failure.ts';
import { messageNow, type EngineParts, type HttpCallResult, type TimerSettings } from './engine-parts.ts';
import type { EntityRequest } from './entity-requests.ts';
import { HistoryCache } from './history-cache.ts';
import { EventType, type EventBody, type HistoryEvent } from './history-events.ts';
import { createInstance, missingOrchestrator } from './instances.ts';
import { fetchHttp } from './run-activity.ts';
import {
  isTerminal,
  type DurableStore,
  type EntityRecord,
  type Instance,
  type InstanceFilter,
} from './store.ts';

/** How to build an engine; everything but store and functions has a default. */
export interface DurableEngineOptions {
  readonly store: DurableStore;
  readonly functions: DurableFunctions;
  readonly clock?: Clock;
  readonly log?: Logger;
  /** 32 hexadecimal digits, unique; a simulator passes a seeded one. */
  readonly newId?: () => string;
  readonly callHttp?: (request: HttpRequestAction) => Promise<HttpCallResult>;
  readonly maximumShortTimerDuration?: string;
  readonly longRunningTimerIntervalDuration?: string;
  readonly concurrentTurns?: number;
  readonly concurrentActivities?: number;
  /** After a failed write. */
  readonly retryDelayMs?: number;
}

/** Options of a new instance; `input` is any JSON value. */
export interface StartOptions {
  readonly instanceId?: string | undefined;
  readonly input?: unknown;
  readonly version?: string | undefined;
}

/** Longer ids do not fit where Azure keeps them. */
const LONGEST_INSTANCE_ID = 100;

/** A running task hub. */
export class DurableEngine {
  readonly #parts: EngineParts;
  readonly #cache: HistoryCache;
  readonly #dispatcher: Dispatcher;
  readonly #endWatchers = new Map<string, Set<() => void>>();

  constructor(options: DurableEngineOptions) {
    this.#parts = {
      store: options.store,
      functions: options.functions,
      clock: options.clock ?? systemClock,
      newId: options.newId ?? (() => randomUUID().replaceAll('-', '')),
      timers: timerSettings(options),
      callHttp: options.callHttp ?? fetchHttp,
      log: options.log ?? (() => {}),
    };
    this.#cache = new HistoryCache(options.store);
    const limits = {
      concurrentTurns: options.concurrentTurns ?? 100,
      concurrentActivities: options.concurrentActivities ?? 100,
      retryDelayMs: options.retryDelayMs ?? 500,
    };
    this.#dispatcher = new Dispatcher(this.#parts, this.#cache, limits, (id) => this.#notifyEnd(id));
  }

  /** The spans that decide when a timer becomes a chain of timers. */
  get timerSettings(): TimerSettings {
    return this.#parts.timers;
  }

  /** What runs or waits to run right now, and how many histories are in memory. */
  get load(): { readonly turns: number; readonly activities: number; readonly cachedHistories: number } {
    const { pendingTurns: turns, pendingActivities: activities } = this.#dispatcher;
    return { turns, activities, cachedHistories: this.#cache.size };
  }

  /** Goes on with everything in the store. */
  start(): void {
    this.#dispatcher.start();
  }

  /** Starts nothing more and waits for what runs, at most `graceMs`. The store stays open. */
  stop(graceMs = 10_000): Promise<void> {
    return this.#dispatcher.stop(this.#parts.clock.now() + graceMs);
  }

  /** Resolves as soon as no turn runs or is ready; activities and timers may be outstanding. */
  whenQuiet(): Promise<void> {
    return this.#dispatcher.whenQuiet();
  }

  /** Starts an orchestration and returns its id; throws EngineFailure for a bad id, name or an id in use. */
  async startNew(name: string, options: StartOptions = {}): Promise<string> {
    if (!this.#parts.functions.has('orchestrator', name))
      throw new EngineFailure('invalid', missingOrchestrator(name));
    const id = options.instanceId ?? this.#parts.newId();
    checkInstanceId(id);
    const input = options.input === undefined ? null : JSON.stringify(options.input);
    await this.#parts.store.transact(() => {
      const existing = this.instance(id);
      if (existing !== undefined && !isTerminal(existing.status)) {
        throw new EngineFailure(
          'conflict',
          `An Orchestration instance with the status ${existing.status} already exists.`,
        );
      }
      this.#cache.drop(id);
      createInstance(this.#parts, { id, name, input, version: options.version ?? '', parent: null });
    });
    this.#dispatcher.wake([id]);
    return id;
  }

  /** Raises an external event; `value` is any JSON value. */
  raiseEvent(id: string, name: string, value: unknown): Promise<void> {
    const Input = value === undefined ? null : JSON.stringify(value);
    return this.#send(id, { EventType: EventType.EventRaised, EventId: -1, Name: name, Input });
  }

  /** Ends the instance at its next turn, without running it. */
  terminate(id: string, reason: string | null): Promise<void> {
    return this.#send(id, {
      EventType: EventType.ExecutionTerminated,
      EventId: -1,
      Input: reason,
      Reason: reason,
    });
  }

  /** The instance takes nothing but terminate until it is resumed. */
  suspend(id: string, reason: string | null): Promise<void> {
    return this.#send(id, {
      EventType: EventType.ExecutionSuspended,
      EventId: -1,
      Input: reason,
      Reason: reason,
    });
  }

  /** Lets a suspended instance go on with everything that has come meanwhile. */
  resume(id: string, reason: string | null): Promise<void> {
    return this.#send(id, {
      EventType: EventType.ExecutionResumed,
      EventId: -1,
      Input: reason,
      Reason: reason,
    });
  }

  /** Sends an operation to an entity without waiting for it; `input` is any JSON value. */
  signalEntity(target: string, operation: string, input: unknown): Promise<void> {
    const json = input === undefined ? null : JSON.stringify(input);
    const request: EntityRequest = { id: this.#parts.newId(), op: operation, signal: true, input: json };
    return this.#send(target, {
      EventType: EventType.EventRaised,
      EventId: -1,
      Name: 'op',
      Input: JSON.stringify(request),
    });
  }

  /** An entity that exists. */
  entity(target: string): EntityRecord | undefined {
    const entity = this.#parts.store.entities.get(target);
    return entity?.exists === true ? entity : undefined;
  }

  /** Existing entities, of one name or all. */
  listEntities(name?: string): EntityRecord[] {
    return this.#parts.store.entities.list(name);
  }

  /** An instance as it stands. */
  instance(id: string): Instance | undefined {
    return this.#parts.store.instances.get(id);
  }

  /** Instances in the order of their ids, those after `afterId`. */
  listInstances(filter: InstanceFilter, limit: number, afterId?: string): Instance[] {
    return this.#parts.store.instances.list(filter, limit, afterId);
  }

  /** The recorded history of the instance's present execution, every event. */
  history(id: string): HistoryEvent[] {
    return this.#parts.store.history.read(id).map((json) => JSON.parse(json) as HistoryEvent);
  }

  /** Removes instances with everything that belongs to them. */
  async purge(ids: readonly string[]): Promise<void> {
    const { store } = this.#parts;
    await store.transact(() => {
      for (const id of ids) {
        store.instances.remove(id);
        store.history.clear(id);
        store.inbox.clear(id, 'all');
        store.activities.clear(id);
      }
    });
    for (const id of ids) {
      this.#cache.drop(id);
      this.#notifyEnd(id);
    }
  }

  /** The instance once it has ended or `timeoutMs` has passed; undefined if there is none. */
  async waitForEnd(id: string, timeoutMs: number): Promise<Instance | undefined> {
    const { clock } = this.#parts;
    const deadline = clock.now() + timeoutMs;
    for (;;) {
      const instance = this.instance(id);
      if (instance === undefined || isTerminal(instance.status) || clock.now() >= deadline) return instance;
      await this.#endOrInstant(id, deadline);
    }
  }

  #endOrInstant(id: string, deadline: number): Promise<void> {
    return new Promise((resolve) => {
      const watchers = this.#endWatchers.get(id) ?? new Set();
      this.#endWatchers.set(id, watchers);
      const finish = (): void => {
        cancel();
        watchers.delete(finish);
        if (watchers.size === 0 && this.#endWatchers.get(id) === watchers) this.#endWatchers.delete(id);
        resolve();
      };
      const cancel = this.#parts.clock.setTimer(deadline, finish);
      watchers.add(finish);
    });
  }

  #notifyEnd(id: string): void {
    for (const finish of [...(this.#endWatchers.get(id) ?? [])]) finish();
  }

  async #send(target: string, event: EventBody): Promise<void> {
    await this.#parts.store.transact(() => this.#parts.store.inbox.put(messageNow(target, null, event)));
    this.#dispatcher.wake([target]);
  }
}

function timerSettings(options: DurableEngineOptions): TimerSettings {
  return {
    maximumShortTimerDuration: options.maximumShortTimerDuration ?? '6.00:00:00',
    longRunningTimerIntervalDuration: options.longRunningTimerIntervalDuration ?? '3.00:00:00',
  };
}

function checkInstanceId(id: string): void {
  // oxlint-disable-next-line no-control-regex
  const isValid = id.length > 0 && id.length <= LONGEST_INSTANCE_ID && !/^@|[/\\?#\u0000-\u001f]/.test(id);
  if (!isValid) {
    throw new EngineFailure(
      'invalid',
      `"${id}" is not an instance id: 1 to ${LONGEST_INSTANCE_ID} characters, not beginning with @, without / \\ ? # and control characters.`,
    );
  }
}
