/** The integrity scan: its orchestrations' inputs and results, its activities, and its stored result. */
import { z } from 'zod';
import { shardNames } from '../policy/shards.ts';
import { defineActivity, scopeFields } from './activity.ts';
import { instant, regionName, shortId, stamp } from './values.ts';

/** What a blob, or an address that should have one, turned out to be. */
export const scanVerdicts = [
  'ok',
  'digest-mismatch',
  'wrong-size',
  'missing',
  'unreadable',
  'unstable',
  'not-an-address',
  'unreferenced',
] as const;
export type ScanVerdict = (typeof scanVerdicts)[number];

const count = z.int().nonnegative();
/** How many of each verdict, and how many bytes were hashed. `transient` counts readings that were wrong once and then right. */
export const scanCounts = z.object({
  ...(Object.fromEntries(scanVerdicts.map((verdict) => [verdict, count])) as Record<
    ScanVerdict,
    typeof count
  >),
  transient: count,
  blobs: count,
  bytes: count,
});
export type ScanCounts = z.infer<typeof scanCounts>;

/** Nothing scanned yet. */
export const noCounts: ScanCounts = {
  ...(Object.fromEntries(scanVerdicts.map((verdict) => [verdict, 0])) as Record<ScanVerdict, number>),
  ...{ transient: 0, blobs: 0, bytes: 0 },
};

/** The sum of two counts. */
export function addCounts(a: ScanCounts, b: ScanCounts): ScanCounts {
  return Object.fromEntries(
    Object.entries(a).map(([name, value]) => [name, value + b[name as keyof ScanCounts]]),
  ) as ScanCounts;
}

export const scanFinding = z.object({
  store: shortId,
  verdict: z.enum(scanVerdicts),
  name: z.string(),
  detail: z.string(),
});
export type ScanFinding = z.infer<typeof scanFinding>;

/** Findings kept in the result; all are counted, and all are in the shards' documents. */
export const findingsInResult = 100;

export const scanInput = z.object({
  ...scopeFields,
  slot: stamp,
  trigger: z.enum(['schedule', 'person', 'cycle']),
});
export type ScanInput = z.infer<typeof scanInput>;

export const scanResult = z.object({
  outcome: z.enum(['clean', 'damaged', 'failed']),
  detail: z.string(),
  counts: scanCounts.optional(),
  seconds: z.number(),
});
export type ScanResult = z.infer<typeof scanResult>;

/** Which stores are scanned, and which points say what must be there. */
export const planScan = defineActivity(
  'planScan',
  z.object({ ...scopeFields, slot: stamp }),
  z.object({ scan: z.string(), stores: z.array(shortId), points: z.array(z.string()) }),
);

const shard = z.object({
  ...scopeFields,
  scan: z.string(),
  store: shortId,
  shard: z.enum(shardNames),
  points: z.array(z.string()),
});

/** Where the next part of a shard begins: the listing's token, and the last name that was done. */
const position = z.object({ part: z.int(), marker: z.string().optional(), after: z.string().optional() });

/** Scans the next part of a shard, as much as fits the time of one activity. */
export const scanPart = defineActivity(
  'scanPart',
  shard.extend({ position }),
  z.object({ counts: scanCounts, next: position.optional() }),
);

/** Input of the orchestration of one shard; `counts` is carried from one generation to the next. */
export const shardInput = shard.extend({
  position: position.default({ part: 0 }),
  counts: scanCounts.optional(),
});
export type ShardInput = z.input<typeof shardInput>;

export const shardOutcome = z.object({
  store: shortId,
  shard: z.string(),
  counts: scanCounts,
  failure: z.string().optional(),
});
export type ShardOutcome = z.infer<typeof shardOutcome>;

/** Writes the result of the scan once, raises or resolves its alerts. */
export const finalizeScan = defineActivity(
  'finalizeScan',
  z.object({
    ...scopeFields,
    slot: stamp,
    scan: z.string(),
    startedAt: instant,
    endedAt: instant,
    points: z.array(z.string()),
    shards: z.array(shardOutcome),
  }),
  z.object({ outcome: z.enum(['clean', 'damaged', 'failed']), detail: z.string(), counts: scanCounts }),
);

/** The findings of one part of a shard, written once. */
export const scanPartDocument = z.object({
  schema: z.literal('lifeboat/scan-part/v1'),
  scan: z.string(),
  store: shortId,
  shard: z.string(),
  part: z.int(),
  counts: scanCounts,
  next: position.optional(),
  findings: z.array(scanFinding),
});
export type ScanPartDocument = z.infer<typeof scanPartDocument>;

/** What a scan came to. */
export const scanDocument = z.object({
  schema: z.literal('lifeboat/scan/v1'),
  id: z.string(),
  system: shortId,
  region: regionName,
  startedAt: instant,
  endedAt: instant,
  outcome: z.enum(['clean', 'damaged', 'failed']),
  detail: z.string(),
  /** The recovery points whose inventories say what must be there. */
  points: z.array(z.string()),
  counts: scanCounts,
  stores: z.array(z.object({ store: shortId, counts: scanCounts })),
  findings: z.array(scanFinding),
  /** Shards that were not scanned to their end, and why. */
  incomplete: z.array(z.object({ store: shortId, shard: z.string(), failure: z.string() })),
});
export type ScanDocument = z.infer<typeof scanDocument>;
