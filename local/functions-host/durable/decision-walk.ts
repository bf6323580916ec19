/**
 * Derives what a turn decided: walks the orchestrator's actions against the history, numbering tasks exactly as
 * durable-functions does. What remains without a "created" event in the history is new and must be scheduled.
 * Pure and synchronous. A created event that the walk did not derive means the code changed under a running
 * instance: NonDeterminism.
 */
import type { Action } from './actions.ts';
import { EventType, type EventBody, type HistoryEvent } from './history-events.ts';
import {
  buildTask,
  settle,
  type Decision,
  type DecisionKind,
  type TaskNode,
  type TaskScheduler,
  type TimerLimits,
} from './task-tree.ts';

/** The orchestrator's code no longer matches the recorded history. */
export class NonDeterminism extends Error {
  constructor(detail: string) {
    super(
      `Non-deterministic workflow detected: ${detail} ` +
        'Was a change made to the orchestrator code after this instance had already started running?',
    );
    this.name = 'NonDeterminism';
  }
}

const kindsOfCreated = new Map<number, readonly DecisionKind[]>([
  [EventType.TaskScheduled, ['activity', 'http']],
  [EventType.TimerCreated, ['timer']],
  [EventType.SubOrchestrationInstanceCreated, ['orchestration']],
  [EventType.EventSent, ['call', 'signal', 'lock', 'release']],
]);

interface OpenTask {
  readonly node: TaskNode;
  readonly decision: Decision;
}

/** The walk over one execution. */
export class DecisionWalk implements TaskScheduler {
  now = 0;
  readonly limits: TimerLimits;
  /** Set once the orchestrator continued as new. */
  continuation: { readonly input: unknown } | undefined;
  /** Events raised after it continued as new: they belong to the next execution. */
  readonly carriedEvents: EventBody[] = [];
  readonly #actions: readonly Action[];
  #nextAction = 0;
  #nextId = 0;
  #current: TaskNode | undefined;
  readonly #undecided = new Map<number, Decision>();
  readonly #open = new Map<number | string, OpenTask>();
  readonly #eventWaiters = new Map<string, TaskNode[]>();
  readonly #bufferedEvents = new Map<string, number>();
  #held: readonly string[] = [];

  constructor(actions: readonly Action[], limits: TimerLimits) {
    this.#actions = actions;
    this.limits = limits;
  }

  /** Walks these events, after those walked before. Throws NonDeterminism. */
  walk(events: readonly HistoryEvent[]): this {
    for (const event of events) this.#take(event);
    return this;
  }

  /** Decisions without a created event, in the order of their ids. */
  get undecided(): readonly Decision[] {
    return [...this.#undecided.values()].toSorted((a, b) => a.id - b.id);
  }

  /** Open tasks that keep the execution from completing; a canceled timer does not. */
  get openTasks(): number {
    return [...this.#open.values()].filter(({ decision }) => decision.canceled !== true).length;
  }

  /** Ids of timers that were canceled before they fired. */
  get canceledTimers(): readonly number[] {
    return [...this.#open.values()]
      .filter(({ decision }) => decision.canceled === true)
      .map(({ decision }) => decision.id);
  }

  /** Entities whose lock the orchestrator still holds. */
  get heldEntities(): readonly string[] {
    return this.#held;
  }

  allocate(kind: DecisionKind, details: Omit<Decision, 'id' | 'kind'>, node?: TaskNode): void {
    const decision: Decision = { id: this.#nextId++, kind, ...details };
    this.#undecided.set(decision.id, decision);
    if (node !== undefined) this.#open.set(decision.id, { node, decision });
  }

  awaitEvent(name: string, node: TaskNode): void {
    const buffered = this.#bufferedEvents.get(name) ?? 0;
    if (buffered > 0) {
      this.#bufferedEvents.set(name, buffered - 1);
      settle(node, false);
      return;
    }
    const waiters = this.#eventWaiters.get(name) ?? [];
    this.#eventWaiters.set(name, [...waiters, node]);
  }

  continueAsNew(input: unknown): void {
    this.continuation = { input };
  }

  lockEntities(targets: readonly string[]): void {
    this.#held = targets;
  }

  releaseEntities(): readonly string[] {
    const released = this.#held;
    this.#held = [];
    return released;
  }

  #take(event: HistoryEvent): void {
    switch (event.EventType) {
      case EventType.OrchestratorStarted:
        this.now = Math.max(this.now, Date.parse(event.Timestamp));
        return;
      case EventType.TaskScheduled:
      case EventType.TimerCreated:
      case EventType.SubOrchestrationInstanceCreated:
      case EventType.EventSent:
        this.#confirm(event);
        return;
      case EventType.TaskCompleted:
      case EventType.SubOrchestrationInstanceCompleted:
        this.#complete(event.TaskScheduledId, false, event);
        break;
      case EventType.TaskFailed:
      case EventType.SubOrchestrationInstanceFailed:
        this.#complete(event.TaskScheduledId, true, event);
        break;
      case EventType.TimerFired:
        this.#complete(event.TimerId, false, event);
        break;
      case EventType.EventRaised:
        this.#raise(event);
        break;
      case EventType.ExecutionStarted:
        break;
      default:
        return;
    }
    this.#advance();
  }

  /** The orchestrator goes on to its next action as soon as the one it waits for is settled. */
  #advance(): void {
    while (this.continuation === undefined && (this.#current?.settled ?? true)) {
      const action = this.#actions[this.#nextAction++];
      if (action === undefined) return;
      this.#current = buildTask(action, this);
      this.#current.start();
    }
  }

  #confirm(event: HistoryEvent): void {
    const decision = this.#undecided.get(event.EventId);
    if (decision === undefined || !kindsOfCreated.get(event.EventType)?.includes(decision.kind)) {
      throw new NonDeterminism(describeMismatch(event, decision));
    }
    const name = nameOf(decision);
    if (name !== undefined && name.toLowerCase() !== event.Name?.toLowerCase()) {
      throw new NonDeterminism(describeMismatch(event, decision));
    }
    this.#undecided.delete(event.EventId);
    if (decision.kind === 'call' || decision.kind === 'lock') this.#answerByRequestId(event);
  }

  /** Entities answer to the id in the request, not to the task id. */
  #answerByRequestId(event: HistoryEvent): void {
    const open = this.#open.get(event.EventId);
    if (open === undefined) return;
    const request = JSON.parse(event.Input ?? '{}') as { id: string };
    this.#open.delete(event.EventId);
    this.#open.set(request.id, open);
  }

  #complete(key: number | string | undefined, failed: boolean, event: HistoryEvent): void {
    const open = key === undefined ? undefined : this.#open.get(key);
    if (key === undefined || open === undefined) return;
    this.#open.delete(key);
    settle(open.node, failed, event);
  }

  #raise(event: HistoryEvent): void {
    const name = event.Name ?? '';
    if (this.continuation !== undefined) {
      const { IsPlayed: _played, Timestamp: _at, ...body } = event;
      this.carriedEvents.push(body);
    } else if (this.#open.has(name)) {
      this.#complete(name, false, event);
    } else {
      this.#deliver(name);
    }
  }

  /** The newest waiter takes the event; without one it is kept for the next wait. */
  #deliver(name: string): void {
    const waiter = this.#eventWaiters.get(name)?.pop();
    if (waiter === undefined) this.#bufferedEvents.set(name, (this.#bufferedEvents.get(name) ?? 0) + 1);
    else settle(waiter, false);
  }
}

/** The function a decision calls, where the history records one. */
function nameOf(decision: Decision): string | undefined {
  if (decision.kind === 'activity' || decision.kind === 'orchestration') return decision.action.functionName;
  return undefined;
}

/** A decision in words, for messages. */
export function describeDecision(decision: Decision): string {
  const name = nameOf(decision);
  return name === undefined ? `a ${decision.kind}` : `${decision.kind} '${name}'`;
}

const createdNames = new Map<number, string>([
  [EventType.TaskScheduled, 'activity'],
  [EventType.TimerCreated, 'timer'],
  [EventType.SubOrchestrationInstanceCreated, 'orchestration'],
  [EventType.EventSent, 'message'],
]);

function describeMismatch(event: HistoryEvent, decision: Decision | undefined): string {
  const kind = createdNames.get(event.EventType) ?? 'event';
  const recorded = event.Name ? `${kind} '${event.Name}'` : `a ${kind}`;
  const replayed = decision === undefined ? 'nothing' : describeDecision(decision);
  return `the history has ${recorded} as task ${event.EventId}, but the code now schedules ${replayed} there.`;
}
