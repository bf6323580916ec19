/** Recovery points, what the newest prune came to, and why something is still there or gone. */
import { z } from 'zod';
import { pointId, recoveryPoint } from '../documents.ts';
import { pruneDocument } from '../prune.ts';
import { instant } from '../values.ts';
import { continuation } from './paging.ts';
import { notCountedPoint } from './not-counted.ts';

/** Why something is still there, or why it is gone; `unknown` names what is called nearly so. */
export const explanationResponse = z.object({
  id: z.string(),
  state: z.enum(['present', 'deleting', 'gone', 'missing', 'unknown']),
  headline: z.string(),
  /** What was said and done, in the order of time. */
  statements: z.array(z.object({ at: instant, text: z.string() })),
  nearest: z.array(z.string()),
});
export type ExplanationResponse = z.infer<typeof explanationResponse>;

/** What the newest prune came to. */
export const pruneSummary = pruneDocument.pick({
  id: true,
  endedAt: true,
  dryRun: true,
  outcome: true,
  detail: true,
  deleted: true,
  left: true,
  kept: true,
});
export type PruneSummary = z.infer<typeof pruneSummary>;

export const pointsResponse = z.object({
  points: z.array(recoveryPoint),
  /** Those that a legal hold keeps from being deleted now. */
  held: z.array(pointId).optional(),
  /** Those that the exposure does not count, newest first: the provider cannot restore them any more, or why else. */
  notCounted: z.array(notCountedPoint).optional(),
  /** What could not be found out of them: one that is shown as it was may be out of reach. */
  doubts: z.array(z.string()).optional(),
  damaged: z.array(z.object({ path: z.string(), problem: z.string() })),
  continuation,
});
export type PointsResponse = z.infer<typeof pointsResponse>;
