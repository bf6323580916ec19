/**
 * Decides what a turn does with the messages that are due: messages for an older execution and repeated
 * completions are dropped (deliveries happen at least once, history holds them exactly once); a suspended instance
 * takes nothing but resume and terminate; nothing is taken before the execution has begun.
 */
import { EventType, onceKey, STARTED, type EventBody } from './history-events.ts';
import { hasStarted, type CachedHistory } from './history-cache.ts';
import type { Instance, Message } from './store.ts';

/** What the turn does; `taken` messages leave the inbox with its transaction. */
export type Selection =
  | { readonly kind: 'wait' }
  | { readonly kind: 'discard'; readonly taken: readonly Message[] }
  | { readonly kind: 'suspend'; readonly taken: readonly Message[] }
  | {
      readonly kind: 'run';
      readonly taken: readonly Message[];
      readonly events: readonly EventBody[];
      readonly termination?: EventBody | undefined;
    };

/** Selects from the due messages (oldest first) of a running instance. */
export function selectMessages(
  instance: Instance,
  history: CachedHistory,
  due: readonly Message[],
): Selection {
  const termination = due.find(({ event }) => event.EventType === EventType.ExecutionTerminated)?.event;
  if (termination === undefined && isSuspended(instance, due)) return suspendWith(due);
  if (!hasStarted(history) && !due.some(({ event }) => event.EventType === EventType.ExecutionStarted)) {
    return { kind: 'wait' };
  }
  const events = selectFresh(instance, history, due);
  return events.length === 0
    ? { kind: 'discard', taken: due }
    : { kind: 'run', taken: due, events, termination };
}

function isControl(event: EventBody): boolean {
  return event.EventType === EventType.ExecutionSuspended || event.EventType === EventType.ExecutionResumed;
}

function isSuspended(instance: Instance, due: readonly Message[]): boolean {
  const last = due.findLast(({ event }) => isControl(event))?.event.EventType;
  return last === undefined ? instance.status === 'Suspended' : last === EventType.ExecutionSuspended;
}

function suspendWith(due: readonly Message[]): Selection {
  const taken = due.filter(({ event }) => isControl(event));
  return taken.length === 0 ? { kind: 'wait' } : { kind: 'suspend', taken };
}

function selectFresh(instance: Instance, history: CachedHistory, due: readonly Message[]): EventBody[] {
  const seen = new Set<string>();
  const fresh = due.filter(({ executionId, event }) => {
    if (executionId !== null && executionId !== instance.executionId) return false;
    const key = onceKey(event);
    if (key === null) return true;
    if (seen.has(key) || history.delivered.has(key)) return false;
    seen.add(key);
    return true;
  });
  const isFirst = ({ event }: Message): boolean => onceKey(event) === STARTED;
  return [...fresh.filter(isFirst), ...fresh.filter((message) => !isFirst(message))].map(
    ({ event }) => event,
  );
}
