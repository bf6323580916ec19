/**
 * The packed documents of the integrity scan: what is known of the blobs of a shard, and what is expected in it. Each
 * begins with a header in JSON on a line of its own, which these schemas describe. A path names the range of digests
 * that its document covers and nothing else, so that a document is only ever replaced by one of the same range.
 */
import { z } from 'zod';
import { isEmptyRange, rangeName, rangeOfName, type DigestRange } from '../policy/digest-ranges.ts';
import { pointId } from './documents.ts';
import { instant, regionName, shortId } from './values.ts';
import { vaultRoot, type Scope } from './vault-paths.ts';

/** Where a range of digests begins or ends. */
export const digestBound = z.string().regex(/^(?:(?:[0-9a-f]{2})*(?:[1-9a-f][0-9a-f]|0[1-9a-f]))?$/, {
  error: 'must be whole bytes in lower-case hex without zero bytes at the end',
});

/** A range of digests: `from` (inclusive) to `to` (exclusive; left out: to the end). */
export const digestRange = z
  .object({ from: digestBound, to: digestBound.optional() })
  .refine((range) => !isEmptyRange(range), { error: 'must hold a digest' });

/** A shard: the digests with the same leading characters as the store encodes them ('' for all), and their range. */
export const scrubShard = z.object({ leading: z.string().max(64), range: digestRange });
export type ScrubShard = z.infer<typeof scrubShard>;

const count = z.int().nonnegative();
/** Seconds since 1970. */
const seconds = z.int().nonnegative();

/** A scan's id; the order of the texts is that of the scans. */
export const scanId = z.string().regex(/^scan-\d{8}T\d{6}Z$/, { error: 'must be scan-yyyymmddThhmmssZ' });

const header = {
  system: shortId,
  region: regionName,
  store: shortId,
  algorithm: z.string().min(1).max(40),
  /** Length of a digest in bytes. */
  digestBytes: z.int().min(16).max(64),
  ...scrubShard.shape,
  scan: scanId,
  writtenAt: instant,
  /** Packed items that follow. */
  count,
};

/** Before scrub records. Blobs that are missing are in `count` and in `missing`, and nowhere else. */
export const scrubHeader = z.object({
  schema: z.literal('lifeboat/scrub/v1'),
  ...header,
  blobs: count,
  bytes: count,
  bad: count,
  unread: count,
  missing: count,
  /** When the oldest blob was last verified, or made if never. */
  oldest: seconds.optional(),
});
export type ScrubHeader = z.infer<typeof scrubHeader>;

/** Before expected digests. */
export const expectedHeader = z.object({
  schema: z.literal('lifeboat/expected/v1'),
  ...header,
  /** The recovery points that name addresses of the store, newest first: what each item's index refers to. */
  points: z.array(z.object({ id: pointId, instant })),
  /** The instant of the newest of them that names what every database refers to; left out if none does. */
  newestPoint: instant.optional(),
});
export type ExpectedHeader = z.infer<typeof expectedHeader>;

const folder = (scope: Scope, kind: string, store: string, algorithm: string): string =>
  `${vaultRoot(scope)}/${kind}/${store}/${algorithm}/`;

/** Where the packed documents lie in the vault. */
export const scrubPaths = {
  states: (scope: Scope, store: string, algorithm: string): string =>
    folder(scope, 'scrub', store, algorithm),
  state: (scope: Scope, store: string, algorithm: string, range: DigestRange): string =>
    `${folder(scope, 'scrub', store, algorithm)}${rangeName(range)}.bin`,
  /** Where the bytes of a damaged state are kept, by their SHA-256. */
  setAside: (scope: Scope, store: string, algorithm: string, range: DigestRange, sum: string): string =>
    `${folder(scope, 'scrub-set-aside', store, algorithm)}${rangeName(range)}.${sum}.bin`,
  /** Each scan has its own: two at once do not take them from each other. */
  expected: (scope: Scope, scan: string, store: string, algorithm: string, range: DigestRange): string =>
    `${folder(scope, `expected/${scan}`, store, algorithm)}${rangeName(range)}.bin`,
} as const;

/** The range in the path of a packed document; undefined if it is no such path. */
export function rangeOfPath(path: string): DigestRange | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return name.endsWith('.bin') ? rangeOfName(name.slice(0, -'.bin'.length)) : undefined;
}
