/** Everything of a scope that waits for a second person now. */
import { cutoverRequest } from '../../contracts/cutover.ts';
import { alertDocument, slotClaim } from '../../contracts/documents.ts';
import { restoreRequest } from '../../contracts/restore-request.ts';
import { vaultPaths, type Scope } from '../../contracts/vault-paths.ts';
import { failureFrom } from '../../policy/failure.ts';
import { approvalOf } from '../approvals.ts';
import type { Dependencies } from '../dependencies.ts';
import { weakenedAlert } from '../estate-guard.ts';
import { readDocument } from '../vault-documents.ts';
import { findDecidable, type Decidable } from './decidable.ts';

/** The alerts that are open while a plan or an estate waits, each with its digest. */
const alerts = ['prune-held', 'repair-waiting', weakenedAlert];
/** Restores and cutovers that were asked for before these have ended, or their plans have. */
const lookedAt = 20;

/** What a digest stands for, and how the decision on it stands. */
export interface Standing {
  readonly on: Decidable;
  readonly approval: Awaited<ReturnType<typeof approvalOf>>;
}

/** What waits for a decision that counts. */
export async function waitingIn(deps: Dependencies, scope: Scope): Promise<Standing[]> {
  const digests = [
    ...(await plansOfAlerts(deps, scope)),
    ...(await plansAskedFor(deps, scope, 'restore')),
    ...(await plansAskedFor(deps, scope, 'cutover')),
  ];
  const found: Standing[] = [];
  for (const digest of digests) {
    const standing = await standingOn(deps, scope, digest);
    const isOpen = standing?.approval.state === 'waiting' || standing?.approval.state === 'void';
    if (standing !== undefined && isOpen && standing.on.closed === undefined) found.push(standing);
  }
  return found;
}

/** What a digest stands for now; undefined where a plan is gone since. */
async function standingOn(deps: Dependencies, scope: Scope, digest: string): Promise<Standing | undefined> {
  try {
    return await lookAt(deps, scope, digest);
  } catch (thrown) {
    if (failureFrom(thrown).code !== 'not-found') throw thrown;
    return undefined;
  }
}

/** The same; throws `not-found` where it stands for nothing. */
export async function lookAt(deps: Dependencies, scope: Scope, digest: string): Promise<Standing> {
  const on = await findDecidable(deps, scope, digest);
  return { on, approval: await approvalOf(deps, scope, digest, on.runs) };
}

async function plansOfAlerts(deps: Dependencies, scope: Scope): Promise<string[]> {
  const read = alerts.map((key) => readDocument(deps.vault, vaultPaths.alert(scope, key), alertDocument));
  return (await Promise.all(read)).flatMap((alert) =>
    alert?.plan === undefined || alert.resolvedAt !== undefined ? [] : [alert.plan],
  );
}

async function plansAskedFor(
  deps: Dependencies,
  scope: Scope,
  kind: 'restore' | 'cutover',
): Promise<string[]> {
  const slots: string[] = [];
  for await (const path of deps.vault.list(vaultPaths.slots(scope, kind))) slots.push(path);
  const plans: string[] = [];
  for (const path of slots.slice(-lookedAt)) {
    const claim = await readDocument(deps.vault, path, slotClaim);
    if (claim === undefined || claim.finished !== undefined) continue;
    const id = `${kind}-${claim.slot}`;
    const request =
      kind === 'restore'
        ? await readDocument(deps.vault, vaultPaths.restoreRequest(scope, id), restoreRequest)
        : await readDocument(deps.vault, vaultPaths.cutoverRequest(scope, id), cutoverRequest);
    if (request !== undefined) plans.push(request.plan);
  }
  return plans;
}
