/**
 * Asking for a restore and deciding on it: what a person asks for by the digest of a plan, what another person says to
 * it, the order to go on alone, and the permit that is written once, right before anything is restored. Whoever is named
 * here is named as the API knows its caller: two names are the same only where they are of the same person.
 */
import { z } from 'zod';
import { byName } from './actor.ts';
import { defineActivity, scopeFields } from './activity.ts';
import { drillTarget } from './drill.ts';
import { sideSchemaName } from './restore-tables.ts';
import { tableName } from './sql-names.ts';
import { documentDigest, instant, regionName, shortId } from './values.ts';

const about = { restore: z.string(), system: shortId, region: regionName, plan: documentDigest };
export const reasonGiven = z.string().trim().min(1).max(500);

/** The id of a restore: the second in which it was planned. */
export const restoreId = z
  .string()
  .regex(/^restore-\d{8}T\d{6}Z$/, { error: 'must be a restore such as restore-20260301T013000Z' });

/** Somebody asks for a restore; RTO counts from here. Written once: a plan is asked for by one person. */
export const restoreRequest = z.object({
  schema: z.literal('lifeboat/restore-request/v1'),
  ...about,
  by: z.string().min(1),
  byName,
  at: instant,
  reason: z.string(),
});
export type RestoreRequest = z.infer<typeof restoreRequest>;

/** Somebody goes on alone, since nobody decided. */
export const breakGlassDocument = z.object({
  schema: z.literal('lifeboat/break-glass/v1'),
  ...about,
  by: z.string().min(1),
  byName,
  at: instant,
  reason: z.string(),
});
export type BreakGlassDocument = z.infer<typeof breakGlassDocument>;

/** By whose word a restore is carried out. */
export const restoreApproval = z.object({
  kind: z.enum(['approved', 'break-glass']),
  by: z.string(),
  byName,
  at: instant,
  reason: z.string(),
});
export type RestoreApproval = z.infer<typeof restoreApproval>;

/** Written once, after everything was looked at again, and before anything is restored. */
export const restorePermit = z.object({
  schema: z.literal('lifeboat/restore-permit/v1'),
  ...about,
  at: instant,
  approval: restoreApproval,
});
export type RestorePermit = z.infer<typeof restorePermit>;

const ofRestore = z.object({ ...scopeFields, restore: z.string(), plan: documentDigest });

/** Holds plan and request against each other, pins what is restored from, tells people that somebody must decide. */
export const openRestore = defineActivity(
  'openRestore',
  ofRestore,
  z.object({
    instant,
    requestedAt: instant,
    targets: z.array(drillTarget),
    /** Of a restore of chosen tables: which, and where they go. */
    tables: z
      .object({
        database: shortId,
        schema: sideSchemaName,
        tables: z.array(tableName),
        /** What each takes, where the plan knows it of all. */
        sizes: z.array(z.int().nonnegative()).optional(),
        remove: z.string(),
      })
      .optional(),
    deadlines: z.object({
      approvalSeconds: z.number(),
      restoreSeconds: z.number(),
      removalSeconds: z.number(),
    }),
  }),
);

/** What the documents in the vault say by now: whether to go, to wait, or to leave it. */
export const readGo = defineActivity(
  'readGo',
  ofRestore,
  z.object({
    state: z.enum(['waiting', 'approved', 'break-glass', 'rejected', 'cancelled']),
    sentence: z.string(),
  }),
);

/** Judges the decision and every fact of the plan again and writes the permit; `refused` where one of them does not hold. */
export const permitRestore = defineActivity('permitRestore', ofRestore, restoreApproval);

/** Input and result of the orchestration that waits for a decision. */
export const goWaitInput = z.object({
  ...scopeFields,
  restore: z.string(),
  plan: documentDigest,
  deadlineSeconds: z.number(),
  startedAt: instant.optional(),
});
export type GoWaitInput = z.input<typeof goWaitInput>;
export const goWaitResult = z.object({
  state: z.enum(['approved', 'break-glass', 'rejected', 'cancelled', 'timed-out']),
  sentence: z.string(),
});
export type GoWaitResult = z.infer<typeof goWaitResult>;
