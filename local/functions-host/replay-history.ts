/**
 * Replays a recorded history turn by turn through durable-functions and checks that the code still decides what was
 * recorded: in every turn the same tasks with the same ids, types and names, no more and no fewer, and an end where
 * the recording has one. Stricter than a running host, which can only see what contradicts the history.
 */
import { isDeepStrictEqual } from 'node:util';
import { actionsOf, findReusedAction, type Action, type OrchestratorState } from './durable/actions.ts';
import { DecisionWalk, describeDecision, NonDeterminism } from './durable/decision-walk.ts';
import { stateOfFailure } from './durable/durable-functions.ts';
import { parseTimeSpan, type TimerSettings } from './durable/engine-parts.ts';
import { EventType, type HistoryEvent } from './durable/history-events.ts';
import { orchestrationPayload } from './durable/orchestration-payload.ts';
import { runPlainOrchestrator, type OrchestratorFunction } from './durable/plain-functions.ts';

/** What to replay. */
export interface ReplayRequest {
  /** The generator function as it is registered with `df.app.orchestration`. */
  readonly orchestrator: OrchestratorFunction;
  readonly name: string;
  /** The raw history: the `history` of `GET /admin/durable/instances/{id}/history`, or `engine.history(id)`. */
  readonly history: readonly HistoryEvent[];
  /** As they were when the history was recorded; the defaults are the extension's. */
  readonly timers?: TimerSettings;
}

/** What the replay decided. */
export interface ReplayResult {
  /** For each turn what it newly scheduled, in words (`activity 'copy'`, `a timer`). */
  readonly actionsPerTurn: readonly (readonly string[])[];
  /** All actions of the last turn. */
  readonly actions: readonly Action[];
  readonly customStatus?: unknown;
  /** Present when the orchestrator completed. */
  readonly output?: unknown;
  /** Present when the orchestrator failed: its message. */
  readonly error?: string;
  readonly continuedAsNew?: { readonly input: unknown };
}

const CREATED = new Set<number>([
  EventType.TaskScheduled,
  EventType.TimerCreated,
  EventType.SubOrchestrationInstanceCreated,
  EventType.EventSent,
]);

const defaultTimers: TimerSettings = {
  maximumShortTimerDuration: '6.00:00:00',
  longRunningTimerIntervalDuration: '3.00:00:00',
};

interface Turn {
  readonly received: readonly HistoryEvent[];
  readonly created: readonly HistoryEvent[];
  readonly completion: HistoryEvent | undefined;
}

/** Replays; throws NonDeterminism where the code no longer matches. */
export async function replayHistory(request: ReplayRequest): Promise<ReplayResult> {
  const turns = splitTurns(request.history);
  const actionsPerTurn: string[][] = [];
  const past: HistoryEvent[] = [];
  let last: { state: OrchestratorState; walk: DecisionWalk } | undefined;
  for (const [index, turn] of turns.entries()) {
    if (isTermination(turn)) break;
    const events = [...past, ...turn.received];
    const state = await runTurn(request, events);
    const walk = walkTurn(request, state, events);
    actionsPerTurn.push(checkTurn(index, walk, turn.created));
    checkEnd(index, state, walk, turn, index === turns.length - 1);
    past.push(...turn.received, ...turn.created);
    last = { state, walk };
  }
  if (last === undefined) throw new Error(`The history of '${request.name}' has no turn to replay.`);
  return resultOf(actionsPerTurn, last.state, last.walk);
}

function splitTurns(history: readonly HistoryEvent[]): Turn[] {
  const starts = [...history.keys()].filter(
    (index) => history[index]?.EventType === EventType.OrchestratorStarted,
  );
  return starts.map((start, index) => {
    const events = history.slice(start, starts[index + 1]);
    const completion = events.find((event) => event.EventType === EventType.ExecutionCompleted);
    const isOwn = (event: HistoryEvent): boolean =>
      event === completion || event.EventType === EventType.OrchestratorCompleted;
    return {
      received: events.filter((event) => !CREATED.has(event.EventType) && !isOwn(event)),
      created: events.filter((event) => CREATED.has(event.EventType)),
      completion,
    };
  });
}

/** A terminated instance did not run in its last turn. */
function isTermination(turn: Turn): boolean {
  return turn.received.some((event) => event.EventType === EventType.ExecutionTerminated);
}

async function runTurn(request: ReplayRequest, events: readonly HistoryEvent[]): Promise<OrchestratorState> {
  const started = events.find((event) => event.EventType === EventType.ExecutionStarted);
  if (started === undefined)
    throw new Error(
      `The history of '${request.name}' does not begin with ExecutionStarted: it is not a raw history.`,
    );
  const payload = orchestrationPayload({
    instanceId: started.OrchestrationInstance?.InstanceId ?? '',
    executionId: started.OrchestrationInstance?.ExecutionId ?? '',
    parentInstanceId: started.ParentInstance?.OrchestrationInstance.InstanceId ?? null,
    input: started.Input ?? null,
    history: [],
    events,
    timers: request.timers ?? defaultTimers,
  });
  try {
    return await runPlainOrchestrator(request.orchestrator, request.name, payload);
  } catch (error) {
    const failure = stateOfFailure(error);
    if (failure === undefined) throw error;
    return failure.state;
  }
}

function walkTurn(
  request: ReplayRequest,
  state: OrchestratorState,
  events: readonly HistoryEvent[],
): DecisionWalk {
  const reused = findReusedAction(actionsOf(state));
  if (reused !== undefined)
    throw new Error(
      `'${request.name}' uses a task again inside a new Task.any or Task.all ('${reused.functionName ?? reused.actionType}').`,
    );
  const timers = request.timers ?? defaultTimers;
  // The walk reads actions as they are on the wire, where instants are texts.
  const actions = JSON.parse(JSON.stringify(actionsOf(state))) as Action[];
  const walk = new DecisionWalk(actions, {
    maximumShortTimerMs: parseTimeSpan(timers.maximumShortTimerDuration),
    longTimerIntervalMs: parseTimeSpan(timers.longRunningTimerIntervalDuration),
  });
  return walk.walk(events);
}

/** What the turn newly decided must be exactly what was recorded. */
function checkTurn(index: number, walk: DecisionWalk, created: readonly HistoryEvent[]): string[] {
  const decided = walk.undecided;
  walk.walk(created);
  const [extra] = walk.undecided;
  if (extra !== undefined) {
    throw new NonDeterminism(
      `turn ${index + 1} now schedules ${describeDecision(extra)} as task ${extra.id}, which the history does not have.`,
    );
  }
  return decided.map(describeDecision);
}

function checkEnd(
  index: number,
  state: OrchestratorState,
  walk: DecisionWalk,
  turn: Turn,
  isLast: boolean,
): void {
  const hasEnded =
    (state.isDone || state.error !== undefined) && walk.openTasks === 0 && walk.continuation === undefined;
  const { completion } = turn;
  if (completion === undefined) {
    if (hasEnded)
      throw new NonDeterminism(`the code now ends in turn ${index + 1}, where the history goes on.`);
    return;
  }
  if (!hasEnded)
    throw new NonDeterminism(`the history ends in turn ${index + 1}, where the code now goes on.`);
  if (isLast) checkOutput(state, completion);
}

const COMPLETED = 1;

function checkOutput(state: OrchestratorState, completion: HistoryEvent): void {
  const wasSuccess = completion.OrchestrationStatus === COMPLETED;
  if (wasSuccess !== (state.error === undefined)) {
    const now = state.error === undefined ? 'completes' : `fails (${state.error})`;
    throw new NonDeterminism(
      `the recorded execution ${wasSuccess ? 'completed' : `failed (${completion.Result})`}, the code now ${now}.`,
    );
  }
  const output: unknown = JSON.parse(JSON.stringify(state.output ?? null));
  const recorded: unknown = wasSuccess ? JSON.parse(completion.Result ?? 'null') : null;
  if (wasSuccess && !isDeepStrictEqual(output, recorded)) {
    throw new NonDeterminism(
      `the code now returns ${JSON.stringify(output)} where ${completion.Result} was recorded.`,
    );
  }
}

function resultOf(
  actionsPerTurn: readonly (readonly string[])[],
  state: OrchestratorState,
  walk: DecisionWalk,
): ReplayResult {
  const hasEnded = walk.openTasks === 0 && walk.continuation === undefined;
  return {
    actionsPerTurn,
    actions: actionsOf(state),
    ...(state.customStatus === undefined ? {} : { customStatus: state.customStatus }),
    ...(hasEnded && state.isDone && state.error === undefined ? { output: state.output } : {}),
    ...(state.error === undefined ? {} : { error: state.error }),
    ...(walk.continuation === undefined ? {} : { continuedAsNew: walk.continuation }),
  };
}
