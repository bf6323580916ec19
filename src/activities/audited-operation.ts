/**
 * Operations of the provider between intent and outcome: what the provider is at work on is `begun`, never `done`; `done`
 * is entered by whoever sees that it is.
 */
import type { OperationStart } from '../contracts/operations.ts';
import type { Scope } from '../contracts/vault-paths.ts';
import { audited, settleIntent, type AuditedAction, type AuditEnd } from './audited.ts';
import type { Dependencies } from './dependencies.ts';

/** Begins an operation; the outcome says how far it came. */
export const auditedOperation = (
  deps: Dependencies,
  scope: Scope,
  action: AuditedAction,
  begin: () => Promise<OperationStart>,
): Promise<OperationStart> => audited(deps, scope, action, begin, endOfStart);

function endOfStart(start: OperationStart): AuditEnd {
  if (start.state === 'running') return { result: 'begun' };
  if (start.state === 'done') return { result: 'done', detail: { said: start.detail } };
  const { code, message } = start;
  return {
    result: code === 'DeletionRefused' ? 'refused' : 'failed',
    detail: { failure: `${code}: ${message}` },
  };
}

/** Enters that what was to be deleted is absent, where the log says that it was to be. */
export const auditAbsence = (
  deps: Dependencies,
  scope: Scope,
  action: Pick<AuditedAction, 'action' | 'target'>,
): Promise<void> =>
  settleIntent(deps, scope, action, { result: 'done', detail: { said: 'confirmed absent' } });
