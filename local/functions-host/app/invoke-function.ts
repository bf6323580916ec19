/** One invocation through the app's own library, with the hooks around it, as the Node worker does it. */
import { randomUUID } from 'node:crypto';
import type { Logger, LogLevel } from '../log.ts';
import type { AppFunction, Invocation, InvocationResult } from './function-app.ts';
import type { FunctionsCore } from './functions-core.ts';
import type { CoreInvocationContext, ProgrammingModel } from './programming-model.ts';

interface Call {
  inputs: unknown[];
  callback: (...values: unknown[]) => unknown;
}

/** Runs the function; rejects with what it threw. */
export async function invokeFunction(
  core: FunctionsCore,
  programmingModel: ProgrammingModel,
  log: Logger,
  target: AppFunction,
  invocation: Invocation,
): Promise<InvocationResult> {
  const coreContext = createCoreContext(log, target, invocation);
  const model = programmingModel.getInvocationModel(coreContext);
  const { context, inputs } = await model.getArguments();
  const hookData = {};
  const call = await beforeInvocation(core, coreContext, context, hookData, {
    inputs,
    callback: target.callback,
  });
  const outcome = await inState(coreContext, 'invocation', () =>
    settle(() => model.invokeFunction(context, call.inputs, call.callback)),
  );
  const { result, error } = await afterInvocation(core, coreContext, context, hookData, call.inputs, outcome);
  if (error !== null) throw error as Error;
  const response = await model.getResponse(context, result);
  return { returnValue: response.returnValue, raw: result };
}

function createCoreContext(log: Logger, target: AppFunction, invocation: Invocation): CoreInvocationContext {
  const invocationId = invocation.invocationId ?? randomUUID();
  return {
    invocationId,
    metadata: target.modelMetadata,
    state: undefined,
    request: {
      invocationId,
      functionId: target.id,
      inputData: invocation.inputs,
      triggerMetadata: invocation.triggerMetadata ?? {},
      traceContext: { traceParent: '', traceState: '', attributes: {} },
    },
    log: (level, _category, message) => log(level as LogLevel, message, target.name),
  };
}

async function inState<T>(context: CoreInvocationContext, state: string, work: () => Promise<T>): Promise<T> {
  context.state = state;
  try {
    return await work();
  } finally {
    context.state = undefined;
  }
}

interface Outcome {
  result: unknown;
  error: unknown;
}

async function settle(work: () => Promise<unknown>): Promise<Outcome> {
  try {
    return { result: await work(), error: null };
  } catch (error) {
    return { result: null, error };
  }
}

async function beforeInvocation(
  core: FunctionsCore,
  coreContext: CoreInvocationContext,
  context: object,
  hookData: object,
  call: Call,
): Promise<Call> {
  if (!core.hasHooks('preInvocation')) return call;
  const hook = {
    hookData,
    appHookData: core.hookData.app,
    invocationContext: context,
    functionCallback: call.callback,
    inputs: call.inputs,
  };
  await inState(coreContext, 'preInvocationHooks', () => core.runHooks('preInvocation', hook));
  return { inputs: hook.inputs, callback: hook.functionCallback };
}

async function afterInvocation(
  core: FunctionsCore,
  coreContext: CoreInvocationContext,
  context: object,
  hookData: object,
  inputs: unknown[],
  outcome: Outcome,
): Promise<Outcome> {
  if (!core.hasHooks('postInvocation')) return outcome;
  const hook = { hookData, appHookData: core.hookData.app, invocationContext: context, inputs, ...outcome };
  await inState(coreContext, 'postInvocationHooks', () => core.runHooks('postInvocation', hook));
  return { result: hook.result, error: hook.error };
}
