/**
 * What a turn is going to write, as data: collected while the turn runs and applied in one transaction. Nothing is
 * written, sent or started before the orchestrator has run and its decisions are known.
 */
import { EventType, type EventBody, type HistoryEvent } from './history-events.ts';
import type { NewInstance } from './instances.ts';
import type { ActivityTask, NewMessage, ParentLink } from './store.ts';

/** How the execution stands after the turn; output and input are JSON text. */
export type TurnEnd =
  | { readonly kind: 'open' }
  | { readonly kind: 'continued'; readonly input: string | null; readonly carried: readonly EventBody[] }
  | { readonly kind: 'completed'; readonly output: string }
  | { readonly kind: 'failed'; readonly message: string; readonly details: string }
  | { readonly kind: 'terminated'; readonly reason: string | null };

/** A child orchestration to start for a task of its parent. */
export interface ChildStart extends NewInstance {
  readonly parent: ParentLink;
}

/** The plan of one turn. */
export class TurnPlan {
  /** The turn's instant, epoch milliseconds. */
  readonly now: number;
  readonly events: HistoryEvent[] = [];
  readonly messages: NewMessage[] = [];
  readonly activities: ActivityTask[] = [];
  readonly children: ChildStart[] = [];
  canceledTimers: readonly number[] = [];
  customStatus: string | null;
  end: TurnEnd = { kind: 'open' };
  readonly #at: string;

  constructor(now: number, customStatus: string | null) {
    this.now = now;
    this.#at = new Date(now).toISOString();
    this.customStatus = customStatus;
    this.record({ EventType: EventType.OrchestratorStarted, EventId: -1 });
  }

  /** Adds an event to the history at the turn's instant. */
  record(event: EventBody): void {
    this.events.push({ ...event, IsPlayed: false, Timestamp: this.#at });
  }
}
