/** Turns one decision of an orchestrator into its "created" event and the work that follows from it. */
import { EventType } from './history-events.ts';
import { messageNow, type EngineParts } from './engine-parts.ts';
import { entityTarget, type EntityRequest } from './entity-requests.ts';
import type { Instance } from './store.ts';
import type { Decision } from './task-tree.ts';
import type { TurnPlan } from './turn-plan.ts';

/** The activity name under which durable HTTP calls are recorded. */
export const HTTP_ACTIVITY = 'BuiltIn::HttpActivity';

/** Adds the decision to the plan. */
export function scheduleDecision(
  parts: EngineParts,
  instance: Instance,
  plan: TurnPlan,
  decision: Decision,
): void {
  switch (decision.kind) {
    case 'activity':
      return scheduleActivity(
        instance,
        plan,
        decision.id,
        decision.action.functionName ?? '',
        decision.action.input,
      );
    case 'http':
      return scheduleActivity(instance, plan, decision.id, HTTP_ACTIVITY, decision.action.httpRequest);
    case 'timer':
      return scheduleTimer(instance, plan, decision);
    case 'orchestration':
      return scheduleChild(instance, plan, decision);
    default:
      return sendToEntity(parts, instance, plan, decision);
  }
}

/** JSON text of a value, null for undefined. */
export function toJson(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

function scheduleActivity(
  instance: Instance,
  plan: TurnPlan,
  taskId: number,
  name: string,
  input: unknown,
): void {
  plan.record({
    EventType: EventType.TaskScheduled,
    EventId: taskId,
    Name: name,
    Version: '',
    Input: JSON.stringify([input ?? null]),
  });
  plan.activities.push({
    instanceId: instance.id,
    executionId: instance.executionId,
    taskId,
    name,
    input: toJson(input),
  });
}

function scheduleTimer(instance: Instance, plan: TurnPlan, decision: Decision): void {
  const fireAt = decision.fireAt ?? plan.now;
  const FireAt = new Date(fireAt).toISOString();
  plan.record({ EventType: EventType.TimerCreated, EventId: decision.id, FireAt });
  if (decision.canceled === true) return;
  const event = { EventType: EventType.TimerFired, EventId: -1, TimerId: decision.id, FireAt };
  plan.messages.push({
    target: instance.id,
    executionId: instance.executionId,
    visibleAt: fireAt,
    taskId: decision.id,
    event,
  });
}

function scheduleChild(instance: Instance, plan: TurnPlan, decision: Decision): void {
  const { action } = decision;
  const name = action.functionName ?? '';
  const id = action.instanceId || `${instance.executionId}:${decision.id}`;
  const input = toJson(action.input);
  const version = action.version ?? '';
  plan.record({
    EventType: EventType.SubOrchestrationInstanceCreated,
    EventId: decision.id,
    Name: name,
    Version: version,
    InstanceId: id,
    Input: input,
  });
  const parent = {
    instanceId: instance.id,
    executionId: instance.executionId,
    taskId: decision.id,
    name: instance.name,
  };
  plan.children.push({ id, name, input, version, parent });
}

function sendToEntity(parts: EngineParts, instance: Instance, plan: TurnPlan, decision: Decision): void {
  const { target, request } = entityMessage(parts, instance, decision);
  const Name = decision.kind === 'release' ? 'release' : 'op';
  const Input = JSON.stringify(request);
  plan.record({ EventType: EventType.EventSent, EventId: decision.id, InstanceId: target, Name, Input });
  plan.messages.push(
    messageNow(target, null, { EventType: EventType.EventRaised, EventId: -1, Name, Input }),
  );
}

function entityMessage(
  parts: EngineParts,
  instance: Instance,
  decision: Decision,
): { target: string; request: EntityRequest } {
  const { action, kind } = decision;
  const from = { parent: instance.id, parentExecution: instance.executionId };
  if (kind === 'release') return { target: decision.target ?? '', request: { ...from, id: '' } };
  if (kind === 'lock') {
    const lockset = action.lockSet ?? [];
    const [first = { name: '', key: '' }] = lockset;
    return {
      target: entityTarget(first.name, first.key),
      request: { ...from, id: action.lockRequestId ?? '', lockset, position: 0 },
    };
  }
  const input = toJson(action.input);
  const request = {
    ...from,
    id: parts.newId(),
    op: action.operation ?? '',
    signal: kind === 'signal',
    input,
  };
  return { target: action.instanceId ?? '', request };
}
