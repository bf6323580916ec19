/**
 * Restores one database server of a drill into a new server and makes it reachable for the checks:
 *   1. start the restore, or adopt the one that an earlier attempt started; wait for its end
 *   2. give it back the parameters that were recorded
 *   3. try a connection, which must be refused while nobody is let in
 *   4. open the new server for the checks; nothing of the source's network rules is carried over
 *   5. read its network settings back
 */
import type { OrchestrationContext } from 'durable-functions';
import {
  beginRestore,
  onTargetInput,
  openServer,
  probeIsolation,
  readIsolation,
  restoreOutcome,
  type OnTarget,
  type OnTargetInput,
  type RestoreOutcome,
} from '../contracts/drill.ts';
import type { IsolationProbe } from '../contracts/isolation.ts';
import { isoOf } from '../contracts/values.ts';
import { configureServerContract } from './configure-server.ts';
import { withRetries } from './retries.ts';
import { runOperation } from './run-operation.ts';
import { attempt, call, callChild, now, secondsSince, type Step, type WorkflowContract } from './step.ts';

export const restoreServerContract: WorkflowContract<OnTargetInput, RestoreOutcome> = {
  name: 'restoreServer',
  input: onTargetInput,
  output: restoreOutcome,
};

export function* restoreServer(ctx: OrchestrationContext): Step<RestoreOutcome> {
  return withRetries(ctx, yield* restoreAndOpen(ctx));
}

function* restoreAndOpen(ctx: OrchestrationContext): Step<RestoreOutcome> {
  const { deadlineSeconds, ...target } = onTargetInput.parse(ctx.df.getInput());
  const startedAt = now(ctx);

  const restored = yield* attempt(runOperation(ctx, beginRestore, target, deadlineSeconds));
  const restoreSeconds = secondsSince(ctx, startedAt);
  if ('failure' in restored)
    return { state: 'failed', detail: restored.failure.message, restoreSeconds, reconfigureSeconds: 0 };
  if (restored.value.state !== 'done')
    return {
      state: restored.value.state,
      detail: restored.value.detail,
      restoreSeconds,
      reconfigureSeconds: 0,
    };

  const restoredAt = now(ctx);
  // What could not be set is found by the check of the configuration.
  yield* attempt(callChild(ctx, configureServerContract, { ...target, deadlineSeconds }));
  const probe = yield* tryConnection(ctx, target);
  const opened = yield* attempt(runOperation(ctx, openServer, target, deadlineSeconds));
  const isolation = yield* attempt(call(ctx, readIsolation, target));
  const facts = {
    restoreSeconds,
    reconfigureSeconds: secondsSince(ctx, restoredAt),
    ...('value' in isolation ? { isolation: { ...isolation.value, probe } } : {}),
  };
  if ('failure' in opened)
    return { state: 'failed', detail: `restored, but not reachable: ${opened.failure.message}`, ...facts };
  if (opened.value.state !== 'done')
    return { state: 'failed', detail: `restored, but not reachable: ${opened.value.detail}`, ...facts };
  return { state: 'ready', detail: restored.value.detail, ...facts };
}

/** Whatever keeps the connection from being tried is what is known of it, never a reason not to go on. */
function* tryConnection(ctx: OrchestrationContext, target: OnTarget): Step<IsolationProbe> {
  const tried = yield* attempt(call(ctx, probeIsolation, target));
  if ('value' in tried) return tried.value;
  return { outcome: 'unclear', at: isoOf(now(ctx)), detail: tried.failure.message };
}
