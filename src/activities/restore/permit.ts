/** The permit of a restore, given right before anything is restored. */
import type { RestoreApproval } from '../../contracts/restore-request.ts';
import type { Scope } from '../../contracts/vault-paths.ts';
import type { Dependencies } from '../dependencies.ts';
import { permitMatter } from '../matters/permit.ts';
import { matterOf, type Asked } from './asked.ts';

/** Permits a restore, or gives the permit that stands; throws `refused` with the reason. */
export function permit(deps: Dependencies, scope: Scope, asked: Asked): Promise<RestoreApproval> {
  return permitMatter(deps, matterOf(deps, scope, asked));
}
