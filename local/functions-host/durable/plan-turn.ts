/**
 * Runs one turn of an orchestrator: hands it its history, derives what it decided and plans what to write. Changes
 * nothing. An execution ends only when no uncancelled timer or task is open; a failure of the function, a task
 * used twice, and non-determinism end it as failed.
 */
import { messageOf, stackOf } from '../host-failure.ts';
import { actionsOf } from './actions.ts';
import { DecisionWalk, NonDeterminism } from './decision-walk.ts';
import { stateOfFailure, type OrchestratorResult } from './durable-functions.ts';
import { messageNow, parseTimeSpan, type EngineParts } from './engine-parts.ts';
import type { CachedHistory } from './history-cache.ts';
import { EventType, type EventBody } from './history-events.ts';
import { childFailed, missingOrchestrator } from './instances.ts';
import { scheduleDecision, toJson } from './schedule-decision.ts';
import type { Instance } from './store.ts';
import { TurnPlan, type TurnEnd } from './turn-plan.ts';

/** Status numbers in ExecutionCompleted. */
const StatusNumber = { completed: 1, failed: 3, terminated: 5 } as const;

/** Plans the turn that takes these events. */
export async function planTurn(
  parts: EngineParts,
  instance: Instance,
  history: CachedHistory,
  events: readonly EventBody[],
  termination: EventBody | undefined,
): Promise<TurnPlan> {
  const plan = new TurnPlan(turnInstant(parts, history, events), instance.customStatus);
  for (const event of events) plan.record(event);
  if (termination === undefined) await runOrchestrator(parts, instance, history, plan);
  else plan.end = { kind: 'terminated', reason: termination.Input ?? null };
  recordEnd(instance, plan);
  plan.record({ EventType: EventType.OrchestratorCompleted, EventId: -1 });
  return plan;
}

/** Never before the last turn and never before a timer that this turn delivers, whatever the clock says. */
function turnInstant(parts: EngineParts, history: CachedHistory, events: readonly EventBody[]): number {
  const fired = events.map((event) => (event.FireAt === undefined ? 0 : Date.parse(event.FireAt)));
  return Math.max(parts.clock.now(), history.lastTurnAt, ...fired);
}

async function runOrchestrator(
  parts: EngineParts,
  instance: Instance,
  history: CachedHistory,
  plan: TurnPlan,
): Promise<void> {
  try {
    const result = await invoke(parts, instance, history, plan);
    if (result.reusedTask !== undefined) throw new Error(reusedTaskMessage(result.reusedTask));
    applyResult(parts, instance, history, plan, result);
  } catch (error) {
    plan.end = failureOf(instance, error);
  }
}

async function invoke(
  parts: EngineParts,
  instance: Instance,
  history: CachedHistory,
  plan: TurnPlan,
): Promise<OrchestratorResult> {
  if (!parts.functions.has('orchestrator', instance.name))
    throw new Error(missingOrchestrator(instance.name));
  const turn = {
    instanceId: instance.id,
    executionId: instance.executionId,
    parentInstanceId: instance.parent?.instanceId ?? null,
    input: instance.input,
    history: history.json,
    events: plan.events,
    timers: parts.timers,
  };
  try {
    return await parts.functions.runOrchestrator(instance.name, turn);
  } catch (error) {
    const result = stateOfFailure(error);
    if (result === undefined) throw error;
    return result;
  }
}

function applyResult(
  parts: EngineParts,
  instance: Instance,
  history: CachedHistory,
  plan: TurnPlan,
  result: OrchestratorResult,
): void {
  const { state } = result;
  if (state.customStatus !== undefined) plan.customStatus = JSON.stringify(state.customStatus);
  const walk = new DecisionWalk(actionsOf(state), {
    maximumShortTimerMs: parseTimeSpan(parts.timers.maximumShortTimerDuration),
    longTimerIntervalMs: parseTimeSpan(parts.timers.longRunningTimerIntervalDuration),
  });
  walk.walk(history.events).walk(plan.events);
  for (const decision of walk.undecided) scheduleDecision(parts, instance, plan, decision);
  plan.canceledTimers = walk.canceledTimers;
  if (walk.openTasks === 0) plan.end = endOf(instance, result, walk);
  if (plan.end.kind !== 'open') releaseLocks(instance, plan, walk.heldEntities);
}

function endOf(instance: Instance, result: OrchestratorResult, walk: DecisionWalk): TurnEnd {
  const { state } = result;
  if (state.error !== undefined) {
    const details = `Message: ${state.error}, StackTrace: ${result.stack ?? ''}`;
    return { kind: 'failed', message: failureMessage(instance, state.error), details };
  }
  if (!state.isDone) return { kind: 'open' };
  if (walk.continuation === undefined) return { kind: 'completed', output: toJson(state.output) ?? 'null' };
  return { kind: 'continued', input: toJson(walk.continuation.input), carried: walk.carriedEvents };
}

function failureOf(instance: Instance, error: unknown): TurnEnd {
  if (error instanceof NonDeterminism) return { kind: 'failed', message: error.message, details: '' };
  return { kind: 'failed', message: failureMessage(instance, messageOf(error)), details: stackOf(error) };
}

function failureMessage(instance: Instance, message: string): string {
  return `Orchestrator function '${instance.name}' failed: ${message}`;
}

function reusedTaskMessage(task: string): string {
  return (
    `Task '${task}' was already scheduled and is used again inside a new Task.any or Task.all; on Azure it would run ` +
    'twice (azure-functions-durable-js#574). Yield the task itself, or keep one compound task.'
  );
}

function releaseLocks(instance: Instance, plan: TurnPlan, held: readonly string[]): void {
  for (const target of held) {
    const Input = JSON.stringify({ parent: instance.id, id: '' });
    plan.messages.push(
      messageNow(target, null, { EventType: EventType.EventRaised, EventId: -1, Name: 'release', Input }),
    );
  }
}

/** Records the end in the history and tells the parent. */
function recordEnd(instance: Instance, plan: TurnPlan): void {
  const { end } = plan;
  if (end.kind === 'open' || end.kind === 'continued') return;
  const Result = end.kind === 'completed' ? end.output : end.kind === 'failed' ? end.message : end.reason;
  plan.record({
    EventType: EventType.ExecutionCompleted,
    EventId: -1,
    OrchestrationStatus: StatusNumber[end.kind],
    Result,
  });
  if (instance.parent === null) return;
  const { instanceId, executionId, taskId } = instance.parent;
  plan.messages.push(messageNow(instanceId, executionId, answerToParent(instance, taskId, end)));
}

type FinalEnd = Exclude<TurnEnd, { kind: 'open' | 'continued' }>;

function answerToParent(instance: Instance, taskId: number, end: FinalEnd): EventBody {
  if (end.kind === 'completed') {
    return {
      EventType: EventType.SubOrchestrationInstanceCompleted,
      EventId: -1,
      TaskScheduledId: taskId,
      Result: end.output,
    };
  }
  const Reason =
    end.kind === 'failed'
      ? end.message
      : `Orchestration '${instance.id}' was terminated: ${end.reason ?? ''}`;
  return childFailed(taskId, Reason, end.kind === 'failed' ? end.details : '');
}
