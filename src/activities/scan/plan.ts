/**
 * Plans an integrity scan: which stores, divided into which shards, in which order; what is expected of each shard is
 * written down in one pass. The plan of a store is written once: an activity that is run again finds it there.
 */
import { nextShards, planScan, planStore, type ScannedShard } from '../../contracts/scan.ts';
import { scanPlanDocument, type ScanPlanDocument } from '../../contracts/scan-documents.ts';
import { instantOf, isoOf } from '../../contracts/values.ts';
import type { RecoveryPoint } from '../../contracts/documents.ts';
import { vaultPaths, type Scope } from '../../contracts/vault-paths.ts';
import { inOrder } from '../../policy/digest-ranges.ts';
import { planLimits, shardsReadAtOnce, type PlanLimits, type PlannedShard } from '../../policy/scrub-plan.ts';
import {
  byDebt,
  debtOf,
  dueShards,
  parseShardPart,
  shardsOfPart,
  type KnownShard,
  type ScanMode,
  type ScrubCycle,
} from '../../policy/scrub.ts';
import { implement, type Activity } from '../activity.ts';
import type { Dependencies } from '../dependencies.ts';
import { writeExpected } from '../expected-digests.ts';
import { readCatalogue, usablePoints } from '../points.ts';
import { scoped, storeHere } from '../scope.ts';
import { readStateShards } from '../scrub-state.ts';
import { createOrRead, needDocument, readDocument } from '../vault-documents.ts';
import { divideStore } from './divide.ts';
import { scannedStore, scrubCycleOf, type ScannedStore } from './stores.ts';

/** Shards that are handed to an orchestration at once: its history holds them. */
const shardsAtOnce = 16;

/** `limits` is how far a store is divided. */
export function scanPlanActivities(deps: Dependencies, limits: PlanLimits = planLimits): Activity[] {
  return [
    implement(planScan, async ({ slot, store, ...scope }) => {
      const { region } = scoped(deps, scope);
      const stores =
        store === undefined ? region.blobStores : [scannedStore(deps, { ...scope, store }).store];
      for (const one of stores) await storeHere(deps, one);
      const points = usablePoints(await readCatalogue(deps, scope), deps.clock.now());
      return {
        scan: `scan-${slot}`,
        stores: stores.map((one) => one.id),
        points: points.map((point) => point.id),
      };
    }),

    implement(planStore, async ({ scan, mode, part, points, ...input }) => {
      const scanned = scannedStore(deps, input);
      const path = vaultPaths.scanPlan(scanned.of.scope, scan, scanned.store.id);
      const plan =
        (await readDocument(deps.vault, path, scanPlanDocument)) ??
        (await createOrRead(
          deps.vault,
          path,
          scanPlanDocument,
          await makePlan(deps, scanned, { scan, mode, part, points }, limits),
        ));
      const toHash = plan.shards.filter((shard) => shard.isDue);
      return {
        shards: shardsOf(plan).length,
        blobs: toHash.reduce((sum, shard) => sum + shard.blobs, 0),
        bytes: toHash.reduce((sum, shard) => sum + shard.bytes, 0),
      };
    }),

    implement(nextShards, async ({ scan, store, from, ...scope }) => {
      scoped(deps, scope);
      const plan = await readScanPlan(deps, scope, scan, store);
      return { shards: shardsOf(plan).slice(from, from + shardsAtOnce) };
    }),
  ];
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

interface PlanOrder {
  readonly scan: string;
  readonly mode: ScanMode;
  readonly part: string | undefined;
  readonly points: readonly string[];
}

async function makePlan(
  deps: Dependencies,
  scanned: ScannedStore,
  { scan, mode, part, points }: PlanOrder,
  limits: PlanLimits,
): Promise<ScanPlanDocument> {
  const { of, here } = scanned;
  const at = isoOf(deps.clock.now());
  const parts = part === undefined ? undefined : parseShardPart(part);
  const state = await readStateShards(deps.vault, of);
  const catalogue = await readCatalogue(deps, of.scope);
  const expected = mostExpected(catalogue.points, scanned);
  const divided = await divideStore(deps, scanned, { known: state.shards, expected }, limits);
  const shards = parts === undefined ? divided : shardsOfPart(divided, parts);
  await writeExpected(deps.vault, of, { scan, writtenAt: at }, points, shards);
  const cycle = scrubCycleOf(deps, here);
  return {
    schema: 'lifeboat/scan-plan/v1',
    ...{ scan, store: of.store, at, mode, ...(part === undefined ? {} : { part }), ...cycle },
    shards: inOrderOfDebt(mode, cycle, shards, state.shards),
    arePointsWhole: catalogue.damaged.length === 0,
    unread: state.problems.map((one) => one.problem),
  };
}

/** The most addresses that one recovery point names in a store. */
function mostExpected(points: readonly RecoveryPoint[], { of }: ScannedStore): number {
  const named = points.map((point) =>
    point.stores
      .filter((part) => part.store === of.store)
      .reduce((sum, part) => sum + part.inventory.addresses, 0),
  );
  return Math.max(0, ...named);
}

function inOrderOfDebt(
  mode: ScanMode,
  cycle: ScrubCycle,
  shards: readonly PlannedShard[],
  known: readonly KnownShard[],
): ScanPlanDocument['shards'] {
  const debts = shards.map(({ leading, range, blobs }) => {
    const debt = debtOf(leading, range, known);
    return { ...debt, range, blobs: Math.max(blobs, debt.blobs) };
  });
  const due = mode === 'cycle' ? dueShards(debts, cycle) : new Set(debts.map((one) => one.leading));
  return debts.toSorted(byDebt).map(({ leading, range, blobs, bytes }) => {
    const finite = Number.isFinite(blobs) ? blobs : planLimits.maxBlobsPerShard;
    return { leading, range, isDue: due.has(leading), blobs: finite, bytes };
  });
}

/**
 * The shards as they are scanned, and last what stands under no address. Where the store is one shard that is read all
 * over, so that nothing is listed twice; a scan of a part, or for certain blobs only, leaves the strays alone.
 */
function shardsOf({
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
