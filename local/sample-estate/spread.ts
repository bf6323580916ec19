/** Spreads planned things evenly over others: blobs over the cases that own them, work over batches. */
import type { Random } from './random.ts';

/** A count at a scale, at least `least`. */
export function scaled(count: number, scale: number, least = 1): number {
  return Math.max(least, Math.round(count * scale));
}

/** Groups 0 … items−1 by one to three and gives each group to an owner, evenly over all owners. */
export function spreadGroups(
  random: Random,
  items: number,
  owners: number,
): ReadonlyMap<number, readonly number[]> {
  const groups: number[][] = [];
  for (let item = 0; item < items;) {
    const size = Math.min(random.integer(1, 3), items - item);
    groups.push(Array.from({ length: size }, (_, index) => item + index));
    item += size;
  }
  const byOwner = new Map<number, number[]>();
  groups.forEach((group, index) => {
    const owner = Math.floor((index * owners) / groups.length);
    byOwner.set(owner, [...(byOwner.get(owner) ?? []), ...group]);
  });
  return byOwner;
}

/** Contiguous ranges [from, to) that cover 0 … count−1 in about `parts` parts. */
export function* ranges(count: number, parts: number): Generator<{ from: number; to: number }> {
  const step = Math.max(1, Math.ceil(count / parts));
  for (let from = 0; from < count; from += step) yield { from, to: Math.min(count, from + step) };
}
