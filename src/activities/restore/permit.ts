/** The permit of a restore: without it nothing is restored, whatever calls for it. */
import { restorePermit, type RestoreApproval } from '../../contracts/restore-request.ts';
import { vaultPaths, type Scope } from '../../contracts/vault-paths.ts';
import type { Dependencies } from '../dependencies.ts';
import { needPermitOf, permitMatter } from '../matters/permit.ts';
import { matterOf, type Asked } from './asked.ts';

/** Permits a restore, or gives the permit that stands; throws `refused` with the reason. */
export function permit(deps: Dependencies, scope: Scope, asked: Asked): Promise<RestoreApproval> {
  return permitMatter(deps, matterOf(deps, scope, asked));
}

/** Throws `refused` unless a restore by this plan is permitted. */
export function needPermit(deps: Dependencies, scope: Scope, restore: string, plan: string): Promise<void> {
  const path = vaultPaths.restorePermit(scope, restore);
  return needPermitOf(deps, { noun: 'restore', id: restore, permit: { path, shape: restorePermit } }, plan);
}
