/**
 * Looks at everything that a prune decides about, and lets the policy decide. The same look is made for the plan, right
 * before each deletion, and when an approved plan is taken up again: what is said then is what holds then.
 */
import type { DateTime } from 'luxon';
import type { RecoveryPoint } from '../../contracts/documents.ts';
import type { PruneItem, PrunePlan } from '../../contracts/prune.ts';
import { clockDoubt } from '../../policy/clock-trust.ts';
import { failureFrom } from '../../policy/failure.ts';
import { holdsOn, type Holdable } from '../../policy/holds.ts';
import { decideRetention } from '../../policy/retention/decide.ts';
import { policyFrom } from '../../policy/retention/effective.ts';
import type { Pin, PointItem, RetentionDoubts, StoreFacts } from '../../policy/retention/items.ts';
import type { RetentionPolicy } from '../../policy/retention/policy.ts';
import type { RetentionDecision } from '../../policy/retention/reasons.ts';
import { cutoverDoubt } from '../cutover/in-force.ts';
import type { Dependencies } from '../dependencies.ts';
import { effectiveProtection } from '../estate-guard.ts';
import { holdable, readCatalogue } from '../points.ts';
import { damagedBlobs } from '../scan/findings.ts';
import type { Scoped } from '../scope.ts';
import { standingHolds } from '../standing-holds.ts';
import type { Around, Found } from './gather.ts';
import { gatherers } from './gatherers.ts';
import { itemOf } from './items.ts';
import { readMarks, type StoreMarks } from './marks.ts';
import { listAll, pointsIn, type ListedPoint, type Listings } from './points.ts';
import { Tally, type Judged, type Tallied } from './tally.ts';

/** What was seen and what was decided of it. */
export interface Look extends Omit<Tallied, 'listed'> {
  readonly policy: RetentionPolicy;
  /** On recovery points, and of everything else on what is listed. */
  readonly decisions: readonly RetentionDecision[];
  /** The same, as a plan holds it. */
  readonly items: readonly PruneItem[];
  readonly stores: readonly StoreFacts[];
  readonly listings: Listings;
  /** Each recovery point that is listed, and where. */
  readonly listed: readonly ListedPoint[];
  readonly points: readonly RecoveryPoint[];
  readonly doubts: RetentionDoubts;
  /** Places for dumps that do not exist, by id, and what was said of them: nothing of them was judged. */
  readonly absent: ReadonlyMap<string, string>;
  /** What was found of stores, to be marked. */
  readonly marks: readonly StoreMarks[];
  readonly offsets: PrunePlan['clock'];
}

/** What is asked of a look at everything. */
export interface Asked {
  /** Ids of things that are listed whatever is decided of them. */
  readonly watched?: ReadonlySet<string>;
  /** Only this thing, and what shares its name, is of interest beside recovery points. */
  readonly near?: string;
}

/** Looks at points alone, or at everything. */
export async function look(
  deps: Dependencies,
  here: Scoped,
  what: 'points' | 'everything',
  { watched = new Set(), near }: Asked = {},
): Promise<Look> {
  const protection = await effectiveProtection(deps, here.scope);
  const policy = policyFrom(protection);
  const { clock, offsets } = await clockNow(deps);
  const { points, damaged } = await readCatalogue(deps, here.scope);
  const listings = await listAll(deps, here);
  const holds = await standingHolds(deps, here.scope);
  const now = deps.clock.now();
  const heldBy = (thing: Holdable): Pin[] => holdsOn(holds, thing, now);
  const listed = pointsIn(listings, points, (backup) => heldBy(holdable(backup, points)));
  const unread = [
    ...[...damaged, ...holds.unreadable].map((one) => `${one.path} cannot be read`),
    ...(await cutoverDoubt(deps, here.scope)),
  ];
  const listing: string[] = [];
  const doubts: RetentionDoubts = { clock, listing, provider: [] };
  const stores: StoreFacts[] = [];
  const marks = new Map<string, StoreMarks>();
  const absent = new Map<string, string>();
  const judge = judgeBy({ points: listed.map(({ item }) => item), stores, policy, now, doubts });
  const tally = new Tally(judge.others, watched);
  if (what === 'everything') {
    const pins = heldBy({ kind: 'other' });
    const around: Around = {
      ...{ deps, here, policy, protection, pins, stores, absent, near, now, listings },
      catalogue: points,
      ...{ damaged: damagedOnce(deps, here), marks: marksOnce(deps, here, marks) },
    };
    listing.push(...(await gatherAll(around, tally)));
  }
  listing.push(...unread);
  const { listed: others, ...rest } = tally.end(judge.others);
  const ofPoints = judge.points();
  return {
    ...{ policy, listings, listed, points, stores, absent, doubts, offsets, ...rest },
    marks: [...marks.values()],
    decisions: [...ofPoints, ...others.map(({ decision }) => decision)],
    items: [
      ...ofPoints.map((decision, index) => itemOf(decision, { backups: listed[index]?.backups ?? [] })),
      ...others.map(({ decision, found }) => itemOf(decision, found.place)),
    ],
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

/** Gathers every kind; what could not be listed, in words. */
async function gatherAll(around: Around, tally: Tally): Promise<string[]> {
  const problems: string[] = [];
  for (const gather of gatherers)
    try {
      for await (const found of gather(around)) tally.add(found);
    } catch (thrown) {
      problems.push(failureFrom(thrown).message);
    }
  return problems;
}

/** The damaged blobs, read at most once. */
function damagedOnce(deps: Dependencies, { scope }: Scoped): Around['damaged'] {
  let damaged: Promise<ReadonlySet<string>> | undefined;
  return () => (damaged ??= damagedBlobs(deps, scope));
}

/** The marks of a store, read at most once. */
function marksOnce(deps: Dependencies, { scope }: Scoped, known: Map<string, StoreMarks>): Around['marks'] {
  return async (store) => {
    const marks = known.get(store) ?? (await readMarks(deps, scope, store));
    known.set(store, marks);
    return marks;
  };
}

interface Facts {
  readonly points: readonly PointItem[];
  readonly stores: readonly StoreFacts[];
  readonly policy: RetentionPolicy;
  readonly now: DateTime;
  readonly doubts: RetentionDoubts;
}

/** Decides on the points, and on other things beside them: by what is known at the time that it is asked. */
function judgeBy({ points, stores, policy, now, doubts }: Facts): {
  readonly points: () => RetentionDecision[];
  readonly others: (found: readonly Found[]) => Judged[];
} {
  const decide = (found: readonly Found[]): RetentionDecision[] =>
    decideRetention({ items: [...points, ...found.map(({ item }) => item)], stores }, policy, now, doubts);
  return {
    points: () => decide([]),
    others: (found) =>
      decide(found)
        .slice(points.length)
        .flatMap((decision, index) => {
          const one = found[index];
          return one === undefined ? [] : [{ decision, found: one }];
        }),
  };
}
