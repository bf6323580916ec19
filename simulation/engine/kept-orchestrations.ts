/**
 * Orchestrators run by the durable-functions library itself, as the host runs them, but kept between turns while their
 * process lives: a turn is given only what is new since the last one, instead of replaying everything. Every so often,
 * and after every death of the process, a turn replays its whole history from the store all the same.
 */
import { createRequire } from 'node:module';
import { DummyOrchestrationContext } from 'durable-functions';
import {
  actionsOf,
  findReusedAction,
  type Action,
  type OrchestratorState,
} from '../../local/functions-host/durable/actions.ts';
import type { OrchestratorResult } from '../../local/functions-host/durable/durable-functions.ts';
import type { OrchestratorFunction } from '../../local/functions-host/durable/plain-functions.ts';

type Event = Record<string, unknown> & { EventType: number };
interface Executor {
  context: { customStatus: unknown };
  actions: Action[];
  output: unknown;
  exception: Error | undefined;
  orchestratorReturned: boolean;
  _isReplaying: boolean;
  processEvent(event: Event): void;
  isDoneExecuting(): boolean;
  hasCompletedSuccessfully(): boolean;
}
interface Running {
  readonly taskOrchestrationExecutor: Executor;
  handle(trigger: unknown, context: unknown): Promise<unknown>;
}

// The library publishes this class only through the app that it registers with.
const require = createRequire(import.meta.url);
const { Orchestrator } = require('durable-functions/lib/src/orchestrations/Orchestrator.js') as {
  Orchestrator: new (handler: unknown) => Running;
};

interface Kept {
  readonly orchestrator: Running;
  readonly suffixLength: number;
  readonly executionId: string;
}

/** Where the events of this turn begin: only they are not played. */
const turnStart = '{"EventType":12,"EventId":-1,"IsPlayed":false';

/** The orchestrations of one process. */
export class KeptOrchestrations {
  readonly #kept = new Map<string, Kept>();
  readonly #isReplayed: () => boolean;

  /** `isReplayed` says of each turn whether it replays all the same. */
  constructor(isReplayed: () => boolean) {
    this.#isReplayed = isReplayed;
  }

  /** One turn; throws as the library does. */
  async run(name: string, orchestrator: OrchestratorFunction, payload: string): Promise<OrchestratorResult> {
    const id = idIn(payload);
    const kept = this.#kept.get(id);
    const isReplayed = this.#isReplayed();
    const going = kept === undefined || isReplayed ? undefined : goOn(kept, payload);
    const state = going ?? (await this.#replay(id, name, orchestrator, payload));
    if (state.isDone) this.#kept.delete(id);
    const reused = findReusedAction(actionsOf(state));
    return {
      state: plainState(state),
      reusedTask: reused && (reused.functionName ?? `of type ${reused.actionType}`),
    };
  }

  async #replay(
    id: string,
    name: string,
    orchestrator: OrchestratorFunction,
    payload: string,
  ): Promise<OrchestratorState> {
    this.#kept.delete(id);
    const trigger = JSON.parse(payload) as { history: Event[]; input: unknown };
    const { history: _events, input, ...rest } = trigger;
    const suffix = `],"input":${JSON.stringify(input ?? null)},${JSON.stringify(rest).slice(1)}`;
    const running = new Orchestrator(orchestrator);
    const context = new DummyOrchestrationContext(name, 'simulated', () => undefined);
    const executionId = executionIdIn(trigger.history);
    const state = (await running.handle(trigger, context)) as OrchestratorState;
    if (payload.endsWith(suffix))
      this.#kept.set(id, { orchestrator: running, suffixLength: suffix.length, executionId });
    return state;
  }
}

const idKey = ',"instanceId":"';

/** The instance's id, from behind the orchestration's input. */
function idIn(payload: string): string {
  const from = payload.lastIndexOf(idKey) + idKey.length;
  return payload.slice(from, payload.indexOf('"', from));
}

function executionIdIn(history: readonly Event[]): string {
  const started = history.find((event) => event.EventType === 0) as
    | { OrchestrationInstance?: { ExecutionId?: string } }
    | undefined;
  return started?.OrchestrationInstance?.ExecutionId ?? '';
}

/** The events of this turn, given to what runs already; undefined if they are of another execution. */
function goOn(
  { orchestrator, suffixLength, executionId }: Kept,
  payload: string,
): OrchestratorState | undefined {
  const from = payload.lastIndexOf(turnStart);
  if (from < 0 || !payload.includes(`"ExecutionId":"${executionId}"`)) return undefined;
  const events = JSON.parse(`[${payload.slice(from, payload.length - suffixLength)}]`) as Event[];
  if (events.some((event) => event.EventType === 0)) return undefined;
  const executor = orchestrator.taskOrchestrationExecutor;
  executor._isReplaying = false;
  for (const event of events) {
    event['Timestamp'] = new Date(event['Timestamp'] as string);
    executor.processEvent(event);
    if (executor.isDoneExecuting()) break;
  }
  const { exception, context } = executor;
  const state: OrchestratorState = {
    isDone: executor.hasCompletedSuccessfully(),
    actions: [executor.actions],
    output: executor.output,
    ...(exception === undefined ? {} : { error: exception.message }),
    ...(context.customStatus ? { customStatus: context.customStatus } : {}),
  };
  if (exception === undefined) return state;
  throw new Error(`${exception.message}\n\n$OutOfProcData$:${JSON.stringify(state)}`, { cause: exception });
}

const plain = new WeakMap<Action, Action>();

/** As JSON carries it; an action that cannot change is carried once. */
function plainState(state: OrchestratorState): OrchestratorState {
  const actions = state.actions.map((list) => list.map(plainAction));
  const { output, customStatus } = state;
  return {
    ...state,
    actions,
    ...(output === undefined ? {} : { output: throughJson(output) }),
    ...(customStatus === undefined ? {} : { customStatus: throughJson(customStatus) }),
  };
}

/** All that an action can change is that it is cancelled. */
function plainAction(action: Action): Action {
  const known = plain.get(action);
  if (known !== undefined && known.isCanceled === action.isCanceled) return known;
  const made = throughJson(action) as Action;
  if (action.compoundActions === undefined) plain.set(action, made);
  return made;
}

const throughJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value)) as unknown;
