/**
 * Packed documents whose items are in order and that can be read in part: the header, which can be trusted by itself,
 * says how many items begin with which byte, and holds a sum of those. So what is spread over many documents is worked
 * through in portions, without any of them being read as a whole.
 */
import { hash } from 'node:crypto';
import type { ItemBuckets } from '../contracts/scan-documents.ts';
import type { VaultStreams } from '../ports/vault.ts';
import {
  damaged,
  firstItemAt,
  readPackedHeader,
  type PackedHeader,
  type PackedKind,
} from './packed-documents.ts';

/** First bytes there are. */
export const bucketCount = 256;
const sumCharacters = 32;

export interface BucketedHeader extends PackedHeader {
  readonly buckets: ItemBuckets;
}

const sumOf = (items: Uint8Array): string => hash('sha256', items, 'hex').slice(0, sumCharacters);

/** The buckets of items of one length, in order. */
export function bucketsOf(items: Uint8Array, itemBytes: number): ItemBuckets {
  const buckets: ItemBuckets = [];
  for (let from = 0; from < items.length;) {
    const first = items[from] ?? 0;
    let to = from;
    while (to < items.length && items[to] === first) to += itemBytes;
    buckets.push({ first, count: (to - from) / itemBytes, sum: sumOf(items.subarray(from, to)) });
    from = to;
  }
  return buckets;
}

/** What is wrong with the buckets of a header; undefined: nothing. */
export function problemOfBuckets({ buckets, count }: BucketedHeader): string | undefined {
  const isInOrder = buckets.every(({ first }, index) => first > (buckets[index - 1]?.first ?? -1));
  const sum = buckets.reduce((so, one) => so + one.count, 0);
  return isInOrder && sum === count ? undefined : 'its buckets are not those of its items';
}

/** The items of a document whose first byte is in `[from, to)`, each checked by the sum of its bucket. */
export async function readBuckets<H extends BucketedHeader>(
  vault: VaultStreams,
  path: string,
  kind: PackedKind<H>,
  from: number,
  to: number,
): Promise<Buffer> {
  const header = await readPackedHeader(vault, path, kind);
  const isBefore = ({ first }: ItemBuckets[number]): boolean => first < from;
  const bytesOf = (buckets: ItemBuckets): number =>
    buckets.reduce((sum, { count }) => sum + count * kind.itemBytes, 0);
  const wanted = header.buckets.filter(({ first }) => first >= from && first < to);
  const start = firstItemAt(header) + bytesOf(header.buckets.filter(isBefore));
  const items = await readRange(vault, path, start, bytesOf(wanted));
  let at = 0;
  for (const bucket of wanted) {
    const end = at + bytesOf([bucket]);
    if (sumOf(items.subarray(at, end)) !== bucket.sum)
      throw damaged(path, 'its items are not those of its header');
    at = end;
  }
  return items;
}

/** So many bytes from a place on; fewer if the document ends before. */
async function readRange(vault: VaultStreams, path: string, from: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(length);
  let used = 0;
  if (length === 0) return bytes;
  for await (const chunk of await vault.open(path, from)) {
    used += (chunk as Buffer).copy(bytes, used);
    if (used === length) break;
  }
  return bytes.subarray(0, used);
}
