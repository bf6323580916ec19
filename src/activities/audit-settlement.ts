/**
 * Settles what callers asked for and the log says no outcome of, because the app died in between or the log could not be
 * written: what was asked for writes a document into the vault, and that stands or does not. Where nothing can be known,
 * the intent stays without an outcome.
 */
import { nameOfActor } from '../contracts/actor.ts';
import { auditTrace, type AuditEntry, type AuditTrace } from '../contracts/audit.ts';
import { runKinds } from '../contracts/documents.ts';
import { instantOf } from '../contracts/values.ts';
import { vaultPaths, type Scope } from '../contracts/vault-paths.ts';
import { failureFrom } from '../policy/failure.ts';
import { safetyMargins } from '../policy/safety-margins.ts';
import { auditOutcome } from './audited.ts';
import type { Dependencies } from './dependencies.ts';
import { readDocument } from './vault-documents.ts';

/** Enters what came of each; returns how many of them have no outcome still. */
export async function settleAudit(deps: Dependencies, scope: Scope): Promise<number> {
  const last = deps.clock.now().minus({ seconds: safetyMargins.auditOutcomeSeconds });
  let left = 0;
  for (const intent of await deps.auditLog.openIntents(scope)) {
    if (instantOf(intent.at) > last) continue;
    const isDone = await wasDone(deps, scope, intent);
    if (isDone === undefined) left += 1;
    else
      await auditOutcome(deps, scope, aboutOf(intent), {
        result: isDone ? 'done' : 'failed',
        detail: isDone
          ? { found: 'it stands in the vault' }
          : { failure: 'cut off: it does not stand in the vault' },
      });
  }
  return left;
}

/** By the app: it was not the caller who said so. */
const aboutOf = ({ action, target, sequence }: AuditEntry) => ({ action, target, intent: sequence });

/** Whether what was asked for stands; undefined where that cannot be told. */
async function wasDone(deps: Dependencies, scope: Scope, intent: AuditEntry): Promise<boolean | undefined> {
  if (intent.action === 'add-erasures') return allStand(deps, scope, intent.detail['ids']);
  const evidence = evidenceOf(scope, intent);
  if (evidence === undefined) return undefined;
  try {
    const found = await readDocument(deps.vault, evidence.path, auditTrace);
    return found === undefined ? false : evidence.isOf(found);
  } catch (thrown) {
    if (failureFrom(thrown).code !== 'bad-document') throw thrown;
    return undefined;
  }
}

/** The document that an action writes, and whether it is of the one who asked; undefined where it does not say. */
interface Evidence {
  readonly path: string;
  readonly isOf: (found: AuditTrace) => boolean | undefined;
}

function evidenceOf(scope: Scope, { action, target, actor, detail }: AuditEntry): Evidence | undefined {
  const kind = runKinds.find((one) => action === `start-${one}`);
  // A slot that is claimed and has no end may be of a run that is at work, or of one that was never begun.
  const hasRun: Evidence['isOf'] = ({ finished }) => (finished === undefined ? undefined : true);
  if (kind !== undefined) return { path: vaultPaths.slot(scope, kind, target), isOf: hasRun };
  const by = nameOfActor({ subject: actor.subject, tenant: actor.tenant ?? '' });
  const isOf: Evidence['isOf'] = (found) => found.by === by;
  const verb = /^(approve|reject)-(restore|cutover|prune|repair|weaker-estate)$/.exec(action)?.[1];
  if (verb !== undefined)
    return {
      path: vaultPaths.approval(scope, textOf(detail['plan'] ?? detail['digest'])),
      isOf: (found) => isOf(found) && found.decision === (verb === 'approve' ? 'approved' : 'rejected'),
    };
  if (action === 'break-glass' && target.startsWith('restore-'))
    return { path: vaultPaths.restoreBreakGlass(scope, target), isOf };
  if (action === 'break-glass' && target.startsWith('cutover-'))
    return { path: vaultPaths.cutoverBreakGlass(scope, target), isOf };
  const table: Readonly<Record<string, Evidence>> = {
    'request-restore': { path: vaultPaths.restoreRequest(scope, target), isOf },
    'request-cutover': { path: vaultPaths.cutoverRequest(scope, target), isOf },
    'cancel-cutover': { path: vaultPaths.cutoverCancel(scope, target), isOf: () => true },
    'cancel-restore': { path: vaultPaths.restoreCancel(scope, target), isOf: () => true },
    'set-hold': { path: vaultPaths.hold(scope, target), isOf },
    'release-hold': { path: vaultPaths.hold(scope, target), isOf: ({ released }) => released?.by === by },
  };
  return table[action];
}

async function allStand(deps: Dependencies, scope: Scope, ids: unknown): Promise<boolean | undefined> {
  if (!Array.isArray(ids)) return undefined;
  for (const id of ids)
    if ((await readDocument(deps.vault, vaultPaths.erasure(scope, textOf(id)), auditTrace)) === undefined)
      return false;
  return true;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
