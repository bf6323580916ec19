/** The restore for people: its orchestration's input and result, its activities, and what is stored of its end. */
import { z } from 'zod';
import { byName } from './actor.ts';
import { defineActivity, scopeFields } from './activity.ts';
import { pointId } from './documents.ts';
import { erasuresApplied } from './erasures.ts';
import { operationStart } from './operations.ts';
import { checkResult, timelineStep } from './report.ts';
import { restoreApproval } from './restore-request.ts';
import { restoredTables } from './restore-tables.ts';
import { documentDigest, instant, regionName, serverId, shortId, stamp } from './values.ts';

/**
 * What is restored to: the newest instant there is, the newest one that is surely in the provider's archive, an instant, or
 * a recorded recovery point.
 */
export const restoreTo = z.union([z.enum(['latest', 'archived']), pointId, instant], {
  error: 'must be "latest", "archived", an instant such as 2026-03-01T01:30:00.000Z, or a recovery point id',
});
export type RestoreTo = z.infer<typeof restoreTo>;

/** The name of the new server; where a system has several databases, the first part of their names. */
export const restoreName = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{1,40}[a-z0-9])$/, {
  error: 'must be 3 to 42 of a-z, 0-9 and "-", with no "-" at either end',
});

export const restoreInput = z.object({
  ...scopeFields,
  slot: stamp,
  trigger: z.literal('person'),
  /** The digest of the plan that was asked for. */
  plan: documentDigest,
});
export type RestoreInput = z.input<typeof restoreInput>;

/** A server that a restore made, and how far it came. */
const restoredServer = z.object({
  database: shortId,
  target: serverId,
  state: z.enum(['ready', 'failed', 'timed-out', 'removed', 'never-made', 'left-over']),
  detail: z.string(),
  /** Where it is reached, once it is ready. */
  address: z.string().optional(),
});

/** `ready`: restored and every check passed; `doubtful`: restored, and a check did not pass; `refused`: not permitted. */
const restoreEnd = z.enum(['ready', 'doubtful', 'failed', 'cancelled', 'refused']);

/** What a restore comes to, short enough for an orchestration's output. */
export const restoreResult = z.object({
  outcome: restoreEnd,
  restore: z.string(),
  detail: z.string(),
  servers: z.array(restoredServer),
  /** The newest heartbeat found in the restored data: what was written after it is not there. */
  newestHeartbeat: instant.optional(),
  seconds: z.number(),
  timeline: z.array(timelineStep),
});
export type RestoreResult = z.infer<typeof restoreResult>;

/** What a restore came to, written once. */
export const restoreDocument = z.object({
  schema: z.literal('lifeboat/restore/v1'),
  restore: z.string(),
  system: shortId,
  region: regionName,
  plan: documentDigest.optional(),
  endedAt: instant,
  outcome: restoreEnd,
  detail: z.string(),
  servers: z.array(restoredServer),
  newestHeartbeat: instant.optional(),
  /** By whose word it was carried out; left out where it was not. */
  approval: restoreApproval.optional(),
  secondsByPart: z.object({
    decide: z.number(),
    /** Until it was decided on; older documents do not have it. */
    approve: z.number().optional(),
    restore: z.number(),
    reconfigure: z.number(),
    validate: z.number(),
  }),
  checks: z.array(checkResult),
  /** What the law required to be erased since, applied again; older documents do not have it. */
  erasures: z.array(erasuresApplied).optional(),
  /** Of a restore of chosen tables. */
  tables: restoredTables.optional(),
  timeline: z.array(timelineStep),
});
export type RestoreDocument = z.infer<typeof restoreDocument>;

/** Somebody's order to stop a restore that is not ready yet. */
export const cancelDocument = z.object({
  schema: z.literal('lifeboat/restore-cancel/v1'),
  restore: z.string(),
  by: z.string(),
  byName,
  at: instant,
  reason: z.string(),
});

/** Whether somebody cancelled a restore, and whether it has ended. */
export const readCancel = defineActivity(
  'readCancel',
  z.object({ ...scopeFields, restore: z.string() }),
  z.object({ cancelledBy: z.string().optional(), hasEnded: z.boolean() }),
);

/** Removes what a cancelled restore made, through the guarded deleter; `done` when it is confirmed absent. */
export const removeRestored = defineActivity(
  'removeRestored',
  z.object({ ...scopeFields, plan: documentDigest, database: shortId }),
  operationStart,
);

/** Everything that happened, as the workflow saw it. */
export const restoreFacts = z.object({
  ...scopeFields,
  restore: z.string(),
  plan: documentDigest.optional(),
  endedAt: instant,
  servers: z.array(restoredServer.omit({ address: true })),
  checks: z.array(checkResult),
  erasures: z.array(erasuresApplied).optional(),
  tables: restoredTables.optional(),
  heartbeats: z.array(z.object({ database: shortId, newestWrittenAt: instant.optional() })),
  /** Why it was not permitted, could not be begun or restored, or by whom it was cancelled. */
  refusal: z.string().optional(),
  failure: z.string().optional(),
  cancelledBy: z.string().optional(),
  approval: restoreApproval.optional(),
  secondsByPart: restoreDocument.shape.secondsByPart,
  timeline: z.array(timelineStep),
});
export type RestoreFacts = z.infer<typeof restoreFacts>;

/** Writes what it came to, lets go of the pins, tells people. */
export const finalizeRestore = defineActivity(
  'finalizeRestore',
  restoreFacts,
  restoreResult.pick({ outcome: true, detail: true, servers: true, newestHeartbeat: true }),
);

/** Input of the orchestration that waits for a cancellation. */
export const cancelWaitInput = z.object({
  ...scopeFields,
  restore: z.string(),
  deadlineSeconds: z.number().positive(),
  startedAt: instant.optional(),
});
export type CancelWaitInput = z.input<typeof cancelWaitInput>;
export const cancelWaitResult = z.object({ cancelledBy: z.string().optional() });
export type CancelWaitResult = z.infer<typeof cancelWaitResult>;
