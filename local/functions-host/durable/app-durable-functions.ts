/** The durable functions of a loaded app, run through the app's own copy of the durable-functions library. */
import { hasTrigger, type AppFunction, type FunctionApp } from '../app/function-app.ts';
import type { TypedData } from '../app/programming-model.ts';
import { actionsOf, findReusedAction, type OrchestratorState } from './actions.ts';
import type { DurableFunctions, DurableKind, EntityBatchResult } from './durable-functions.ts';
import { orchestrationPayload } from './orchestration-payload.ts';

const triggerTypes = {
  orchestrator: 'orchestrationTrigger',
  activity: 'activityTrigger',
  entity: 'entityTrigger',
} as const satisfies Record<DurableKind, string>;

/** Binds the app's durable functions for the engine. */
export function durableFunctionsOf(app: FunctionApp): DurableFunctions {
  const byKind = {
    orchestrator: indexOf(app, 'orchestrator'),
    activity: indexOf(app, 'activity'),
    entity: indexOf(app, 'entity'),
  };
  const find = (kind: DurableKind, name: string): AppFunction => {
    const found = byKind[kind].get(name.toLowerCase());
    if (found === undefined) throw new Error(`There is no ${kind} function '${name}'.`);
    return found;
  };
  const runJson = async (
    kind: DurableKind,
    name: string,
    payload: string,
  ): Promise<{ json: unknown; raw: unknown }> => {
    const target = find(kind, name);
    const { returnValue, raw } = await app.invoke(target, {
      inputs: [{ name: target.trigger.name, data: { string: payload } }],
    });
    return { json: JSON.parse(returnValue?.json ?? 'null'), raw };
  };
  return {
    has: (kind, name) => byKind[kind].has(name.toLowerCase()),
    async runOrchestrator(name, turn) {
      const { json, raw } = await runJson('orchestrator', name, orchestrationPayload(turn));
      // Identity of actions survives only in the library's own object.
      const reused = findReusedAction(actionsOf(raw as OrchestratorState));
      return {
        state: json as OrchestratorState,
        reusedTask: reused && (reused.functionName ?? `of action type ${reused.actionType}`),
      };
    },
    async runActivity(name, input, instanceId) {
      const target = find('activity', name);
      const { returnValue } = await app.invoke(target, {
        inputs: [{ name: target.trigger.name, data: activityInput(input) }],
        triggerMetadata: { instanceId: { string: instanceId }, data: input === null ? {} : { json: input } },
      });
      return toJsonText(returnValue);
    },
    async runEntity(name, payload) {
      return (await runJson('entity', name, payload)).json as EntityBatchResult;
    },
  };
}

function indexOf(app: FunctionApp, kind: DurableKind): Map<string, AppFunction> {
  const functions = app.functions.filter((each) => hasTrigger(each, triggerTypes[kind]));
  return new Map(functions.map((each) => [durableName(each).toLowerCase(), each]));
}

function durableName({ trigger, name }: AppFunction): string {
  return trigger.orchestration ?? trigger.activity ?? name;
}

/** A string arrives as the library quoted it; anything else as JSON; nothing as an empty value. */
function activityInput(input: string | null): TypedData {
  const value: unknown = input === null ? null : JSON.parse(input);
  if (value === null) return {};
  return { string: typeof value === 'string' ? value : JSON.stringify(value) };
}

/** JSON text of a returned value as the .NET host sees it. */
function toJsonText(data: TypedData): string {
  if (data === null || data === undefined) return 'null';
  if (data.string !== undefined) return JSON.stringify(data.string);
  if (data.json !== undefined) return data.json ?? 'null';
  if (data.int !== undefined) return JSON.stringify(data.int);
  if (data.double !== undefined) return JSON.stringify(data.double);
  return data.bytes === undefined ? 'null' : JSON.stringify(Buffer.from(data.bytes).toString('base64'));
}
