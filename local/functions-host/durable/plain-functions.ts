/**
 * Durable functions given as plain functions, without app or host: for a simulator and for replaying histories.
 * Orchestrators and entities run through the durable-functions library itself, so that its rules apply.
 */
import { createRequire } from 'node:module';
import { DummyEntityContext, DummyOrchestrationContext } from 'durable-functions';
import type { EntityContext, OrchestrationHandler } from 'durable-functions';
import type { Logger } from '../log.ts';
import { actionsOf, findReusedAction, type OrchestratorState } from './actions.ts';
import type { DurableFunctions, EntityBatchResult } from './durable-functions.ts';
import { orchestrationPayload } from './orchestration-payload.ts';

/** An orchestrator as it is registered with `df.app.orchestration`. */
export type OrchestratorFunction = OrchestrationHandler;

/** An activity: its input parsed from JSON, its result any JSON value. */
export type ActivityFunction = (
  input: never,
  context: { readonly instanceId: string; readonly name: string },
) => unknown;

/** An entity as it is registered with `df.app.entity`. */
export type EntityFunction = (context: EntityContext<unknown>) => unknown;

/** Functions by name. */
export interface PlainFunctions {
  readonly orchestrators?: Readonly<Record<string, OrchestratorFunction>>;
  readonly activities?: Readonly<Record<string, ActivityFunction>>;
  readonly entities?: Readonly<Record<string, EntityFunction>>;
}

type Listener = (trigger: unknown, context: unknown) => Promise<unknown>;
type ListenerClass = new (handler: unknown) => { listen(): Listener };

// The library publishes these classes only through the app they register with.
const require = createRequire(import.meta.url);
const { Orchestrator } = require('durable-functions/lib/src/orchestrations/Orchestrator.js') as {
  Orchestrator: ListenerClass;
};
const { Entity } = require('durable-functions/lib/src/entities/Entity.js') as { Entity: ListenerClass };

/** Binds plain functions for the engine; `log` gets what orchestrators and entities write to their context. */
export function plainFunctions(functions: PlainFunctions, log: Logger = () => {}): DurableFunctions {
  const tables = {
    orchestrator: index(functions.orchestrators ?? {}),
    activity: index(functions.activities ?? {}),
    entity: index(functions.entities ?? {}),
  };
  return {
    has: (kind, name) => tables[kind].has(name.toLowerCase()),
    async runOrchestrator(name, turn) {
      const payload = orchestrationPayload(turn);
      const state = await runPlainOrchestrator(find(tables.orchestrator, name), name, payload, log);
      const reused = findReusedAction(actionsOf(state));
      return {
        state: throughJson(state) as OrchestratorState,
        reusedTask: reused && (reused.functionName ?? `of action type ${reused.actionType}`),
      };
    },
    async runActivity(name, input, instanceId) {
      const activity = find(tables.activity, name);
      const result: unknown = await activity(activityInput(input) as never, { instanceId, name });
      return JSON.stringify(result ?? null) ?? 'null';
    },
    async runEntity(name, payload) {
      const listen = new Entity(find(tables.entity, name)).listen();
      const context = new DummyEntityContext(name, 'plain', (level, ...args) =>
        log(level, args.join(' '), name),
      );
      return throughJson(await listen(JSON.parse(payload), context)) as EntityBatchResult;
    },
  };
}

/** One turn of an orchestrator through durable-functions; throws as the library does. */
export async function runPlainOrchestrator(
  orchestrator: OrchestratorFunction,
  name: string,
  payload: string,
  log: Logger = () => {},
): Promise<OrchestratorState> {
  const listen = new Orchestrator(orchestrator).listen();
  const context = new DummyOrchestrationContext(name, 'plain', (level, ...args) =>
    log(level, args.join(' '), name),
  );
  return (await listen(JSON.parse(payload), context)) as OrchestratorState;
}

function index<T>(functions: Readonly<Record<string, T>>): Map<string, T> {
  return new Map(Object.entries(functions).map(([name, value]) => [name.toLowerCase(), value]));
}

function find<T>(table: ReadonlyMap<string, T>, name: string): T {
  const found = table.get(name.toLowerCase());
  if (found === undefined) throw new Error(`There is no function '${name}'.`);
  return found;
}

function throughJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

/** Strings arrive quoted once more by the library; null arrives as undefined. */
function activityInput(input: string | null): unknown {
  const value: unknown = input === null ? null : JSON.parse(input);
  if (value === null) return undefined;
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
