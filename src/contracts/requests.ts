/** A request that names itself with an `Idempotency-Key`, as it is kept, so that sending it again gives the same answer. */
import { z } from 'zod';
import { documentDigest, instant, regionName, shortId } from './values.ts';

/** What a caller calls a request. */
export const idempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,200}$/, { error: 'must be 1 to 200 visible ASCII characters' });

export const keptRequest = z.object({
  schema: z.literal('lifeboat/request/v1'),
  id: z.string().regex(/^[0-9a-f]{64}$/),
  system: shortId,
  region: regionName,
  route: z.string(),
  /** Of everything that was asked for. */
  digest: documentDigest,
  at: instant,
  /** Once it was answered well; one that failed can be sent again. */
  answer: z.object({ status: z.int(), location: z.string().optional(), json: z.string() }).optional(),
});
export type KeptRequest = z.infer<typeof keptRequest>;
