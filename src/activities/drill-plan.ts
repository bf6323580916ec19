/** Plans a drill: chooses the recovery point and writes down, before anything is done, what will be done with it. */
import { drillPlan, recoveryPoint, type DrillPlan, type RecoveryPoint } from '../contracts/documents.ts';
import { planDrill } from '../contracts/drill.ts';
import { instantOf, isoOf } from '../contracts/values.ts';
import { vaultPaths, type Scope } from '../contracts/vault-paths.ts';
import { digestOf } from '../policy/canonical-json.ts';
import { Failure } from '../policy/failure.ts';
import { drillServerName, parseServerResourceId, serverResourceId } from '../policy/identifiers.ts';
import { secondsOf } from '../policy/objectives.ts';
import { safetyMargins } from '../policy/safety-margins.ts';
import { implement, type Activity } from './activity.ts';
import { approvedScope } from './approved-scope.ts';
import { checksFor } from './checks/registry.ts';
import type { Dependencies } from './dependencies.ts';
import { readCatalogue, usablePoints } from './points.ts';
import { audit } from './records.ts';
import { databaseOf, serverHere, storeHere, type Scoped } from './scope.ts';
import { changeDocument, createDocument, needDocument } from './vault-documents.ts';

/** The plan that a drill goes by. */
export function readPlan(deps: Dependencies, scope: Scope, digest: string): Promise<DrillPlan> {
  return needDocument(deps.vault, vaultPaths.plan(scope, digest), drillPlan);
}

export function drillPlanActivities(deps: Dependencies): Activity[] {
  return [
    implement(
      planDrill,
      async ({ slot, trigger, point: asked, declaredAt, cleanUpDelaySeconds, ...scope }) => {
        const here = await approvedScope(deps, scope);
        const { point, choice } = await choosePoint(deps, scope, asked);
        const plan = drillPlan.parse({
          schema: 'lifeboat/drill-plan/v1',
          drill: `drill-${slot}`,
          ...scope,
          trigger,
          declaredAt,
          scenario: asked === 'latest' ? 'restore-newest-point' : 'restore-named-point',
          point: point.id,
          pointInstant: point.instant,
          choice,
          objectives: objectivesOf(here),
          targets: await targetsOf(deps, here, point, slot),
          checks: [...new Set(here.region.databases.flatMap((database) => checksFor(here.region, database)))],
          cleanUpDelaySeconds,
          estateDigest: deps.estateDigest,
          softwareVersion: deps.softwareVersion,
        });
        const digest = digestOf(plan);
        await audit(deps, scope, {
          action: 'restore-drill',
          target: plan.drill,
          stage: 'intent',
          detail: { plan: digest, point: point.id },
        });
        await createDocument(deps.vault, vaultPaths.plan(scope, digest), drillPlan, plan);
        await pin(deps, scope, plan);
        return {
          plan: digest,
          drill: plan.drill,
          point: point.id,
          targets: plan.targets.map(({ database, target }) => ({
            ...{ database, target },
            checks: checksFor(here.region, databaseOf(here.region, database)),
          })),
          deadlines: {
            restoreSeconds: secondsOf(here.system.deadlines.restore),
            removalSeconds: secondsOf(here.system.deadlines.removal),
          },
        };
      },
    ),
  ];
}

/** Keeps the point from being deleted while it is drilled; the pin ends by itself if the drill never does. */
async function pin(deps: Dependencies, scope: Scope, plan: DrillPlan): Promise<void> {
  const seconds = safetyMargins.drillServerTimeToLiveSeconds + plan.cleanUpDelaySeconds;
  const own = {
    by: plan.drill,
    at: plan.declaredAt,
    reason: `${plan.drill} is at work on it`,
    until: isoOf(instantOf(plan.declaredAt).plus({ seconds })),
  };
  await changeDocument(deps.vault, vaultPaths.point(scope, plan.point), recoveryPoint, (point) => ({
    ...point,
    pins: [...point.pins.filter((one) => one.by !== plan.drill), own],
  }));
}

async function choosePoint(
  deps: Dependencies,
  scope: Scope,
  asked: string,
): Promise<{ point: RecoveryPoint; choice: string }> {
  const catalogue = await readCatalogue(deps, scope);
  const usable = usablePoints(catalogue, deps.clock.now());
  if (asked !== 'latest') {
    const point = usable.find((one) => one.id === asked);
    if (point !== undefined) return { point, choice: 'asked for by name' };
    throw new Failure(
      'not-found',
      `there is no usable recovery point "${asked}" of ${scope.system} in ${scope.region}`,
      `Use one of: ${usable.map((one) => one.id).join(', ') || 'none; take a snapshot first'}.`,
    );
  }
  const [point] = usable;
  const damaged =
    catalogue.damaged.length === 0
      ? ''
      : `; ${catalogue.damaged.length} damaged point document(s) were left out: ${catalogue.damaged.map((one) => one.path).join(', ')}`;
  if (point !== undefined)
    return { point, choice: `the newest of ${usable.length} usable recovery points${damaged}` };
  throw new Failure(
    'not-found',
    `${scope.system} in ${scope.region} has no usable recovery point${damaged}`,
    'Take a snapshot first: lifeboat snapshot --system … --region …',
  );
}

function objectivesOf({ system }: Scoped): DrillPlan['objectives'] {
  const { rpo, rto, approvedBy, approvedAt } = system.objectives;
  return { rpoSeconds: secondsOf(rpo), rtoSeconds: secondsOf(rto), approvedBy, approvedAt };
}

/** One new server per database of the point, in the resource group for drills, at the source's location. */
async function targetsOf(
  deps: Dependencies,
  here: Scoped,
  point: RecoveryPoint,
  slot: string,
): Promise<DrillPlan['targets']> {
  for (const store of here.region.blobStores) await storeHere(deps, store);
  return Promise.all(
    point.databases.map(async (part) => {
      const source = await serverHere(deps, databaseOf(here.region, part.database).server);
      const earliest = source.earliestRestore;
      if (earliest === undefined || instantOf(part.instant) < earliest) {
        throw new Failure(
          'refused',
          `${part.database}: the provider can restore from ${earliest?.toISO() ?? 'no instant'} on, the point is of ${part.instant}`,
          'Drill a newer recovery point.',
        );
      }
      const name = drillServerName({ kind: 'drill', ...here.scope, stamp: slot }, part.database);
      const at = parseServerResourceId(part.server);
      return {
        database: part.database,
        source: part.server,
        target: serverResourceId({
          subscription: at?.subscription ?? '',
          resourceGroup: here.region.drill.resourceGroup,
          name,
        }),
        location: source.location,
        name: part.name,
        instant: part.instant,
        allowedAddresses: here.region.drill.allowedAddresses,
      };
    }),
  );
}
