/**
 * Gives a restored server the recorded parameters back, one after the other, and restarts it where one waits for that.
 * What cannot be set is told and does not keep the others from being set; the check of the configuration finds it.
 */
import type { OrchestrationContext } from 'durable-functions';
import {
  configureOutcome,
  missingParameters,
  restartServer,
  setParameter,
  type ConfigureOutcome,
} from '../contracts/configuration.ts';
import { onTargetInput, type OnTargetInput } from '../contracts/drill.ts';
import type { Failure } from '../policy/failure.ts';
import { withRetries } from './retries.ts';
import { runOperation, type OperationEnd } from './run-operation.ts';
import { attempt, call, type Step, type WorkflowContract } from './step.ts';

export const configureServerContract: WorkflowContract<OnTargetInput, ConfigureOutcome> = {
  name: 'configureServer',
  input: onTargetInput,
  output: configureOutcome,
};

export function* configureServer(ctx: OrchestrationContext): Step<ConfigureOutcome> {
  return withRetries(ctx, yield* configure(ctx));
}

function* configure(ctx: OrchestrationContext): Step<ConfigureOutcome> {
  const { deadlineSeconds, ...target } = onTargetInput.parse(ctx.df.getInput());
  const missing = yield* attempt(call(ctx, missingParameters, target));
  if ('failure' in missing) return { set: 0, problems: [missing.failure.message] };
  const problems: string[] = [];
  for (const name of missing.value.names) {
    const ended = yield* attempt(runOperation(ctx, setParameter, { ...target, name }, deadlineSeconds));
    problems.push(...problemOf(name, ended));
  }
  if (missing.value.names.length > 0)
    problems.push(
      ...problemOf('restart', yield* attempt(runOperation(ctx, restartServer, target, deadlineSeconds))),
    );
  return { set: missing.value.names.length - problems.length, problems };
}

function problemOf(
  what: string,
  ended: { readonly value: OperationEnd } | { readonly failure: Failure },
): string[] {
  if ('failure' in ended) return [`${what}: ${ended.failure.message}`];
  return ended.value.state === 'done' ? [] : [`${what}: ${ended.value.detail}`];
}
