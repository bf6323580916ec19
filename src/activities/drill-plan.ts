/** Plans a drill: chooses the recovery point and writes down, before anything is done, what will be done with it. */
import { drillPlan, recoveryPoint, type DrillPlan } from '../contracts/documents.ts';
import { planDrill, type PlanDrillOrder, type PlannedDrill } from '../contracts/drill.ts';
import { recordedPointOf } from '../contracts/played-plan.ts';
import { instantOf, isoOf } from '../contracts/values.ts';
import { vaultPaths, type Scope } from '../contracts/vault-paths.ts';
import { digestOf } from '../policy/canonical-json.ts';
import { scratchName, stampOf } from '../policy/identifiers.ts';
import { secondsOf } from '../policy/objectives.ts';
import { safetyMargins } from '../policy/safety-margins.ts';
import { implement, type Activity } from './activity.ts';
import { approvedScope } from './approved-scope.ts';
import { rebuildCheck } from './checks/rebuild.ts';
import { repairCheck } from './checks/repair.ts';
import { checksFor } from './checks/registry.ts';
import type { Dependencies } from './dependencies.ts';
import { choosePoint, type ChosenPoint } from './drill-point.ts';
import { targetsOf } from './drill-targets.ts';
import { lostOf } from './lost-servers.ts';
import { audit } from './records.ts';
import { databaseOf, storesOf, type Scoped } from './scope.ts';
import { changeDocument, createDocument, needDocument } from './vault-documents.ts';

/** The plan that a drill goes by. */
export function readPlan(deps: Dependencies, scope: Scope, digest: string): Promise<DrillPlan> {
  return needDocument(deps.vault, vaultPaths.plan(scope, digest), drillPlan);
}

export function drillPlanActivities(deps: Dependencies): Activity[] {
  return [
    implement(planDrill, async (order): Promise<PlannedDrill> => {
      const here = await approvedScope(deps, order);
      const plan = await planOf(deps, here, order, await choosePoint(deps, here, order));
      const { scope } = here;
      const digest = digestOf(plan);
      await audit(deps, scope, {
        action: 'restore-drill',
        target: plan.drill,
        stage: 'intent',
        detail: { plan: digest, point: plan.point },
      });
      await createDocument(deps.vault, vaultPaths.plan(scope, digest), drillPlan, plan);
      await pin(deps, scope, plan);
      return {
        plan: digest,
        drill: plan.drill,
        point: plan.point,
        instant: plan.pointInstant,
        ...(plan.targets.length === 0 ? { blobs: blobsOf(here, plan) } : {}),
        targets: plan.targets.map(({ database, target }) => ({
          ...{ database, target, checks: checksOf(here, plan, database) },
        })),
        deadlines: {
          restoreSeconds: secondsOf(here.system.deadlines.restore),
          removalSeconds: secondsOf(here.system.deadlines.removal),
        },
      };
    }),
  ];
}

async function planOf(
  deps: Dependencies,
  here: Scoped,
  order: PlanDrillOrder,
  chosen: ChosenPoint,
): Promise<DrillPlan> {
  const { slot, trigger, declaredAt, cleanUpDelaySeconds, attempt = 1, beganAt, notDue } = order;
  const { choice, point } = chosen;
  const { scenario, instant, because, disruptionAt, pinned, draw } = choice;
  const id = point?.id ?? `instant-${stampOf(instant)}`;
  const targets = await targetsOf(deps, here, chosen, { ...order, attempt });
  const exercise = exerciseOf(order);
  const lost = order.lost === undefined ? {} : { lost: await lostOf(deps, here, order.lost) };
  return drillPlan.parse({
    schema: 'lifeboat/drill-plan/v1',
    ...{ drill: `drill-${slot}`, ...here.scope, trigger, declaredAt, scenario },
    ...{
      point: id,
      pointInstant: isoOf(instant),
      choice: `${because}${instead(notDue)}`,
      disruptionAt: isoOf(disruptionAt),
    },
    ...(attempt === 1 ? {} : { attempt }),
    ...(beganAt === undefined ? {} : { beganAt }),
    ...{
      pinned,
      ...exercise,
      ...lost,
      ...(await replicasOf(deps, here, targets)),
      ...(draw === undefined ? {} : { draw }),
    },
    objectives: objectivesOf(here),
    targets,
    ...scratchIn(here, scenario, order),
    checks: rebuildsBlobs(scenario, order)
      ? [rebuildCheck.id]
      : [
          ...new Set(
            targets.flatMap(({ database }) =>
              checksOf(here, { point: id, scenario, targets, ...exercise }, database),
            ),
          ),
        ],
    cleanUpDelaySeconds,
    ...{ estateDigest: deps.estateDigest, softwareVersion: deps.softwareVersion },
  });
}

/** Whether blobs are written into a container of Lifeboat's own. */
const rebuildsBlobs = (scenario: DrillPlan['scenario'], { point }: PlanDrillOrder): boolean =>
  scenario === 'store-lost' && point === 'latest';

/** The container that blobs of a drill are written into, where it writes any. */
const scratchIn = (
  { scope }: Scoped,
  scenario: DrillPlan['scenario'],
  order: PlanDrillOrder,
): Pick<DrillPlan, 'scratch'> =>
  rebuildsBlobs(scenario, order) || (scenario === 'corruption' && order.played !== undefined)
    ? { scratch: scratchName({ kind: 'drill', ...scope, stamp: order.slot }) }
    : {};

/** The databases whose blobs are rebuilt. */
const blobsOf = ({ region }: Scoped, plan: DrillPlan): NonNullable<PlannedDrill['blobs']> =>
  region.databases
    .filter(({ id }) => storesOf(region, id).length > 0)
    .map(({ id }) => ({ database: id, checks: plan.checks }));

/** Until when the secondaries have everything, where they stand for the stores of a region that is taken for lost. */
async function replicasOf(
  deps: Dependencies,
  { region }: Scoped,
  targets: DrillPlan['targets'],
): Promise<Pick<DrillPlan, 'replicas'>> {
  if (targets.length > 0 && !targets.some(({ mode }) => mode === 'geo')) return {};
  const replicas = [];
  for (const store of region.blobStores) {
    const lastSync = await deps.copies.lastSync(store);
    replicas.push({
      store: store.id,
      ...(lastSync === undefined ? {} : { lastSyncAt: isoOf(lastSync) }),
    });
  }
  return { replicas };
}

const exerciseOf = ({ played, lost }: PlanDrillOrder): Pick<DrillPlan, 'exercise'> => {
  const exercise = played?.exercise ?? lost?.exercise;
  return exercise === undefined ? {} : { exercise };
};

/** What a rotation could not tell is no secret of the report. */
const instead = (notDue: string | undefined): string =>
  notDue === undefined ? '' : `, because the rotation could not tell what is due: ${notDue}`;

function checksOf(
  { region }: Scoped,
  plan: Pick<DrillPlan, 'point' | 'scenario' | 'targets' | 'exercise'>,
  database: string,
): string[] {
  // What is made to be lost is not judged: what comes back of it is.
  if (plan.scenario === 'server-lost' && plan.exercise === undefined) return [];
  const isLast = plan.targets.at(-1)?.database === database;
  const ids = checksFor(region, databaseOf(region, database), {
    hasRecord: recordedPointOf(plan) !== undefined,
    occasion: plan.exercise === undefined ? 'drill' : 'exercise',
    isLast,
  });
  const playsRepair = plan.scenario === 'corruption' && plan.exercise !== undefined && isLast;
  return playsRepair ? [...ids, repairCheck.id] : ids;
}

/** Keeps points from being deleted while one is drilled; the pin ends by itself if the drill never does. */
async function pin(deps: Dependencies, scope: Scope, plan: DrillPlan): Promise<void> {
  const seconds = safetyMargins.drillServerTimeToLiveSeconds + plan.cleanUpDelaySeconds;
  const own = {
    by: plan.drill,
    at: plan.declaredAt,
    reason: `${plan.drill} is at work on it`,
    until: isoOf(instantOf(plan.beganAt ?? plan.declaredAt).plus({ seconds })),
  };
  for (const id of plan.pinned ?? [])
    await changeDocument(deps.vault, vaultPaths.point(scope, id), recoveryPoint, (point) => ({
      ...point,
      pins: [...point.pins.filter((one) => one.by !== plan.drill), own],
    }));
}

function objectivesOf({ system }: Scoped): DrillPlan['objectives'] {
  const { rpo, rto, approvedBy, approvedAt } = system.objectives;
  return { rpoSeconds: secondsOf(rpo), rtoSeconds: secondsOf(rto), approvedBy, approvedAt };
}
