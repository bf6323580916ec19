/**
 * Plans and approvals: a stored plan is only what its digest says, and what the stored decision of a second person on it
 * is worth is asked for again at each use.
 */
import { anyDocument } from '../contracts/any-document.ts';
import { approvalDocument, type ApprovalDocument } from '../contracts/documents.ts';
import { instantOf } from '../contracts/values.ts';
import { vaultPaths, type Scope } from '../contracts/vault-paths.ts';
import type { z } from 'zod';
import { digestOf } from '../policy/canonical-json.ts';
import { Failure } from '../policy/failure.ts';
import { judgeApproval, type ApprovalState, type StoredApproval } from '../policy/repair.ts';
import { doubtOf } from './decisions/evidence.ts';
import type { Dependencies } from './dependencies.ts';
import { peopleAmong, starterOf } from './starters.ts';
import { needDocument, readDocument } from './vault-documents.ts';

/** The stored plan of a digest; throws `refused` if it is not what it was when it was written, and approved. */
export async function readPlan<T>(
  deps: Dependencies,
  scope: Scope,
  digest: string,
  shape: z.ZodType<T>,
): Promise<T> {
  const plan = await needDocument(deps.vault, vaultPaths.plan(scope, digest), shape).catch(
    async (thrown: unknown) => {
      throw (await mistakenFor(deps, scope, digest, shape)) ?? thrown;
    },
  );
  if (digestOf(plan) === digest) return plan;
  throw new Failure(
    'refused',
    `the plan ${digest} in the vault was changed since it was written`,
    'Nothing was done from it. Make a new plan; find out who changed this one.',
  );
}

/** `lifeboat/restore-plan/v2` */
const planKind = /^lifeboat\/([a-z]+)-plan\/v\d+$/;

/** Where the digest is that of another kind of plan nobody changed it: it was mistaken for one of these. */
async function mistakenFor(
  deps: Dependencies,
  scope: Scope,
  digest: string,
  shape: z.ZodType,
): Promise<Failure | undefined> {
  const found = await readDocument(deps.vault, vaultPaths.plan(scope, digest), anyDocument).catch(
    () => undefined,
  );
  const kind = planKind.exec(found?.schema ?? '')?.[1];
  const wrong = shape.safeParse(found).error?.issues.find(({ path }) => path[0] === 'schema');
  const meant = wrong?.code === 'invalid_value' ? planKind.exec(String(wrong.values[0]))?.[1] : undefined;
  if (kind === undefined || meant === undefined || kind === meant) return undefined;
  return new Failure(
    'bad-input',
    `${digest} is the plan of a ${kind}, not of a ${meant}`,
    'Nothing was done. Give the digest of the plan that is meant.',
  );
}

/** The stored decision on a digest, with what is doubtful about it; undefined if there is none. */
export async function storedDecision(
  deps: Dependencies,
  scope: Scope,
  digest: string,
): Promise<(StoredApproval & Pick<ApprovalDocument, 'reason'>) | undefined> {
  const stored = await readDocument(deps.vault, vaultPaths.approval(scope, digest), approvalDocument);
  if (stored === undefined) return undefined;
  const doubt = await doubtOf(deps, scope, stored);
  return { ...stored, at: instantOf(stored.at), expiresAt: instantOf(stored.expiresAt), doubt };
}

/**
 * What the stored decision on a digest is worth now. Whoever began one of the runs that it is about (`prune-…`, `repair-…`)
 * is no second person, nor is the app.
 */
export async function approvalOf(
  deps: Dependencies,
  scope: Scope,
  digest: string,
  runs: readonly string[] = [],
): Promise<ApprovalState> {
  const decision = await storedDecision(deps, scope, digest);
  const starters = await Promise.all(
    (decision === undefined ? [] : runs).map((run) => starterOf(deps, scope, run)),
  );
  return judgeApproval(digest, decision, [deps.actor, ...peopleAmong(starters)], deps.clock.now());
}

/** Who approved a plan, in words; throws `refused` if nobody did. */
export async function needApproval(
  deps: Dependencies,
  scope: Scope,
  plan: string,
  runs: readonly string[],
): Promise<string> {
  const { state, sentence } = await approvalOf(deps, scope, plan, runs);
  if (state === 'approved') return sentence;
  throw new Failure('refused', `plan ${plan} is not approved: ${sentence}`, 'Nothing was done from it.');
}
