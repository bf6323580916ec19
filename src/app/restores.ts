/** Restores as the API plans, starts, shows and cancels them, and how it is decided on them. */
import { readPlan } from '../activities/approvals.ts';
import type { Dependencies } from '../activities/dependencies.ts';
import { hasEnded, orderCancel } from '../activities/restore/cancel.ts';
import type { Word } from '../activities/matters/decide.ts';
import { decideOnRestore, goOnAlone } from '../activities/restore/decide.ts';
import { proposeRestore } from '../activities/restore/propose.ts';
import { orderRestore } from '../activities/restore/request.ts';
import { scoped } from '../activities/scope.ts';
import { readDocument } from '../activities/vault-documents.ts';
import { personOf, type Actor, type Person } from '../contracts/actor.ts';
import type {
  cancelRestoreResponse,
  planRestoreRequest,
  requestRestoreRequest,
  RestorePlanResponse,
  RestoresResponse,
  RestoreView,
  RestoreWordResponse,
} from '../contracts/api/restores.ts';
import { slotClaim, type ApprovalDocument } from '../contracts/documents.ts';
import { restorePlan } from '../contracts/restore-plan.ts';
import { breakGlassDocument, restorePermit, restoreRequest } from '../contracts/restore-request.ts';
import { restoreDocument } from '../contracts/restore.ts';
import { vaultPaths, type Scope } from '../contracts/vault-paths.ts';
import { Failure } from '../policy/failure.ts';
import { instanceIdOfRun } from '../policy/identifiers.ts';
import type { TaskHub } from '../ports/task-hub.ts';
import type { z } from 'zod';
import type { PageQuery } from './api/paging.ts';
import { newestMatters, partsOf, planAndDecision } from './matters.ts';
import { startClaimed } from './runs.ts';

/** Plans a restore: what would happen, what would be lost, how long it should take. Nothing is started. */
export function planRestore(
  deps: Dependencies,
  { system, ...wish }: z.infer<typeof planRestoreRequest>,
): Promise<RestorePlanResponse> {
  return proposeRestore(deps, { system, region: deps.region }, wish);
}

/** A plan that was made before; throws `not-found` if there is none of that digest. */
export async function viewRestorePlan(
  deps: Dependencies,
  system: string,
  digest: string,
): Promise<RestorePlanResponse> {
  const { scope } = scoped(deps, { system, region: deps.region });
  return { digest, plan: await readPlan(deps, scope, digest, restorePlan) };
}

/**
 * Asks for a restore by the digest of its plan: its orchestration is started, and waits for the decision. Asked once more by
 * the same person it is the same restore.
 */
export async function requestRestore(
  deps: Dependencies,
  hub: TaskHub,
  { system, plan, confirm, reason }: z.infer<typeof requestRestoreRequest>,
  actor: Actor,
): Promise<string> {
  const scope = { system, region: deps.region };
  const order = { digest: plan, confirm, reason, ...personOf(actor) };
  const { restore } = await orderRestore(deps, scope, order);
  const slot = slotOf(restore) ?? '';
  return startClaimed(deps, hub, { kind: 'restore', scope, slot, input: { plan }, actor });
}

/** A word on a restore, and who says it. */
export type SaidOnRestore = Omit<Word, keyof Person> & { readonly by: Actor };

/** Has another person approve or reject a restore. */
export async function decideRestore(
  deps: Dependencies,
  system: string,
  restore: string,
  said: SaidOnRestore & { readonly decision: ApprovalDocument['decision'] },
): Promise<RestoreWordResponse> {
  const scope = { system, region: deps.region };
  const word = { ...said, ...personOf(said.by) };
  const { decision, by, at, expiresAt } = await decideOnRestore(deps, scope, restore, word);
  const until = decision === 'approved' ? { expiresAt } : {};
  return { restore, operation: instanceIdOfRun(scope, restore), word: decision, by, at, ...until };
}

/** Has one person go on alone. */
export async function breakGlass(
  deps: Dependencies,
  system: string,
  restore: string,
  said: SaidOnRestore,
): Promise<RestoreWordResponse> {
  const scope = { system, region: deps.region };
  const word = { ...said, ...personOf(said.by) };
  const { by, at } = await goOnAlone(deps, scope, restore, word);
  return { restore, operation: instanceIdOfRun(scope, restore), word: 'break-glass', by, at };
}

/** The newest restores of a system, with plan, words and end. */
export async function viewRestores(
  deps: Dependencies,
  system: string,
  query: PageQuery = {},
): Promise<RestoresResponse> {
  const { scope } = scoped(deps, { system, region: deps.region });
  const view = (id: string, operation: string) => viewRestore(deps, scope, id, operation);
  const { views, more } = await newestMatters(deps, scope, { kind: 'restore', query }, view);
  return { restores: views, ...more };
}

async function viewRestore(
  deps: Dependencies,
  scope: Scope,
  id: string,
  operation: string,
): Promise<RestoreView> {
  const parts = await partsOf(deps, {
    request: [vaultPaths.restoreRequest(scope, id), restoreRequest],
    breakGlass: [vaultPaths.restoreBreakGlass(scope, id), breakGlassDocument],
    permit: [vaultPaths.restorePermit(scope, id), restorePermit],
    end: [vaultPaths.restore(scope, id), restoreDocument],
  });
  return { id, operation, ...parts, ...(await planAndDecision(deps, scope, parts.request, restorePlan)) };
}

/** Cancels a restore; throws `not-found` if it was never started, `conflict` if it has ended. */
export async function cancelRestore(
  deps: Dependencies,
  system: string,
  restore: string,
  order: { readonly by: Actor; readonly reason: string },
): Promise<z.infer<typeof cancelRestoreResponse>> {
  const { scope } = scoped(deps, { system, region: deps.region });
  const slot = slotOf(restore);
  const path = vaultPaths.slot(scope, 'restore', slot ?? 'none');
  const claim = slot === undefined ? undefined : await readDocument(deps.vault, path, slotClaim);
  if (claim === undefined)
    throw new Failure(
      'not-found',
      `${system} in ${scope.region} has no restore "${restore}"`,
      'List them with: lifeboat restore list --system … --region …',
    );
  if (claim.finished !== undefined) throw hasEnded(restore, claim.finished.outcome);
  const { by, reason } = order;
  await orderCancel(deps, scope, restore, { ...personOf(by), reason });
  return { restore, operation: instanceIdOfRun(scope, restore) };
}

const slotOf = (restore: string): string | undefined => /^restore-(\d{8}T\d{6}Z)$/.exec(restore)?.[1];
