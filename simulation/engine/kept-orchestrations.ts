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
import {
  orchestrationPayload,
  type TurnInput,
} from '../../local/functions-host/durable/orchestration-payload.ts';
import type { OrchestratorFunction } from '../../local/functions-host/durable/plain-functions.ts';

interface Executor {
  context: { customStatus: unknown };
  actions: Action[];
  output: unknown;
  exception: Error | undefined;
  orchestratorReturned: boolean;
  _isReplaying: boolean;
  processEvent(event: object): void;
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
  readonly executionId: string;
}

/** The orchestrations of one process. */
export class KeptOrchestrations {
  readonly #kept = new Map<string, Kept>();
  readonly #isReplayed: () => boolean;

  /** `isReplayed` says of each turn whether it replays all the same. */
  constructor(isReplayed: () => boolean) {
    this.#isReplayed = isReplayed;
  }

  /** One turn; throws as the library does. */
  async run(name: string, orchestrator: OrchestratorFunction, turn: TurnInput): Promise<OrchestratorResult> {
    const kept = this.#kept.get(turn.instanceId);
    const isGoingOn = !this.#isReplayed() && kept?.executionId === turn.executionId;
    const state = isGoingOn ? goOn(kept, turn) : await this.#replay(name, orchestrator, turn);
    if (state.isDone) this.#kept.delete(turn.instanceId);
    const reused = findReusedAction(actionsOf(state));
    return {
      state: plainState(state),
      reusedTask: reused && (reused.functionName ?? `of type ${reused.actionType}`),
    };
  }

  async #replay(
    name: string,
    orchestrator: OrchestratorFunction,
    turn: TurnInput,
  ): Promise<OrchestratorState> {
    const { instanceId, executionId } = turn;
    this.#kept.delete(instanceId);
    const running = new Orchestrator(orchestrator);
    const context = new DummyOrchestrationContext(name, 'simulated', () => undefined);
    const trigger: unknown = JSON.parse(orchestrationPayload(turn));
    const state = (await running.handle(trigger, context)) as OrchestratorState;
    this.#kept.set(instanceId, { orchestrator: running, executionId });
    return state;
  }
}

/** The events of this turn, given to what runs already. */
function goOn({ orchestrator }: Kept, { events }: TurnInput): OrchestratorState {
  const executor = orchestrator.taskOrchestrationExecutor;
  executor._isReplaying = false;
  for (const event of events) {
    executor.processEvent({ ...event, Timestamp: new Date(event.Timestamp) });
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

/** As JSON carries it, as far as anybody looks at it: an action that cannot change is carried once. */
function plainState(state: OrchestratorState): OrchestratorState {
  return { ...state, actions: state.actions.map((list) => list.map(plainAction)) };
}

/** All that an action can change is that it is cancelled. */
function plainAction(action: Action): Action {
  const known = plain.get(action);
  if (known !== undefined && known.isCanceled === action.isCanceled) return known;
  const { compoundActions } = action;
  if (compoundActions !== undefined) return { ...action, compoundActions: compoundActions.map(plainAction) };
  const made = JSON.parse(JSON.stringify(action)) as Action;
  plain.set(action, made);
  return made;
}
