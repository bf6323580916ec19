/** The restore for people: its plan, its orchestration's input and result, its activities, and what is stored of it. */
import { z } from 'zod';
import { defineActivity, scopeFields } from './activity.ts';
import { pointId, restoreTarget } from './documents.ts';
import { drillTarget } from './drill.ts';
import { operationStart } from './operations.ts';
import { checkResult, timelineStep } from './report.ts';
import { documentDigest, instant, regionName, serverId, shortId, stamp } from './values.ts';

/** What is restored to: the newest instant there is, an instant, or a recorded recovery point. */
export const restoreTo = z.union([z.literal('latest'), pointId, instant], {
  error: 'must be "latest", an instant such as 2026-03-01T01:30:00.000Z, or a recovery point id',
});
export type RestoreTo = z.infer<typeof restoreTo>;

/** The name of the new server; where a system has several databases, the first part of their names. */
export const restoreName = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{1,40}[a-z0-9])$/, {
  error: 'must be 3 to 42 of a-z, 0-9 and "-", with no "-" at either end',
});

/** What a person asks for, beside the system and the region. */
export const restoreOrder = {
  to: restoreTo,
  name: restoreName,
  reason: z.string().min(1).max(500),
};

export const restoreInput = z.object({
  ...scopeFields,
  slot: stamp,
  trigger: z.literal('person'),
  ...restoreOrder,
  requestedBy: z.string().min(1),
});
export type RestoreInput = z.input<typeof restoreInput>;

/** What a restore is going to do, written before it does anything. */
export const restorePlan = z.object({
  schema: z.literal('lifeboat/restore-plan/v1'),
  restore: z.string(),
  system: shortId,
  region: regionName,
  requestedBy: z.string(),
  reason: z.string(),
  /** When it was declared; RTO counts from here. */
  declaredAt: instant,
  to: restoreTo,
  /** The recorded point whose instant is restored to; without one nothing was recorded that the data could be held against. */
  point: pointId.optional(),
  /** The earliest instant of the targets. */
  instant,
  /** Points that are kept while it runs: what was asked for, or the neighbours of the instant. */
  pinned: z.array(pointId),
  targets: z.array(restoreTarget).min(1),
  checks: z.array(z.string()),
  estateDigest: documentDigest,
  softwareVersion: z.string(),
});
export type RestorePlan = z.infer<typeof restorePlan>;

/** A server that a restore made, and how far it came. */
const restoredServer = z.object({
  database: shortId,
  target: serverId,
  state: z.enum(['ready', 'failed', 'timed-out', 'removed', 'never-made', 'left-over']),
  detail: z.string(),
  /** Where it is reached, once it is ready. */
  address: z.string().optional(),
});

/** `ready`: restored and every check passed; `doubtful`: restored, and a check did not pass. */
const restoreEnd = z.enum(['ready', 'doubtful', 'failed', 'cancelled']);

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
  secondsByPart: z.object({
    decide: z.number(),
    restore: z.number(),
    reconfigure: z.number(),
    validate: z.number(),
  }),
  checks: z.array(checkResult),
  timeline: z.array(timelineStep),
});
export type RestoreDocument = z.infer<typeof restoreDocument>;

/** Somebody's order to stop a restore that is not ready yet. */
export const cancelDocument = z.object({
  schema: z.literal('lifeboat/restore-cancel/v1'),
  restore: z.string(),
  by: z.string(),
  at: instant,
  reason: z.string(),
});

/** Finds the instant, checks that every target may be made, writes the plan, pins what is restored from. */
export const planRestore = defineActivity(
  'planRestore',
  z.object({
    ...scopeFields,
    slot: stamp,
    to: z.string(),
    name: z.string(),
    reason: z.string(),
    requestedBy: z.string(),
    declaredAt: instant,
  }),
  z.object({
    plan: documentDigest,
    instant,
    targets: z.array(drillTarget),
    deadlines: z.object({ restoreSeconds: z.number(), removalSeconds: z.number() }),
  }),
);

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
  heartbeats: z.array(z.object({ database: shortId, newestWrittenAt: instant.optional() })),
  /** Why it could not be planned or restored, or by whom it was cancelled. */
  failure: z.string().optional(),
  cancelledBy: z.string().optional(),
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
