/** Approvals: what the stored decision of a second person on a plan is worth now, asked for again at each use of it. */
import { approvalDocument } from '../contracts/documents.ts';
import { instantOf } from '../contracts/values.ts';
import { vaultPaths, type Scope } from '../contracts/vault-paths.ts';
import { Failure } from '../policy/failure.ts';
import { judgeApproval, type ApprovalState } from '../policy/repair.ts';
import type { Dependencies } from './dependencies.ts';
import { readDocument } from './vault-documents.ts';

/** What the stored decision on a plan is worth now. */
export async function approvalOf(deps: Dependencies, scope: Scope, plan: string): Promise<ApprovalState> {
  const stored = await readDocument(deps.vault, vaultPaths.approval(scope, plan), approvalDocument);
  const approval =
    stored === undefined
      ? undefined
      : { ...stored, at: instantOf(stored.at), expiresAt: instantOf(stored.expiresAt) };
  return judgeApproval(plan, approval, deps.actor, deps.clock.now());
}

/** Who approved a plan, in words; throws `refused` if nobody did. */
export async function needApproval(deps: Dependencies, scope: Scope, plan: string): Promise<string> {
  const { state, sentence } = await approvalOf(deps, scope, plan);
  if (state === 'approved') return sentence;
  throw new Failure('refused', `plan ${plan} is not approved: ${sentence}`, 'Nothing was done from it.');
}
