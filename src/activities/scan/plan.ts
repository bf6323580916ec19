/**
 * Plans an integrity scan: which stores, divided into which shards, in which order. The plan of a store is written once:
 * an activity that is run again finds it there.
 */
import { nextShards, planScan, planStore, type ScannedShard, type StorePlan } from '../../contracts/scan.ts';
import {
  scanPlanDocument,
  type ScanFactsDocument,
  type ScanPlanDocument,
} from '../../contracts/scan-documents.ts';
import { instantOf } from '../../contracts/values.ts';
import { vaultPaths, type Scope } from '../../contracts/vault-paths.ts';
import { clockDoubt } from '../../policy/clock-trust.ts';
import { inOrder, touching } from '../../policy/digest-ranges.ts';
import { Failure } from '../../policy/failure.ts';
import { stampOf } from '../../policy/identifiers.ts';
import { safetyMargins } from '../../policy/safety-margins.ts';
import { planLimits, shardsReadAtOnce, type PlanLimits, type PlannedShard } from '../../policy/scrub-plan.ts';
import { byDebt, debtOf, dueShards, type ScanMode, type ScrubCycle } from '../../policy/scrub.ts';
import { implement, type Activity } from '../activity.ts';
import type { Dependencies } from '../dependencies.ts';
import { readCatalogue, usablePoints } from '../points.ts';
import { scoped, storeHere } from '../scope.ts';
import { createOrRead, needDocument, readDocument } from '../vault-documents.ts';
import { planFacts, planningBudget, planPortion, type PlanningBudget, type PlanOrder } from './planning.ts';
import { scannedStore, scrubCycleOf } from './stores.ts';

/** Shards that are handed to an orchestration at once: its history holds them. */
const shardsAtOnce = 16;

/** `limits` is how far a store is divided, `budget` how much of that is done at once. */
export function scanPlanActivities(
  deps: Dependencies,
  limits: PlanLimits = planLimits,
  budget: PlanningBudget = planningBudget,
): Activity[] {
  return [
    implement(planScan, async ({ slot, store, ...scope }) => {
      const { region } = scoped(deps, scope);
      const stores =
        store === undefined ? region.blobStores : [scannedStore(deps, { ...scope, store }).store];
      for (const one of stores) await storeHere(deps, one);
      await clockMustBeRight(deps);
      slotMustHaveCome(deps, slot);
      const points = usablePoints(await readCatalogue(deps, scope), deps.clock.now());
      return {
        scan: `scan-${slot}`,
        stores: stores.map((one) => one.id),
        points: points.map((point) => point.id),
      };
    }),

    implement(planStore, async ({ scan, mode, part, points, portion, ...input }) => {
      const scanned = scannedStore(deps, input);
      const path = vaultPaths.scanPlan(scanned.of.scope, scan, scanned.store.id);
      const standing = await readDocument(deps.vault, path, scanPlanDocument);
      if (standing !== undefined) return { plan: sumOf(standing) };
      const order = { scan, mode, part, points, portion };
      const facts = await planFacts(deps, scanned, order);
      const planned = await planPortion(deps, scanned, facts, order, { limits, ...budget });
      if (planned === undefined) return { next: portion + 1 };
      const plan = makePlan(scrubCycleOf(deps, scanned.here), facts, order, planned);
      return { plan: sumOf(await createOrRead(deps.vault, path, scanPlanDocument, plan)) };
    }),

    implement(nextShards, async ({ scan, store, from, ...scope }) => {
      scoped(deps, scope);
      const plan = await readScanPlan(deps, scope, scan, store);
      return { shards: shardsOf(plan).slice(from, from + shardsAtOnce) };
    }),
  ];
}

/**
 * A scan by a clock that is ahead would stand above every later one until that time has come: what those find would reach
 * neither a prune nor a repair. A service that did not say the time may say it when it is asked again.
 */
async function clockMustBeRight(deps: Dependencies): Promise<void> {
  const doubt = clockDoubt(await deps.referenceClocks.offsets());
  if (doubt === undefined) return;
  throw new Failure(
    'refused',
    `nothing is scanned by a clock that cannot be trusted: ${doubt}`,
    'Put the clock of the host right; the next scan goes on with what is due.',
    { retryable: true },
  );
}

/** A slot that was named by a clock ahead of time is none, though the clock is right by now. */
function slotMustHaveCome({ clock }: Dependencies, slot: string): void {
  const latest = stampOf(clock.now().plus({ minutes: safetyMargins.clockToleranceMinutes }));
  if (slot <= latest) return;
  throw new Failure(
    'refused',
    `the slot ${slot} has not come yet: it was named by a clock that was ahead`,
    'Start another scan; it has a slot of its own.',
  );
}

/** The plan of a store in a scan. */
export function readScanPlan(
  deps: Dependencies,
  scope: Scope,
  scan: string,
  store: string,
): Promise<ScanPlanDocument> {
  return needDocument(deps.vault, vaultPaths.scanPlan(scope, scan, store), scanPlanDocument);
}

function sumOf(plan: ScanPlanDocument): StorePlan {
  const toHash = plan.shards.filter((shard) => shard.isDue);
  return {
    shards: shardsOf(plan).length,
    blobs: toHash.reduce((sum, shard) => sum + shard.blobs, 0),
    bytes: toHash.reduce((sum, shard) => sum + shard.bytes, 0),
  };
}

function makePlan(
  cycle: ScrubCycle,
  { scan, store, at, known, arePointsWhole, unread }: ScanFactsDocument,
  { mode, part }: PlanOrder,
  shards: readonly PlannedShard[],
): ScanPlanDocument {
  return {
    schema: 'lifeboat/scan-plan/v1',
    ...{ scan, store, at, mode, ...(part === undefined ? {} : { part }), ...cycle },
    shards: inOrderOfDebt(mode, cycle, shards, known),
    ...elsewhere(shards, known),
    ...{ arePointsWhole, unread },
  };
}

type Known = ScanFactsDocument['known'];

/** When the oldest of some known blobs was last verified. */
const oldestIn = (known: Known): { oldest?: number } => {
  const times = known.flatMap(({ oldest }) => oldest ?? []);
  return times.length === 0 ? {} : { oldest: times.reduce((a, b) => Math.min(a, b)) };
};

function elsewhere(shards: readonly PlannedShard[], known: Known): { oldestElsewhere?: number } {
  const inShards = shards.toSorted(inOrder);
  const { oldest } = oldestIn(known.filter(({ range }) => touching(inShards, range).length === 0));
  return oldest === undefined ? {} : { oldestElsewhere: oldest };
}

function inOrderOfDebt(
  mode: ScanMode,
  cycle: ScrubCycle,
  shards: readonly PlannedShard[],
  known: Known,
): ScanPlanDocument['shards'] {
  const debts = shards.map(({ leading, range, blobs }) => {
    const debt = debtOf(leading, range, known);
    return { ...debt, range, blobs: Math.max(blobs, debt.blobs) };
  });
  const due = mode === 'cycle' ? dueShards(debts, cycle) : new Set(debts.map((one) => one.leading));
  return debts.toSorted(byDebt).map(({ leading, range, blobs, bytes }) => {
    const finite = Number.isFinite(blobs) ? blobs : planLimits.maxBlobsPerShard;
    return {
      ...{ leading, range, isDue: due.has(leading), blobs: finite, bytes },
      ...oldestIn(touching(known, range)),
    };
  });
}

/**
 * The shards as they are scanned, and last what stands under no address. Where the store is one shard that is read all
 * over, so that nothing is listed twice; a scan of a part, or for certain blobs only, leaves the strays alone.
 */
export function shardsOf({
  shards,
  arePointsWhole,
  mode,
  part,
  at,
  cycleSeconds,
  intervalSeconds,
}: ScanPlanDocument): ScannedShard[] {
  const cycle = { startedAt: Math.floor(instantOf(at).toSeconds()), cycleSeconds, intervalSeconds };
  const alike = { readAtOnce: Math.min(shardsReadAtOnce, shards.length + 1), cycle, arePointsWhole };
  const addressed = shards.map((shard) => ({ ...shard, isStray: false, ...alike }));
  const isWhole = shards.length === 1 && shards[0]?.leading === '';
  if (isWhole) return addressed.map((shard) => ({ ...shard, readAtOnce: 1 }));
  if (part !== undefined || mode === 'known-bad' || mode === 'new') return addressed;
  const stray = {
    leading: '',
    range: { from: '' },
    isDue: false,
    isStray: true,
    blobs: 0,
    bytes: 0,
    ...alike,
  };
  return [...addressed, stray];
}

/** The planned shards in the order of their ranges. */
export const inRangeOrder = (plan: ScanPlanDocument): ScanPlanDocument['shards'] =>
  plan.shards.toSorted(inOrder);
