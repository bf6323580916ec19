/** The prune: its orchestration's input and result, its activities, and its stored plan and result. */
import { z } from 'zod';
import type { RetentionItem } from '../policy/retention/items.ts';
import { defineActivity, scopeFields } from './activity.ts';
import { ledgerKind } from './documents.ts';
import { operationStart } from './operations.ts';
import { documentDigest, instant, regionName, serverId, shortId, stamp } from './values.ts';

export const pruneInput = z.object({
  ...scopeFields,
  slot: stamp,
  trigger: z.enum(['schedule', 'person', 'cycle']),
  dryRun: z.boolean().default(false),
  /** The digest of a plan that was held by the brake and is approved now; a new plan is made if none is named. */
  plan: documentDigest.optional(),
});
export type PruneInput = z.input<typeof pruneInput>;

/** A reason as data: its name and its facts (ids, ages in hours, ISO instants); see `policy/retention/reasons.ts`. */
const reason = z.looseObject({ reason: z.string() });

/** What retention judges; see `policy/retention/items.ts`. */
export const retainedKinds = [
  'recovery-point',
  'exported-dump',
  'blob-snapshot',
  'blob-version',
  'unreferenced-blob',
  'drill-server',
  'history',
  'report',
  'own-document',
] as const satisfies readonly RetentionItem['kind'][];
export const retainedKind = z.enum(retainedKinds);
export type RetainedKind = z.infer<typeof retainedKind>;

/** What goes in portions, in the order in which it goes: dependents before what they depend on. */
export const portionKinds = [
  'exported-dump',
  'blob-snapshot',
  'blob-version',
  'unreferenced-blob',
  'drill-server',
  'report',
  'own-document',
] as const satisfies readonly RetainedKind[];
const portionKind = z.enum(portionKinds);
export type PortionKind = z.infer<typeof portionKind>;

const count = z.int().nonnegative();

/** One thing that could be deleted: where it is, and what the retention says of it. */
export const pruneItem = z.object({
  id: z.string(),
  kind: retainedKind,
  completedAt: instant.optional(),
  decision: z.enum(['keep', 'expire', 'blocked']),
  /** At least one; the first is the foremost. */
  reasons: z.array(reason).min(1),
  sentence: z.string(),
  /** Who holds it back, each as one text. */
  pins: z.array(z.string()),
  /** The drill that proved it. */
  provenBy: z.string().optional(),
  /** Of a recovery point: its backups that are listed. */
  backups: z.array(z.object({ server: serverId, name: z.string() })).optional(),
  snapshot: z.object({ store: shortId, name: z.string(), snapshot: z.string() }).optional(),
  /** Of a blob that nothing refers to, and of a dump: the ETag in which it was judged. */
  blob: z.object({ store: shortId, name: z.string(), etag: z.string() }).optional(),
  version: z.object({ store: shortId, name: z.string(), version: z.string() }).optional(),
  server: serverId.optional(),
  /** Of a document of Lifeboat's own: the version in which it was judged. */
  document: z.object({ version: z.string() }).optional(),
});
export type PruneItem = z.infer<typeof pruneItem>;

/** What was decided alike of many things that are counted and not listed. */
const countedKind = z.object({
  kind: retainedKind,
  reason: z.string(),
  decision: z.enum(['keep', 'blocked']),
  count,
  example: z.string(),
});
/** How many of a kind are left for the next prune, since one plan deletes only so many. */
const leftOfKind = z.object({ kind: retainedKind, count });

/** What happened without Lifeboat: gone, there again, unknown, or a place for dumps that does not exist. */
const reconcileFinding = z.object({ finding: z.string(), id: z.string(), sentence: z.string() });
export type ReconcileFinding = z.infer<typeof reconcileFinding>;
/** The finding on a place for dumps that does not exist. */
export const placeNotFound = 'place-not-found';

/** Everything that was looked at and what will be done, written before anything is. */
export const prunePlan = z.object({
  schema: z.literal('lifeboat/prune-plan/v2'),
  prune: z.string(),
  system: shortId,
  region: regionName,
  at: instant,
  /** What decided, as numbers; see `policy/retention/policy.ts`. */
  policy: z.looseObject({ windowHours: z.number(), minimumProven: z.number() }),
  policyDigest: documentDigest,
  clock: z.array(z.object({ source: z.string(), seconds: z.number().optional() })),
  doubts: z.object({
    clock: z.string().optional(),
    listing: z.array(z.string()),
    provider: z.array(z.string()),
  }),
  /** Each recovery point, and of everything else what is to go. */
  items: z.array(pruneItem),
  /** What else was kept. */
  counted: z.array(countedKind).optional(),
  left: z.array(leftOfKind).optional(),
  /** Whether the plan is more than a run may delete without being asked; `sentence` says by which limits. */
  brake: z.object({ state: z.enum(['released', 'held']), sentence: z.string() }),
  findings: z.array(reconcileFinding),
  estateDigest: documentDigest,
  softwareVersion: z.string(),
});
export type PrunePlan = z.infer<typeof prunePlan>;

/** A backup of a recovery point that is to go. */
const plannedBackup = z.object({ item: z.string(), server: serverId });

export const planPrune = defineActivity(
  'planPrune',
  z.object({ ...scopeFields, slot: stamp, dryRun: z.boolean(), plan: documentDigest.optional() }),
  z.object({
    plan: documentDigest,
    prune: z.string(),
    /** Why nothing of the plan may be deleted yet; left out if everything may. */
    held: z.string().optional(),
    deadlineSeconds: z.number(),
    backups: z.array(plannedBackup),
    /** What goes after the backups, in this order. */
    portions: z.array(z.object({ kind: portionKind, count })),
  }),
);

const onPlan = z.object({ ...scopeFields, plan: documentDigest });

/** Deletes one backup of a plan through the guarded deleter; `done` once it is no longer listed. */
export const pruneBackup = defineActivity('pruneBackup', onPlan.extend(plannedBackup.shape), operationStart);

/** Deletes the next things of a kind, as many as fit the time of one activity. */
export const pruneItems = defineActivity(
  'pruneItems',
  onPlan.extend({ kind: portionKind, from: count }),
  z.object({ deleted: count, refused: z.array(z.string()), next: count.optional() }),
);

/** `held`: the plan waits for an approval; nothing was deleted. */
const pruneOutcome = z.enum(['done', 'blocked', 'held', 'failed']);

/** What became of one item that was to be deleted. */
export const pruneEffect = z.object({
  item: z.string(),
  outcome: z.enum(['deleted', 'refused', 'failed']),
  detail: z.string(),
});

/** What became of everything of a kind. */
export const portionEnd = z.object({ kind: portionKind, deleted: count, refused: z.array(z.string()) });
export type PortionEnd = z.infer<typeof portionEnd>;

export const finalizePrune = defineActivity(
  'finalizePrune',
  onPlan.extend({
    slot: stamp,
    startedAt: instant,
    endedAt: instant,
    dryRun: z.boolean(),
    held: z.string().optional(),
    backups: z.array(pruneEffect),
    portions: z.array(portionEnd),
  }),
  z.object({
    outcome: pruneOutcome,
    detail: z.string(),
    deleted: z.int(),
    kept: z.int(),
    blocked: z.int(),
  }),
);

export const pruneResult = z.object({
  outcome: pruneOutcome,
  detail: z.string(),
  deleted: z.int(),
  kept: z.int(),
  blocked: z.int(),
  seconds: z.number(),
  plan: documentDigest.optional(),
});
export type PruneResult = z.infer<typeof pruneResult>;

/** How many of each kind were deleted; what a prune of an earlier version did not know of has a default of 0. */
export const deletedByKind = z.object({
  backups: count,
  snapshots: count,
  versions: count.default(0),
  blobs: count.default(0),
  /** Removals of leaked drill servers that were begun. */
  servers: count.default(0),
  reports: count.default(0),
  dumps: count.default(0),
  documents: count.default(0),
});
export type DeletedByKind = z.infer<typeof deletedByKind>;
/** How many were deleted, of whatever kind. */
export const deletedInAll = (deleted: DeletedByKind): number =>
  Object.values(deleted).reduce((sum, one) => sum + one, 0);

/** What a prune came to. */
export const pruneDocument = z.object({
  schema: z.literal('lifeboat/prune/v2'),
  id: z.string(),
  system: shortId,
  region: regionName,
  plan: documentDigest,
  dryRun: z.boolean(),
  startedAt: instant,
  endedAt: instant,
  outcome: pruneOutcome,
  detail: z.string(),
  deleted: deletedByKind,
  /** What is left for the next prune. */
  left: z.array(leftOfKind).default([]),
  /** How many were kept or blocked for each reason, with one sentence as an example. */
  kept: z.array(countedKind.extend({ kind: retainedKind.optional() })),
  effects: z.array(pruneEffect),
  findings: z.array(reconcileFinding),
});
export type PruneDocument = z.infer<typeof pruneDocument>;

/** A thing marked for deletion; kept after it is gone. */
export const tombstoneDocument = z.object({
  schema: z.literal('lifeboat/tombstone/v1'),
  item: z.string(),
  kind: ledgerKind,
  at: instant,
  reason: z.string(),
  plan: documentDigest.optional(),
  confirmedAbsentAt: instant.optional(),
});
export type TombstoneDocument = z.infer<typeof tombstoneDocument>;
