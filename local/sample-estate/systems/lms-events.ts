/**
 * The event log of the LMS sample: events are put into the order of their instants and appended by the database's own
 * `lms.append_events`, which numbers and chains them. Invariant: nothing else writes `lms.event_log`.
 */
import type { Client } from 'pg';

/** An event as `lms.append_events` takes it; `at` is ISO-8601 UTC. */
export interface LogEvent {
  readonly event_type: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly at: string;
}

const eventsPerCall = 2_000;

/** Appends the events in the caller's transaction and returns their number. */
export async function appendEvents(client: Client, events: readonly LogEvent[]): Promise<number> {
  for (let start = 0; start < events.length; start += eventsPerCall) {
    const part = JSON.stringify(events.slice(start, start + eventsPerCall));
    await client.query('SELECT lms.append_events($1::jsonb)', [part]);
  }
  return events.length;
}

/** Holds back events that lie after the stretch of time being written, so that the log stays in order of time. */
export class EventQueue {
  #waiting: LogEvent[] = [];

  add(events: readonly LogEvent[]): void {
    this.#waiting.push(...events);
  }

  /** Takes the events up to the instant (all when absent), oldest first. */
  takeUntil(instant: string | undefined): LogEvent[] {
    this.#waiting.sort((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0));
    const later = instant === undefined ? -1 : this.#waiting.findIndex((event) => event.at >= instant);
    return this.#waiting.splice(0, later === -1 ? this.#waiting.length : later);
  }
}
