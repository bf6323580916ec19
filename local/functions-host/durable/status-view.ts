/** Instances and histories as the management API shows them. */
import { EventType, eventTypeNames, type HistoryEvent } from './history-events.ts';
import type { Instance } from './store.ts';

/** The value of stored JSON text; text that is no JSON is itself the value. */
export function parseStored(text: string | null | undefined): unknown {
  if (text === null || text === undefined) return null;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** ISO-8601 to the second, as the API writes instants. */
export function toSeconds(instant: number): string {
  return `${new Date(instant).toISOString().slice(0, 19)}Z`;
}

/** The body of a status answer. */
export function statusView(instance: Instance, showInput: boolean): Record<string, unknown> {
  return {
    name: instance.name,
    instanceId: instance.id,
    runtimeStatus: instance.status,
    input: showInput ? parseStored(instance.input) : null,
    customStatus: parseStored(instance.customStatus),
    output: parseStored(instance.output),
    createdTime: toSeconds(instance.createdAt),
    lastUpdatedTime: toSeconds(instance.updatedAt),
  };
}

/** What framework bookkeeping the API leaves out of an event. */
const HIDDEN = new Set([
  'EventId',
  'IsPlayed',
  'TaskScheduledId',
  'TimerId',
  'OrchestrationInstance',
  'ParentInstance',
  'Tags',
  'Version',
  'Correlation',
]);

/** The history for people: scheduling merged into completion, framework events left out. Not enough for a replay. */
export function historyView(events: readonly HistoryEvent[], showOutput: boolean): Record<string, unknown>[] {
  const scheduled = new Map<number, HistoryEvent>();
  const shown: Record<string, unknown>[] = [];
  for (const event of events) {
    if (
      event.EventType === EventType.OrchestratorStarted ||
      event.EventType === EventType.OrchestratorCompleted
    )
      continue;
    if (
      event.EventType === EventType.TaskScheduled ||
      event.EventType === EventType.SubOrchestrationInstanceCreated
    ) {
      scheduled.set(event.EventId, event);
    } else {
      shown.push(eventView(event, scheduled.get(event.TaskScheduledId ?? -1), showOutput));
    }
  }
  return shown;
}

function eventView(
  event: HistoryEvent,
  scheduled: HistoryEvent | undefined,
  showOutput: boolean,
): Record<string, unknown> {
  const kept = Object.entries(event).filter(([key]) => !HIDDEN.has(key) && (key !== 'Result' || showOutput));
  const view: Record<string, unknown> = {
    ...Object.fromEntries(kept),
    EventType: eventTypeNames.get(event.EventType),
  };
  if ('Result' in view) view['Result'] = parseStored(event.Result);
  if (scheduled !== undefined)
    Object.assign(view, { ScheduledTime: scheduled.Timestamp, FunctionName: scheduled.Name });
  if (event.EventType === EventType.ExecutionStarted) {
    delete view['Name'];
    view['FunctionName'] = event.Name;
  }
  return view;
}
