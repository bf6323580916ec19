/**
 * Runs one scheduled activity and delivers its result. At least once: if the process dies before the commit the
 * activity runs again; the row in the activity table makes the result count once.
 */
import { messageOf, stackOf } from '../host-failure.ts';
import type { HttpRequestAction } from './actions.ts';
import { messageNow, type EngineParts, type HttpCallResult } from './engine-parts.ts';
import { EventType, type EventBody } from './history-events.ts';
import { HTTP_ACTIVITY } from './schedule-decision.ts';
import type { ActivityTask } from './store.ts';

/** Resolves once the result is durable; rejects if it could not be written. */
export async function runActivity(parts: EngineParts, task: ActivityTask): Promise<void> {
  const { store } = parts;
  // The instance may have ended while the task waited for its turn.
  if (!store.activities.has(task)) return;
  const event = await resultOf(parts, task);
  await store.transact(() => {
    if (store.activities.remove(task)) store.inbox.put(messageNow(task.instanceId, task.executionId, event));
  });
}

async function resultOf(parts: EngineParts, task: ActivityTask): Promise<EventBody> {
  const { functions } = parts;
  try {
    if (task.name === HTTP_ACTIVITY) return completed(task, JSON.stringify(await callHttp(parts, task)));
    if (!functions.has('activity', task.name)) {
      return failed(
        task,
        `The function '${task.name}' doesn't exist, is disabled, or is not an activity function.`,
        '',
      );
    }
    return completed(task, await functions.runActivity(task.name, task.input, task.instanceId));
  } catch (error) {
    parts.log('warning', `Activity failed: ${messageOf(error)}`, task.name);
    return failed(task, `Activity function '${task.name}' failed: ${messageOf(error)}`, stackOf(error));
  }
}

function completed(task: ActivityTask, result: string): EventBody {
  return { EventType: EventType.TaskCompleted, EventId: -1, TaskScheduledId: task.taskId, Result: result };
}

function failed(task: ActivityTask, reason: string, details: string): EventBody {
  return {
    EventType: EventType.TaskFailed,
    EventId: -1,
    TaskScheduledId: task.taskId,
    Reason: reason,
    Details: details,
    FailureDetails: null,
  };
}

function callHttp(parts: EngineParts, task: ActivityTask): Promise<HttpCallResult> {
  const request = JSON.parse(task.input ?? '{}') as HttpRequestAction;
  if (request.tokenSource !== undefined && request.tokenSource !== null) {
    throw new Error(
      'A durable HTTP call with a managed identity token is not supported by the embedded host.',
    );
  }
  return parts.callHttp(request);
}

/** Durable HTTP over fetch. */
export async function fetchHttp(request: HttpRequestAction): Promise<HttpCallResult> {
  const response = await fetch(request.uri, {
    method: request.method,
    ...(request.headers === undefined ? {} : { headers: request.headers }),
    ...(request.content === undefined ? {} : { body: request.content }),
  });
  return {
    statusCode: response.status,
    headers: Object.fromEntries(response.headers),
    content: await response.text(),
  };
}
