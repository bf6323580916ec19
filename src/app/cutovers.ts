/** Cutovers as the API plans, starts, shows and cancels them. */
import type { z } from 'zod';
import { readPlan } from '../activities/approvals.ts';
import { goOnAloneOver } from '../activities/cutover/decide.ts';
import { cutoverInForce } from '../activities/cutover/in-force.ts';
import { proposeBack } from '../activities/cutover/propose-back.ts';
import { proposeCutover } from '../activities/cutover/propose.ts';
import { orderCancel, orderCutover } from '../activities/cutover/request.ts';
import type { Dependencies } from '../activities/dependencies.ts';
import { scoped } from '../activities/scope.ts';
import { personOf, type Actor } from '../contracts/actor.ts';
import type {
  CutoverPlanResponse,
  CutoversResponse,
  CutoverView,
  CutoverWordResponse,
  planCutoverRequest,
  requestCutoverRequest,
} from '../contracts/api/cutovers.ts';
import {
  cutoverAlone,
  cutoverCancel,
  cutoverDocument,
  cutoverPermit,
  cutoverRequest,
} from '../contracts/cutover.ts';
import { cutoverPlan } from '../contracts/cutover-plan.ts';
import { isoOf } from '../contracts/values.ts';
import { vaultPaths, type Scope } from '../contracts/vault-paths.ts';
import { instanceIdOfRun } from '../policy/identifiers.ts';
import type { TaskHub } from '../ports/task-hub.ts';
import type { PageQuery } from './api/paging.ts';
import { newestMatters, partsOf, planAndDecision } from './matters.ts';
import { startClaimed } from './runs.ts';

/** Plans a cutover or a way back. Nothing is started. */
export function planCutover(
  deps: Dependencies,
  { system, ...wish }: z.infer<typeof planCutoverRequest>,
): Promise<CutoverPlanResponse> {
  const scope = { system, region: deps.region };
  return 'back' in wish ? proposeBack(deps, scope, wish) : proposeCutover(deps, scope, wish);
}

/** A plan that was made before; throws `not-found` if there is none of that digest. */
export async function viewCutoverPlan(
  deps: Dependencies,
  system: string,
  digest: string,
): Promise<CutoverPlanResponse> {
  const { scope } = scoped(deps, { system, region: deps.region });
  return { digest, plan: await readPlan(deps, scope, digest, cutoverPlan) };
}

/** Asks for a cutover by the digest of its plan. Asked once more by the same person it is the same cutover. */
export async function requestCutover(
  deps: Dependencies,
  hub: TaskHub,
  { system, plan, confirm, reason }: z.infer<typeof requestCutoverRequest>,
  actor: Actor,
): Promise<string> {
  const scope = { system, region: deps.region };
  const order = { digest: plan, confirm, reason, ...personOf(actor) };
  const { cutover } = await orderCutover(deps, scope, order);
  return startClaimed(deps, hub, {
    ...{ kind: 'cutover', scope, slot: cutover.replace(/^cutover-/, ''), input: { plan }, actor },
  });
}

/** Has one person go on alone. */
export async function breakGlassCutover(
  deps: Dependencies,
  system: string,
  cutover: string,
  said: { readonly digest: string; readonly reason: string; readonly by: Actor },
): Promise<CutoverWordResponse> {
  const scope = { system, region: deps.region };
  const { by, at } = await goOnAloneOver(deps, scope, cutover, { ...said, ...personOf(said.by) });
  return { cutover, operation: instanceIdOfRun(scope, cutover), word: 'break-glass', by, at };
}

/** Cancels a cutover; throws `not-found` if nobody asked for it, `conflict` once it was permitted. */
export async function cancelCutover(
  deps: Dependencies,
  system: string,
  cutover: string,
  { by: caller, reason }: { readonly by: Actor; readonly reason: string },
): Promise<CutoverWordResponse> {
  const scope = { system, region: deps.region };
  await orderCancel(deps, scope, cutover, { ...personOf(caller), reason });
  const { by } = personOf(caller);
  const at = isoOf(deps.clock.now());
  return { cutover, operation: instanceIdOfRun(scope, cutover), word: 'cancelled', by, at };
}

/** The newest cutovers of a system with plan, words and end, and the one that is in force. */
export async function viewCutovers(
  deps: Dependencies,
  system: string,
  query: PageQuery = {},
): Promise<CutoversResponse> {
  const { scope } = scoped(deps, { system, region: deps.region });
  const view = (id: string, operation: string) => viewCutover(deps, scope, id, operation);
  const { views, more } = await newestMatters(deps, scope, { kind: 'cutover', query }, view);
  const inForce = await cutoverInForce(deps, scope);
  return { ...(inForce === undefined ? {} : { inForce }), cutovers: views, ...more };
}

async function viewCutover(
  deps: Dependencies,
  scope: Scope,
  id: string,
  operation: string,
): Promise<CutoverView> {
  const parts = await partsOf(deps, {
    request: [vaultPaths.cutoverRequest(scope, id), cutoverRequest],
    breakGlass: [vaultPaths.cutoverBreakGlass(scope, id), cutoverAlone],
    cancel: [vaultPaths.cutoverCancel(scope, id), cutoverCancel],
    permit: [vaultPaths.cutoverPermit(scope, id), cutoverPermit],
    end: [vaultPaths.cutover(scope, id), cutoverDocument],
  });
  return { id, operation, ...parts, ...(await planAndDecision(deps, scope, parts.request, cutoverPlan)) };
}
