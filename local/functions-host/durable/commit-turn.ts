/**
 * Writes a planned turn in one transaction: the taken messages leave the inbox, the history grows, messages,
 * activities and children appear, the status changes; or none of it. If the instance was purged or replaced while
 * the orchestrator ran, only the taken messages go.
 */
import { messageNow, NO_EFFECTS, type EngineParts, type TurnEffects } from './engine-parts.ts';
import { extendHistory, type CachedHistory, type HistoryCache } from './history-cache.ts';
import { childFailed, continueInstance, createInstance, missingOrchestrator } from './instances.ts';
import { isTerminal, type Instance, type Message, type RuntimeStatus } from './store.ts';
import type { ChildStart, TurnEnd, TurnPlan } from './turn-plan.ts';

/** Removes messages, with whatever else belongs to the same transaction. */
export function removeMessages(
  parts: EngineParts,
  taken: readonly Message[],
  also: () => void = () => {},
): Promise<void> {
  return parts.store.transact(() => {
    for (const message of taken) parts.store.inbox.remove(message.id);
    also();
  });
}

/** Commits the turn and says what the dispatcher must do next. */
export async function commitTurn(
  parts: EngineParts,
  cache: HistoryCache,
  instance: Instance,
  history: CachedHistory,
  taken: readonly Message[],
  plan: TurnPlan,
): Promise<TurnEffects> {
  const json = plan.events.map((event) => JSON.stringify({ ...event, IsPlayed: true }));
  let applied = false;
  await removeMessages(parts, taken, () => {
    applied = parts.store.instances.get(instance.id)?.executionId === instance.executionId;
    if (applied) applyPlan(parts, instance, history.json.length, json, plan);
  });
  const { end } = plan;
  if (end.kind === 'open' && applied)
    extendHistory(
      history,
      plan.events.map((event) => ({ ...event, IsPlayed: true })),
      json,
    );
  else cache.drop(instance.id);
  return applied ? effectsOf(instance, plan) : NO_EFFECTS;
}

function applyPlan(
  parts: EngineParts,
  instance: Instance,
  position: number,
  json: readonly string[],
  plan: TurnPlan,
): void {
  const { store } = parts;
  const { end } = plan;
  const updated: Instance = { ...instance, customStatus: plan.customStatus, updatedAt: plan.now };
  if (end.kind === 'continued') {
    continueInstance(parts, updated, end.input);
    for (const event of end.carried) store.inbox.put(messageNow(instance.id, null, event));
  } else {
    store.history.append(instance.id, position, json);
    store.instances.put({ ...updated, status: statusOf(end), output: outputOf(end) });
    if (end.kind === 'open') removeCanceledTimers(parts, instance, plan);
    else clearQueues(parts, instance);
  }
  for (const message of plan.messages) store.inbox.put(message);
  for (const activity of plan.activities) store.activities.put(activity);
  for (const child of plan.children) startChild(parts, child);
}

const finalStatus = { completed: 'Completed', failed: 'Failed', terminated: 'Terminated' } as const;

function statusOf(end: TurnEnd): RuntimeStatus {
  return end.kind === 'open' || end.kind === 'continued' ? 'Running' : finalStatus[end.kind];
}

function outputOf(end: TurnEnd): string | null {
  if (end.kind === 'completed') return end.output;
  if (end.kind === 'failed') return JSON.stringify(end.message);
  return end.kind === 'terminated' ? JSON.stringify(end.reason ?? '') : null;
}

function removeCanceledTimers(parts: EngineParts, instance: Instance, plan: TurnPlan): void {
  for (const taskId of plan.canceledTimers)
    parts.store.inbox.removeTimer(instance.id, instance.executionId, taskId);
}

function clearQueues(parts: EngineParts, instance: Instance): void {
  parts.store.inbox.clear(instance.id, 'all');
  parts.store.activities.clear(instance.id);
}

function startChild(parts: EngineParts, child: ChildStart): void {
  const existing = parts.store.instances.get(child.id);
  const obstacle = !parts.functions.has('orchestrator', child.name)
    ? missingOrchestrator(child.name)
    : existing !== undefined && !isTerminal(existing.status)
      ? `An Orchestration instance with id '${child.id}' and status ${existing.status} already exists.`
      : undefined;
  if (obstacle === undefined) return createInstance(parts, child);
  const { instanceId, executionId, taskId } = child.parent;
  parts.store.inbox.put(messageNow(instanceId, executionId, childFailed(taskId, obstacle, '')));
}

function effectsOf(instance: Instance, plan: TurnPlan): TurnEffects {
  const timers = plan.messages.filter((message) => message.visibleAt > 0).map((message) => message.visibleAt);
  const wake = plan.messages.filter((message) => message.visibleAt === 0).map((message) => message.target);
  const children = plan.children.flatMap((child) => [child.id, instance.id]);
  const self = plan.end.kind === 'continued' ? [instance.id] : [];
  return {
    wake: [...wake, ...children, ...self],
    nextTimerAt: timers.length === 0 ? undefined : Math.min(...timers),
    activities: plan.activities,
    ended: plan.end.kind !== 'open' && plan.end.kind !== 'continued',
  };
}
