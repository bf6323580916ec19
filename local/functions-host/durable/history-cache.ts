/**
 * Parsed histories of running instances, so that a turn need not read them again. An entry is dropped when its
 * instance ends, continues as new or is purged, and the least recently used one when there are too many.
 */
import { onceKey, STARTED, type HistoryEvent } from './history-events.ts';
import type { DurableStore, Instance } from './store.ts';

const MOST_ENTRIES = 1_000;

/** One execution's history in both forms, and the once-keys it holds. */
export interface CachedHistory {
  readonly executionId: string;
  readonly events: HistoryEvent[];
  readonly json: string[];
  readonly delivered: Set<string>;
  /** The last turn's instant, epoch milliseconds. */
  lastTurnAt: number;
}

/** Whether the execution has begun. */
export function hasStarted(history: CachedHistory): boolean {
  return history.delivered.has(STARTED);
}

/** Adds a committed turn. */
export function extendHistory(
  history: CachedHistory,
  events: readonly HistoryEvent[],
  json: readonly string[],
): void {
  for (const event of events) {
    const key = onceKey(event);
    if (key !== null) history.delivered.add(key);
    history.lastTurnAt = Math.max(history.lastTurnAt, Date.parse(event.Timestamp));
    history.events.push(event);
  }
  history.json.push(...json);
}

/** The cache of one engine. */
export class HistoryCache {
  readonly #entries = new Map<string, CachedHistory>();
  readonly #store: DurableStore;

  constructor(store: DurableStore) {
    this.#store = store;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The history of the instance's present execution. */
  load(instance: Instance): CachedHistory {
    const cached = this.#entries.get(instance.id);
    const entry = cached?.executionId === instance.executionId ? cached : this.#read(instance);
    this.#entries.delete(instance.id);
    this.#entries.set(instance.id, entry);
    if (this.#entries.size > MOST_ENTRIES) this.#dropOldest();
    return entry;
  }

  drop(instanceId: string): void {
    this.#entries.delete(instanceId);
  }

  #read(instance: Instance): CachedHistory {
    const json = this.#store.history.read(instance.id);
    const events = json.map((text) => JSON.parse(text) as HistoryEvent);
    const history: CachedHistory = {
      executionId: instance.executionId,
      events: [],
      json: [],
      delivered: new Set(),
      lastTurnAt: 0,
    };
    extendHistory(history, events, json);
    return history;
  }

  #dropOldest(): void {
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined) this.#entries.delete(oldest);
  }
}
