/**
 * The permit of a restore: written once, right before anything is restored, when the decision counts and every fact of
 * the plan holds. Going on alone is told to everybody before the permit stands. Whoever comes second finds the permit.
 */
import { named } from '../../contracts/actor.ts';
import { restorePermit, type RestoreApproval } from '../../contracts/restore-request.ts';
import { isoOf } from '../../contracts/values.ts';
import { vaultPaths, type Scope } from '../../contracts/vault-paths.ts';
import { personText } from '../../policy/person-name.ts';
import { Failure } from '../../policy/failure.ts';
import { raise, resolve } from '../alerts.ts';
import type { Dependencies } from '../dependencies.ts';
import { audit } from '../records.ts';
import { createOrRead, readDocument } from '../vault-documents.ts';
import { goOf, type Asked } from './asked.ts';
import { mustHold } from './stale.ts';

/** Permits a restore, or gives the permit that stands; throws `refused` with the reason. */
export async function permit(deps: Dependencies, scope: Scope, asked: Asked): Promise<RestoreApproval> {
  const { restore, plan } = asked.request;
  const path = vaultPaths.restorePermit(scope, restore);
  const standing = await readDocument(deps.vault, path, restorePermit);
  if (standing !== undefined) return standing.approval;
  const approval = await approvalNow(deps, scope, asked);
  await mustHold(deps, asked.plan);
  await audit(deps, scope, {
    action: 'permit-restore',
    target: restore,
    stage: 'intent',
    detail: { plan, ...approval },
  });
  if (approval.kind === 'break-glass') await tellEverybody(deps, scope, asked, approval);
  await resolve(deps, scope, 'restore-waiting');
  const written = await createOrRead(deps.vault, path, restorePermit, {
    schema: 'lifeboat/restore-permit/v1',
    ...{ restore, system: scope.system, region: scope.region, plan },
    ...{ at: isoOf(deps.clock.now()), approval },
  });
  return written.approval;
}

/** Throws `refused` unless a restore by this plan is permitted: whatever calls for it, nothing is restored without. */
export async function needPermit(
  deps: Dependencies,
  scope: Scope,
  restore: string,
  plan: string,
): Promise<void> {
  const standing = await readDocument(deps.vault, vaultPaths.restorePermit(scope, restore), restorePermit);
  if (standing?.plan === plan) return;
  throw new Failure('refused', `${restore} is not permitted by the plan ${plan}`, 'Nothing was restored.');
}

async function approvalNow(deps: Dependencies, scope: Scope, asked: Asked): Promise<RestoreApproval> {
  const go = await goOf(deps, scope, asked);
  if (go.state === 'approved' || go.state === 'break-glass')
    return { kind: go.state, by: go.by, ...named(go.byName), at: isoOf(go.at), reason: go.reason };
  throw new Failure(
    'refused',
    `${asked.request.restore} is not approved: ${go.sentence}`,
    'Nothing was restored.',
  );
}

async function tellEverybody(
  deps: Dependencies,
  scope: Scope,
  { request }: Asked,
  { by, byName, reason }: RestoreApproval,
): Promise<void> {
  await raise(deps, scope, {
    key: 'restore-break-glass',
    severity: 'critical',
    title: `A restore of ${scope.system} in ${scope.region} goes on without a second person`,
    detail: `${personText(by, byName)} goes on with ${request.restore} alone: ${reason}. Asked for by ${personText(request.by, request.byName)}: ${request.reason}`,
    runbook: 'runbooks/restore.md',
  });
}
