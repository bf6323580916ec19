/**
 * What the durable engine keeps, and what a store must guarantee. All writes happen inside `transact`: either all
 * of them are durable when its promise resolves, or none happened. Reads see every write whose promise resolved.
 * Nothing else holds state: an engine started on the store of one that was killed goes on where it stopped.
 */
import type { EventBody } from './history-events.ts';

/** Runtime status as the management API names it. */
export type RuntimeStatus = 'Pending' | 'Running' | 'Suspended' | 'Completed' | 'Failed' | 'Terminated';

/** Whether an instance in this status has ended. */
export function isTerminal(status: RuntimeStatus): boolean {
  return status === 'Completed' || status === 'Failed' || status === 'Terminated';
}

/** The task of a parent orchestration that waits for a child. */
export interface ParentLink {
  readonly instanceId: string;
  readonly executionId: string;
  readonly taskId: number;
  readonly name: string;
}

/** One orchestration instance. Input, output and custom status are JSON text; instants are epoch milliseconds. */
export interface Instance {
  readonly id: string;
  readonly name: string;
  /** Changes with every continue-as-new and every reuse of the id. */
  readonly executionId: string;
  readonly status: RuntimeStatus;
  readonly input: string | null;
  readonly output: string | null;
  readonly customStatus: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly parent: ParentLink | null;
  readonly version: string;
  readonly generation: number;
}

/** A message to put into an inbox. */
export interface NewMessage {
  /** An instance id, or `@name@key` for an entity. */
  readonly target: string;
  /** The execution it is meant for; null for whichever runs. */
  readonly executionId: string | null;
  /** Epoch milliseconds from which it is delivered; 0 for at once. */
  readonly visibleAt: number;
  /** The task it belongs to, so that a canceled timer can be removed. */
  readonly taskId: number | null;
  readonly event: EventBody;
}

/** A message in an inbox. */
export interface Message {
  readonly id: number;
  readonly executionId: string | null;
  readonly event: EventBody;
}

/** One scheduled activity; unique by instance, execution and task. */
export interface ActivityTask {
  readonly instanceId: string;
  readonly executionId: string;
  readonly taskId: number;
  readonly name: string;
  /** JSON text; null for no input. */
  readonly input: string | null;
}

/** One entity: its state (JSON text), who holds its lock, and the requests that wait for the lock (JSON text). */
export interface EntityRecord {
  readonly id: string;
  readonly exists: boolean;
  readonly state: string | null;
  readonly lockedBy: string | null;
  readonly queue: string | null;
  readonly updatedAt: number;
}

/** The last run of a timer function, ISO-8601 UTC. */
export interface TimerStatus {
  readonly last: string;
  readonly next: string;
  readonly lastUpdated: string;
}

/** Which instances to list; absent fields do not restrict. */
export interface InstanceFilter {
  readonly createdFrom?: number | undefined;
  readonly createdTo?: number | undefined;
  readonly statuses?: readonly string[] | undefined;
  readonly idPrefix?: string | undefined;
}

/** Instances by id. */
export interface InstanceTable {
  get(id: string): Instance | undefined;
  put(instance: Instance): void;
  remove(id: string): void;
  /** Ordered by id, those after `afterId`. */
  list(filter: InstanceFilter, limit: number, afterId?: string): Instance[];
}

/** The histories, as JSON texts in order. */
export interface HistoryTable {
  read(instanceId: string): string[];
  append(instanceId: string, firstPosition: number, events: readonly string[]): void;
  clear(instanceId: string): void;
}

/** Messages on their way to instances and entities, timers included. */
export interface InboxTable {
  put(message: NewMessage): void;
  /** Messages to `target` visible at `now`, oldest first. */
  due(target: string, now: number): Message[];
  targetsDue(now: number): string[];
  /** The first instant after `now` at which a message becomes visible. */
  nextVisible(now: number): number | undefined;
  remove(messageId: number): void;
  removeTimer(target: string, executionId: string, taskId: number): void;
  /** Removes what is addressed to one execution alone (`bound`), or everything. */
  clear(target: string, which: 'bound' | 'all'): void;
}

/** Activities that have not completed. */
export interface ActivityTable {
  put(task: ActivityTask): void;
  has(task: ActivityTask): boolean;
  /** Whether it was still there. */
  remove(task: ActivityTask): boolean;
  clear(instanceId: string): void;
  all(): ActivityTask[];
}

/** Entities by id. */
export interface EntityTable {
  get(id: string): EntityRecord | undefined;
  put(entity: EntityRecord): void;
  /** Existing entities, of one name or all. */
  list(name?: string): EntityRecord[];
  /** Unlocked entities with waiting requests. */
  withQueue(): string[];
}

/** Last runs of timer functions, by function name. */
export interface TimerStatusTable {
  get(functionName: string): TimerStatus | undefined;
  put(functionName: string, status: TimerStatus): void;
}

/** The task hub. */
export interface DurableStore {
  readonly instances: InstanceTable;
  readonly history: HistoryTable;
  readonly inbox: InboxTable;
  readonly activities: ActivityTable;
  readonly entities: EntityTable;
  readonly timers: TimerStatusTable;
  /** Runs the writes atomically and resolves once they are durable; rejects with what `work` or the disk threw. */
  transact(work: () => void): Promise<void>;
  /** Finishes queued transactions and closes. */
  close(): void;
}
