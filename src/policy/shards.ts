/**
 * How a content store is divided for a scan: by the first hex digit of the address, and one more part for whatever
 * stands under no address at all. Together the parts are the whole store, and no two overlap.
 */
import type { AddressLayout } from './content-address.ts';

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

/** The beginning of every blob name whose digest begins with `digits`, as far as the layout's template settles it. */
export function namePrefixOf(layout: AddressLayout, digits: string): string {
  let prefix = '';
  for (const part of layout.template.split(/(\{[^}]*\})/)) {
    const slice = /^\{(?:digest|(\d+):(\d+))\}$/.exec(part);
    if (slice === null) {
      prefix += part;
      continue;
    }
    const from = Number(slice[1] ?? 0);
    const to = Number(slice[2] ?? Number.POSITIVE_INFINITY);
    prefix += digits.slice(from, to);
    if (to > digits.length) return prefix;
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
