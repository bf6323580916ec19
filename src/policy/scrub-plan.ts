/**
 * How a store is divided for a scan: into shards of digests with the same leading characters, small enough to be held in
 * memory. A node of that tree is looked at by its first page of names; where it seems to hold more than a shard may, it
 * is split, and its children are looked at. Invariant: the shards cover every digest once. A page says nothing certain
 * of what follows it: a shard may turn out fatter than planned, and is divided by what was known of it the next time.
 */
import { inOrder, intersection, rangeFromTo, shareOf, touching, type DigestRange } from './digest-ranges.ts';

/** Shards of a store that are read at once; they share the bytes per second at which it may be read. */
export const shardsReadAtOnce = 4;

/** The first page of names of a node that holds a name, empty pages before it being passed over. */
export interface NodePage {
  /** Names on the page. */
  readonly names: number;
  /** Whether the listing goes on. */
  readonly more: boolean;
  /** The share of the node, in the order of the listing, that the page covers: 0 to 1; see `shareListed`. */
  readonly covered: number;
}

/** The tree of leading characters of one layout. */
export interface LeadingTree {
  /** The leadings that are one character longer; none where a node cannot be split any further. */
  childrenOf(leading: string): readonly string[];
  rangeOf(leading: string): DigestRange;
}

/** The tree of a compiled layout: leadings that no digest has are left out. */
export function leadingTree(layout: {
  readonly alphabet: string;
  /** Characters of a leading that the beginning of a name can tell apart. */
  readonly depth: number;
  rangeOf(leading: string): { readonly smallest: Uint8Array; readonly largest: Uint8Array } | undefined;
}): LeadingTree {
  const characters = Array.from(layout.alphabet);
  const ranges = new Map<string, DigestRange | undefined>();
  // Asked for a few times each while a store is planned, and costly to find.
  const rangeOf = (leading: string): DigestRange | undefined => {
    if (!ranges.has(leading)) {
      const digests = layout.rangeOf(leading);
      ranges.set(leading, digests && rangeFromTo(digests.smallest, digests.largest));
    }
    return ranges.get(leading);
  };
  return {
    childrenOf: (leading) =>
      leading.length >= layout.depth
        ? []
        : characters.map((next) => leading + next).filter((child) => rangeOf(child) !== undefined),
    rangeOf(leading) {
      const range = rangeOf(leading);
      if (range === undefined) throw new RangeError(`no digest begins with "${leading}"`);
      return range;
    },
  };
}

/** How many addresses an earlier scan knew in a range that it scanned as one shard. */
export interface KnownRange {
  readonly range: DigestRange;
  readonly blobs: number;
}

export interface PlanFacts {
  readonly tree: LeadingTree;
  /** What earlier scans knew, in the order of the ranges, which do not overlap. */
  readonly known: readonly KnownRange[];
  /** How many addresses the retained recovery points name in this store, at most. */
  readonly expected: number;
}

export interface PlanLimits {
  readonly maxBlobsPerShard: number;
  /** Characters of a leading, at most. */
  readonly maxLeading: number;
  /** Pages that are asked for, at most; what is not looked at is not split. */
  readonly maxProbes: number;
}

export const planLimits: PlanLimits = { maxBlobsPerShard: 100_000, maxLeading: 8, maxProbes: 200_000 };

export interface PlannedShard {
  readonly leading: string;
  readonly range: DigestRange;
  /** Addresses to reckon with: listed, known from before, or expected, whichever is most. */
  readonly blobs: number;
}

/** The names of a node as its first page lets expect them: exact if nothing follows. */
export function estimateNames({ names, more, covered }: NodePage): number {
  if (!more) return names;
  if (names === 0) throw new RangeError('an empty page that goes on says nothing: follow it');
  return covered <= 0 ? Number.POSITIVE_INFINITY : Math.max(names + 1, names / Math.min(1, covered));
}

/**
 * The share of a node that a listing has covered when it comes to an address: by the characters behind the node's own,
 * in the order in which stores list names (that of code points, whatever the alphabet's values).
 */
export function shareListed(leading: string, encoded: string, alphabet: string): number {
  const order = Array.from(alphabet).toSorted();
  let [share, width] = [0, 1];
  for (const character of encoded.slice(leading.length, leading.length + 12)) {
    width /= order.length;
    share += Math.max(0, order.indexOf(character)) * width;
  }
  return share;
}

/**
 * Plans the shards of a store, or of one node of it. Yields the leadings whose first pages are to be looked at, in any
 * order and as many at once as one likes, and is given the pages in the same order; returns the shards in the order of
 * their ranges.
 */
export function* planShards(
  facts: PlanFacts,
  limits: PlanLimits = planLimits,
  root = '',
): Generator<readonly string[], PlannedShard[], readonly NodePage[]> {
  const sizes = new Map<string, number>();
  const split = new Set<string>();
  let level: readonly string[] = [root];
  let probes = limits.maxProbes;
  while (level.length > 0 && probes > 0) {
    const looked = level.slice(0, probes);
    probes -= looked.length;
    const pages = yield looked;
    for (const [index, leading] of looked.entries()) {
      const page = pages[index];
      if (page === undefined) throw new RangeError(`no page was given for "${leading}"`);
      const size = sizeOf(facts, leading, estimateNames(page));
      sizes.set(leading, size);
      if (size > splitAbove(facts, limits, leading) && leading.length < limits.maxLeading) split.add(leading);
    }
    level = looked
      .filter((leading) => split.has(leading))
      .flatMap((leading) => facts.tree.childrenOf(leading));
  }
  return leavesOf(root, { facts, limits, sizes, split }).shards.toSorted(inOrder);
}

/** The most that anything says of a node: a wiped store is still to be compared with all that it should hold. */
function sizeOf({ tree, known, expected }: PlanFacts, leading: string, listed: number): number {
  const range = tree.rangeOf(leading);
  let before = 0;
  for (const one of touching(known, range)) {
    const common = intersection(range, one.range) ?? range;
    before += (one.blobs * shareOf(common)) / shareOf(one.range);
  }
  return Math.max(listed, before, expected * shareOf(range));
}

/** What was divided before stays so until it has shrunk to half a shard: near the limit it would change every night. */
function splitAbove({ tree, known }: PlanFacts, limits: PlanLimits, leading: string): number {
  const range = tree.rangeOf(leading);
  const wasSplit = touching(known, range).some((one) => shareOf(one.range) < shareOf(range));
  return wasSplit ? limits.maxBlobsPerShard / 2 : limits.maxBlobsPerShard;
}

interface Tree {
  readonly facts: PlanFacts;
  readonly limits: PlanLimits;
  readonly sizes: ReadonlyMap<string, number>;
  readonly split: ReadonlySet<string>;
}

/** A number that survives JSON, where an estimate knows no end. */
const wholeNumber = (estimate: number): number => Math.min(Math.ceil(estimate), Number.MAX_SAFE_INTEGER);

/** The shards of a node. One whose children hold little after all was split by a page that was denser than the rest. */
function leavesOf(leading: string, tree: Tree): { readonly shards: PlannedShard[]; readonly blobs: number } {
  const leaf = (blobs: number): { shards: PlannedShard[]; blobs: number } => ({
    shards: [{ leading, range: tree.facts.tree.rangeOf(leading), blobs: wholeNumber(blobs) }],
    blobs,
  });
  const children = tree.split.has(leading) ? tree.facts.tree.childrenOf(leading) : [];
  // A node that there was no look left for, or whose children there was none for, is no worse as one shard.
  if (children.length === 0 || !children.every((child) => tree.sizes.has(child)))
    return leaf(tree.sizes.get(leading) ?? 0);
  const parts = children.map((child) => leavesOf(child, tree));
  const blobs = parts.reduce((sum, part) => sum + part.blobs, 0);
  if (blobs <= splitAbove(tree.facts, tree.limits, leading)) return leaf(blobs);
  return { shards: parts.flatMap((part) => part.shards), blobs };
}
