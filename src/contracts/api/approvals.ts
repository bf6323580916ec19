/** What waits for a second person, and the words on it. */
import { z } from 'zod';
import { byName } from '../actor.ts';
import { reasonGiven } from '../restore-request.ts';
import { documentDigest, instant, regionName, shortId } from '../values.ts';
import { continuation } from './paging.ts';

/** What can wait for a decision; each is decided on by its digest. */
export const decisionKinds = ['prune', 'repair', 'estate', 'restore', 'cutover'] as const;

/** One thing that a second person decides on. */
export const approvalView = z.object({
  kind: z.enum(decisionKinds),
  /** The run that planned it, such as `prune-20260301T010000Z`; of a weaker estate `estate`. */
  id: z.string(),
  system: shortId,
  region: regionName,
  /** Of the plan, or of the estate. */
  digest: documentDigest,
  since: instant,
  /** What it would do. */
  summary: z.string(),
  /** The same thing by thing, at most 1,000 of them; only where one is asked for by its digest. */
  lines: z.array(z.string()).optional(),
  /** How many more there are. */
  more: z.int().optional(),
  /** Who asked for it, and cannot approve it; left out where nobody did, or where it is not known. */
  requestedBy: z.string().optional(),
  requestedByName: byName,
  /** The same in words, also where nobody did. */
  requested: z.string(),
  /** How the decision stands now. */
  state: z.enum(['waiting', 'approved', 'rejected', 'void']),
  standing: z.string(),
  /** Why nothing can be decided on it any more. */
  closed: z.string().optional(),
  /** Until when somebody waits for the decision; left out where it waits until something changes. */
  expiresAt: instant.optional(),
  /** The operation that goes on by it, where one waits. */
  operation: z.string().optional(),
});
export type ApprovalView = z.infer<typeof approvalView>;

/** What waits for a decision, the oldest first. */
export const approvalsResponse = z.object({ approvals: z.array(approvalView), continuation });
export type ApprovalsResponse = z.infer<typeof approvalsResponse>;

/** A word on what waits: of which plan or estate, and why. */
export const decisionRequest = z.strictObject({ digest: documentDigest, reason: reasonGiven });

/** A decision that was taken down. Nothing is done by it here: whoever carries it out judges everything again. */
export const decisionResponse = z.object({
  ...{ kind: z.enum(decisionKinds), id: z.string(), digest: documentDigest },
  decision: z.enum(['approved', 'rejected']),
  by: z.string(),
  byName,
  at: instant,
  /** Until when an approval counts. */
  expiresAt: instant.optional(),
  operation: z.string().optional(),
});
export type DecisionResponse = z.infer<typeof decisionResponse>;
