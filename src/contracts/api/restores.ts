/** Restores for people: plans, requests, and the words on them. */
import { z } from 'zod';
import { approvalDocument } from '../documents.ts';
import { restorePlan } from '../restore-plan.ts';
import { chosenTables } from '../restore-tables.ts';
import { breakGlassDocument, reasonGiven, restorePermit, restoreRequest } from '../restore-request.ts';
import { restoreDocument, restoreName, restoreTo } from '../restore.ts';
import { documentDigest, instant, shortId } from '../values.ts';
import { continuation } from './paging.ts';

export const planRestoreRequest = z.strictObject({
  system: shortId,
  to: restoreTo,
  /** Of the new server; left out with chosen tables, whose side schema has a name of its own. */
  name: restoreName.optional(),
  /** One database alone; without it all of the system. */
  database: shortId.optional(),
  /** These tables alone, into a side schema of the source's database. */
  tables: chosenTables.optional(),
});
/** The plan of a restore, and the digest by which it is asked for and approved. */
export const restorePlanResponse = z.object({ digest: documentDigest, plan: restorePlan });
export type RestorePlanResponse = z.infer<typeof restorePlanResponse>;
export const requestRestoreRequest = z.strictObject({
  system: shortId,
  /** The digest of the plan. */
  plan: documentDigest,
  reason: reasonGiven,
  /** The name of the new server, or of the side schema, typed by whoever asks: it holds what is protected. */
  confirm: z.string(),
});
/** A word on a restore that was asked for: of which plan, and why. */
export const restoreWordRequest = z.strictObject({ digest: documentDigest, reason: reasonGiven });
/** A word that was taken down; the operation goes on by it once it has looked. */
export const restoreWordResponse = z.object({
  restore: z.string(),
  operation: z.string(),
  word: z.enum(['approved', 'rejected', 'break-glass']),
  by: z.string(),
  at: instant,
  /** Until when an approval counts. */
  expiresAt: instant.optional(),
});
export type RestoreWordResponse = z.infer<typeof restoreWordResponse>;
export const cancelRestoreRequest = z.strictObject({ reason: z.string().min(1).max(500) });
/** A cancellation that was taken down; the operation ends once what was made is removed. */
export const cancelRestoreResponse = z.object({ restore: z.string(), operation: z.string() });

/** A restore as it was planned and asked for, what was said to it, and what it came to once it has ended. */
export const restoreView = z.object({
  id: z.string(),
  operation: z.string(),
  request: restoreRequest.optional(),
  plan: restorePlan.optional(),
  decision: approvalDocument.optional(),
  breakGlass: breakGlassDocument.optional(),
  permit: restorePermit.optional(),
  end: restoreDocument.optional(),
});

export const restoresResponse = z.object({ restores: z.array(restoreView), continuation });
export type RestoreView = z.infer<typeof restoreView>;
export type RestoresResponse = z.infer<typeof restoresResponse>;
