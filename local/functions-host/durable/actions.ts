/**
 * What an orchestrator asks for: the JSON that durable-functions returns from a turn. The action list always
 * holds everything since the start of the execution, not only what is new.
 */

/** Numbers of durable-functions' out-of-process protocol. */
export const ActionType = {
  CallActivity: 0,
  CallActivityWithRetry: 1,
  CallSubOrchestrator: 2,
  CallSubOrchestratorWithRetry: 3,
  ContinueAsNew: 4,
  CreateTimer: 5,
  WaitForExternalEvent: 6,
  CallEntity: 7,
  CallHttp: 8,
  SignalEntity: 9,
  WhenAny: 11,
  WhenAll: 12,
  LockEntities: 13,
  ReleaseEntities: 14,
} as const;

/** Delays in milliseconds. */
export interface RetryOptions {
  readonly firstRetryIntervalInMilliseconds: number;
  readonly maxNumberOfAttempts: number;
  readonly backoffCoefficient?: number;
  readonly maxRetryIntervalInMilliseconds?: number;
}

/** The request of a durable HTTP call. */
export interface HttpRequestAction {
  readonly method: string;
  readonly uri: string;
  readonly content?: string;
  readonly headers?: Record<string, string>;
  readonly tokenSource?: unknown;
  readonly asynchronousPatternEnabled?: boolean;
}

/** One action; which fields are present depends on `actionType`. */
export interface Action {
  readonly actionType: number;
  readonly functionName?: string;
  readonly input?: unknown;
  readonly instanceId?: string;
  readonly version?: string;
  readonly retryOptions?: RetryOptions;
  readonly fireAt?: string;
  readonly isCanceled?: boolean;
  readonly externalEventName?: string;
  readonly operation?: string;
  readonly httpRequest?: HttpRequestAction;
  readonly compoundActions?: readonly Action[];
  readonly lockSet?: readonly { readonly name: string; readonly key: string }[];
  readonly lockRequestId?: string;
}

/** What a turn returns. */
export interface OrchestratorState {
  readonly isDone: boolean;
  readonly actions: readonly (readonly Action[])[];
  readonly output?: unknown;
  readonly error?: string;
  readonly customStatus?: unknown;
}

/** All actions since the start, in order. */
export function actionsOf(state: OrchestratorState): readonly Action[] {
  return state.actions.flat();
}

/**
 * The first action that stands twice in the list: a task already scheduled was put into a new Task.any or
 * Task.all. Azure would run it again and give the wrong results to the tasks that follow
 * (azure-functions-durable-js#574). Needs the orchestrator's own objects: identity is lost in JSON.
 */
export function findReusedAction(actions: readonly Action[]): Action | undefined {
  const seen = new Set<Action>();
  const visit = (action: Action): Action | undefined => {
    if (action.compoundActions !== undefined) return firstDefined(action.compoundActions, visit);
    // An external event has no task id: waiting for the same one again is legitimate.
    if (action.actionType === ActionType.WaitForExternalEvent) return undefined;
    if (seen.has(action)) return action;
    seen.add(action);
    return undefined;
  };
  return firstDefined(actions, visit);
}

function firstDefined<T, R>(items: readonly T[], visit: (item: T) => R | undefined): R | undefined {
  for (const item of items) {
    const found = visit(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
