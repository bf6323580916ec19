/** What was asked for and what was said to it, as the vault has it. */
import { restorePlan, type RestorePlan } from '../../contracts/restore-plan.ts';
import {
  breakGlassDocument,
  restoreId,
  restoreRequest,
  type RestoreRequest,
} from '../../contracts/restore-request.ts';
import { cancelDocument } from '../../contracts/restore.ts';
import { instantOf } from '../../contracts/values.ts';
import { vaultPaths, type Scope } from '../../contracts/vault-paths.ts';
import { Failure } from '../../policy/failure.ts';
import { personText } from '../../policy/person-name.ts';
import { judgeGo, type AskedRestore, type Go, type Said } from '../../policy/restore-approval.ts';
import { readPlan, storedDecision } from '../approvals.ts';
import type { Dependencies } from '../dependencies.ts';
import { readDocument } from '../vault-documents.ts';

/** A request with the plan that it names. */
export interface Asked {
  readonly request: RestoreRequest;
  readonly plan: RestorePlan;
}

/** The request for a restore and its plan; throws `not-found` where nobody asked, `refused` where they do not fit. */
async function readAsked(deps: Dependencies, scope: Scope, restore: string): Promise<Asked> {
  const path = vaultPaths.restoreRequest(scope, restore);
  const request = restoreId.safeParse(restore).success
    ? await readDocument(deps.vault, path, restoreRequest)
    : undefined;
  if (request === undefined)
    throw new Failure(
      'not-found',
      `nobody asked for ${restore} of ${scope.system} in ${scope.region}`,
      'List them with: lifeboat restore list --system … --region …',
    );
  const plan = await readPlan(deps, scope, request.plan, restorePlan);
  const isOfIt = [request, plan].every(
    (one) => one.restore === restore && one.system === scope.system && one.region === scope.region,
  );
  if (isOfIt) return { request, plan };
  throw new Failure(
    'refused',
    `the request for ${restore} and the plan ${request.plan} are not of each other`,
    'Nothing was done. They were changed outside Lifeboat; find out who did.',
  );
}

/** The same, of the plan that is named; throws `refused` where it was asked for by another one. */
export async function readAskedBy(
  deps: Dependencies,
  scope: Scope,
  { restore, plan }: { readonly restore: string; readonly plan: string },
): Promise<Asked> {
  const asked = await readAsked(deps, scope, restore);
  if (asked.request.plan === plan) return asked;
  throw new Failure(
    'refused',
    `${restore} was asked for by the plan ${asked.request.plan}, not by ${plan}`,
    'Nothing was changed.',
  );
}

/** The facts of a request by which decisions on it are judged. */
export function askedFacts({ request, plan }: Asked): AskedRestore {
  return {
    ...{ plan: request.plan, requestedBy: request.by, requestedAt: instantOf(request.at) },
    validUntil: instantOf(plan.validUntil),
    breakGlassAfterSeconds: plan.approval.breakGlassAfterSeconds,
  };
}

/** Every word on a restore that stands in the vault. */
export async function readSaid(deps: Dependencies, scope: Scope, { request }: Asked): Promise<Said> {
  const { restore, plan } = request;
  const [approval, alone, cancel] = await Promise.all([
    storedDecision(deps, scope, plan),
    readDocument(deps.vault, vaultPaths.restoreBreakGlass(scope, restore), breakGlassDocument),
    readDocument(deps.vault, vaultPaths.restoreCancel(scope, restore), cancelDocument),
  ]);
  return {
    approval,
    alone: alone && { ...alone, at: instantOf(alone.at) },
    cancelledBy: cancel && `${personText(cancel.by, cancel.byName)}: ${cancel.reason}`,
  };
}

/** What all of it is worth now. */
export async function goOf(deps: Dependencies, scope: Scope, asked: Asked): Promise<Go> {
  return judgeGo(askedFacts(asked), await readSaid(deps, scope, asked), deps.actor, deps.clock.now());
}
