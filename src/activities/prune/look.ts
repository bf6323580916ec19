/**
 * Looks at everything that a prune decides about, and lets the policy decide. The same look is made for the plan, right
 * before each deletion, and when an approved plan is taken up again: what is said then is what holds then.
 */
import type { RecoveryPoint } from '../../contracts/documents.ts';
import type { PruneItem, PrunePlan } from '../../contracts/prune.ts';
import { isoOf } from '../../contracts/values.ts';
import { clockDoubt } from '../../policy/clock-trust.ts';
import { failureFrom } from '../../policy/failure.ts';
import { holdsOn, type Holdable } from '../../policy/holds.ts';
import { decideRetention } from '../../policy/retention/decide.ts';
import type { CopyItem, Pin, RetentionDoubts, RetentionItem } from '../../policy/retention/items.ts';
import { policyFrom } from '../../policy/retention/effective.ts';
import type { RetentionPolicy } from '../../policy/retention/policy.ts';
import type { RetentionDecision } from '../../policy/retention/reasons.ts';
import { sentenceOf } from '../../policy/retention/sentences.ts';
import type { Dependencies } from '../dependencies.ts';
import { effectiveProtection } from '../estate-guard.ts';
import { holdable, readCatalogue } from '../points.ts';
import { damagedBlobs } from '../scan/findings.ts';
import { storeHere, type Scoped } from '../scope.ts';
import { standingHolds } from '../standing-holds.ts';
import { listAll, pointsIn, type ListedPoint, type Listings } from './points.ts';

/** What was seen and what was decided of it. */
export interface Look {
  readonly policy: RetentionPolicy;
  readonly decisions: readonly RetentionDecision[];
  readonly items: readonly PruneItem[];
  readonly listings: Listings;
  /** Each recovery point that is listed, and where. */
  readonly listed: readonly ListedPoint[];
  readonly points: readonly RecoveryPoint[];
  readonly doubts: RetentionDoubts;
  readonly offsets: PrunePlan['clock'];
}

/** Looks at points alone, or at the snapshots of blobs too. */
export async function look(deps: Dependencies, here: Scoped, what: 'points' | 'everything'): Promise<Look> {
  const policy = policyFrom(await effectiveProtection(deps, here.scope));
  const { clock, offsets } = await clockNow(deps);
  const { points, damaged } = await readCatalogue(deps, here.scope);
  const listings = await listAll(deps, here);
  const holds = await standingHolds(deps, here.scope);
  const heldBy = (thing: Holdable): Pin[] => holdsOn(holds, thing, deps.clock.now());
  const listed = pointsIn(listings, points, (backup) => heldBy(holdable(backup, points)));
  const pins = heldBy({ kind: 'other' });
  const copies = what === 'points' ? { items: [], listing: [] } : await listSnapshots(deps, here, pins);
  const unread = [...damaged, ...holds.unreadable].map((one) => `${one.path} cannot be read`);
  const doubts: RetentionDoubts = { clock, listing: [...copies.listing, ...unread], provider: [] };
  const items: RetentionItem[] = [...listed.map(({ item }) => item), ...copies.items];
  const decisions = decideRetention({ items, stores: [] }, policy, deps.clock.now(), doubts);
  const placed = new Map(listed.map((one) => [one.item, one]));
  return {
    ...{ policy, decisions, listings, listed, points, doubts, offsets },
    items: decisions.map((decision) => itemOf(decision, placed)),
  };
}

/** Whether the clock can be trusted, and what it was held against. */
export async function clockNow(
  deps: Dependencies,
): Promise<{ readonly clock: string | undefined; readonly offsets: PrunePlan['clock'] }> {
  const offsets = await deps.referenceClocks.offsets();
  return {
    clock: clockDoubt(offsets),
    offsets: offsets.map(({ source, seconds }) => ({
      source,
      ...(seconds === undefined ? {} : { seconds: Math.round(seconds * 10) / 10 }),
    })),
  };
}

async function listSnapshots(
  deps: Dependencies,
  { scope, region }: Scoped,
  pins: readonly Pin[],
): Promise<{ readonly items: readonly SnapshotItem[]; readonly listing: readonly string[] }> {
  const items: SnapshotItem[] = [];
  try {
    const damaged = await damagedBlobs(deps, scope);
    for (const store of region.blobStores) {
      await storeHere(deps, store);
      for await (const { name, snapshot, at } of deps.contents.listSnapshots(store))
        items.push({
          ...{ kind: 'blob-snapshot', id: `${store.id}/${name}@${snapshot}`, completedAt: at, pins },
          ...{ store: store.id, blob: name, isCurrent: false, snapshot },
          blobIsDamaged: damaged.has(`${store.id}/${name}`),
        });
    }
    return { items, listing: [] };
  } catch (thrown) {
    return { items, listing: [failureFrom(thrown).message] };
  }
}

/** A copy with what names it at the store. */
type SnapshotItem = CopyItem & { readonly kind: 'blob-snapshot'; readonly snapshot: string };

function itemOf(decision: RetentionDecision, points: ReadonlyMap<RetentionItem, ListedPoint>): PruneItem {
  const { id, item } = decision;
  return {
    id,
    kind: item.kind === 'recovery-point' ? 'recovery-point' : 'blob-snapshot',
    ...(item.completedAt === undefined ? {} : { completedAt: isoOf(item.completedAt) }),
    decision: decision.decision,
    reasons: decision.reasons.map((reason) => ({ ...reason })),
    sentence: sentenceOf(decision),
    pins: item.pins.map(pinText),
    ...(item.kind === 'recovery-point' && item.proof.state === 'proven'
      ? { provenBy: item.proof.drill }
      : {}),
    ...whereOf(item, points.get(item)),
  };
}

function whereOf(item: RetentionItem, point: ListedPoint | undefined): Partial<PruneItem> {
  if (point !== undefined) return { backups: point.backups };
  if (item.kind !== 'blob-snapshot') return {};
  const { store, blob, snapshot } = item as SnapshotItem;
  return { snapshot: { store, name: blob, snapshot } };
}

const pinText = ({ kind, by, reason, until }: Pin): string =>
  `${kind} by ${by}${until === undefined ? '' : ` until ${isoOf(until)}`}: ${reason}`;
