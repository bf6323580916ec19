/** The prune: its orchestration's input and result, its activities, and its stored plan and result. */
import { z } from 'zod';
import { defineActivity, scopeFields } from './activity.ts';
import { operationStart } from './operations.ts';
import { documentDigest, instant, regionName, serverId, shortId, stamp } from './values.ts';

export const pruneInput = z.object({
  ...scopeFields,
  slot: stamp,
  trigger: z.enum(['schedule', 'person', 'cycle']),
  dryRun: z.boolean().default(false),
});
export type PruneInput = z.input<typeof pruneInput>;

/** One thing that could be deleted: where it is, and what the retention says of it. */
export const pruneItem = z.object({
  id: z.string(),
  kind: z.enum(['on-demand-backup', 'blob-snapshot']),
  completedAt: instant,
  decision: z.enum(['keep', 'expire', 'blocked']),
  reason: z.string(),
  sentence: z.string(),
  backup: z.object({ server: serverId, name: z.string() }).optional(),
  snapshot: z.object({ store: shortId, name: z.string(), snapshot: z.string() }).optional(),
});
export type PruneItem = z.infer<typeof pruneItem>;

/** Everything that was looked at and what will be done, written before anything is. */
export const prunePlan = z.object({
  schema: z.literal('lifeboat/prune-plan/v1'),
  prune: z.string(),
  system: shortId,
  region: regionName,
  at: instant,
  windowHours: z.number(),
  minimumProven: z.int(),
  clock: z.array(z.object({ source: z.string(), seconds: z.number().optional() })),
  doubts: z.object({ clock: z.string().optional(), listing: z.string().optional() }),
  items: z.array(pruneItem),
  estateDigest: documentDigest,
  softwareVersion: z.string(),
});
export type PrunePlan = z.infer<typeof prunePlan>;

export const planPrune = defineActivity(
  'planPrune',
  z.object({ ...scopeFields, slot: stamp, dryRun: z.boolean() }),
  z.object({
    plan: documentDigest,
    prune: z.string(),
    deadlineSeconds: z.number(),
    backups: z.array(z.string()),
    snapshots: z.int(),
    kept: z.int(),
    blocked: z.int(),
  }),
);

const onPlan = z.object({ ...scopeFields, plan: documentDigest });

/** Deletes one backup of a plan through the guarded deleter; `done` once it is no longer listed. */
export const pruneBackup = defineActivity('pruneBackup', onPlan.extend({ item: z.string() }), operationStart);

/** Deletes the next blob snapshots of a plan, as many as fit the time of one activity. */
export const pruneSnapshots = defineActivity(
  'pruneSnapshots',
  onPlan.extend({ from: z.int() }),
  z.object({ deleted: z.int(), refused: z.array(z.string()), next: z.int().optional() }),
);

/** What became of one item that was to be deleted. */
export const pruneEffect = z.object({
  item: z.string(),
  outcome: z.enum(['deleted', 'refused', 'failed']),
  detail: z.string(),
});

export const finalizePrune = defineActivity(
  'finalizePrune',
  onPlan.extend({
    slot: stamp,
    startedAt: instant,
    endedAt: instant,
    dryRun: z.boolean(),
    backups: z.array(pruneEffect),
    snapshotsDeleted: z.int(),
    snapshotFailures: z.array(z.string()),
  }),
  z.object({
    outcome: z.enum(['done', 'blocked', 'failed']),
    detail: z.string(),
    deleted: z.int(),
    kept: z.int(),
    blocked: z.int(),
  }),
);

export const pruneResult = z.object({
  outcome: z.enum(['done', 'blocked', 'failed']),
  detail: z.string(),
  deleted: z.int(),
  kept: z.int(),
  blocked: z.int(),
  seconds: z.number(),
});
export type PruneResult = z.infer<typeof pruneResult>;

/** What a prune came to. */
export const pruneDocument = z.object({
  schema: z.literal('lifeboat/prune/v1'),
  id: z.string(),
  system: shortId,
  region: regionName,
  plan: documentDigest,
  dryRun: z.boolean(),
  startedAt: instant,
  endedAt: instant,
  outcome: z.enum(['done', 'blocked', 'failed']),
  detail: z.string(),
  deleted: z.object({ backups: z.int(), snapshots: z.int() }),
  /** How many were kept or blocked for each reason, with one sentence as an example. */
  kept: z.array(
    z.object({
      reason: z.string(),
      decision: z.enum(['keep', 'blocked']),
      count: z.int(),
      example: z.string(),
    }),
  ),
  effects: z.array(pruneEffect),
});
export type PruneDocument = z.infer<typeof pruneDocument>;

/** A thing marked for deletion; kept after it is gone. */
export const tombstoneDocument = z.object({
  schema: z.literal('lifeboat/tombstone/v1'),
  item: z.string(),
  kind: z.enum([...pruneItem.shape.kind.options, 'drill-server']),
  at: instant,
  reason: z.string(),
  plan: documentDigest.optional(),
  confirmedAbsentAt: instant.optional(),
});
export type TombstoneDocument = z.infer<typeof tombstoneDocument>;
