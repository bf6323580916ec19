/** Reads the plans by which servers are restored: a drill's, or a person's. */
import type { RestoreTarget } from '../contracts/documents.ts';
import { playedPlan, runOfPlan, type PlayedPlan } from '../contracts/played-plan.ts';
import { vaultPaths, type Scope } from '../contracts/vault-paths.ts';
import { Failure } from '../policy/failure.ts';
import type { Dependencies } from './dependencies.ts';
import { needDocument } from './vault-documents.ts';

/** The plan that a drill or a restore goes by. */
export function readPlayedPlan(deps: Dependencies, scope: Scope, digest: string): Promise<PlayedPlan> {
  return needDocument(deps.vault, vaultPaths.plan(scope, digest), playedPlan);
}

/** A plan's target for a database. */
export function targetOf(plan: PlayedPlan, database: string): RestoreTarget {
  const target = plan.targets.find((one) => one.database === database);
  if (target !== undefined) return target;
  throw new Failure(
    'not-found',
    `the plan of ${runOfPlan(plan)} has no database "${database}"`,
    'The plan and the orchestration do not belong together.',
  );
}
