/**
 * Plans a person's restore: finds the instant, checks that every new server may be made where the estate allows it and
 * stands nowhere yet, writes the plan and pins the points that it needs. Made from its input alone, so that a second
 * run makes the same plan.
 */
import { recoveryPoint } from '../../contracts/documents.ts';
import { planRestore, restorePlan, type RestorePlan } from '../../contracts/restore.ts';
import { instantOf } from '../../contracts/values.ts';
import { callerNamed } from '../../contracts/audit-actor.ts';
import { vaultPaths } from '../../contracts/vault-paths.ts';
import { digestOf } from '../../policy/canonical-json.ts';
import { secondsOf } from '../../policy/objectives.ts';
import { chooseRestore, pointsToPin } from '../../policy/restore-target.ts';
import { implement, type Activity } from '../activity.ts';
import { checksFor } from '../checks/registry.ts';
import type { Dependencies } from '../dependencies.ts';
import { readCatalogue, usablePoints } from '../points.ts';
import { audit } from '../records.ts';
import { databaseOf, scoped } from '../scope.ts';
import { changeDocument, createDocument } from '../vault-documents.ts';
import { instantOrPoint } from './sources.ts';
import { findTargets } from './targets.ts';

export function restorePlanActivity(deps: Dependencies): Activity {
  return implement(planRestore, async ({ slot, to, name, reason, requestedBy, declaredAt, ...scope }) => {
    const here = scoped(deps, scope);
    const points = usablePoints(await readCatalogue(deps, scope), instantOf(declaredAt));
    const known = points.map((point) => ({ id: point.id, instant: instantOf(point.instant) }));
    const choice = chooseRestore(to === 'latest' ? to : instantOrPoint(to), instantOf(declaredAt), known);
    const point = choice.kind === 'point' ? points.find((one) => one.id === choice.point) : undefined;
    const found = await findTargets(deps, here, { choice, point, name, restore: `restore-${slot}` });
    const targets = found.map(({ target }) => target);
    const checksOf = (database: string): string[] =>
      checksFor(here.region, databaseOf(here.region, database), {
        ...{ hasRecord: point !== undefined, occasion: 'restore', isLast: false },
      });
    const plan: RestorePlan = {
      schema: 'lifeboat/restore-plan/v1',
      ...{ restore: `restore-${slot}`, system: scope.system, region: scope.region },
      ...{ requestedBy, reason, declaredAt, to },
      ...(point === undefined ? {} : { point: point.id }),
      instant: targets.map((one) => one.instant).toSorted()[0] ?? declaredAt,
      pinned: pointsToPin(choice, known),
      targets,
      checks: [...new Set(targets.flatMap((one) => checksOf(one.database)))],
      ...{ estateDigest: deps.estateDigest, softwareVersion: deps.softwareVersion },
    };
    const digest = digestOf(plan);
    await audit(deps, scope, {
      action: 'restore',
      actor: callerNamed(requestedBy),
      target: plan.restore,
      stage: 'intent',
      reason,
      detail: { plan: digest, to, targets: targets.map((one) => one.target) },
    });
    await createDocument(deps.vault, vaultPaths.plan(scope, digest), restorePlan, plan);
    await pin(deps, plan);
    return {
      ...{ plan: digest, instant: plan.instant },
      targets: targets.map(({ database, target }) => ({ database, target, checks: checksOf(database) })),
      deadlines: {
        restoreSeconds: secondsOf(here.system.deadlines.restore),
        removalSeconds: secondsOf(here.system.deadlines.removal),
      },
    };
  });
}

/** The points stay until the restore has ended, however long it takes: its end takes the pins away. */
async function pin(deps: Dependencies, plan: RestorePlan): Promise<void> {
  const own = { by: plan.restore, at: plan.declaredAt, reason: `${plan.restore} is at work on it` };
  for (const id of plan.pinned)
    await changeDocument(deps.vault, vaultPaths.point(plan, id), recoveryPoint, (point) => ({
      ...point,
      pins: [...point.pins.filter((one) => one.by !== plan.restore), own],
    }));
}
