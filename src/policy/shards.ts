/**
 * How a content store is divided for a scan: by the first hex digit of the address that stands in a blob's name, and
 * one more part for whatever stands under no address at all. Together the parts are the whole store, and no two overlap.
 */
import { hexLengthOf, type AddressLayout } from './content-address.ts';

/** The digits that a store is divided by, and `stray` for everything else. */
export const shardNames = [
  '0',
  '1',
  '2',
  '3',
  '4',
  '5',
  '6',
  '7',
  '8',
  '9',
  'a',
  'b',
  'c',
  'd',
  'e',
  'f',
  'stray',
] as const;
export type ShardName = (typeof shardNames)[number];

/**
 * The beginning of every blob name with `digits` as the first hex digits of its address that stand in the name (they
 * need not be the digest's first), as far as the layout's template settles it.
 */
export function namePrefixOf(layout: AddressLayout, digits: string): string {
  const length = hexLengthOf(layout.algorithm);
  let prefix = '';
  let first: number | undefined;
  for (const part of layout.template.split(/(\{[^}]*\})/)) {
    const slice = /^\{(?:digest|(\d+):(\d+))\}$/.exec(part);
    if (slice === null) {
      prefix += part;
      continue;
    }
    const from = Number(slice[1] ?? 0);
    const to = Math.min(Number(slice[2] ?? length), length);
    if (from >= length) continue; // Past the end of the digest: it stands for nothing.
    first ??= from;
    if (from < first) return prefix;
    prefix += digits.slice(from - first, to - first);
    if (to - first > digits.length) return prefix;
  }
  return prefix;
}

/** The beginning of the names of a shard; the whole store for `stray`. */
export function prefixOfShard(layout: AddressLayout, shard: ShardName): string {
  return shard === 'stray' ? '' : namePrefixOf(layout, shard);
}

/** Whether a blob name belongs to a shard. */
export function isOfShard(layout: AddressLayout, shard: ShardName, name: string): boolean {
  if (shard !== 'stray') return name.startsWith(namePrefixOf(layout, shard));
  return !shardNames.some((other) => other !== 'stray' && name.startsWith(namePrefixOf(layout, other)));
}
