/**
 * Whether the plan of a restore still says what is: asked when it is asked for, when it is approved and right before it is
 * carried out. What changed since is told, and nothing is done by the plan any more.
 */
import { recoveryPoint, type RestoreTarget } from '../../contracts/documents.ts';
import type { RestorePlan } from '../../contracts/restore-plan.ts';
import { vaultPaths } from '../../contracts/vault-paths.ts';
import { Failure, failureFrom } from '../../policy/failure.ts';
import type { Dependencies } from '../dependencies.ts';
import { digestOf } from '../../policy/canonical-json.ts';
import { scoped, standingHere } from '../scope.ts';
import { tablesMustFit } from '../side-schema/choose.ts';
import { readDocument } from '../vault-documents.ts';
import { mustBeRevivable, stands } from './lost-source.ts';
import { mustReach } from './sources.ts';
import { mustBeFree } from './targets.ts';

/** Throws `refused` naming what changed since the plan was made; what could not be asked is thrown as it is. */
export async function mustHold(deps: Dependencies, plan: RestorePlan): Promise<void> {
  const change = await changeSince(deps, plan);
  if (change === undefined) return;
  throw new Failure(
    'refused',
    `the plan of ${plan.restore} is stale: ${change}`,
    'Nothing was restored by it. Plan again with: lifeboat restore plan',
  );
}

async function changeSince(deps: Dependencies, plan: RestorePlan): Promise<string | undefined> {
  if (plan.estateDigest !== deps.estateDigest) return 'another estate file was deployed since';
  const lost = await lostPoint(deps, plan);
  if (lost !== undefined) return lost;
  for (const target of plan.targets) {
    try {
      const change = await sourceChange(deps, plan, target);
      if (change !== undefined) return change;
      await tablesMustFit(deps, scoped(deps, plan), plan, digestOf(plan));
      await mustBeFree(deps, target.target, plan.restore);
    } catch (thrown) {
      const failure = failureFrom(thrown);
      if (failure.retryable) throw failure;
      return failure.message;
    }
  }
  return undefined;
}

/** What became of a source since; throws where it cannot be brought to the instant any more. */
async function sourceChange(
  deps: Dependencies,
  plan: RestorePlan,
  { database, source, location, instant, mode }: RestoreTarget,
): Promise<string | undefined> {
  const standing = await standingHere(deps, source);
  if (mode === 'revive') {
    if (standing !== undefined) return stands(source);
    await mustBeRevivable(deps, plan, { server: source, database, point: plan.point });
    return location === deps.region ? undefined : `${source} comes back in ${deps.region} alone`;
  }
  if (standing === undefined) return `there is no server ${source} any more`;
  mustReach(standing, { database, instant });
  return standing.location === location ? undefined : `${source} lies in ${standing.location} by now`;
}

async function lostPoint(deps: Dependencies, plan: RestorePlan): Promise<string | undefined> {
  if (plan.point === undefined) return undefined;
  const point = await readDocument(deps.vault, vaultPaths.point(plan, plan.point), recoveryPoint);
  if (point === undefined) return `the recovery point ${plan.point} is gone`;
  if (point.tombstone !== undefined)
    return `the recovery point ${plan.point} was given up: ${point.tombstone.reason}`;
  const isOther = plan.targets.some(
    ({ database, instant }) => point.databases.find((one) => one.database === database)?.instant !== instant,
  );
  return isOther ? `the recovery point ${plan.point} names another instant by now` : undefined;
}
