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
import { readDocument } from '../activities/vault-documents.ts';
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
import { approvalDocument, slotClaim } from '../contracts/documents.ts';
import { isoOf } from '../contracts/values.ts';
import { vaultPaths, type Scope } from '../contracts/vault-paths.ts';
import { instanceIdOf } from '../policy/identifiers.ts';
import type { TaskHub } from '../ports/task-hub.ts';
import { pageOf, type PageQuery } from './api/paging.ts';
import { startClaimed } from './runs.ts';

/** How many cutovers are shown, unless it is asked otherwise. */
const usuallyShown = 20;

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
    ...{ kind: 'cutover', scope, slot: slotOf(cutover), input: { plan }, actor },
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
  return { cutover, operation: operationOf(scope, cutover), word: 'break-glass', by, at };
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
  return { cutover, operation: operationOf(scope, cutover), word: 'cancelled', by, at };
}

/** The newest cutovers of a system with plan, words and end, and the one that is in force. */
export async function viewCutovers(
  deps: Dependencies,
  system: string,
  query: PageQuery = {},
): Promise<CutoversResponse> {
  const { scope } = scoped(deps, { system, region: deps.region });
  const slots: string[] = [];
  for await (const path of deps.vault.list(vaultPaths.slots(scope, 'cutover'))) slots.push(path);
  const { page, ...more } = pageOf(slots.toReversed(), (path) => path, query, usuallyShown);
  const cutovers: CutoverView[] = [];
  for (const path of page) {
    const claim = await readDocument(deps.vault, path, slotClaim);
    if (claim === undefined) continue;
    cutovers.push(await viewCutover(deps, scope, `cutover-${claim.slot}`, claim.instanceId));
  }
  const inForce = await cutoverInForce(deps, scope);
  return { ...(inForce === undefined ? {} : { inForce }), cutovers, ...more };
}

async function viewCutover(
  deps: Dependencies,
  scope: Scope,
  id: string,
  operation: string,
): Promise<CutoverView> {
  const read = <T>(path: string, shape: z.ZodType<T>): Promise<T | undefined> =>
    readDocument(deps.vault, path, shape);
  const request = await read(vaultPaths.cutoverRequest(scope, id), cutoverRequest);
  const parts = {
    request,
    plan: request && (await read(vaultPaths.plan(scope, request.plan), cutoverPlan)),
    decision: request && (await read(vaultPaths.approval(scope, request.plan), approvalDocument)),
    breakGlass: await read(vaultPaths.cutoverBreakGlass(scope, id), cutoverAlone),
    cancel: await read(vaultPaths.cutoverCancel(scope, id), cutoverCancel),
    permit: await read(vaultPaths.cutoverPermit(scope, id), cutoverPermit),
    end: await read(vaultPaths.cutover(scope, id), cutoverDocument),
  };
  const known = Object.entries(parts).filter(([, part]) => part !== undefined);
  return { id, operation, ...(Object.fromEntries(known) as Partial<CutoverView>) };
}

const slotOf = (cutover: string): string => cutover.replace(/^cutover-/, '');

const operationOf = (scope: Scope, cutover: string): string =>
  instanceIdOf({ kind: 'cutover', ...scope, stamp: slotOf(cutover) });
