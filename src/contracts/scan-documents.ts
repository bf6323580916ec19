/** What an integrity scan stores: verdicts, counts, findings, the plan of a store, and the result. */
import { z } from 'zod';
import { scanModes } from '../policy/scrub.ts';
import { changeLogHead, changeLogProgress, changeLogSummary } from './change-records.ts';
import { pointId } from './documents.ts';
import { digestBound, digestRange, scanId, scrubShard } from './scrub.ts';
import { documentDigest, instant, regionName, shortId } from './values.ts';

/** What a blob, an address that should have one, or a signed record of a change turned out to be. */
export const scanVerdicts = [
  'ok',
  'digest-mismatch',
  'wrong-size',
  'missing',
  'unreadable',
  'unstable',
  'unsigned',
  'not-an-address',
  'unreferenced',
] as const;
export type ScanVerdict = (typeof scanVerdicts)[number];

export const scanOutcomes = ['clean', 'damaged', 'failed'] as const;

const count = z.int().nonnegative();
/**
 * How many of each verdict. `blobs` were listed, each of them once: those `ok` (re-hashed now and right), `rested` (right
 * when they were last verified, and not yet due again), damaged, unread, under no address, or `unverified` (new or
 * unread, and not asked for in this scan) are all of them. `hashed` were re-hashed now, and `bytes` read in them;
 * `transient` are `ok` and were read wrong once; `unreferenced` may be anything beside it. `missing` and `gone`
 * (lawfully deleted since the last scan) were not listed. `cycleBlobs` and `cycleBytes` are what was verified within the
 * cycle, of `knownBytes`.
 */
export const scanCounts = z.object({
  ...(Object.fromEntries(scanVerdicts.map((verdict) => [verdict, count])) as Record<
    ScanVerdict,
    typeof count
  >),
  ...{ blobs: count, hashed: count, bytes: count, rested: count, unverified: count },
  ...{ transient: count, gone: count },
  ...{ knownBytes: count, cycleBlobs: count, cycleBytes: count },
});
export type ScanCounts = z.infer<typeof scanCounts>;

/** Nothing scanned yet. */
export const noCounts = Object.fromEntries(
  Object.keys(scanCounts.shape).map((name) => [name, 0]),
) as ScanCounts;

/** The sum of two counts. */
export function addCounts(a: ScanCounts, b: Partial<ScanCounts>): ScanCounts {
  return Object.fromEntries(
    Object.entries(a).map(([name, value]) => [name, value + (b[name as keyof ScanCounts] ?? 0)]),
  ) as ScanCounts;
}

export const scanFinding = z.object({
  store: shortId,
  verdict: z.enum(scanVerdicts),
  name: z.string(),
  detail: z.string(),
});
export type ScanFinding = z.infer<typeof scanFinding>;

/** Findings kept in the result; all are counted, and all stand in the documents of its parts. */
export const findingsInResult = 100;

/** Findings in one document, about; a shard that has more spreads them over several. */
export const findingsInDocument = 20_000;

/** What was found in one part of a shard, in a shard as a whole, or in a log of changes; written once. */
export const scanPartDocument = z.object({
  schema: z.literal('lifeboat/scan-part/v2'),
  scan: scanId,
  store: shortId,
  shard: z.string(),
  counts: scanCounts,
  next: z.object({ part: z.int(), token: z.string().optional() }).optional(),
  /** Which records belong to this part: another attempt at it may have left others. */
  records: z.string().optional(),
  findings: z.array(scanFinding),
  /** What earlier scans knew of the shard and cannot be read. */
  unread: z.array(z.string()).optional(),
  /** Of a shard, or a piece of it, that was judged. */
  judged: z
    .object({
      /** When its oldest blob was last verified, or made if never; seconds since 1970. */
      oldest: count.optional(),
      /** Where the next piece begins; left out of the last one. */
      next: digestBound.optional(),
    })
    .optional(),
});
export type ScanPartDocument = z.infer<typeof scanPartDocument>;

/** Before the packed records that a part found. */
export const partRecordsHeader = z.object({
  schema: z.literal('lifeboat/scan-records/v1'),
  scan: scanId,
  store: shortId,
  shard: z.string(),
  part: z.int(),
  count,
});
export type PartRecordsHeader = z.infer<typeof partRecordsHeader>;

/** Before the packed addresses of a shard that signed change records name. */
export const changedHeader = z.object({
  schema: z.literal('lifeboat/changed-addresses/v1'),
  scan: scanId,
  store: shortId,
  shard: z.string(),
  count,
});
export type ChangedHeader = z.infer<typeof changedHeader>;

/** What is expected is merged from: the points, newest first, and the inventories of the store in them. */
export const expectedFacts = z.object({
  points: z.array(z.object({ id: pointId, instant })),
  newestPoint: instant.optional(),
  inventories: z.array(
    z.object({ path: z.string(), point: count, addresses: count, digest: documentDigest }),
  ),
});
export type ExpectedFacts = z.infer<typeof expectedFacts>;

/** Where the merge of inventories is put down: before which shard, and where each inventory stands. */
export const expectedPlace = z.object({
  shard: count,
  inventories: z.array(
    z.union([
      z.literal('ended'),
      z.object({ offset: count, lines: count, addresses: count, sum: z.string() }),
    ]),
  ),
});
export type ExpectedPlace = z.infer<typeof expectedPlace>;

/** What a store is divided by; written once per scan, before anything else of it. */
export const scanFactsDocument = z.object({
  schema: z.literal('lifeboat/scan-facts/v1'),
  scan: scanId,
  store: shortId,
  at: instant,
  /** What earlier scans knew, in the order of ranges. */
  known: z.array(
    z.object({ range: digestRange, blobs: z.number(), bytes: z.number(), oldest: count.optional() }),
  ),
  /** How many addresses one recovery point names in the store, at most. */
  mostExpected: count,
  expected: expectedFacts,
  /** Whether every recovery point could be read. */
  arePointsWhole: z.boolean(),
  /** Documents of earlier scans that cannot be read. */
  unread: z.array(z.string()),
});
export type ScanFactsDocument = z.infer<typeof scanFactsDocument>;

/** How far the planning of a store came in one activity: what it looked at, and what is expected. */
export const scanPlanningDocument = z.object({
  schema: z.literal('lifeboat/scan-planning/v1'),
  scan: scanId,
  store: shortId,
  /** First pages of nodes, in the order in which they are asked for. */
  looked: z.array(z.object({ names: count, more: z.boolean(), covered: z.number() })),
  /** Left out while the store is not divided yet. */
  expecting: expectedPlace.optional(),
});
export type ScanPlanningDocument = z.infer<typeof scanPlanningDocument>;

/** How a store is scanned; written once per scan, before its first shard. */
export const scanPlanDocument = z.object({
  schema: z.literal('lifeboat/scan-plan/v1'),
  scan: scanId,
  store: shortId,
  at: instant,
  mode: z.enum(scanModes),
  part: z.string().optional(),
  cycleSeconds: z.number(),
  intervalSeconds: z.number(),
  /** In the order of scanning: by scrub debt. */
  shards: z.array(
    z.object({
      ...{ ...scrubShard.shape, isDue: z.boolean(), blobs: z.number(), bytes: z.number() },
      /** When the oldest of its blobs that are known was last verified, or made if never; seconds since 1970. */
      oldest: count.optional(),
    }),
  ),
  /** The same of what lies in none of the shards, in a scan of a part. */
  oldestElsewhere: count.optional(),
  /** Whether every recovery point could be read. */
  arePointsWhole: z.boolean(),
  /** Documents of earlier scans that cannot be read: what they knew must be there is not known any more. */
  unread: z.array(z.string()),
});
export type ScanPlanDocument = z.infer<typeof scanPlanDocument>;

/** What was found in a store, added up over its shards portion by portion; each portion holds those before it as well. */
export const scanSummaryDocument = z.object({
  schema: z.literal('lifeboat/scan-summary/v1'),
  scan: scanId,
  store: shortId,
  /** How many of its shards are in it. */
  shards: count,
  /** The worst, as many as the result holds. */
  findings: z.array(scanFinding),
  /** Documents of earlier scans that cannot be read, each once, a thousand at most. */
  unread: z.array(z.string()),
  /** When the oldest blob was last verified, or made if never; seconds since 1970. */
  oldest: count.optional(),
});
export type ScanSummaryDocument = z.infer<typeof scanSummaryDocument>;

/** Of packed items in order: how many begin with which byte, and the beginning of the SHA-256 of those. */
export const itemBuckets = z.array(
  z.object({ first: z.int().min(0).max(255), count: z.int().positive(), sum: z.string().length(32) }),
);
export type ItemBuckets = z.infer<typeof itemBuckets>;

/** Before the packed events of a portion of a log of changes, in the order of their objects. */
export const changeEventsHeader = z.object({
  schema: z.literal('lifeboat/change-events/v2'),
  scan: scanId,
  store: shortId,
  portion: count,
  count,
  buckets: itemBuckets,
});
export type ChangeEventsHeader = z.infer<typeof changeEventsHeader>;

/** Before what judged objects say of addresses, packed, in the order of the addresses. */
export const changeStatementsHeader = changeEventsHeader.extend({
  schema: z.literal('lifeboat/change-statements/v1'),
});
export type ChangeStatementsHeader = z.infer<typeof changeStatementsHeader>;

/**
 * How far a log of changes is at the end of a portion: its records are read, then its objects judged, then what that
 * says of addresses is divided by shards.
 */
export const changeProgressDocument = z.object({
  schema: z.literal('lifeboat/change-progress/v2'),
  scan: scanId,
  store: shortId,
  progress: changeLogProgress,
  /** How far an earlier scan saw the log. */
  earlierHead: changeLogHead.optional(),
  /** The portion with which the events begin that count: a log may be read anew from its beginning. */
  firstPortion: count,
  /** Which events belong to this portion, and which statements: another attempt at it may have left others. */
  events: z.string().optional(),
  statements: z.array(z.string()),
  /** The first byte of the objects that are judged next; 256: all are. Left out while records are read. */
  judged: z.int().min(0).max(256).optional(),
  /** The shard that is next, the digest from which on, and the addresses before it. Left out before the first is. */
  divided: z
    .object({ shard: count, from: z.string(), addresses: changeLogSummary.shape.addresses })
    .optional(),
});
export type ChangeProgressDocument = z.infer<typeof changeProgressDocument>;

/** What the signed change records of a store came to in one scan. */
export const changeScanDocument = z.object({
  schema: z.literal('lifeboat/change-scan/v1'),
  scan: scanId,
  store: shortId,
  at: instant,
  summary: changeLogSummary,
});

/** How far a store's log of changes was seen; what the next verification starts from. */
export const changeHeadDocument = z.object({
  schema: z.literal('lifeboat/change-head/v1'),
  scan: scanId,
  store: shortId,
  head: changeLogHead,
});

/** What a scan came to. */
export const scanDocument = z.object({
  schema: z.literal('lifeboat/scan/v2'),
  id: scanId,
  system: shortId,
  region: regionName,
  mode: z.enum(scanModes),
  part: z.string().optional(),
  /** Whether it looked at everything: one of some blobs, or of some stores, says nothing of the others. */
  isWhole: z.boolean(),
  startedAt: instant,
  endedAt: instant,
  outcome: z.enum(scanOutcomes),
  detail: z.string(),
  /** The recovery points whose inventories say what must be there. */
  points: z.array(pointId),
  counts: scanCounts,
  stores: z.array(
    z.object({
      store: shortId,
      counts: scanCounts,
      shards: count,
      /** The age of the oldest unverified byte, in seconds; left out where the store holds nothing. */
      debtSeconds: z.number().nonnegative().optional(),
      /** The share of its bytes that was verified within the cycle, 0 to 1. */
      coverage: z.number().min(0).max(1).optional(),
    }),
  ),
  findings: z.array(scanFinding),
  /** Shards that were not scanned to their end, and why. */
  incomplete: z.array(z.object({ store: shortId, shard: z.string(), failure: z.string() })),
});
export type ScanDocument = z.infer<typeof scanDocument>;
