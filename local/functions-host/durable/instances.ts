/** Creating an execution of an orchestration. Used inside a transaction only. */
import { EventType, type EventBody } from './history-events.ts';
import { messageNow, type EngineParts } from './engine-parts.ts';
import type { Instance, ParentLink } from './store.ts';

/** What a new instance needs; input is JSON text. */
export interface NewInstance {
  readonly id: string;
  readonly name: string;
  readonly input: string | null;
  readonly version: string;
  readonly parent: ParentLink | null;
}

/** Writes the instance and its first message; whatever the id held before is replaced. */
export function createInstance(parts: EngineParts, init: NewInstance): void {
  const { store } = parts;
  const now = parts.clock.now();
  store.history.clear(init.id);
  store.inbox.clear(init.id, 'bound');
  store.activities.clear(init.id);
  const instance: Instance = {
    ...init,
    executionId: parts.newId(),
    status: 'Pending',
    output: null,
    customStatus: null,
    createdAt: now,
    updatedAt: now,
    generation: 0,
  };
  store.instances.put(instance);
  store.inbox.put(messageNow(init.id, instance.executionId, executionStarted(instance)));
}

/** The same instance with its next execution: new execution id, new input, empty history. */
export function continueInstance(parts: EngineParts, instance: Instance, input: string | null): void {
  const { store } = parts;
  store.history.clear(instance.id);
  store.inbox.clear(instance.id, 'bound');
  const next: Instance = {
    ...instance,
    executionId: parts.newId(),
    status: 'Running',
    input,
    generation: instance.generation + 1,
  };
  store.instances.put(next);
  store.inbox.put(messageNow(next.id, next.executionId, executionStarted(next)));
}

function executionStarted(instance: Instance): EventBody {
  const { parent } = instance;
  return {
    EventType: EventType.ExecutionStarted,
    EventId: -1,
    OrchestrationInstance: { InstanceId: instance.id, ExecutionId: instance.executionId },
    ParentInstance:
      parent === null
        ? null
        : {
            Name: parent.name,
            OrchestrationInstance: { InstanceId: parent.instanceId, ExecutionId: parent.executionId },
            TaskScheduleId: parent.taskId,
            Version: '',
          },
    Name: instance.name,
    Version: instance.version,
    Input: instance.input,
    Tags: null,
    Correlation: null,
    ScheduledStartTime: null,
    Generation: instance.generation,
  };
}

/** What a caller reads when it names an orchestrator that is not there. */
export function missingOrchestrator(name: string): string {
  return `The function '${name}' doesn't exist, is disabled, or is not an orchestrator function.`;
}

/** The message that a child orchestration failed. */
export function childFailed(taskId: number, reason: string, details: string): EventBody {
  return {
    EventType: EventType.SubOrchestrationInstanceFailed,
    EventId: -1,
    TaskScheduledId: taskId,
    Reason: reason,
    Details: details,
    FailureDetails: null,
  };
}
