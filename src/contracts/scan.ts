/** The integrity scan: the inputs and results of its orchestrations and of its activities. */
import { z } from 'zod';
import { scanModes } from '../policy/scrub.ts';
import { defineActivity, scopeFields } from './activity.ts';
import { scanCounts, scanOutcomes } from './scan-documents.ts';
import { digestBound, scanId, scrubShard } from './scrub.ts';
import { instant, shortId, stamp } from './values.ts';

/** What a person may ask of a scan. */
export const scanOrder = {
  mode: z.enum(scanModes).default('cycle'),
  /** One store only. */
  store: shortId.optional(),
  /** One of several equal parts of each store's shards, `n/m`. */
  part: z
    .string()
    .regex(/^[1-9]\d{0,5}\/[1-9]\d{0,5}$/, { error: 'must be n/m, such as 1/4' })
    .refine((text) => Number(text.split('/')[0]) <= Number(text.split('/')[1]), {
      error: 'must be n/m with n not above m, such as 1/4',
    })
    .optional(),
};

export const scanInput = z.object({
  ...scopeFields,
  slot: stamp,
  trigger: z.enum(['schedule', 'person', 'cycle']),
  ...scanOrder,
});
export type ScanInput = z.input<typeof scanInput>;

export const scanResult = z.object({
  outcome: z.enum(scanOutcomes),
  detail: z.string(),
  counts: scanCounts.optional(),
  seconds: z.number(),
});
export type ScanResult = z.infer<typeof scanResult>;

/** Which stores are scanned, and which points say what must be there. */
export const planScan = defineActivity(
  'planScan',
  z.object({ ...scopeFields, slot: stamp, store: shortId.optional() }),
  z.object({ scan: scanId, stores: z.array(shortId), points: z.array(z.string()) }),
);

const ofStore = z.object({
  ...scopeFields,
  scan: scanId,
  store: shortId,
  mode: z.enum(scanModes),
});

const size = z.number().nonnegative();

/** What the plan of a store comes to. */
export const storePlan = z.object({ shards: z.int(), blobs: size, bytes: size });
export type StorePlan = z.infer<typeof storePlan>;

/**
 * Divides a store into shards, and writes down what is expected of each and in which order they are scanned: as much of
 * it as fits the time of one activity. The plan, or the portion to go on with.
 */
export const planStore = defineActivity(
  'planStore',
  ofStore.extend({ part: z.string().optional(), points: z.array(z.string()), portion: z.int() }),
  z.union([z.object({ plan: storePlan }), z.object({ next: z.int() })]),
);

/** A shard as it is scanned: `stray` is what stands under no address, all over the store. */
export const scannedShard = z.object({
  ...scrubShard.shape,
  /** Whether everything in it is hashed again, whatever is known of it. */
  isDue: z.boolean(),
  isStray: z.boolean(),
  /** How many shards of the store are read at the same time, at most. */
  readAtOnce: z.int().positive(),
  /** Whether every recovery point could be read; otherwise none says what may lawfully be gone. */
  arePointsWhole: z.boolean(),
  /** When the scan of the store began (seconds since 1970), and how often everything is to be hashed again. */
  cycle: z.object({ startedAt: z.int(), cycleSeconds: z.number(), intervalSeconds: z.number() }),
  /** What there is to be hashed, as far as it is known: at most. */
  blobs: size,
  bytes: size,
});
export type ScannedShard = z.infer<typeof scannedShard>;

/** The planned shards from a place on, a few. */
export const nextShards = defineActivity(
  'nextShards',
  ofStore.extend({ from: z.int() }),
  z.object({ shards: z.array(scannedShard) }),
);

/** Where the next part of a shard begins: the listing's token. */
export const scanPosition = z.object({ part: z.int(), token: z.string().optional() });

/** Scans the next part of a shard, as much as fits the time of one activity. */
export const scanPart = defineActivity(
  'scanPart',
  ofStore.extend({ shard: scannedShard, position: scanPosition }),
  z.object({ counts: scanCounts, next: scanPosition.optional() }),
);

/**
 * Verifies the log of signed change records of a store that has one, once everything was listed: as much of it as fits
 * the time of one activity. What it came to, or the portion to go on with.
 */
export const verifyChanges = defineActivity(
  'verifyChanges',
  ofStore.extend({ portion: z.int() }),
  z.union([z.object({ counts: scanCounts }), z.object({ next: z.int() })]),
);

/**
 * Holds what was found in a shard against what must be there, and writes down what is known of it from now on. One that
 * turned out fat is judged piece by piece: `from` is the digest at which a piece begins, `next` that of the next one.
 */
export const finishShard = defineActivity(
  'finishShard',
  ofStore.extend({ shard: scannedShard, from: digestBound.optional() }),
  z.object({ counts: scanCounts, isWhole: z.boolean(), next: digestBound.optional() }),
);

/** Adds up the findings of a store: as much as fits the time of one activity, behind the portions before it. */
export const sumUpStore = defineActivity(
  'sumUpStore',
  ofStore.extend({ portion: z.int() }),
  z.object({ isDone: z.boolean() }),
);

export const shardInput = ofStore.extend({
  shard: scannedShard,
  position: scanPosition.default({ part: 0 }),
  /** Carried from one generation to the next. */
  counts: scanCounts.optional(),
});
export type ShardInput = z.input<typeof shardInput>;

export const shardFailure = z.object({ store: shortId, shard: z.string(), failure: z.string() });
export const shardOutcome = z.object({ counts: scanCounts, failure: shardFailure.optional() });
export type ShardOutcome = z.infer<typeof shardOutcome>;

/** Failures of shards that are named; all are counted. */
export const failuresNamed = 20;

export const storeOutcome = z.object({
  store: shortId,
  counts: scanCounts,
  shards: z.int(),
  failed: z.int(),
  failures: z.array(shardFailure),
  /** The portion with which its findings were added up; left out where they were not. */
  summary: z.int().optional(),
});
export type StoreOutcome = z.infer<typeof storeOutcome>;

/** Input of the orchestration of all stores; `done` is carried from one generation to the next. */
export const storesInput = ofStore.omit({ store: true }).extend({
  part: z.string().optional(),
  points: z.array(z.string()),
  stores: z.array(shortId),
  /** The scan's own orchestration: the children of its stores are named by it. */
  instance: z.string(),
  done: z.array(storeOutcome).default([]),
});
export type StoresInput = z.input<typeof storesInput>;
export const storesOutcome = z.array(storeOutcome);

/** Input of the orchestration of one store; `done` is carried from one generation to the next. */
export const storeInput = ofStore.extend({
  part: z.string().optional(),
  points: z.array(z.string()),
  /** The portion of the planning to go on with. */
  planning: z.int().default(0),
  done: z
    .object({
      phase: z.enum(['read', 'verify', 'judge', 'sum', 'over']),
      /** The shard that is next, and where in it. */
      from: z.int(),
      piece: digestBound.optional(),
      portion: z.int(),
      plan: storePlan,
      since: instant,
      outcome: storeOutcome,
    })
    .optional(),
});
export type StoreInput = z.input<typeof storeInput>;

/** Writes the result of the scan once, raises or resolves its alerts. */
export const finalizeScan = defineActivity(
  'finalizeScan',
  z.object({
    ...scopeFields,
    slot: stamp,
    scan: scanId,
    mode: z.enum(scanModes),
    part: z.string().optional(),
    startedAt: instant,
    endedAt: instant,
    points: z.array(z.string()),
    stores: z.array(storeOutcome),
  }),
  z.object({
    outcome: z.enum(scanOutcomes),
    detail: z.string(),
    counts: scanCounts,
    /** Whether it found damage in a store that the estate lets repair by itself. */
    repairsItself: z.boolean(),
  }),
);

/** Removes what scans worked with that nobody needs any more, as much as fits the time of one activity. */
export const removeScanDocuments = defineActivity(
  'removeScanDocuments',
  z.object(scopeFields),
  z.object({ isDone: z.boolean() }),
);
