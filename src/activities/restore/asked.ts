/** What was asked for and what was said to it, as the vault has it. */
import { restorePlan, type RestorePlan } from '../../contracts/restore-plan.ts';
import {
  breakGlassDocument,
  restoreId,
  restorePermit,
  restoreRequest,
  type RestoreRequest,
} from '../../contracts/restore-request.ts';
import { cancelDocument, restoreDocument } from '../../contracts/restore.ts';
import { vaultPaths, type Scope } from '../../contracts/vault-paths.ts';
import { Failure } from '../../policy/failure.ts';
import type { Go } from '../../policy/restore-approval.ts';
import { readPlan } from '../approvals.ts';
import type { Dependencies } from '../dependencies.ts';
import { goOfMatter, type Matter } from '../matters/matter.ts';
import { readDocument } from '../vault-documents.ts';
import { mustHold } from './stale.ts';

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

/** What decisions on it are taken and judged by. */
export function matterOf(deps: Dependencies, scope: Scope, { request, plan }: Asked): Matter {
  const { restore } = request;
  const about = { restore, system: scope.system, region: scope.region };
  return {
    ...{ noun: 'restore', id: restore, scope, request, validUntil: plan.validUntil },
    breakGlassAfterSeconds: plan.approval.breakGlassAfterSeconds,
    alone: {
      ...{ path: vaultPaths.restoreBreakGlass(scope, restore), shape: breakGlassDocument },
      about: { schema: 'lifeboat/break-glass/v1', ...about },
    },
    permit: {
      ...{ path: vaultPaths.restorePermit(scope, restore), shape: restorePermit },
      about: { schema: 'lifeboat/restore-permit/v1', ...about },
    },
    cancel: { path: vaultPaths.restoreCancel(scope, restore), shape: cancelDocument },
    end: { path: vaultPaths.restore(scope, restore), shape: restoreDocument },
    mustHold: () => mustHold(deps, plan),
  };
}

/** What all that was said to it is worth now. */
export const goOf = (deps: Dependencies, scope: Scope, asked: Asked): Promise<Go> =>
  goOfMatter(deps, matterOf(deps, scope, asked));
