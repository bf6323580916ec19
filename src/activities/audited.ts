/**
 * What is done between its intent and its outcome in the audit log. The intent stands before: if it cannot be appended,
 * nothing is done. The outcome says what is known: whoever was cut off in between leaves an intent without one. An
 * activity that runs again enters both again; what callers asked for the watch over the log settles.
 */
import type { AuditResult } from '../contracts/audit.ts';
import type { Scope } from '../contracts/vault-paths.ts';
import { Failure, failureFrom } from '../policy/failure.ts';
import { newestIntent } from './audit-intents.ts';
import type { Dependencies } from './dependencies.ts';
import { audit, type AuditFacts } from './records.ts';

/** What is done, on what, by whom. */
export type AuditedAction = Omit<AuditFacts, 'stage' | 'intent' | 'result'>;

/** What it came to. */
export interface AuditEnd {
  readonly result: AuditResult;
  readonly detail?: AuditFacts['detail'];
}

/** Does work, which is told the intent's number, between its intent and its outcome; throws `cannot-record` where either cannot be appended. */
export async function audited<T>(
  deps: Dependencies,
  scope: Scope,
  action: AuditedAction,
  work: (intent: number) => Promise<T>,
  endOf: (value: T) => AuditEnd = () => ({ result: 'done' }),
): Promise<T> {
  const { from: intent } = await audit(deps, scope, { ...action, stage: 'intent' });
  let value: T;
  try {
    value = await work(intent);
  } catch (thrown) {
    await tellThrown(deps, scope, { ...action, intent }, failureFrom(thrown));
    throw thrown;
  }
  await auditOutcome(deps, scope, { ...action, intent }, endOf(value));
  return value;
}

/** Enters the outcome of an intent; of the newest one of the same action on the same target where none is named. */
export async function auditOutcome(
  deps: Dependencies,
  scope: Scope,
  { detail: asked, intent: known, ...action }: AuditedAction & Pick<AuditFacts, 'intent'>,
  { result, detail = {} }: AuditEnd,
): Promise<void> {
  try {
    const intent = known ?? (await newestIntent(deps.segments, scope, action))?.sequence;
    await audit(deps, scope, {
      ...{ ...action, stage: 'outcome', result, detail: { ...asked, ...detail } },
      ...(intent === undefined ? {} : { intent }),
    });
  } catch (thrown) {
    throw new Failure(
      'cannot-record',
      `${action.action} of ${action.target} is ${result}, but the audit log could not be told so: ${failureFrom(thrown).message}`,
      'It need not be done again: see lifeboat audit list. Look at the vault; see the runbook "audit-not-verified".',
      // Whoever called may not repeat it as it is; the watch over the log settles it.
      { cause: thrown, retryable: action.actor?.kind !== 'caller' },
    );
  }
}

/** Enters the outcome of the newest intent of an action on a target, where there is one of which nothing final was said. */
export async function settleIntent(
  deps: Dependencies,
  scope: Scope,
  action: Pick<AuditedAction, 'action' | 'target'>,
  end: AuditEnd,
): Promise<void> {
  const intent = await newestIntent(deps.segments, scope, action);
  if (intent === undefined || intent.isSettled) return;
  await auditOutcome(deps, scope, { ...action, intent: intent.sequence }, end);
}

/** Says what went wrong. A log that fails now as well is not what is told of: the intent has no outcome then. */
async function tellThrown(
  deps: Dependencies,
  scope: Scope,
  action: AuditedAction & Pick<AuditFacts, 'intent'>,
  failure: Failure,
): Promise<void> {
  if (failure.code === 'cannot-record') return;
  try {
    await auditOutcome(deps, scope, action, endOfFailure(failure));
  } catch {
    // The failure itself goes on.
  }
}

/** What a failure says of what was to be done: where it may pass by itself, it may have been done all the same. */
export function endOfFailure({ code, message, retryable }: Failure): AuditEnd {
  const isRefusal = code === 'refused' || code === 'conflict' || code === 'wrong-region';
  const result = retryable ? 'unknown' : isRefusal ? 'refused' : 'failed';
  return { result, detail: { failure: message } };
}
