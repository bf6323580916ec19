/**
 * The planning of a store, portion by portion: first it is divided, then what is expected of each shard is written down.
 * What a portion goes by is written once, before anything else, so that each of them divides alike; what it came to is
 * written when its time is over. Most stores are planned in one portion.
 */
import type { RecoveryPoint } from '../../contracts/documents.ts';
import {
  scanFactsDocument,
  scanPlanningDocument,
  type ScanFactsDocument,
  type ScanPlanningDocument,
} from '../../contracts/scan-documents.ts';
import { isoOf } from '../../contracts/values.ts';
import { vaultPaths } from '../../contracts/vault-paths.ts';
import type { PlanLimits, PlannedShard } from '../../policy/scrub-plan.ts';
import { parseShardPart, shardsOfPart, type ScanMode } from '../../policy/scrub.ts';
import type { Dependencies } from '../dependencies.ts';
import { expectedFactsOf, inventoryBytes, writeExpected } from '../expected-digests.ts';
import { readCatalogue } from '../points.ts';
import { readStateShards } from '../scrub-state.ts';
import { createOrRead, needDocument, readDocument } from '../vault-documents.ts';
import { divideStore } from './divide.ts';
import type { ScannedStore } from './stores.ts';

/** How much is done in one portion. */
export interface PlanningBudget {
  readonly milliseconds: number;
  /** Inventories that are longer than this together are read in a way that can be put down, which is slower. */
  readonly inventoryBytes: number;
}

export const planningBudget: PlanningBudget = { milliseconds: 30_000, inventoryBytes: 1024 * 1024 * 1024 };

export interface PlanOrder {
  readonly scan: string;
  readonly mode: ScanMode;
  readonly part: string | undefined;
  readonly points: readonly string[];
  readonly portion: number;
}

/** What the store is divided by, the same for every portion. */
export async function planFacts(
  deps: Dependencies,
  { of }: ScannedStore,
  { scan, points }: PlanOrder,
): Promise<ScanFactsDocument> {
  const path = vaultPaths.scanFacts(of.scope, scan, of.store);
  const standing = await readDocument(deps.vault, path, scanFactsDocument);
  if (standing !== undefined) return standing;
  const at = isoOf(deps.clock.now());
  const { shards, problems } = await readStateShards(deps.vault, of);
  const catalogue = await readCatalogue(deps, of.scope);
  return createOrRead(deps.vault, path, scanFactsDocument, {
    schema: 'lifeboat/scan-facts/v1',
    ...{ scan, store: of.store, at },
    known: shards.map(({ range, blobs, bytes, oldest }) => ({
      ...{ range, blobs, bytes },
      ...(oldest === undefined ? {} : { oldest }),
    })),
    mostExpected: mostExpected(catalogue.points, of.store),
    expected: await expectedFactsOf(deps.vault, of, points),
    arePointsWhole: catalogue.damaged.length === 0,
    unread: problems.map((one) => one.problem),
  });
}

/** The most addresses that one recovery point names in a store. */
function mostExpected(points: readonly RecoveryPoint[], store: string): number {
  const named = points.map((point) =>
    point.stores
      .filter((part) => part.store === store)
      .reduce((sum, part) => sum + part.inventory.addresses, 0),
  );
  return Math.max(0, ...named);
}

/** Goes on with a portion; the shards once everything is done, in the order of their ranges, undefined before. */
export async function planPortion(
  deps: Dependencies,
  scanned: ScannedStore,
  facts: ScanFactsDocument,
  { scan, part, portion }: PlanOrder,
  budget: PlanningBudget & { readonly limits: PlanLimits },
): Promise<readonly PlannedShard[] | undefined> {
  const { of } = scanned;
  const path = vaultPaths.scanPlanning(of.scope, scan, of.store, portion);
  if ((await readDocument(deps.vault, path, scanPlanningDocument)) !== undefined) return undefined;
  const until = deps.clock.monotonicMilliseconds() + budget.milliseconds;
  const isOver = (): boolean => deps.clock.monotonicMilliseconds() >= until;
  const putDown = async (came: Pick<ScanPlanningDocument, 'looked' | 'expecting'>): Promise<undefined> => {
    await createOrRead(deps.vault, path, scanPlanningDocument, {
      schema: 'lifeboat/scan-planning/v1',
      ...{ scan, store: of.store, ...came },
    });
  };
  const parts = part === undefined ? undefined : parseShardPart(part);
  const before = await portionsBefore(deps, scanned, scan, portion);
  const seen = before.flatMap((one) => one.looked);
  const { known, mostExpected: expected } = facts;
  const limits = { ...budget.limits, parts: parts?.parts ?? 1 };
  const division = await divideStore(deps, scanned, { known, expected }, limits, { seen, isOver });
  const looked = [...division.looked];
  if (division.shards === undefined) return putDown({ looked });
  const shards = parts === undefined ? division.shards : shardsOfPart(division.shards, parts);
  const expecting = await writeExpected(deps.vault, of, facts.expected, shards, {
    ...{ scan, writtenAt: facts.at, from: before.at(-1)?.expecting, isOver },
    isResumable: inventoryBytes(of, facts.expected) > budget.inventoryBytes,
  });
  return expecting === undefined ? shards : putDown({ looked, expecting });
}

async function portionsBefore(
  deps: Dependencies,
  { of }: ScannedStore,
  scan: string,
  portion: number,
): Promise<ScanPlanningDocument[]> {
  const documents: ScanPlanningDocument[] = [];
  for (let before = 0; before < portion; before += 1)
    documents.push(
      await needDocument(
        deps.vault,
        vaultPaths.scanPlanning(of.scope, scan, of.store, before),
        scanPlanningDocument,
      ),
    );
  return documents;
}
