/**
 * The history of an orchestration as durable-functions reads it: event types and fields are those of the
 * Durable Task Framework's JSON. An event without instant and IsPlayed is a message on its way to an instance;
 * it becomes history when a turn takes it.
 */

/** Numbers of the Durable Task Framework. */
export const EventType = {
  ExecutionStarted: 0,
  ExecutionCompleted: 1,
  ExecutionTerminated: 3,
  TaskScheduled: 4,
  TaskCompleted: 5,
  TaskFailed: 6,
  SubOrchestrationInstanceCreated: 7,
  SubOrchestrationInstanceCompleted: 8,
  SubOrchestrationInstanceFailed: 9,
  TimerCreated: 10,
  TimerFired: 11,
  OrchestratorStarted: 12,
  OrchestratorCompleted: 13,
  EventSent: 14,
  EventRaised: 15,
  ContinueAsNew: 16,
  ExecutionSuspended: 19,
  ExecutionResumed: 20,
} as const;

/** Names of the event types by number, as the status API shows them. */
export const eventTypeNames: ReadonlyMap<number, string> = new Map(
  Object.entries(EventType).map(([name, number]) => [number, name]),
);

/** Where an execution stands: the instance and which of its executions. */
export interface OrchestrationInstance {
  readonly InstanceId: string;
  readonly ExecutionId: string;
}

/** A message to an instance: an event not yet in its history. JSON values travel as strings. */
export interface EventBody {
  EventType: number;
  /** The task id for "created" events, -1 for all others. */
  EventId: number;
  Name?: string | null;
  Version?: string;
  Input?: string | null;
  Result?: string | null;
  Reason?: string | null;
  Details?: string;
  FailureDetails?: null;
  TaskScheduledId?: number;
  TimerId?: number;
  FireAt?: string;
  InstanceId?: string;
  OrchestrationInstance?: OrchestrationInstance;
  ParentInstance?: {
    Name: string;
    OrchestrationInstance: OrchestrationInstance;
    TaskScheduleId: number;
    Version: string;
  } | null;
  OrchestrationStatus?: number;
  Tags?: null;
  Correlation?: null;
  ScheduledStartTime?: null;
  Generation?: number;
}

/** One event of an instance's history. */
export interface HistoryEvent extends EventBody {
  IsPlayed: boolean;
  /** ISO-8601 UTC; equal for all events of one turn, never decreasing. */
  Timestamp: string;
}

/**
 * The key of events that may be delivered more than once but count once (completions, timers, the start);
 * null for events that count each time.
 */
export function onceKey(event: EventBody): string | null {
  switch (event.EventType) {
    case EventType.TaskCompleted:
    case EventType.TaskFailed:
    case EventType.SubOrchestrationInstanceCompleted:
    case EventType.SubOrchestrationInstanceFailed:
      return `task:${event.TaskScheduledId}`;
    case EventType.TimerFired:
      return `task:${event.TimerId}`;
    case EventType.ExecutionStarted:
      return STARTED;
    default:
      return null;
  }
}

/** The once-key of ExecutionStarted. */
export const STARTED = 'started';
