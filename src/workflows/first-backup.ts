/** Waits until the provider holds a backup of one of many servers of a drill. */
import type { OrchestrationContext } from 'durable-functions';
import {
  awaitFirstBackup,
  firstBackupOutcome,
  onTargetInput,
  type FirstBackupOutcome,
  type OnTargetInput,
} from '../contracts/drill.ts';
import { withRetries } from './retries.ts';
import { runOperation } from './run-operation.ts';
import { attempt, type Step, type WorkflowContract } from './step.ts';

export const firstBackupContract: WorkflowContract<OnTargetInput, FirstBackupOutcome> = {
  name: 'firstBackup',
  input: onTargetInput,
  output: firstBackupOutcome,
};

export function* firstBackup(ctx: OrchestrationContext): Step<FirstBackupOutcome> {
  const { deadlineSeconds, ...on } = onTargetInput.parse(ctx.df.getInput());
  const held = yield* attempt(runOperation(ctx, awaitFirstBackup, on, deadlineSeconds));
  return withRetries(
    ctx,
    'value' in held ? held.value : { state: 'failed' as const, detail: held.failure.message },
  );
}
