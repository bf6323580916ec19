/** Chooses the recovery point of a drill among those that the vault knows and the provider can still restore. */
import { DateTime } from 'luxon';
import type { PlanDrillOrder } from '../contracts/drill.ts';
import { drillPlan, type RecoveryPoint } from '../contracts/documents.ts';
import { instantOf, instantOfStamp } from '../contracts/values.ts';
import { vaultPaths } from '../contracts/vault-paths.ts';
import {
  chooseAfter,
  chooseBefore,
  chooseDrillPoint,
  chooseOlder,
  type AskedPoint,
  type DrillChoice,
} from '../policy/drill-point.ts';
import { Failure, failureFrom } from '../policy/failure.ts';
import { regionLossProblem } from '../policy/region-loss.ts';
import { storeLossProblem } from '../policy/store-loss.ts';
import { secondsOf } from '../policy/objectives.ts';
import type { Dependencies } from './dependencies.ts';
import { readExercise } from './exercise.ts';
import { readCatalogue, usablePoints } from './points.ts';
import { instantOrPoint } from './restore/sources.ts';
import { serverHere, type Scoped } from './scope.ts';
import { needDocument } from './vault-documents.ts';

/** What was chosen: a recorded point, or else an instant of each database. */
export interface ChosenPoint {
  readonly choice: DrillChoice;
  readonly point: RecoveryPoint | undefined;
  readonly instants?: ReadonlyMap<string, string>;
}

/** Chooses; the reason names documents of points that could not be read. */
export async function choosePoint(
  deps: Dependencies,
  here: Scoped,
  order: PlanDrillOrder,
): Promise<ChosenPoint> {
  if (order.played !== undefined) return chooseForExercise(deps, here, order, order.played);
  if (order.lost !== undefined) return chooseForLost(deps, here, order, order.lost);
  if (order.scenario === 'region-lost' && order.point === 'latest') return chooseReplicated(here, order);
  const { point: asked, seed, slot, declaredAt } = order;
  if (order.scenario === 'store-lost' && asked === 'latest') mustHaveReplicas(here);
  const catalogue = await readCatalogue(deps, here.scope);
  const usable = usablePoints(catalogue, deps.clock.now());
  const paths = catalogue.damaged.map((one) => one.path).join(', ');
  const damaged =
    paths === '' ? '' : `; ${catalogue.damaged.length} damaged point document(s) were left out: ${paths}`;
  try {
    const choice = chooseDrillPoint(meantBy(asked), {
      declaredAt: instantOf(declaredAt),
      points: usable.map(({ id, instant }) => ({ id, instant: instantOf(instant) })),
      windowSeconds: secondsOf(here.system.retention.window),
      earliest: asked === 'random' ? await earliestOf(deps, here) : undefined,
      seed: seed ?? instantOfStamp(slot)?.toUnixInteger() ?? 0,
    });
    return {
      choice: {
        ...choice,
        scenario: order.scenario ?? choice.scenario,
        because: `${becauseOf(order, choice)}${damaged}`,
      },
      point: usable.find(({ id }) => id === choice.point),
    };
  } catch (thrown) {
    const { code, message, hint } = failureFrom(thrown);
    throw new Failure(code, `${here.scope.system} in ${here.scope.region}: ${message}${damaged}`, hint);
  }
}

function mustHaveReplicas({ region }: Scoped): void {
  const problem = storeLossProblem(region);
  if (problem === undefined) return;
  throw new Failure('refused', problem, 'Play another scenario, or change the redundancy and the estate.');
}

/** What could not be played is told of the present; nothing was chosen. */
const becauseOf = ({ scenario }: PlanDrillOrder, choice: DrillChoice): string =>
  scenario !== undefined && choice.point === undefined ? 'the present: nothing was restored' : choice.because;

/** The instants around the harm that was played, or an older point. */
async function chooseForExercise(
  deps: Dependencies,
  { scope }: Scoped,
  { slot, before }: PlanDrillOrder,
  { scenario, exercise }: NonNullable<PlanDrillOrder['played']>,
): Promise<ChosenPoint> {
  const { databases } = await readExercise(deps, scope, `drill-${slot}`, exercise);
  const usable = usablePoints(await readCatalogue(deps, scope), deps.clock.now());
  const points = usable.map(({ id, instant }) => ({ id, instant: instantOf(instant) }));
  const first = (of: 'before' | 'after' | 'struckAt'): DateTime =>
    DateTime.min(...databases.map((one) => instantOf(one[of]))) as DateTime;
  const struckAt = first('struckAt');
  if (before !== undefined) {
    const choice = chooseOlder({ before: instantOf(before), struckAt }, points);
    return { choice, point: usable.find(({ id }) => id === choice.point) };
  }
  const side = scenario === 'ransomware' ? 'after' : 'before';
  const instants = new Map(databases.map((one) => [one.database, one[side]]));
  const choice =
    scenario === 'ransomware'
      ? chooseAfter({ after: first('after'), struckAt }, points)
      : chooseBefore({ scenario, before: first('before'), struckAt }, points);
  return { choice, point: undefined, instants };
}

/** What had reached the paired region when this one is taken for lost: of which instant it is nobody knows before. */
function chooseReplicated({ region }: Scoped, { declaredAt }: PlanDrillOrder): ChosenPoint {
  const problem = regionLossProblem(region);
  if (problem !== undefined)
    throw new Failure('refused', problem, 'Play another scenario, or change the redundancy and the estate.');
  const instant = instantOf(declaredAt);
  return {
    choice: {
      ...{ scenario: 'region-lost', instant, disruptionAt: instant, pinned: [] },
      because: `what had reached ${region.drill.pairedRegion ?? ''} when ${region.region} was lost`,
    },
    point: undefined,
  };
}

/** The point that the dropped servers were made from; they are revived to the instant after their last rows. */
async function chooseForLost(
  deps: Dependencies,
  { scope }: Scoped,
  { slot }: PlanDrillOrder,
  lost: NonNullable<PlanDrillOrder['lost']>,
): Promise<ChosenPoint> {
  const before = await needDocument(deps.vault, vaultPaths.plan(scope, lost.plan), drillPlan);
  const { databases } = await readExercise(deps, scope, `drill-${slot}`, lost.exercise);
  const usable = usablePoints(await readCatalogue(deps, scope), deps.clock.now());
  const point = usable.find(({ id }) => id === before.point);
  if (point === undefined)
    throw new Failure(
      'not-found',
      `${before.point}, which the dropped servers were made from, is no longer usable`,
      'Look at who removed it: a drill pins its point.',
    );
  return {
    choice: {
      ...{ scenario: 'server-lost', point: point.id, instant: instantOf(point.instant) },
      ...{ disruptionAt: instantOf(lost.droppedAt), pinned: [point.id] },
      because: `the point that the dropped servers were made from, ${before.choice}`,
    },
    point,
    instants: new Map(databases.map((one) => [one.database, one.after])),
  };
}

const meantBy = (asked: string): AskedPoint =>
  asked === 'latest' || asked === 'random' ? asked : instantOrPoint(asked);

/** From when on the provider can restore every database; undefined if it can restore one of them to no instant. */
async function earliestOf(deps: Dependencies, { region }: Scoped): Promise<DateTime | undefined> {
  const earliest: DateTime[] = [];
  for (const { server } of region.databases) {
    const { earliestRestore } = await serverHere(deps, server);
    if (earliestRestore === undefined) return undefined;
    earliest.push(earliestRestore);
  }
  return DateTime.max(...earliest);
}
