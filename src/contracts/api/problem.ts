/** Errors of the API: problem documents (RFC 9457) with Lifeboat's failure code and a hint. */
import { z } from 'zod';

/** RFC 9457 with members of our own. */
export const problemDocument = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.string(),
  hint: z.string(),
  /** What is wrong with the request, part by part: `cleanUpDelaySeconds`, `query.limit`, `path.system`. */
  errors: z.array(z.object({ at: z.string(), detail: z.string() })).optional(),
});
export type ProblemDocument = z.infer<typeof problemDocument>;
