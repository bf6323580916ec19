/** The permit of a restore: without it nothing is restored, whatever calls for it. */
import { restorePermit } from '../../contracts/restore-request.ts';
import { vaultPaths, type Scope } from '../../contracts/vault-paths.ts';
import type { Dependencies } from '../dependencies.ts';
import { needPermitOf } from '../matters/permit.ts';

/** Throws `refused` unless a restore by this plan is permitted. */
export function needPermit(deps: Dependencies, scope: Scope, restore: string, plan: string): Promise<void> {
  const path = vaultPaths.restorePermit(scope, restore);
  return needPermitOf(deps, { noun: 'restore', id: restore, permit: { path, shape: restorePermit } }, plan);
}
