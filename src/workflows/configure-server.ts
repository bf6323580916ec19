/**
 * Gives a restored server the recorded parameters back, one after the other, and restarts it where one waits for that.
 * What cannot be set is told and does not keep the others from being set; the check of the configuration finds it.
 */
import type { OrchestrationContext } from 'durable-functions';
import {
  configureInput,
  configureOutcome,
  missingParameters,
  restartServer,
  setParameter,
  type ConfigureInput,
  type ConfigureOutcome,
} from '../contracts/configuration.ts';
import type { OnTarget } from '../contracts/drill.ts';
import type { Failure } from '../policy/failure.ts';
import { countRetries, retriesIn, withRetries } from './retries.ts';
import { runOperation, type OperationEnd } from './run-operation.ts';
import { attempt, call, type Step, type WorkflowContract } from './step.ts';

export const configureServerContract: WorkflowContract<ConfigureInput, ConfigureOutcome> = {
  name: 'configureServer',
  input: configureInput,
  output: configureOutcome,
};

/** After so many it continues as new: a server may have hundreds of parameters of its own. */
const parametersOfAGeneration = 6;
const retriesOfAGeneration = 10;

export function* configureServer(ctx: OrchestrationContext): Step<ConfigureOutcome | undefined> {
  const { retries: before = 0, ...input } = configureInput.parse(ctx.df.getInput());
  countRetries(ctx, before);
  const set = yield* setOn(ctx, input);
  if (set.left.length === 0) return withRetries(ctx, yield* restarted(ctx, input, set));
  ctx.df.continueAsNew(withRetries(ctx, { ...input, given: set }));
  return undefined;
}

type Given = NonNullable<ConfigureInput['given']>;

/** Sets some of the parameters that are left; which are missing is looked for at first. */
function* setOn(
  ctx: OrchestrationContext,
  { given, deadlineSeconds, ...target }: Omit<ConfigureInput, 'retries'>,
): Step<Given> {
  const from = given ?? (yield* missingOn(ctx, target));
  const before = retriesIn(ctx);
  const problems = [...from.problems];
  let done = 0;
  for (const name of from.left.slice(0, parametersOfAGeneration)) {
    if (retriesIn(ctx) - before > retriesOfAGeneration) break;
    const ended = yield* attempt(runOperation(ctx, setParameter, { ...target, name }, deadlineSeconds));
    problems.push(...problemOf(name, ended));
    done += 1;
  }
  return { names: from.names, left: from.left.slice(done), problems };
}

function* missingOn(ctx: OrchestrationContext, target: OnTarget): Step<Given> {
  const missing = yield* attempt(call(ctx, missingParameters, target));
  if ('failure' in missing) return { names: 0, left: [], problems: [missing.failure.message] };
  const { names } = missing.value;
  return { names: names.length, left: names, problems: [] };
}

/** Restarts the server where parameters were set. */
function* restarted(
  ctx: OrchestrationContext,
  { deadlineSeconds, given: _before, ...target }: Omit<ConfigureInput, 'retries'>,
  { names, problems }: Given,
): Step<ConfigureOutcome> {
  if (names === 0) return { set: 0, problems };
  const restart = yield* attempt(runOperation(ctx, restartServer, target, deadlineSeconds));
  const all = [...problems, ...problemOf('restart', restart)];
  return { set: names - all.length, problems: all };
}

function problemOf(
  what: string,
  ended: { readonly value: OperationEnd } | { readonly failure: Failure },
): string[] {
  if ('failure' in ended) return [`${what}: ${ended.failure.message}`];
  return ended.value.state === 'done' ? [] : [`${what}: ${ended.value.detail}`];
}
