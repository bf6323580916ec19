/** Recovery points that the exposure does not count. */
import { z } from 'zod';
import { pointId } from '../documents.ts';

/** A point that counts no more, and why. */
export const notCountedPoint = z.object({
  id: pointId,
  why: z.enum(['given-up', 'future-dated', 'refuted', 'incomplete', 'out-of-reach']),
});
export type NotCountedPoint = z.infer<typeof notCountedPoint>;
