/** The documents of a cutover, as the vault has them. */
import {
  cutoverAlone,
  cutoverCancel,
  cutoverDocument,
  cutoverPermit,
  cutoverRequest,
  type CutoverDocument,
  type CutoverRequest,
} from '../../contracts/cutover.ts';
import { cutoverId, cutoverPlan, type CutoverPlan } from '../../contracts/cutover-plan.ts';
import { vaultPaths, type Scope } from '../../contracts/vault-paths.ts';
import { Failure } from '../../policy/failure.ts';
import { readPlan } from '../approvals.ts';
import type { Dependencies } from '../dependencies.ts';
import type { Matter } from '../matters/matter.ts';
import { readDocument } from '../vault-documents.ts';
import { cutoverInForce } from './in-force.ts';
import { mustHold } from './stale.ts';

/** A request with the plan that it names. */
export interface AskedCutover {
  readonly request: CutoverRequest;
  readonly plan: CutoverPlan;
  /** By whose word it is done where that was given with the cutover that it takes back. */
  readonly given?: Matter['standingWord'];
}

/** The request and its plan; throws `not-found` where nobody asked, `refused` where they do not fit. */
export async function readAskedCutover(
  deps: Dependencies,
  scope: Scope,
  { cutover, plan: digest }: { readonly cutover: string; readonly plan?: string | undefined },
): Promise<AskedCutover> {
  const request = cutoverId.safeParse(cutover).success
    ? await readDocument(deps.vault, vaultPaths.cutoverRequest(scope, cutover), cutoverRequest)
    : undefined;
  if (request === undefined)
    throw new Failure(
      'not-found',
      `nobody asked for ${cutover} of ${scope.system} in ${scope.region}`,
      'List them with: lifeboat cutover list --system … --region …',
    );
  const plan = await readPlan(deps, scope, request.plan, cutoverPlan);
  const isOfIt = [request, plan].every(
    (one) => one.cutover === cutover && one.system === scope.system && one.region === scope.region,
  );
  if (!isOfIt || (digest !== undefined && digest !== request.plan))
    throw new Failure(
      'refused',
      `${cutover} was asked for by the plan ${request.plan}, and not by ${digest ?? 'it'}`,
      'Nothing was done.',
    );
  return { request, plan, given: await wordGiven(deps, scope, plan) };
}

/** The word on what failed in the middle, which holds for the way back: every hook of it stood in that plan. */
async function wordGiven(
  deps: Dependencies,
  scope: Scope,
  { of, approval }: CutoverPlan,
): Promise<Matter['standingWord']> {
  const standing = approval.by === 'given' ? await cutoverInForce(deps, scope) : undefined;
  if (standing?.broken === undefined || standing.cutover !== of) return undefined;
  const path = vaultPaths.cutoverPermit(scope, standing.broken);
  return (await readDocument(deps.vault, path, cutoverPermit))?.approval;
}

export const readEnd = (
  deps: Dependencies,
  scope: Scope,
  cutover: string,
): Promise<CutoverDocument | undefined> =>
  readDocument(deps.vault, vaultPaths.cutover(scope, cutover), cutoverDocument);

/** What decisions on it are taken and judged by. */
export function matterOfCutover(
  deps: Dependencies,
  scope: Scope,
  { request, plan, given }: AskedCutover,
): Matter {
  const { cutover } = request;
  const about = { cutover, system: scope.system, region: scope.region };
  return {
    ...{ noun: 'cutover', id: cutover, scope, request, validUntil: plan.validUntil, standingWord: given },
    breakGlassAfterSeconds: plan.approval.breakGlassAfterSeconds,
    alone: {
      ...{ path: vaultPaths.cutoverBreakGlass(scope, cutover), shape: cutoverAlone },
      about: { schema: 'lifeboat/cutover-break-glass/v1', ...about },
    },
    permit: {
      ...{ path: vaultPaths.cutoverPermit(scope, cutover), shape: cutoverPermit },
      about: { schema: 'lifeboat/cutover-permit/v1', ...about },
    },
    cancel: { path: vaultPaths.cutoverCancel(scope, cutover), shape: cutoverCancel },
    end: { path: vaultPaths.cutover(scope, cutover), shape: cutoverDocument },
    mustHold: () => mustHold(deps, plan),
  };
}
