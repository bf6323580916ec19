/**
 * Writing a decision down: the audit log first, then the document, once. The document names its entry of the log. One that
 * does not count (any more) gives way to the next; whoever says the same again has said it once.
 */
import { named, type Person } from '../../contracts/actor.ts';
import { callerNamed } from '../../contracts/audit-actor.ts';
import { approvalDocument, type ApprovalDocument } from '../../contracts/documents.ts';
import { instantOf, isoOf } from '../../contracts/values.ts';
import { vaultPaths, type Scope } from '../../contracts/vault-paths.ts';
import { Failure } from '../../policy/failure.ts';
import { personText } from '../../policy/person-name.ts';
import { audited } from '../audited.ts';
import type { Dependencies } from '../dependencies.ts';
import { bytesOf, createDocument, readDocument } from '../vault-documents.ts';
import { doubtOf } from './evidence.ts';

export interface Decided extends Person {
  /** Of the plan or of the estate that is decided on. */
  readonly digest: string;
  readonly decision: ApprovalDocument['decision'];
  readonly reason: string;
  /** What the audit log says that it is about: its action is `approve-…` or `reject-…` of this. */
  readonly kind: 'restore' | 'cutover' | 'prune' | 'repair' | 'weaker-estate';
  readonly target: string;
  /** How long an approval counts. */
  readonly lastsSeconds: number;
  /** What to do where another one has decided already. */
  readonly otherwise: string;
}

/** Writes the decision; throws `conflict` where another one stands that counts. */
export async function recordDecision(
  deps: Dependencies,
  scope: Scope,
  decided: Decided,
): Promise<ApprovalDocument> {
  const { digest, decision, reason, kind, target, by, byName, lastsSeconds } = decided;
  const path = vaultPaths.approval(scope, digest);
  const before = await readDocument(deps.vault, path, approvalDocument);
  if (before !== undefined && !(await givesWay(deps, scope, before, decided))) return sameOr(before, decided);
  const action = {
    action: `${decision === 'approved' ? 'approve' : 'reject'}-${kind}`,
    ...{ actor: callerNamed(decided), target, reason },
    detail: kind === 'weaker-estate' ? { digest } : { plan: digest },
  };
  return audited(deps, scope, action, async (entry) => {
    const now = deps.clock.now();
    const document: ApprovalDocument = {
      schema: 'lifeboat/approval/v1',
      ...{ digest, system: scope.system, region: scope.region, decision, by, ...named(byName) },
      ...{ at: isoOf(now), reason, expiresAt: isoOf(now.plus({ seconds: lastsSeconds })), entry },
    };
    if (await createDocument(deps.vault, path, approvalDocument, document)) return document;
    return inPlaceOf(deps, scope, document, decided);
  });
}

/** Takes the place of a decision that does not count; what stands is looked at, and written over, under one version. */
async function inPlaceOf(
  deps: Dependencies,
  scope: Scope,
  document: ApprovalDocument,
  decided: Decided,
): Promise<ApprovalDocument> {
  const path = vaultPaths.approval(scope, document.digest);
  const version = (await deps.vault.read(path))?.version ?? '';
  const standing = await readDocument(deps.vault, path, approvalDocument);
  const isFree = standing !== undefined && (await givesWay(deps, scope, standing, decided));
  if (isFree && (await deps.vault.replace(path, version, bytesOf(approvalDocument.parse(document)))))
    return document;
  return sameOr(standing, decided);
}

function sameOr(
  standing: ApprovalDocument | undefined,
  { by, decision, otherwise }: Decided,
): ApprovalDocument {
  if (standing?.by === by && standing.decision === decision) return standing;
  const who = standing === undefined ? 'somebody' : personText(standing.by, standing.byName);
  throw new Failure('conflict', `${who} has decided already: ${standing?.decision ?? 'just now'}`, otherwise);
}

/**
 * Whether a decision leaves room for another one: an approval that has expired or is not known to be by whom it says. A
 * rejected estate can be approved later, by another one: its digest stays the same as long as it is deployed.
 */
async function givesWay(
  deps: Dependencies,
  scope: Scope,
  standing: ApprovalDocument,
  { kind, decision, by }: Decided,
): Promise<boolean> {
  if (standing.decision === 'rejected')
    return kind === 'weaker-estate' && decision === 'approved' && standing.by !== by;
  if (instantOf(standing.expiresAt) <= deps.clock.now()) return true;
  return (await doubtOf(deps, scope, standing)) !== undefined;
}
