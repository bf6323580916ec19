/**
 * The brake: how much one plan may delete by itself. A plan that would delete a larger share or number than the policy
 * allows, that leaves a server with fewer proven recovery points than the minimum, or that empties a server or a kind,
 * is held until somebody approves it. It counts for itself what is left, and does not lean on the rules that made the
 * plan: a mistake there must not pass here.
 */
import type { PointItem, PointSource, RetentionItem, StoreFacts } from './items.ts';
import { compareText } from './ladder.ts';
import type { BrakeLimit, RetentionPolicy } from './policy.ts';
import type { RetentionDecision } from './reasons.ts';

/** What is counted together: recovery points by their source, everything else by its kind (and store). */
export type BrakeGroup = PointSource | Exclude<RetentionItem['kind'], 'recovery-point'>;

export type LimitPassed =
  | {
      readonly limit: 'fraction';
      readonly group: BrakeGroup;
      readonly store: string | undefined;
      readonly deletes: number;
      readonly of: number;
      readonly most: number;
    }
  | {
      readonly limit: 'count';
      readonly what: 'points' | 'content' | 'reports';
      readonly deletes: number;
      readonly most: number;
    }
  | {
      readonly limit: 'minimum-proven';
      readonly server: string;
      readonly left: number;
      readonly minimum: number;
    }
  | { readonly limit: 'empties-server'; readonly server: string; readonly deletes: number }
  | { readonly limit: 'empties-kind'; readonly group: BrakeGroup; readonly deletes: number };

export type BrakeState =
  | { readonly state: 'released' }
  | { readonly state: 'held'; readonly limits: readonly LimitPassed[] };

/** How many more of a kind were decided alike than are listed: what is kept, and what expires in a later plan. */
export interface CountedDecisions {
  readonly kind: Exclude<RetentionItem['kind'], 'recovery-point'>;
  readonly store: string | undefined;
  readonly decision: RetentionDecision['decision'];
  readonly count: number;
}

/**
 * Holds a plan of one system in one region against the policy's limits. Leaked servers and histories are not braked. What
 * a later plan deletes counts for the share and not for the number: the share tells that something is wrong with
 * everything, the number how much is lost at once.
 */
export function brakeOf(
  decisions: readonly RetentionDecision[],
  stores: readonly StoreFacts[],
  policy: RetentionPolicy,
  more: readonly CountedDecisions[] = [],
): BrakeState {
  const counted = onceEach(decisions).filter((one) => classOf(one) !== undefined);
  const limits = [
    ...fractionsPassed(counted, more, stores, policy),
    ...countsPassed(counted, policy),
    ...serversStripped(counted, policy),
    ...kindsEmptied(counted),
  ];
  return limits.length === 0 ? { state: 'released' } : { state: 'held', limits };
}

type BrakeClass = 'points' | 'content' | 'reports';

function classOf({ item }: RetentionDecision): BrakeClass | undefined {
  switch (item.kind) {
    case 'recovery-point':
    case 'exported-dump':
      return 'points';
    case 'blob-snapshot':
    case 'blob-version':
    case 'unreferenced-blob':
      return 'content';
    case 'report':
    case 'own-document':
      return 'reports';
    case 'drill-server':
    case 'history':
      return undefined;
  }
}

const limitOf = (kind: BrakeClass | undefined, policy: RetentionPolicy): BrakeLimit =>
  kind === 'points' ? policy.brake : policy.contentBrake;

const groupOf = ({ item }: RetentionDecision): BrakeGroup =>
  item.kind === 'recovery-point' ? item.source : item.kind;

const storeOf = ({ item }: RetentionDecision): string | undefined =>
  'store' in item ? item.store : undefined;

const expires = ({ decision }: Pick<RetentionDecision, 'decision'>): boolean => decision === 'expire';

/** An id that comes twice is one thing, and counts as deleted if either is. */
function onceEach(decisions: readonly RetentionDecision[]): RetentionDecision[] {
  const once = new Map<string, RetentionDecision>();
  for (const one of decisions) {
    const key = `${one.item.kind} ${one.id}`;
    if (!once.has(key) || expires(one)) once.set(key, one);
  }
  return [...once.values()];
}

function fractionsPassed(
  decisions: readonly RetentionDecision[],
  more: readonly CountedDecisions[],
  stores: readonly StoreFacts[],
  policy: RetentionPolicy,
): LimitPassed[] {
  const groups = Map.groupBy(decisions, (one) => `${groupOf(one)} ${storeOf(one) ?? ''}`);
  return [...groups.values()].flatMap((held): LimitPassed[] => {
    const [first] = held;
    if (first === undefined) return [];
    const alike = more.filter(({ kind, store }) => kind === groupOf(first) && store === storeOf(first));
    const deletes = held.filter(expires).length + sumOf(alike.filter(expires));
    const of = wholeOf(first, held.length + sumOf(alike), stores);
    const most = limitOf(classOf(first), policy).maxDeleteFraction;
    // Not a comparison that NaN passes.
    if (deletes === 0 || deletes / of <= most) return [];
    return [{ limit: 'fraction', group: groupOf(first), store: storeOf(first), deletes, of, most }];
  });
}

const sumOf = (counted: readonly CountedDecisions[]): number =>
  counted.reduce((sum, { count }) => sum + count, 0);

/** Blobs without reference are a share of all blobs of their store; everything else is a share of what was listed. */
function wholeOf(first: RetentionDecision, listed: number, stores: readonly StoreFacts[]): number {
  if (first.item.kind !== 'unreferenced-blob') return listed;
  return stores.find((store) => store.store === storeOf(first))?.blobs ?? listed;
}

function countsPassed(decisions: readonly RetentionDecision[], policy: RetentionPolicy): LimitPassed[] {
  const classes: BrakeClass[] = ['points', 'content', 'reports'];
  return classes.flatMap((what): LimitPassed[] => {
    const deletes = decisions.filter((one) => classOf(one) === what && expires(one)).length;
    const most = limitOf(what, policy).maxDeleteCount;
    return deletes === 0 || deletes <= most ? [] : [{ limit: 'count', what, deletes, most }];
  });
}

interface PointDecision {
  readonly point: PointItem;
  readonly goes: boolean;
}

const pointsIn = (decisions: readonly RetentionDecision[]): PointDecision[] =>
  decisions.flatMap((one) =>
    one.item.kind === 'recovery-point' ? [{ point: one.item, goes: expires(one) }] : [],
  );

const isSound = ({ condition, proof, isMarked }: PointItem): boolean =>
  condition.state === 'whole' && proof.state !== 'drill-failed' && !isMarked;

const isProven = ({ point }: PointDecision): boolean => isSound(point) && point.proof.state === 'proven';

function serversStripped(decisions: readonly RetentionDecision[], policy: RetentionPolicy): LimitPassed[] {
  const points = pointsIn(decisions);
  const servers = [...new Set(points.flatMap(({ point }) => point.servers))].toSorted(compareText);
  return servers.flatMap((server): LimitPassed[] => {
    const held = points.filter(({ point }) => point.servers.includes(server));
    const deletes = held.filter(({ goes }) => goes).length;
    if (deletes === 0) return [];
    const left = held.filter(({ goes }) => !goes);
    const proven = left.filter(isProven).length;
    const minimum = policy.minimumProven;
    // What was never proven is not lost: the rule that guards the proven ones keeps those.
    const isStripped = proven < minimum && held.some((one) => one.goes && isProven(one));
    return [
      ...(!isStripped ? [] : [{ limit: 'minimum-proven' as const, server, left: proven, minimum }]),
      ...(isEmptied(held) ? [{ limit: 'empties-server' as const, server, deletes }] : []),
    ];
  });
}

/** Nothing is left, or nothing that is good for something although there was. */
function isEmptied(held: readonly PointDecision[]): boolean {
  if (!held.some(({ goes }) => goes)) return false;
  const left = held.filter(({ goes }) => !goes);
  const hadSound = held.some(({ point }) => isSound(point));
  return left.length === 0 || (hadSound && !left.some(({ point }) => isSound(point)));
}

function kindsEmptied(decisions: readonly RetentionDecision[]): LimitPassed[] {
  const bySource = Map.groupBy(pointsIn(decisions), ({ point }) => point.source);
  return [...bySource].flatMap(([group, held]): LimitPassed[] =>
    isEmptied(held)
      ? [{ limit: 'empties-kind', group, deletes: held.filter(({ goes }) => goes).length }]
      : [],
  );
}
