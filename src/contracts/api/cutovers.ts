/** Cutovers to what was restored, and the ways back: plans, requests, and the words on them. */
import { z } from 'zod';
import {
  cutoverAlone,
  cutoverCancel,
  cutoverDocument,
  cutoverPermit,
  cutoverRequest,
  cutoverState,
} from '../cutover.ts';
import { cutoverId, cutoverPlan } from '../cutover-plan.ts';
import { approvalDocument } from '../documents.ts';
import { reasonGiven, restoreId } from '../restore-request.ts';
import { documentDigest, instant, shortId } from '../values.ts';
import { continuation } from './paging.ts';

/** Hooks that are left out, or were taken back by hand. */
const without = z.array(shortId).max(20).default([]);
export const planCutoverRequest = z.union([
  z.strictObject({ system: shortId, restore: restoreId, without }),
  z.strictObject({ system: shortId, back: cutoverId, without }),
]);
/** The plan of a cutover or of a way back, and the digest by which it is asked for and approved. */
export const cutoverPlanResponse = z.object({ digest: documentDigest, plan: cutoverPlan });
export type CutoverPlanResponse = z.infer<typeof cutoverPlanResponse>;

export const requestCutoverRequest = z.strictObject({
  system: shortId,
  plan: documentDigest,
  reason: reasonGiven,
  /** The name of the server that the system is pointed at, typed by whoever asks. */
  confirm: z.string(),
});
export const cutoverAloneRequest = z.strictObject({ digest: documentDigest, reason: reasonGiven });
export const cancelCutoverRequest = z.strictObject({ reason: reasonGiven });
/** A word that was taken down; the operation goes on by it once it has looked. */
export const cutoverWordResponse = z.object({
  cutover: z.string(),
  operation: z.string(),
  word: z.enum(['break-glass', 'cancelled']),
  by: z.string(),
  at: instant,
});
export type CutoverWordResponse = z.infer<typeof cutoverWordResponse>;

/** A cutover as it was planned and asked for, what was said to it, and what it came to once it has ended. */
export const cutoverView = z.object({
  id: z.string(),
  operation: z.string(),
  request: cutoverRequest.optional(),
  plan: cutoverPlan.optional(),
  decision: approvalDocument.optional(),
  breakGlass: cutoverAlone.optional(),
  cancel: cutoverCancel.optional(),
  permit: cutoverPermit.optional(),
  end: cutoverDocument.optional(),
});
export type CutoverView = z.infer<typeof cutoverView>;

export const cutoversResponse = z.object({
  /** What the system runs on now, where that is not what the estate says. */
  inForce: cutoverState.shape.inForce,
  cutovers: z.array(cutoverView),
  continuation,
});
export type CutoversResponse = z.infer<typeof cutoversResponse>;
